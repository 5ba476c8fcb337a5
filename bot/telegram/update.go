package telegram

import (
	"encoding/json"
	"fmt"
	"time"
)

// Raw is an update as it came. ID is 0 if the update has none.
type Raw struct {
	ID   int64
	JSON json.RawMessage
}

// Update is what we read of an update. At most one of the pointers is set;
// none for kinds we do not know.
type Update struct {
	ID       int64
	Message  *Message      // of every kind; Suspicious tells the wrong ones
	Callback *Callback     // callback_query: a button was pressed
	Member   *MemberChange // chat_member: somebody's place in a chat changed
	Self     *MemberChange // my_chat_member: the bot's own did, or a user blocked it
}

// User is a Telegram account.
type User struct {
	ID        int64  `json:"id"`
	IsBot     bool   `json:"is_bot"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Username  string `json:"username"` // without @; anybody's tomorrow
	Language  string `json:"language_code"`
}

// ChatType is private, group, supergroup or channel.
type ChatType string

const (
	ChatPrivate    ChatType = "private"
	ChatGroup      ChatType = "group"
	ChatSupergroup ChatType = "supergroup"
	ChatChannel    ChatType = "channel"
)

// Chat is a place with messages in it.
type Chat struct {
	ID       int64    `json:"id"`
	Type     ChatType `json:"type"`
	Title    string   `json:"title"`
	Username string   `json:"username"`
	IsForum  bool     `json:"is_forum"`
}

// Message is what we read of a message.
type Message struct {
	ID         int
	Date       time.Time // zero if the message is not accessible
	Chat       Chat
	From       *User
	SenderChat *Chat // in whose name it was sent, if not From's own
	Text       string
	Caption    string // of media; never a command
	ThreadID   int    // see Thread
	IsTopic    bool
	ReplyTo    int // id of the message in the same chat it answers
	// Of that message: who sent it, and its text, as they are now. Empty when they are not given out.
	ReplyFrom int64
	ReplyText string
	Photo     Photo // the largest size of a photo
	File      Photo // what was sent as a file, whatever it is; without sizes

	Forwarded        bool
	AutomaticForward bool // from the linked channel
	ViaBot           bool
	Offline          bool // scheduled, or an away or greeting message
	Edited           bool
	ChannelPost      bool
	Business         bool // of or through a business account
	Guest            bool // the bot was called into a chat it is not in
	Ephemeral        bool // others in the chat do not see it

	MigrateTo   int64 // service message: this group is now that supergroup
	MigrateFrom int64 // service message: this supergroup was that group
	Joined      []User
	Left        *User
}

// Photo is one size of a photo that somebody sent. File downloads it.
type Photo struct {
	FileID string `json:"file_id"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Bytes  int    `json:"file_size"` // 0: not told
}

// Thread returns the forum topic of m, or 0. Telegram also numbers threads of
// replies, which cannot be sent to.
func (m Message) Thread() int {
	if m.IsTopic {
		return m.ThreadID
	}
	return 0
}

// Callback is a press of a button.
type Callback struct {
	ID   string
	From User
	Data string // any client may send any Data for any message it sees

	// The message with the button; HasMessage is false, and they are zero, if it
	// was sent through inline mode. MessageDate is zero if Telegram no longer
	// gives the message out.
	HasMessage  bool
	Chat        Chat
	ChatID      int64 // Chat.ID
	MessageID   int
	MessageDate time.Time
	ThreadID    int // forum topic, or 0
}

// MemberChange is a change of somebody's place in a chat.
type MemberChange struct {
	Chat     Chat
	By       User // who did it
	Date     time.Time
	Old, New Member
}

// Member is somebody's place in a chat.
type Member struct {
	User        User   `json:"user"`
	Status      string `json:"status"`    // creator, administrator, member, restricted, left, kicked
	IsMember    bool   `json:"is_member"` // of restricted only: see Present
	IsAnonymous bool   `json:"is_anonymous"`
	CanPin      bool   `json:"can_pin_messages"`
	CanDelete   bool   `json:"can_delete_messages"`
	CanPost     bool   `json:"can_post_messages"` // of channels only
}

// Present reports whether the member is in the chat; in a private chat with
// the bot, whether the bot may write.
func (m Member) Present() bool {
	switch m.Status {
	case "creator", "administrator", "member":
		return true
	case "restricted":
		return m.IsMember
	}
	return false
}

// Admin reports whether the member administers the chat.
func (m Member) Admin() bool { return m.Status == "creator" || m.Status == "administrator" }

// wireUpdate is the JSON of an update. Kinds not in allowed_updates are here as
// well: those created before the bot asked for less still come.
type wireUpdate struct {
	ID int64 `json:"update_id"`

	Message               *wireMessage `json:"message"`
	EditedMessage         *wireMessage `json:"edited_message"`
	ChannelPost           *wireMessage `json:"channel_post"`
	EditedChannelPost     *wireMessage `json:"edited_channel_post"`
	BusinessMessage       *wireMessage `json:"business_message"`
	EditedBusinessMessage *wireMessage `json:"edited_business_message"`
	GuestMessage          *wireMessage `json:"guest_message"`

	Callback *wireCallback `json:"callback_query"`
	Member   *wireChange   `json:"chat_member"`
	Self     *wireChange   `json:"my_chat_member"`
}

// wireMessage is the JSON of a message. What forbids to obey a message is a
// mark: there or not, whatever it holds, so that a change of its type cannot
// hide it. forward_date is of the old API and still sent.
type wireMessage struct {
	ID         int    `json:"message_id"`
	Date       int64  `json:"date"`
	Chat       Chat   `json:"chat"`
	From       *User  `json:"from"`
	SenderChat *Chat  `json:"sender_chat"`
	Text       string `json:"text"`
	Caption    string `json:"caption"`
	ThreadID   int    `json:"message_thread_id"`
	IsTopic    bool   `json:"is_topic_message"`
	ReplyTo    *struct {
		ID   int    `json:"message_id"`
		From *User  `json:"from"`
		Text string `json:"text"`
	} `json:"reply_to_message"`
	Photo    []Photo `json:"photo"`
	Document Photo   `json:"document"`

	ForwardOrigin     mark `json:"forward_origin"`
	ForwardDate       mark `json:"forward_date"`
	ForwardFrom       mark `json:"forward_from"`
	ForwardFromChat   mark `json:"forward_from_chat"`
	ForwardSenderName mark `json:"forward_sender_name"`
	AutomaticForward  mark `json:"is_automatic_forward"`
	ViaBot            mark `json:"via_bot"`
	Offline           mark `json:"is_from_offline"`
	EditDate          mark `json:"edit_date"`
	Business          mark `json:"business_connection_id"`
	SenderBusinessBot mark `json:"sender_business_bot"`
	Guest             mark `json:"guest_query_id"`
	GuestBot          mark `json:"guest_bot_caller_user"`
	Ephemeral         mark `json:"ephemeral_message_id"`

	MigrateTo   int64  `json:"migrate_to_chat_id"`
	MigrateFrom int64  `json:"migrate_from_chat_id"`
	Joined      []User `json:"new_chat_members"`
	Left        *User  `json:"left_chat_member"`
}

type wireCallback struct {
	ID      string       `json:"id"`
	From    User         `json:"from"`
	Data    string       `json:"data"`
	Message *wireMessage `json:"message"`
}

type wireChange struct {
	Chat Chat   `json:"chat"`
	From User   `json:"from"`
	Date int64  `json:"date"`
	Old  Member `json:"old_chat_member"`
	New  Member `json:"new_chat_member"`
}

// mark is whether a JSON field is there with a value other than null, false, 0
// or "".
type mark bool

func (m *mark) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "null", "false", "0", `""`:
	default:
		*m = true
	}
	return nil
}

// DecodeUpdate reads an update. It fails on what is not a JSON object and on
// known fields of a wrong type; such an update cannot be trusted to be what it
// seems.
func DecodeUpdate(raw json.RawMessage) (Update, error) {
	var w wireUpdate
	if err := json.Unmarshal(raw, &w); err != nil {
		return Update{}, fmt.Errorf("telegram update: %w", err)
	}
	u := Update{ID: w.ID, Message: w.message()}
	if w.Callback != nil {
		u.Callback = w.Callback.callback()
	}
	if w.Member != nil {
		u.Member = w.Member.change()
	}
	if w.Self != nil {
		u.Self = w.Self.change()
	}
	return u, nil
}

func (w *wireUpdate) message() *Message {
	kinds := []struct {
		wire                             *wireMessage
		edited, channel, business, guest bool
	}{
		{wire: w.Message},
		{wire: w.EditedMessage, edited: true},
		{wire: w.ChannelPost, channel: true},
		{wire: w.EditedChannelPost, edited: true, channel: true},
		{wire: w.BusinessMessage, business: true},
		{wire: w.EditedBusinessMessage, edited: true, business: true},
		{wire: w.GuestMessage, guest: true},
	}
	for _, k := range kinds {
		if k.wire == nil {
			continue
		}
		m := k.wire.message()
		m.Edited = m.Edited || k.edited
		m.ChannelPost = m.ChannelPost || k.channel
		m.Business = m.Business || k.business
		m.Guest = m.Guest || k.guest
		return &m
	}
	return nil
}

func (w *wireMessage) message() Message {
	m := Message{
		ID: w.ID, Date: date(w.Date), Chat: w.Chat, From: w.From, SenderChat: w.SenderChat,
		Text: w.Text, Caption: w.Caption, ThreadID: w.ThreadID, IsTopic: w.IsTopic,
		Forwarded: bool(w.ForwardOrigin || w.ForwardDate || w.ForwardFrom || w.ForwardFromChat ||
			w.ForwardSenderName || w.AutomaticForward),
		AutomaticForward: bool(w.AutomaticForward),
		ViaBot:           bool(w.ViaBot),
		Offline:          bool(w.Offline),
		Edited:           bool(w.EditDate),
		ChannelPost:      w.Chat.Type == ChatChannel,
		Business:         bool(w.Business || w.SenderBusinessBot),
		Guest:            bool(w.Guest || w.GuestBot),
		Ephemeral:        bool(w.Ephemeral),
		MigrateTo:        w.MigrateTo, MigrateFrom: w.MigrateFrom,
		Joined: w.Joined, Left: w.Left,
	}
	// In a topic, what answers nothing says it answers the topic's first message.
	if w.ReplyTo != nil && w.ReplyTo.ID != m.Thread() {
		m.ReplyTo, m.ReplyText = w.ReplyTo.ID, w.ReplyTo.Text
		if w.ReplyTo.From != nil {
			m.ReplyFrom = w.ReplyTo.From.ID
		}
	}
	m.File = w.Document
	for _, p := range w.Photo { // in no order that is promised
		if p.Width*p.Height >= m.Photo.Width*m.Photo.Height {
			m.Photo = p
		}
	}
	return m
}

func (w *wireCallback) callback() *Callback {
	c := &Callback{ID: w.ID, From: w.From, Data: w.Data}
	if w.Message != nil {
		m := w.Message.message()
		c.HasMessage, c.Chat, c.ChatID = true, m.Chat, m.Chat.ID
		c.MessageID, c.MessageDate, c.ThreadID = m.ID, m.Date, m.Thread()
	}
	return c
}

func (w *wireChange) change() *MemberChange {
	return &MemberChange{Chat: w.Chat, By: w.From, Date: date(w.Date), Old: w.Old, New: w.New}
}

func date(unix int64) time.Time {
	if unix <= 0 {
		return time.Time{}
	}
	return time.Unix(unix, 0).UTC()
}
