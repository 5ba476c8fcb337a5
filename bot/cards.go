package bot

import (
	"slices"

	"twokey/actions"
	"twokey/internal/journal"
)

// The kinds of entries this package writes.
const (
	KindCardPosted   = "card.posted"
	KindCardClosed   = "card.closed"
	KindChatMigrated = "chat.migrated"
)

// CardPosted says that a request's card stands in a chat. It follows the send; Adopted means that a press told us of a
// message that a crash had made us forget.
type CardPosted struct {
	Request actions.ID `json:"request"`
	Chat    int64      `json:"chat"`
	Message int        `json:"message"`
	Adopted bool       `json:"adopted,omitempty"`
}

// CardClosed says that a request's cards were edited for the last time.
type CardClosed struct {
	Request actions.ID `json:"request"`
}

// ChatMigrated says that a group became a supergroup and has another id since.
type ChatMigrated struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Cards is the fold that knows which request's card is which message, for the requests whose cards are not closed.
type Cards struct {
	open  map[actions.ID]map[int64]int // request → chat → message
	order []actions.ID
	moved map[int64]int64
}

// NewCards is the fold before the first entry.
func NewCards() *Cards {
	return &Cards{open: map[actions.ID]map[int64]int{}, moved: map[int64]int64{}}
}

// Open lists, oldest first, the requests whose cards are not closed.
func (c *Cards) Open() []actions.ID { return slices.Clone(c.order) }

// Message finds a request's card in a chat; 0 when there is none, or not any more.
func (c *Cards) Message(id actions.ID, chat int64) int { return c.open[id][chat] }

// Private lists the private chats where a request's card stands, in order.
func (c *Cards) Private(id actions.ID) []int64 {
	var chats []int64
	for chat, message := range c.open[id] {
		if chat > 0 && message != 0 {
			chats = append(chats, chat)
		}
	}
	slices.Sort(chats)
	return chats
}

// At finds the request whose card a message is; 0 when it is nobody's.
func (c *Cards) At(chat int64, message int) actions.ID {
	for _, id := range slices.Backward(c.order) {
		if message != 0 && c.open[id][chat] == message {
			return id
		}
	}
	return 0
}

// Where follows a chat through its migrations.
func (c *Cards) Where(chat int64) int64 {
	// A chain has as many links as there were migrations; a circle would be a lie of the other side.
	for range len(c.moved) + 1 {
		to, gone := c.moved[chat]
		if !gone {
			break
		}
		chat = to
	}
	return chat
}

// New makes an empty body of the kinds the fold reads: its own, and those that bring a request into the world.
func (c *Cards) New(kind string) any {
	switch kind {
	case KindCardPosted:
		return new(CardPosted)
	case KindCardClosed:
		return new(CardClosed)
	case KindChatMigrated:
		return new(ChatMigrated)
	case actions.KindAsked:
		return new(actions.Asked)
	case actions.KindLate:
		return new(actions.Late)
	case actions.KindPanic:
		return new(actions.Pressed)
	}
	return nil
}

// Apply folds one entry.
func (c *Cards) Apply(e journal.Entry, body any) {
	switch b := body.(type) {
	case *actions.Asked, *actions.Late, *actions.Pressed:
		id := actions.ID(e.Seq)
		c.open[id] = map[int64]int{}
		c.order = append(c.order, id)
	case *CardPosted:
		if at := c.open[b.Request]; at != nil {
			at[b.Chat] = b.Message
		}
	case *CardClosed:
		delete(c.open, b.Request)
		c.order = slices.DeleteFunc(c.order, func(id actions.ID) bool { return id == b.Request })
	case *ChatMigrated:
		if b.From != b.To {
			c.moved[b.From] = b.To
		}
	}
}
