package broadcast

import (
	"time"

	"twokey/actions/step"
)

// The kinds of entries this package writes. That two people decided on a notice is in a step.finished.
const (
	KindBegun     = "broadcast.begun"
	KindPrepared  = "broadcast.prepared"
	KindPaused    = "broadcast.paused"
	KindResumed   = "broadcast.resumed"
	KindCancelled = "broadcast.cancelled"
	KindEnded     = "broadcast.ended"
	KindHeld      = "broadcast.held"
	KindPosted    = "broadcast.posted"
	KindClosed    = "broadcast.closed"
)

// Begun is a notice that goes out under an earlier approval: by a tie, or because it follows another one.
type Begun struct {
	Telling  step.Telling `json:"telling"`
	Tie      *step.Tie    `json:"tie,omitempty"`
	Standing uint64       `json:"standing,omitempty"` // the entry that approved the tie
	Of       uint64       `json:"of,omitempty"`       // the broadcast that it follows
	Follow   int          `json:"follow,omitempty"`   // which of its followers, from 0
	Run      uint64       `json:"run,omitempty"`      // whose outage or lockdown it is about
}

// Prepared says that the ledger has a row for every recipient. From then on a ledger without them was lost, and nobody is
// sent to again.
type Prepared struct {
	Broadcast uint64 `json:"broadcast"`
	Total     int    `json:"total"`
}

// Paused stops a broadcast where it is. Why is set when nobody asked for it. Waits: it goes on by itself when that is over.
type Paused struct {
	Broadcast uint64 `json:"broadcast"`
	Person    string `json:"person,omitempty"`
	Why       string `json:"why,omitempty"`
	Waits     bool   `json:"waits,omitempty"`
}

// Resumed lets it go on.
type Resumed struct {
	Broadcast uint64 `json:"broadcast"`
	Person    string `json:"person,omitempty"`
}

// Cancelled ends it: who has not got it will not.
type Cancelled struct {
	Broadcast uint64 `json:"broadcast"`
	Person    string `json:"person"`
}

// Ended is what became of it. Digest is over the ledger's rows of it, which lie in their own file.
type Ended struct {
	Broadcast uint64 `json:"broadcast"`
	Counts    Counts `json:"counts"`
	Digest    string `json:"digest,omitempty"`
	Why       string `json:"why,omitempty"` // a sentence, when it could not be ended well
}

// Counts is how many recipients are in which state.
type Counts struct {
	Total     int `json:"total"`
	Queued    int `json:"queued,omitempty"`
	Sending   int `json:"sending,omitempty"`
	Sent      int `json:"sent,omitempty"`
	Blocked   int `json:"blocked,omitempty"`
	Gone      int `json:"gone,omitempty"`
	Failed    int `json:"failed,omitempty"`
	Unknown   int `json:"unknown,omitempty"`
	Cancelled int `json:"cancelled,omitempty"`
	Skipped   int `json:"skipped,omitempty"` // known to be out of reach, not tried
}

// The causes of Held.
const (
	HeldRed     = "red"     // checks are red, or nobody looked
	HeldLimit   = "limit"   // so many went out by themselves today
	HeldChanged = "changed" // the text is not the one that was approved
	HeldLate    = "late"    // its time is long over
	HeldLapsed  = "lapsed"  // the standing approval has ended
	HeldCannot  = "cannot"  // it cannot be made; Why says it
)

// Held is a notice that should go out by itself and does not. Of a follower that is late or changed, it is the end.
type Held struct {
	Cause    string    `json:"cause"`
	Matter   string    `json:"matter"`
	Template string    `json:"template"`
	Tie      *step.Tie `json:"tie,omitempty"`
	Of       uint64    `json:"of,omitempty"`
	Follow   int       `json:"follow,omitempty"`
	Why      string    `json:"why,omitempty"`
	At       time.Time `json:"at,omitzero"` // when it was due
}

// Posted says where a broadcast's card stands; Message 0: it is gone.
type Posted struct {
	Broadcast uint64 `json:"broadcast"`
	Chat      int64  `json:"chat"`
	Message   int    `json:"message"`
}

// Closed says that its card was edited for the last time.
type Closed struct {
	Broadcast uint64 `json:"broadcast"`
}
