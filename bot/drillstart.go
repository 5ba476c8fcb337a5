package bot

import (
	"context"
	"slices"

	"twokey/bot/text"
	"twokey/drills"
	"twokey/internal/journal"
)

// drillStart is /drill start NAME: the exercise of that drill that waits, or a new one.
func (b *Bot) drillStart(ctx context.Context, cause string, s sender, cmd Command) error {
	if len(cmd.Words) != 1 {
		return errDrillUsage("start")
	}
	id, err := b.waiting(ctx, cause, s, cmd.Words[0])
	if err == nil {
		err = b.wouldRefuse(s, id, text.DrillChoice{What: text.DrillStart})
	}
	if err == nil {
		b.Aside.Do(func(ctx context.Context) { b.lookBothWays(ctx, cause+"/start", s, id) })
	}
	return err
}

// waiting finds the exercise that a word means; when none of that drill waits, somebody wants one now.
func (b *Bot) waiting(ctx context.Context, cause string, s sender, word string) (id uint64, err error) {
	b.Log.View(func(journal.Now) { id = b.exerciseNamed(word) })
	if id != 0 {
		return id, nil
	}
	plans := b.DrillWorld().Plans
	i := slices.IndexFunc(plans, func(p drills.Plan) bool { return string(p.Name) == word })
	if i < 0 {
		if n, is := parseID(word); is {
			return 0, &drills.Refusal{Reason: drills.NoSuchExercise, ID: uint64(n)}
		}
		return 0, noSuchDrill(word)
	}
	e, err := b.Log.Update(ctx, cause, func(now journal.Now) (journal.Draft, error) {
		if x, runs := b.Drills.Running(); runs { // it would only wait, and be missed
			return journal.Draft{}, &drills.Refusal{Reason: drills.OtherRuns, ID: x.ID, Status: x.Status, Who: x.By}
		}
		return b.Drills.Want(now, plans[i], s.person.Name)
	})
	return e.Seq, err
}

// lookBothWays gathers what an exercise consists of and whether it can start now, and starts it; else it says what is red.
func (b *Bot) lookBothWays(ctx context.Context, cause string, s sender, id uint64) {
	v, ok := b.drillView(id)
	if !ok {
		return
	}
	o, err := b.Desk.Opening(ctx, v.X)
	if err != nil {
		b.failed(ctx, s, err)
		b.reply(s, b.Words.DrillFailed("it could not be seen whether the drill can start"))
		return
	}
	red := drills.Looks(o.Looks)
	held := false
	err = b.decideDrill(ctx, cause, func(now journal.Now) (journal.Draft, error) {
		d, err := b.Drills.Start(now, id, s.person.Name, o)
		if x, there := b.Drills.Get(id); err == nil && there && len(red) > 0 && !x.HasAnyway(now.Time, red) {
			held = true
			return journal.Draft{}, nil
		}
		return d, err
	})
	if held {
		b.reply(s, b.Words.DrillRed(v, red))
		return
	}
	b.drillSettled(s, err)
}
