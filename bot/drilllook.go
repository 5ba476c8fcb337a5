package bot

import (
	"context"
	"fmt"
	"slices"
	"time"

	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/drills"
	"twokey/internal/journal"
)

// drillLook is /drill, /drill report [ID], /drill trend NAME and /drill pack [YEAR].
func (b *Bot) drillLook(ctx context.Context, s sender, word string, cmd Command) {
	switch word {
	case "report":
		started := func(x *drills.Exercise) bool { return !x.Started.IsZero() }
		id, rest, err := b.exerciseOf(cmd.Words[1:], false, started)
		switch {
		case err != nil:
			b.drillSettled(s, err)
		case len(rest) > 0:
			b.drillSettled(s, errDrillUsage(word))
		default:
			b.evidence(ctx, s, id)
		}
	case "trend":
		if len(cmd.Words) != 2 {
			b.drillSettled(s, errDrillUsage(word))
			return
		}
		b.trend(ctx, s, drills.Name(cmd.Words[1]))
	case "pack":
		b.pack(ctx, s, cmd.Words[1:])
	default:
		b.drillNow(ctx, s)
	}
}

// drillNow shows the exercise that goes on, or all drills.
func (b *Bot) drillNow(ctx context.Context, s sender) {
	var id uint64
	b.Log.View(func(journal.Now) {
		if x, runs := b.Drills.Running(); runs {
			id = x.ID
		}
	})
	if v, ok := b.drillView(id); ok {
		b.reply(s, b.Words.Drill(v))
		return
	}
	b.reply(s, b.drills(ctx))
}

// lookAtDrill is a press on Report or Trend.
func (b *Bot) lookAtDrill(s sender, id uint64, what byte) error {
	v, ok := b.drillView(id)
	if !ok {
		return &drills.Refusal{Reason: drills.NoSuchExercise, ID: id}
	}
	b.Aside.Do(func(ctx context.Context) {
		if what == text.DrillTrend {
			b.trend(ctx, s, v.X.Drill)
			return
		}
		b.evidence(ctx, s, id)
	})
	return nil
}

// evidence sends the record of an exercise, file by file, where it was asked for.
func (b *Bot) evidence(ctx context.Context, s sender, id uint64) {
	v, ok := b.drillView(id)
	if !ok {
		b.drillSettled(s, &drills.Refusal{Reason: drills.NoSuchExercise, ID: id})
		return
	}
	files, err := b.Desk.Evidence(ctx, id)
	if err != nil {
		b.failed(ctx, s, err)
		b.reply(s, b.Words.DrillFailed("the record could not be made"))
		return
	}
	for i, f := range files {
		o := document(s)
		if i == 0 {
			o.HTML = b.Words.DrillEvidence(v.X)
		}
		if _, err := b.Chat.Document(ctx, o, f.Name, f.Bytes); err != nil {
			b.failed(ctx, s, fmt.Errorf("%s: %w", f.Name, err))
		}
	}
}

// trend sends the picture of a drill's last results.
func (b *Bot) trend(ctx context.Context, s sender, name drills.Name) {
	known := slices.Contains(b.drillNames(), name)
	b.Log.View(func(journal.Now) {
		known = known || slices.ContainsFunc(b.Drills.All(), func(x *drills.Exercise) bool { return x.Drill == name })
	})
	if !known {
		b.drillSettled(s, noSuchDrill(name))
		return
	}
	png, err := b.Desk.Trend(ctx, name)
	switch {
	case err != nil:
		b.failed(ctx, s, err)
		b.reply(s, b.Words.DrillFailed("the picture could not be made"))
		return
	case len(png) == 0:
		b.reply(s, b.Words.NoTrend(name))
		return
	}
	file, o := "trend-"+string(name)+".png", document(s)
	o.HTML = b.Words.TrendCaption(name)
	if b.Gallery != nil {
		_, err = b.Gallery.Photo(ctx, o, telegram.Picture{Name: file, Bytes: png})
	} else {
		_, err = b.Chat.Document(ctx, o, file, png)
	}
	if err != nil {
		b.failed(ctx, s, err)
	}
}

// drills is the answer to /drills.
func (b *Bot) drills(ctx context.Context) text.Card {
	if b.Drills == nil {
		return b.Words.Off("drills", "drills")
	}
	w := b.DrillWorld()
	var books map[drills.Name]string
	if b.Runbooks != nil {
		books = b.Runbooks(ctx)
	}
	v := text.DrillsView{}
	b.Log.View(func(now journal.Now) {
		v.Now = now.Time
		v.Lines = DrillLines(b.Drills, w, now.Time, books)
		for _, p := range b.State.People.People() {
			if b.Drills.Absent(p.Name, now.Time, w) {
				v.Away = append(v.Away, p.Name)
			}
		}
	})
	return b.Words.Drills(v)
}

// DrillLines is how each drill of the config stands. runbooks has the sha256 of what each runbook is now. It is called under the
// journal's lock.
func DrillLines(all *drills.State, w drills.World, now time.Time, runbooks map[drills.Name]string) (lines []text.DrillLine) {
	for _, p := range w.Plans {
		lines = append(lines, drillLine(all, p, now, runbooks[p.Name]))
	}
	return lines
}

func drillLine(all *drills.State, p drills.Plan, now time.Time, runbook string) text.DrillLine {
	st := all.Standing(p.Name, now)
	l := text.DrillLine{Name: p.Name, Next: all.When(p, now), Streak: st.Streak, Findings: st.Findings, Unsigned: st.Unsigned}
	if x := st.Next; x != nil {
		l.Open, l.Owner = x.Clone(), x.Owner
	}
	if x := st.Last; x != nil {
		l.Last = x.Clone()
		l.Changed = runbook != "" && x.Runbook != nil && x.Runbook.SHA256 != runbook
	}
	if !st.Overdue.IsZero() {
		l.Overdue = now.Sub(st.Overdue)
	}
	l.Proven = l.Last != nil && l.Last.Result == drills.Pass && l.Overdue == 0
	return l
}
