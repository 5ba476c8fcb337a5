package delivery

import (
	"fmt"
	"slices"
	"strings"
)

// State is where one recipient's delivery is.
type State string

const (
	// StateQueued: nothing was sent. Prepare makes it; a claim, or a cancel, ends it. What Telegram certainly did not do
	// (rate limited, no connection) comes back to it.
	StateQueued State = "queued"
	// StateSending: it may be on its way. Only the answer ends it, or the next start, when there is nobody left to hear it.
	StateSending State = "sending"
	// StateSent: Telegram confirmed it; an edit or a deletion was done.
	StateSent State = "sent"
	// StateBlocked: the user has blocked the bot. Remembered, and skipped next time.
	StateBlocked State = "blocked"
	// StateGone: the account is deleted, or never started the bot. Remembered, too.
	StateGone State = "gone"
	// StateFailed: Telegram refused it for another reason, which the row names.
	StateFailed State = "failed"
	// StateLate: Telegram deletes no message older than 48 hours.
	StateLate State = "late"
	// StateUnknown: it was sent and no answer came, or the process died meanwhile. Only a job that resends leaves it again.
	StateUnknown State = "unknown"
	// StateSkipped: known to have blocked the bot, or to be gone, when the job was prepared.
	StateSkipped State = "skipped"
	// StateCancelled: the job was cancelled before this one was sent.
	StateCancelled State = "cancelled"
)

// moves is the state machine; the ledger's schema is made of it, so the file refuses every other move.
var moves = []struct {
	from State
	to   []State
}{
	{"", []State{StateQueued, StateSkipped, StateLate}}, // how a row begins
	{StateQueued, []State{StateSending, StateCancelled}},
	{StateSending, []State{StateSent, StateBlocked, StateGone, StateFailed, StateLate, StateUnknown, StateQueued}},
	{StateUnknown, []State{StateQueued}},
}

// states lists all of them.
func states() []State {
	var all []State
	for _, m := range moves {
		for _, to := range m.to {
			if !slices.Contains(all, to) {
				all = append(all, to)
			}
		}
	}
	return all
}

// quoted is a list for SQL.
func quoted(list []State) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = fmt.Sprintf("'%s'", s)
	}
	return strings.Join(words, ", ")
}

// Totals counts a job's recipients by state.
type Totals struct {
	Total     int `json:"total"`
	Queued    int `json:"queued,omitempty"`
	Sending   int `json:"sending,omitempty"`
	Sent      int `json:"sent,omitempty"`
	Blocked   int `json:"blocked,omitempty"`
	Gone      int `json:"gone,omitempty"`
	Failed    int `json:"failed,omitempty"`
	Late      int `json:"late,omitempty"`
	Unknown   int `json:"unknown,omitempty"`
	Skipped   int `json:"skipped,omitempty"`
	Cancelled int `json:"cancelled,omitempty"`

	Prepared bool `json:"prepared,omitempty"` // every recipient has a row
}

// Over says that every recipient's delivery has its end.
func (t Totals) Over() bool { return t.Prepared && t.Queued == 0 && t.Sending == 0 }

// tried is how many came to an end by being tried.
func (t Totals) tried() int {
	return t.Sent + t.Blocked + t.Gone + t.Failed + t.Late + t.Unknown
}

func (t *Totals) add(s State, n int) {
	t.Total += n
	switch s {
	case StateQueued:
		t.Queued = n
	case StateSending:
		t.Sending = n
	case StateSent:
		t.Sent = n
	case StateBlocked:
		t.Blocked = n
	case StateGone:
		t.Gone = n
	case StateFailed:
		t.Failed = n
	case StateLate:
		t.Late = n
	case StateUnknown:
		t.Unknown = n
	case StateSkipped:
		t.Skipped = n
	case StateCancelled:
		t.Cancelled = n
	}
}
