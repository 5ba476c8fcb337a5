package bot

import (
	"context"
	"errors"
	"slices"

	"twokey/actions"
	"twokey/auth"
	"twokey/bot/text"
	"twokey/drills"
	"twokey/internal/journal"
)

// pressedDrill is a press on the card of an exercise. What needs words is asked for.
func (b *Bot) pressedDrill(ctx context.Context, cause string, s sender, id uint64, d text.DrillChoice) (line string, alert bool) {
	if b.Drills == nil {
		return b.Words.OldButton(), true
	}
	b.adoptDrill(ctx, id, s, d)
	var err error
	switch d.What {
	case text.DrillAccept:
		err = b.decideDrill(ctx, cause, func(now journal.Now) (journal.Draft, error) { return b.Drills.Accept(now, id, s.person.Name) })
	case text.DrillDone:
		err = b.finishStep(ctx, cause, s, id, int(d.N), drills.StepDone, "")
	case text.DrillSign:
		err = b.decideDrill(ctx, cause, func(journal.Now) (journal.Draft, error) { return b.Drills.Sign(id, s.person.Name, int(d.N)) })
	case text.DrillHere:
		if !slices.Contains(b.DrillWorld().Approvers, s.person.Name) {
			return b.Words.NotAnApprover(), true
		}
		err = b.decideDrill(ctx, cause, func(journal.Now) (journal.Draft, error) { return b.Drills.Answer(id, s.person.Name) })
	case text.DrillStart:
		if err = b.wouldRefuse(s, id, d); err == nil {
			b.Aside.Do(func(ctx context.Context) { b.lookBothWays(ctx, cause, s, id) })
		}
	case text.DrillReport, text.DrillTrend:
		err = b.lookAtDrill(s, id, d.What)
	default:
		if err = b.wouldRefuse(s, id, d); err == nil {
			b.askDrill(s, id, d)
		}
	}
	return b.cameOfDrill(err, d.What)
}

// cameOfDrill is the answer to such a press.
func (b *Bot) cameOfDrill(err error, what byte) (line string, alert bool) {
	var no *drills.Refusal
	switch {
	case errors.As(err, &no):
		return b.Words.DrillRefusalLine(b.drillNo(no)), true
	case errors.Is(err, journal.ErrSeen):
		return "", false
	case err != nil:
		b.Report(err)
		return b.Words.JournalDownLine(), true
	}
	return b.Words.DrillAnswer(what), false
}

// adoptDrill makes a message we do not know the card of an exercise: a crash between the send and its entry made us forget it.
// Other messages have some of its buttons, too: those of a card only are an adoption.
func (b *Bot) adoptDrill(ctx context.Context, id uint64, s sender, d text.DrillChoice) {
	if d.What == text.DrillMoveTo || d.What == text.DrillAnyway || s.admin == (d.What == text.DrillHere) {
		return
	}
	_, err := b.Log.Update(ctx, "", func(journal.Now) (journal.Draft, error) {
		x, there := b.Drills.Get(id)
		if !there || x.Cards[s.chat] != 0 || s.message == 0 {
			return journal.Draft{}, nil
		}
		return journal.Draft{Kind: drills.KindPosted, Actor: "twokey", Body: drills.Posted{Exercise: id, Chat: s.chat, Message: s.message}}, nil
	})
	if err != nil && ctx.Err() == nil {
		b.Report(err)
	}
}

// drillView is what the card of an exercise shows.
func (b *Bot) drillView(id uint64) (v text.DrillView, ok bool) {
	w := b.DrillWorld()
	b.Log.View(func(now journal.Now) { v, ok = drillViewOf(b.State, b.Drills, w, id, now) })
	return v, ok
}

// drillViewOf copies all that the card of an exercise shows, the board's word aside. It is called under the journal's lock.
func drillViewOf(s *actions.State, all *drills.State, w drills.World, id uint64, now journal.Now) (text.DrillView, bool) {
	x, ok := all.Get(id)
	if !ok {
		return text.DrillView{}, false
	}
	v := text.DrillView{X: x.Clone(), Now: now.Time, Account: map[auth.Name]auth.Account{}, Others: others(s, x.By)}
	for _, p := range s.People.People() {
		v.Account[p.Name] = p.Accounts[0]
	}
	if l := lastHeld(all, x.Drill, x.ID); l != nil {
		v.Last = l.Clone()
	}
	for _, r := range s.Live() {
		a := r.Action().Name
		if (a == skipDrill || a == moveDrill || a == anywayDrill) && r.Asked.Args[exerciseParam] == idText(actions.ID(id)) && !r.Status.Final() {
			v.Asked = append(v.Asked, r.Clone())
		}
	}
	if x.Status == drills.Running {
		v.Silent = all.Silent(x, w)
	}
	return v, true
}

// lastHeld is the newest exercise of a drill, before another, that was held to its end.
func lastHeld(all *drills.State, name drills.Name, before uint64) *drills.Exercise {
	for _, x := range slices.Backward(all.All()) {
		if x.Drill == name && x.ID < before && x.Status == drills.Done {
			return x
		}
	}
	return nil
}
