package bot

import (
	"context"
	"strings"
	"time"

	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/drills"
	"twokey/internal/journal"
)

// askDrill asks whoever pressed for the words to it. Nothing is remembered: what the reply is about stands in the question.
func (b *Bot) askDrill(s sender, id uint64, d text.DrillChoice) {
	v, ok := b.drillView(id)
	if !ok {
		return
	}
	card := b.Words.DrillAsks(v, s.person.Name, d)
	if d.What == text.DrillMove {
		card = b.Words.DrillDates(v, s.person.Name, b.dates(v.X, v.Now))
	}
	o := out(card, s.chat, s.topic, s.message)
	o.Silent, o.Asks = true, len(o.Buttons) == 0
	b.send(o)
}

// dates are other times to offer for an exercise.
func (b *Bot) dates(x *drills.Exercise, now time.Time) []time.Time {
	if b.Dates != nil {
		return b.Dates(x, now)
	}
	return nextDates(x.At, now, b.zone())
}

// wouldRefuse says why a press would be refused when its words are there, so that nobody is asked for nothing.
func (b *Bot) wouldRefuse(s sender, id uint64, d text.DrillChoice) (err error) {
	const words = "x"
	who := s.person.Name
	b.Log.View(func(now journal.Now) {
		switch d.What {
		case text.DrillFailed, text.DrillOmit:
			_, err = b.Drills.FinishStep(id, int(d.N), who, outcomeOf(d.What), drills.Found{Why: words})
		case text.DrillNote:
			_, err = b.Drills.Note(drills.Noted{Exercise: id, Person: who, Text: words})
		case text.DrillAbort:
			_, err = b.Drills.End(id, who, drills.Aborted, words)
		case text.DrillSkip, text.DrillMove:
			_, err = b.Drills.Skip(now, id, who, words, 2)
		case text.DrillMoveTo:
			_, err = b.Drills.Reschedule(now, id, who, time.Unix(int64(d.N), 0), words, 2)
		case text.DrillFinding:
			_, err = b.Drills.Find(now, drills.FoundOut{Exercise: id, Person: who, Owner: who, Text: words, Due: now.Add(drills.FollowUpWithin)})
		case text.DrillStart, text.DrillAnyway:
			_, err = b.Drills.Start(now, id, who, drills.Opening{})
		}
	})
	return err
}

func outcomeOf(what byte) drills.Outcome {
	switch what {
	case text.DrillFailed:
		return drills.StepFailed
	case text.DrillOmit:
		return drills.StepSkipped
	}
	return drills.StepDone
}

// drillReply takes what somebody replies to a question of ours about a drill, or to the card of one that goes on, and says whether
// it was that.
func (b *Bot) drillReply(ctx context.Context, cause string, s sender, m telegram.Message) bool {
	if b.Drills == nil || m.ReplyFrom != b.BotID {
		return false
	}
	if id, d, ok := text.ParseDrillAsk(m.ReplyText); ok {
		b.answeredDrill(ctx, cause, s, id, d, m)
		return true
	}
	id := b.drillAt(s.chat, m.ReplyTo)
	if id != 0 {
		b.notedByReply(ctx, cause, s, id, m)
	}
	return id != 0
}

// drillAt finds the started exercise whose card a message is; 0 when it is none's.
func (b *Bot) drillAt(chat int64, message int) (id uint64) {
	b.Log.View(func(journal.Now) {
		for _, x := range b.Drills.All() {
			if message != 0 && x.Cards[chat] == message && !x.Started.IsZero() {
				id = x.ID
			}
		}
	})
	return id
}

// answeredDrill does what a question of ours was about, with the words of the reply. An old reply decides nothing; a note may be
// late, it says only what was seen.
func (b *Bot) answeredDrill(ctx context.Context, cause string, s sender, id uint64, d text.DrillChoice, m telegram.Message) {
	if d.What == text.DrillNote {
		b.notedByReply(ctx, cause, s, id, m)
		return
	}
	if age := b.Chat.Age(m.Date); age > b.Place.StaleAfter {
		b.reply(s, b.Words.Stale("drill", age, "/drill"))
		return
	}
	b.drillSettled(s, b.answerDrill(ctx, cause, s, id, d, repliedWords(m, longestNote)))
}

func (b *Bot) answerDrill(ctx context.Context, cause string, s sender, id uint64, d text.DrillChoice, words string) error {
	why := bounded(words, longestReason)
	switch d.What {
	case text.DrillFailed, text.DrillOmit:
		return b.finishStep(ctx, cause, s, id, int(d.N), outcomeOf(d.What), why)
	case text.DrillAbort:
		return b.abortDrill(ctx, cause, s, id, why)
	case text.DrillSkip:
		return b.skipExercise(ctx, cause, s, id, why)
	case text.DrillMoveTo:
		return b.moveExercise(ctx, cause, s, id, time.Unix(int64(d.N), 0), why)
	case text.DrillMove:
		rest, reason := cutReason(strings.Fields(words))
		return b.moveTyped(ctx, cause, s, id, rest, reason)
	case text.DrillFinding:
		rest, reason := cutReason(strings.Fields(words))
		return b.findDrill(ctx, cause, s, id, rest, reason)
	case text.DrillAnyway:
		return b.startAnyway(ctx, cause, s, id, why)
	}
	return nil
}

func (b *Bot) finishStep(ctx context.Context, cause string, s sender, id uint64, step int, o drills.Outcome, why string) error {
	return b.decideDrill(ctx, cause, func(journal.Now) (journal.Draft, error) {
		return b.Drills.FinishStep(id, step, s.person.Name, o, drills.Found{Why: b.Redact(why)})
	})
}

// startAnyway asks a second person that it starts although not all is well.
func (b *Bot) startAnyway(ctx context.Context, cause string, s sender, id uint64, why string) error {
	if err := b.wouldRefuse(s, id, text.DrillChoice{What: text.DrillAnyway}); err != nil {
		return err
	}
	if why == "" {
		return &drills.Refusal{Reason: drills.NoReason, ID: id}
	}
	b.askTwo(ctx, cause, s, anywayDrill, id, why)
	return nil
}
