package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/auth"
	"twokey/bot/broadcast"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// Herald shows the broadcasts in the admin chat: one card each, edited while it is on its way, and a line when it ends; and it
// says which notice should have gone out by itself and did not. Like Presenter it compares what is shown with what should be.
// All exported fields are set and do not change.
type Herald struct {
	Log        *journal.Log
	State      *actions.State
	Broadcasts *broadcast.State
	Board      *broadcast.Board
	Cards      *Cards // knows where the admin chat is
	Words      text.Words
	Chat       Editor
	Lanes      Pace
	Place      Place
	Ties       []step.Tie // as the config counts them
	PerDay     int
	Quiet      func(now time.Time) bool
	Report     func(error)

	mu    sync.Mutex
	busy  *busy[uint64]
	shown map[uint64]painted
}

// painted is a broadcast's card as the chat shows it.
type painted struct {
	pic    picture
	status string
	at     time.Time
}

// Run shows until ctx ends.
func (h *Herald) Run(ctx context.Context) error {
	h.busy, h.shown = newBusy[uint64](), map[uint64]painted{}
	var all sync.WaitGroup
	defer all.Wait()
	for ctx.Err() == nil {
		var open, held []uint64
		moved := h.Board.Moved()
		head := h.Log.View(func(journal.Now) { open, held = h.Broadcasts.Unshown() })
		for _, id := range open {
			h.busy.launch(ctx, id, &all, func() { h.tend(ctx, id) })
		}
		for _, id := range held {
			h.busy.launch(ctx, id, &all, func() { h.say(ctx, id) })
		}
		h.wait(ctx, head, moved)
	}
	return nil
}

// wait returns when the journal moves, or, at most once in progressEvery, when a delivery does.
func (h *Herald) wait(ctx context.Context, head journal.Head, moved <-chan struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	all.Go(func() {
		if h.Log.Wait(ctx, head) != nil {
			<-ctx.Done()
		}
		cancel()
	})
	t := time.NewTimer(progressEvery)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return
	case <-h.busy.done:
		return
	case <-t.C:
	}
	select {
	case <-h.busy.done:
	case <-ctx.Done():
	case <-moved:
	}
}

// tend makes the card of a broadcast what is.
func (h *Herald) tend(ctx context.Context, id uint64) {
	v, chat, message, over := h.look(id)
	if chat == 0 {
		return
	}
	card := h.Words.Broadcast(v)
	pic := picture{html: card.HTML, rows: card.Rows}
	was := h.last(id)
	if was.pic.lost || message != 0 && same(was.pic, pic) && !over {
		return
	}
	if message != 0 && was.status == v.Status && !over && time.Since(was.at) < progressEvery {
		return
	}
	if !same(was.pic, pic) || message == 0 {
		if err := h.put(ctx, id, chat, message, was, v); err != nil {
			h.failed(ctx, id, message, err)
			return
		}
	}
	h.remember(id, painted{pic: pic, status: v.Status, at: time.Now()})
	if over {
		h.ring(ctx, chat, message, v)
		h.note(ctx, broadcast.KindClosed, broadcast.Closed{Broadcast: id})
	}
}

// look takes in what is. over says that nothing of it will change any more.
func (h *Herald) look(id uint64) (v text.BroadcastView, chat int64, message int, over bool) {
	p, moving := h.Board.Read(id)
	counted := false
	h.Log.View(func(journal.Now) {
		b, ok := h.Broadcasts.Get(id)
		if !ok {
			return
		}
		chat = h.Cards.Where(h.Place.AdminChat)
		message = b.Card[chat]
		v = broadcastView(h.State, h.Broadcasts, b)
		counted = b.Counted
		over = b.Status.Over() && counted && len(v.Next) == 0
	})
	if moving && !counted {
		fill(&v, broadcast.CountsOf(p.Totals))
		v.PerSecond, v.Done, v.HaltedUntil, v.Trouble, v.Preparing = p.PerSecond, p.Done, p.HaltedUntil, p.Trouble, !p.Prepared
	}
	return v, chat, message, over
}

// put edits the card, or sends it.
func (h *Herald) put(ctx context.Context, id uint64, chat int64, message int, was painted, v text.BroadcastView) error {
	turn := telegram.Turn{Chat: chat, Message: message, Priority: telegram.PriorityProgress, Again: telegram.AgainResend}
	if was.status != v.Status {
		turn.Priority = telegram.PriorityFinal
	}
	if message == 0 {
		turn.Priority = telegram.PriorityNew
	}
	return h.Lanes.Do(ctx, turn, func(ctx context.Context, at int64) error {
		card := h.Words.Broadcast(v)
		if message != 0 {
			return h.Chat.Edit(ctx, at, message, out(card, at, 0, 0))
		}
		o := out(card, at, h.Place.Topic, h.replyTo(v, at))
		o.Silent = h.Quiet != nil && h.Quiet(time.Now())
		return h.post(ctx, id, o)
	})
}

// replyTo is the card of the request that decided it, when that is still open.
func (h *Herald) replyTo(v text.BroadcastView, chat int64) (message int) {
	h.Log.View(func(journal.Now) { message = h.Cards.Message(v.Request, chat) })
	return message
}

// post sends a message and notes where it stands.
func (h *Herald) post(ctx context.Context, id uint64, o telegram.Out) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), postWithin)
	defer cancel()
	sent, err := h.Chat.Send(ctx, o)
	if err != nil {
		return err
	}
	h.note(ctx, broadcast.KindPosted, broadcast.Posted{Broadcast: id, Chat: o.ChatID, Message: sent})
	return nil
}

func (h *Herald) note(ctx context.Context, kind string, body any) {
	_, err := h.Log.Update(context.WithoutCancel(ctx), "", func(journal.Now) (journal.Draft, error) {
		return journal.Draft{Kind: kind, Actor: "twokey", Body: body}, nil
	})
	if err != nil {
		h.Report(err)
	}
}

// ring says that a broadcast ended: an edit does not ring.
func (h *Herald) ring(ctx context.Context, chat int64, message int, v text.BroadcastView) {
	line := h.Words.BroadcastRing(v)
	if line == "" || message == 0 {
		return
	}
	turn := telegram.Turn{Chat: chat, Priority: telegram.PriorityFinal, Again: telegram.AgainResend}
	err := h.Lanes.Do(ctx, turn, func(ctx context.Context, at int64) error {
		_, err := h.Chat.Send(ctx, telegram.Out{ChatID: at, ThreadID: h.Place.Topic, HTML: line, ReplyTo: message, Protect: true,
			Silent: h.Quiet != nil && h.Quiet(time.Now()), Again: telegram.AgainResend})
		return err
	})
	if err != nil && ctx.Err() == nil {
		h.Report(fmt.Errorf("broadcast %d: %w", v.ID, err))
	}
}

// failed decides what a failure means: see shower.after.
func (h *Herald) failed(ctx context.Context, id uint64, message int, err error) {
	switch class := telegram.ClassOf(err); {
	case errors.Is(err, telegram.ErrSuperseded), ctx.Err() != nil:
		return
	case class == telegram.ClassGone && message != 0:
		h.remember(id, painted{})
		h.note(ctx, broadcast.KindPosted, broadcast.Posted{Broadcast: id, Chat: h.chat()})
		return
	case class == telegram.ClassChatGone, class == telegram.ClassRights, class == telegram.ClassParse, class == telegram.ClassBug, class == telegram.ClassDiscarded:
		h.remember(id, painted{pic: picture{lost: true}})
	}
	h.Report(fmt.Errorf("card of broadcast %d: %w", id, err))
	sleep(ctx, showPause)
}

func (h *Herald) chat() (chat int64) {
	h.Log.View(func(journal.Now) { chat = h.Cards.Where(h.Place.AdminChat) })
	return chat
}

// say tells the chat of a notice that was held.
func (h *Herald) say(ctx context.Context, id uint64) {
	var v text.HeldView
	var chat int64
	h.Log.View(func(now journal.Now) {
		if held, ok := h.Broadcasts.Untold(id); ok {
			v, chat = h.heldView(held, now.Time), h.Cards.Where(h.Place.AdminChat)
		}
	})
	if chat == 0 {
		return
	}
	turn := telegram.Turn{Chat: chat, Priority: telegram.PriorityNew, Again: telegram.AgainResend}
	err := h.Lanes.Do(ctx, turn, func(ctx context.Context, at int64) error {
		return h.post(ctx, id, out(h.Words.BroadcastHeld(v), at, h.Place.Topic, 0))
	})
	if err != nil && ctx.Err() == nil {
		h.Report(fmt.Errorf("held notice: %w", err))
		sleep(ctx, showPause)
	}
}

func (h *Herald) last(id uint64) painted {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.shown[id]
}

func (h *Herald) remember(id uint64, p painted) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shown[id] = p
}

// broadcastView copies all that the card of a broadcast shows. It is called under the journal's lock.
func broadcastView(s *actions.State, all *broadcast.State, b *broadcast.Broadcast) text.BroadcastView {
	t := b.Telling
	v := text.BroadcastView{ID: b.ID, Op: opOf(t.Do), Template: t.Template, Matter: t.Matter, Of: t.Of, Request: actions.ID(b.Request), Standing: b.Standing,
		Follows: b.Follows, Status: string(b.Status), Begun: b.At, Ended: b.Ended, PausedBy: auth.Name(b.Paused.Person), StoppedBy: auth.Name(b.Stopped), Why: b.Why + b.Paused.Why,
		Resend: t.Resend, Preparing: !b.Counted}
	fill(&v, b.Counts)
	if b.Tie != nil {
		v.Tie = b.Tie.String()
	}
	if t.List != nil {
		v.ListAt = t.List.At
	}
	by := actions.ID(b.Request)
	if x, ok := all.Get(b.Follows); ok && by == 0 {
		by = actions.ID(x.Request)
	}
	if r, ok := s.Request(by); ok {
		v.Asked, v.ApprovedBy = r.Asked.Person, r.ApprovedBy
	}
	for i, f := range t.Follow {
		if !b.Follow[i] {
			v.Next = append(v.Next, text.FollowView{Template: f.Template, At: f.At, When: f.When})
		}
	}
	_, down := s.Outage()
	up := !down
	v.Up = &up
	return v
}

func fill(v *text.BroadcastView, c broadcast.Counts) {
	v.Total, v.Queued, v.Sending, v.Sent, v.Blocked, v.Gone = c.Total, c.Queued, c.Sending, c.Sent, c.Blocked, c.Gone
	v.Failed, v.Unknown, v.Cancelled, v.Skipped = c.Failed, c.Unknown, c.Cancelled, c.Skipped
}

func opOf(do string) string {
	switch do {
	case step.NoticeEdit:
		return text.OpEdit
	case step.NoticeRecall:
		return text.OpRecall
	}
	return text.OpSend
}

// heldView is all that the chat is told of a notice that was held.
func (h *Herald) heldView(x broadcast.Holding, now time.Time) text.HeldView {
	v := text.HeldView{Cause: x.Cause, Matter: x.Matter, Template: x.Template, Of: x.Of, Why: x.Why, Due: x.Held.At, Now: now, Limit: h.PerDay}
	if x.Cause == broadcast.HeldRed {
		v.Again = broadcast.AskAgain
	}
	if x.Tie != nil {
		v.Tie = x.Tie.String()
		v.Number = 1 + slices.IndexFunc(h.Ties, func(t step.Tie) bool { return t == *x.Tie })
	}
	return v
}
