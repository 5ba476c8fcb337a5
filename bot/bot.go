// Package bot turns what people do in a chat into decisions, and state into cards. It knows chats.
//
// Two halves that never call each other: Bot takes updates (parse → decide → append, never I/O) and Presenter shows the
// state (state → cards → chat). What is only looked up, /status and its like, and the answers to presses go to a bounded
// Lane in memory, which a crash may lose.
package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/auth"
	"twokey/bot/broadcast"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/drills"
	"twokey/internal/journal"
)

// Messenger is what the bot does in chats outside cards: a reply to a command and the answer to a press.
type Messenger interface {
	Send(ctx context.Context, o telegram.Out) (int, error)
	Edit(ctx context.Context, chat int64, message int, o telegram.Out) error
	Answer(ctx context.Context, callbackID, text string, alert bool) error
	Document(ctx context.Context, o telegram.Out, name string, data []byte) (int, error)
	// Age is how old something of that date is by Telegram's own clock.
	Age(date time.Time) time.Duration
}

// Bot takes updates. All fields are set and do not change.
type Bot struct {
	Log        *journal.Log
	State      *actions.State
	Cards      *Cards
	Catalogue  actions.Catalogue
	Revision   string
	Words      text.Words
	Chat       Messenger
	Seen       *Seen                    // who has looked; may be nil
	Traffic    *Traffic                 // what was said in the admin chat; may be nil
	Taps       *Taps                    // the first of two taps
	Nudge      []time.Duration          // when those who have not voted are called again
	Quiet      func(now time.Time) bool // when news makes no sound; may be nil
	Aside      *Lane                    // answers and looking
	Urgent     *Lane                    // stopping while the journal cannot be written
	Place      Place
	BotID      int64
	Name       func() string // the bot's user name, lower case; empty until Telegram said it
	Look       Look
	Notices    Notices          // what users can be told; nil: the config names no bot for it
	Broadcasts *broadcast.State // what they were told; nil as Notices is
	Drafts     *Drafts          // what is being put together; may be nil
	Gallery    *Gallery         // may be nil
	Drills     *drills.State    // what is practised; nil: the config has no drills, and the next seven are nil as well
	DrillWorld func() drills.World
	Desk       DrillDesk
	Years      YearPack // may be zero
	// Runbooks is the sha256 of what each drill's runbook is now; may be nil.
	Runbooks func(ctx context.Context) map[drills.Name]string
	// Dates are other times to offer for an exercise, on days on which people work; nil: all but Saturdays and Sundays are such.
	Dates func(x *drills.Exercise, now time.Time) []time.Time
	// Fetch downloads what somebody sent, of at most so many bytes; nil: photos are not kept.
	Fetch     func(ctx context.Context, fileID string, most int) ([]byte, error)
	Emergency func(ctx context.Context, a actions.Asked) (actions.Late, error)
	Redact    func(text string) string // takes every secret we know out of what people typed
	Report    func(error)
}

// Place is where and how long the bot listens.
type Place struct {
	AdminChat  int64
	Topic      int
	StaleAfter time.Duration
}

// Look is what reading commands look at.
type Look struct {
	Status func(ctx context.Context) text.StatusView
	// Entries gives a request's entries, oldest first; Output what its steps printed.
	Entries func(ctx context.Context, first, last uint64) ([]text.Event, error)
	// Since gives what was journaled from an entry on, oldest first, the newest of it.
	Since func(ctx context.Context, first uint64) ([]text.Event, error)
	// Rows gives the rows of a private check as they are now, as CSV; more says that there are others.
	Rows func(ctx context.Context, c step.Check) (csv []byte, more bool, err error)
	// Preflight tests the world; it may take some seconds.
	Preflight func(ctx context.Context) text.PreflightView
	Output    func(id actions.ID) (name string, data []byte, err error)
	// Logs finds lines in the service's logs, redacted; when ctx ends it gives what it has.
	Logs func(ctx context.Context, q LogQuery) text.LogsView
	// Backups lists what there is to go back to.
	Backups func(ctx context.Context) text.BackupsView
	// Kept lists the databases from before a switch, Migrations the database's changes of shape.
	Kept       func(ctx context.Context) text.KeptView
	Migrations func(ctx context.Context) text.MigrationsView
	// Notices says what users can be told and were, Audiences whom of them alone. BroadcastRate is a picture of how fast a broadcast went, BroadcastList who
	// got it. They are nil when the config names no bot for that.
	Notices       func(ctx context.Context) text.NoticesView
	Audiences     func() text.Audiences
	BroadcastRate func(ctx context.Context, id uint64) (png []byte, err error)
	BroadcastList func(ctx context.Context, id uint64) (name string, csv []byte, err error)
	// Journal gives the last n entries of the kinds that are wanted, newest first.
	Journal func(ctx context.Context, n int, wants func(kind string) bool) ([]text.Event, error)
}

// Handle takes one update to its end: decided and durable, or refused. It returns an error only when the update should
// come again; it never waits for Telegram.
func (b *Bot) Handle(ctx context.Context, raw telegram.Raw) error {
	u, err := telegram.DecodeUpdate(raw.JSON)
	if err != nil {
		b.Report(fmt.Errorf("update %d: %w", raw.ID, err))
		return nil // it will not get better
	}
	cause := "tg:" + strconv.FormatInt(b.BotID, 10) + ":" + strconv.FormatInt(raw.ID, 10)
	switch {
	case u.Callback != nil:
		b.press(ctx, cause, *u.Callback)
	case u.Message != nil && u.Message.MigrateTo != 0:
		b.Migrated(ctx, u.Message.Chat.ID, u.Message.MigrateTo)
	case u.Message != nil:
		b.Traffic.Note(u.Message.Chat.ID, u.Message.Thread(), u.Message.ID)
		b.message(ctx, cause, *u.Message)
	}
	return nil
}

// Migrated notes that the admin chat has another id since it became a supergroup.
func (b *Bot) Migrated(ctx context.Context, from, to int64) {
	e, err := b.Log.Update(ctx, "", func(journal.Now) (journal.Draft, error) {
		if from != b.Cards.Where(b.Place.AdminChat) || b.Cards.Where(from) == to {
			return journal.Draft{}, nil
		}
		return journal.Draft{Kind: KindChatMigrated, Actor: "telegram", Body: ChatMigrated{From: from, To: to}}, nil
	})
	switch {
	case err != nil && ctx.Err() == nil:
		b.Report(err)
	case err == nil && e.Seq != 0:
		b.send(b.news(b.Words.Migrated(to), to, e.Time))
	}
}

// news is a message that needs nobody: it makes no sound at night.
func (b *Bot) news(c text.Card, chat int64, now time.Time) telegram.Out {
	o := out(c, chat, 0, 0)
	o.Silent = b.Quiet != nil && b.Quiet(now)
	return o
}

// sender is who acts, and from where.
type sender struct {
	person  auth.Person
	known   bool
	account auth.Account
	chat    int64
	topic   int
	message int
	private bool
	admin   bool // the chat is the admin chat
}

// who finds the person behind an account and whether the chat is one that is listened to.
func (b *Bot) who(account int64, chat telegram.Chat, topic, message int) sender {
	s := sender{account: auth.Account(account), chat: chat.ID, topic: topic, message: message}
	s.private = chat.Type == telegram.ChatPrivate && chat.ID == account
	b.Log.View(func(journal.Now) {
		s.person, s.known = b.State.People.ByAccount(s.account)
		s.admin = chat.ID == b.Cards.Where(b.Place.AdminChat)
	})
	return s
}

func (s sender) origin() actions.Origin {
	return actions.Origin{Chat: s.chat, Topic: s.topic, Message: s.message}
}

func (b *Bot) message(ctx context.Context, cause string, m telegram.Message) {
	cmd, ok := ParseCommand(m.Text)
	if !ok && m.ReplyTo != 0 {
		b.answered(ctx, cause, m)
	}
	if !ok || cmd.To != "" && b.Name() != "" && cmd.To != b.Name() {
		return // to another bot
	}
	var account int64
	if m.From != nil {
		account = m.From.ID
	}
	s := b.who(account, m.Chat, m.Thread(), m.ID)
	if why := telegram.Suspicious(m); why != telegram.ReasonNone {
		// Only where people who may command are: others learn nothing, and a bot that answers bots never ends.
		if (s.admin || s.private && s.known) && why != telegram.ReasonBot {
			b.reply(s, b.Words.Unheard(unheard(why)))
		}
		return
	}
	switch {
	case s.known && cmd.To != "" && b.Name() == "" && (s.admin || s.private):
		// Telegram has not told us our name yet: this may be another bot's command.
		b.reply(s, b.Words.Nameless(cmd.Name))
	case !s.known:
		b.stranger(s, cmd)
	case s.admin || s.private:
		b.command(ctx, cause, s, cmd, b.Chat.Age(m.Date))
	}
}

// answered hears a known person's reply to a card, where people are listened to.
func (b *Bot) answered(ctx context.Context, cause string, m telegram.Message) {
	if telegram.Suspicious(m) != telegram.ReasonNone {
		return
	}
	if s := b.who(m.From.ID, m.Chat, m.Thread(), m.ID); s.known && (s.admin || s.private) && !b.draftReply(s, m) && !b.drillReply(ctx, cause, s, m) {
		b.replied(ctx, cause, s, m)
	}
}

// stranger is told their own id, where they ask for it, so that an operator can let them in; nothing else.
func (b *Bot) stranger(s sender, cmd Command) {
	switch {
	case cmd.Name == "id" && (s.private || s.admin):
		b.reply(s, b.Words.ID(int64(s.account), s.chat, ""))
	case cmd.Name == "start" && s.private:
		b.reply(s, b.Words.Greeting("", int64(s.account)))
	}
}

// reply sends a card as an answer to the message that asked for it, aside. It makes no sound: whoever asked is looking.
func (b *Bot) reply(s sender, c text.Card) {
	o := out(c, s.chat, s.topic, s.message)
	o.Silent = true
	b.send(o)
}

// alert is reply for what everybody in the chat must hear.
func (b *Bot) alert(s sender, c text.Card) { b.send(out(c, s.chat, s.topic, s.message)) }

// send sends a message aside.
func (b *Bot) send(o telegram.Out) {
	b.Aside.Do(func(ctx context.Context) {
		if _, err := b.Chat.Send(ctx, o); err != nil {
			b.failed(ctx, sender{chat: o.ChatID}, err)
		}
	})
}

// failed reports what could not be said.
func (b *Bot) failed(ctx context.Context, s sender, err error) {
	if ctx.Err() == nil {
		b.Report(fmt.Errorf("reply in chat %d: %w", s.chat, err))
	}
}

// answer answers a press, aside.
func (b *Bot) answer(callback, line string, alert bool) {
	b.Aside.Do(func(ctx context.Context) {
		if err := b.Chat.Answer(ctx, callback, line, alert); err != nil && ctx.Err() == nil {
			b.Report(fmt.Errorf("answer to a press: %w", err))
		}
	})
}

// out is a card as a message. Admin messages may come twice rather than not at all, and cannot be forwarded.
func out(c text.Card, chat int64, topic, replyTo int) telegram.Out {
	o := telegram.Out{ChatID: chat, ThreadID: topic, HTML: c.HTML, ReplyTo: replyTo, Protect: true, Again: telegram.AgainResend}
	for _, row := range c.Rows {
		var buttons []telegram.Button
		for _, x := range row {
			buttons = append(buttons, telegram.Button{Text: x.Label, Data: x.Data, Style: telegram.Style(x.Style)})
		}
		o.Buttons = append(o.Buttons, buttons)
	}
	return o
}

// refusal takes a decision's no out of an error.
func refusal(err error) (*actions.Refusal, bool) {
	var no *actions.Refusal
	return no, errors.As(err, &no)
}

// written says whether the journal could be written at all, whatever was decided.
func written(err error) bool {
	return !errors.Is(err, journal.ErrUnavailable) && !errors.Is(err, journal.ErrClosed) && !hurried(err)
}
