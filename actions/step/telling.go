package step

import "time"

// Telling is what a step about notices decided, in full: what is sent follows from it and from nothing else.
type Telling struct {
	Do       string `json:"do"` // as of Notice
	Template string `json:"template,omitempty"`
	Source   string `json:"source,omitempty"` // digest of the template's source
	Values   string `json:"values,omitempty"` // canonical
	Matter   string `json:"matter,omitempty"`
	Event    string `json:"event,omitempty"`

	Texts   map[string]string `json:"texts,omitempty"`   // by language, HTML, as users see them
	Default string            `json:"default,omitempty"` // the language of those whose own has no text
	Picture string            `json:"picture,omitempty"` // sha256
	Silent  bool              `json:"silent,omitempty"`
	Resend  bool              `json:"resend,omitempty"` // also to those who may have it already
	Closes  bool              `json:"closes,omitempty"` // goes to those who got an earlier one of the matter, and ends it

	List  *UserList `json:"list,omitempty"`  // whom; nil: see Closes, Of
	Users int       `json:"users,omitempty"` // how many, about
	Bot   int64     `json:"bot,omitempty"`   // the service's bot
	Until time.Time `json:"until,omitzero"`  // when the service was promised to be back

	Of     uint64         `json:"of,omitempty"`     // edit, recall, resume: the broadcast
	Follow []FollowNotice `json:"follow,omitempty"` // what the same approval covers

	Tie   *Tie      `json:"tie,omitempty"`   // standing, revoke
	Lapse time.Time `json:"lapse,omitzero"`  // standing: when it ends by itself
	Limit int       `json:"limit,omitempty"` // standing: so many a day
}

// UserList is a copy of the service's audience, as of a moment.
type UserList struct {
	ID        string         `json:"id"`
	At        time.Time      `json:"at"`
	Users     int            `json:"users"`
	Languages map[string]int `json:"languages,omitempty"`
	Of        string         `json:"of,omitempty"` // the copy that it is a part of
	Segment   string         `json:"segment,omitempty"`
}

// FollowNotice is a notice that goes out later under the same approval: at a time, or when something happens.
type FollowNotice struct {
	Template string    `json:"template"`
	Source   string    `json:"source"`
	Values   string    `json:"values,omitempty"`
	At       time.Time `json:"at,omitzero"`
	When     string    `json:"when,omitempty"` // checks_green
}

// Tie is an event and the notice that goes out when it happens.
type Tie struct {
	When   string        `json:"when"` // down_longer_than, overdue, lockdown, checks_green
	Longer time.Duration `json:"longer,omitempty"`
	Send   string        `json:"send"`
}

// String is the tie as the config writes it.
func (t Tie) String() string {
	if t.Longer > 0 {
		return t.When + " " + t.Longer.String() + " → " + t.Send
	}
	return t.When + " → " + t.Send
}
