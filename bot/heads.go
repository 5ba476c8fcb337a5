package bot

import (
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/internal/journal"
)

// The kinds of entries about signed heads.
const (
	KindHeadSigned = "head.signed"
	KindPinPosted  = "pin.posted"
)

// HeadSigned says that the morning of a day was told, with a signed head, in these chats. It follows the sending, so a
// crash between the two tells it a second time, and never not at all.
type HeadSigned struct {
	Day   string       `json:"day"` // 2026-11-24, in the config's zone
	Seq   uint64       `json:"seq"`
	Hash  journal.Hash `json:"hash"`
	Note  string       `json:"note"`
	Chats []int64      `json:"chats,omitempty"`
}

// PinPosted says which message of a person's private chat is the one that stays pinned; 0 that it is gone. Adopted: it was
// found there, because a crash had made us forget it.
type PinPosted struct {
	Person  auth.Name `json:"person"`
	Chat    int64     `json:"chat"`
	Message int       `json:"message"`
	Adopted bool      `json:"adopted,omitempty"`
}

// Heads is the fold that knows which mornings were told, and where signed heads are pinned.
type Heads struct {
	begun  time.Time // of the first entry
	day    string    // the newest that was told
	signed uint64    // the entry that says so
	pins   map[int64]int
}

// NewHeads is the fold before the first entry.
func NewHeads() *Heads { return &Heads{pins: map[int64]int{}} }

// Pin is the message that is pinned in a private chat; 0 when there is none that we know of.
func (h *Heads) Pin(chat int64) int { return h.pins[chat] }

// Due says which day's morning has come and was not told. Of several that passed while we were away it is the newest only;
// a journal that begins has none before its first.
func (h *Heads) Due(now time.Time, q Quiet) (day string, due bool) {
	morning := q.Morning(now)
	day = morning.In(q.zone()).Format(time.DateOnly)
	return day, !h.begun.IsZero() && h.begun.Before(morning) && h.day < day
}

// New makes an empty body of the kinds the fold reads.
func (h *Heads) New(kind string) any {
	switch kind {
	case KindHeadSigned:
		return new(HeadSigned)
	case KindPinPosted:
		return new(PinPosted)
	case actions.KindPolicy: // a journal begins with one
		return new(struct{})
	}
	return nil
}

// Apply folds one entry.
func (h *Heads) Apply(e journal.Entry, body any) {
	if h.begun.IsZero() {
		h.begun = e.Time
	}
	switch b := body.(type) {
	case *HeadSigned:
		h.day, h.signed = b.Day, e.Seq
	case *PinPosted:
		h.pins[b.Chat] = b.Message
	}
}
