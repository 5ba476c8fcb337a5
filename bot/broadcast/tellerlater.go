package broadcast

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"strconv"
	"time"

	"twokey/actions/step"
	"twokey/bot/broadcast/notice"
	"twokey/internal/journal"
)

// recallWithin is how long Telegram lets a bot delete a message (Bot API, deleteMessage).
const recallWithin = 48 * time.Hour

// tie finds one by its number in the list.
func (t *Teller) tie(n step.Notice) (step.Tie, error) {
	i, err := strconv.Atoi(n.Tie)
	if err != nil || i < 1 || i > len(t.Ties) {
		return step.Tie{}, &step.Failure{Sentence: fmt.Sprintf("there is no tie %s", n.Tie), Hint: "see /notices: they are in notices.auto of the config"}
	}
	return t.Ties[i-1], nil
}

// planTie are the facts about what goes out by itself: when, what, to whom, how often.
func (t *Teller) planTie(ctx context.Context, n step.Notice) ([]step.Fact, error) {
	tie, err := t.tie(n)
	if err != nil {
		return nil, err
	}
	facts := []step.Fact{{Name: factTie, Kind: step.Pinned, Value: tie.String()}}
	if n.Do == step.NoticeRevoke {
		return facts, t.isAgreed(tie)
	}
	now := time.Now()
	told, err := t.Composer.Event(tie.Send, Example(tie.When, now), now)
	if err != nil {
		return nil, refused(err)
	}
	facts = append(facts, t.saying(told, factPreview)...)
	facts = append(facts, step.Fact{Name: factNotice + " source", Kind: step.Pinned, Value: told.Source},
		step.Fact{Name: factPerDay, Kind: step.Pinned, Value: strconv.Itoa(t.PerDay)},
		step.Fact{Name: factQuery, Kind: step.Pinned, Value: t.Query()})
	if list, _, err := t.Lists.Fresh(ctx); err == nil {
		facts = append(facts, step.Fact{Name: factTold, Kind: step.Shown, Value: strconv.Itoa(list.Users)})
	}
	return facts, nil
}

// Query is the digest of how the audience is found.
func (t *Teller) Query() string {
	sum := sha256.Sum256([]byte(t.Lists.Source.Query))
	return hex.EncodeToString(sum[:])
}

// Means is what notices are made with that go out by themselves. It asks nobody.
func (t *Teller) Means(time.Time) Means {
	m := Means{Ties: t.Ties, PerDay: t.PerDay, Query: t.Query(), Source: t.Composer.Source}
	if list, there := t.Lists.Shelf.Latest(); there {
		m.List = listed(list)
	}
	m.Compose = func(template string, event map[string]string, now time.Time) (step.Telling, error) {
		told, err := t.Composer.Event(template, event, now)
		told.Bot = t.Bot
		return told, err
	}
	m.Render = func(template, values string) (step.Telling, error) {
		told, err := t.Composer.Values(template, values)
		told.Bot = t.Bot
		return told, err
	}
	return m
}

// Example is what an event gives, for a text to look at.
func Example(when string, now time.Time) map[string]string {
	m := Moment{At: now.Add(-time.Minute)}
	if when == ChecksGreen {
		return ended(&Broadcast{At: m.At}, now)
	}
	return since(m, World{}, now)
}

func (t *Teller) isAgreed(tie step.Tie) (err error) {
	t.Log.View(func(journal.Now) {
		if _, agreed := t.State.Standing(tie); !agreed {
			err = &step.Failure{Sentence: tie.String() + " does not go out by itself anyway"}
		}
	})
	return err
}

func (t *Teller) decideTie(n step.Notice) (step.Telling, error) {
	tie, err := t.tie(n)
	if err != nil {
		return step.Telling{}, err
	}
	source, _ := t.Composer.Source(tie.Send)
	return step.Telling{Do: n.Do, Tie: &tie, Template: tie.Send, Source: source, Values: t.Query(), Limit: t.PerDay, Lapse: time.Now().Add(lapses), Bot: t.Bot}, nil
}

// target finds the broadcast that is corrected, recalled, or goes on.
func (t *Teller) target(n step.Notice) (*Broadcast, error) {
	id, err := strconv.ParseUint(n.Broadcast, 10, 64)
	var b *Broadcast
	t.Log.View(func(journal.Now) {
		if x, ok := t.State.Get(id); ok {
			b = x.Clone()
		}
	})
	switch {
	case err != nil || b == nil:
		return nil, &step.Failure{Sentence: "there is no broadcast #" + n.Broadcast, Hint: "see /notices"}
	case n.Do == step.NoticeResume && b.Status != PausedNow:
		return nil, &step.Failure{Sentence: fmt.Sprintf("broadcast #%d is not paused, it is %s", b.ID, b.Status)}
	case n.Do != step.NoticeResume && b.Telling.Do != step.NoticeTell:
		return nil, &step.Failure{Sentence: fmt.Sprintf("#%d is itself a correction or a recall", b.ID), Hint: fmt.Sprintf("name the notice: #%d", b.Telling.Of)}
	case n.Do != step.NoticeResume && !b.Counted:
		return nil, &step.Failure{Sentence: fmt.Sprintf("broadcast #%d is still on its way", b.ID), Hint: "cancel the rest first"}
	}
	return b, nil
}

// planLater are the facts about what is done with an earlier notice.
func (t *Teller) planLater(ctx context.Context, n step.Notice) ([]step.Fact, error) {
	b, err := t.target(n)
	if err != nil {
		return nil, err
	}
	totals, err := t.Ledger.Totals(ctx, b.ID)
	if err != nil {
		return nil, err
	}
	which := step.Fact{Name: "broadcast", Kind: step.Pinned, Value: fmt.Sprintf("#%d %s, %s", b.ID, b.Telling.Template, b.Telling.Matter)}
	switch n.Do {
	case step.NoticeResume:
		return append(t.many(totals.Queued), which), nil
	case step.NoticeRecall:
		if time.Since(b.At) > recallWithin {
			return nil, &step.Failure{Sentence: "Telegram lets nobody take a message back after 48 hours", Hint: fmt.Sprintf("correct it in place: /broadcast_edit %d", b.ID)}
		}
		return append(t.many(totals.Sent), which), nil
	}
	told, err := t.corrected(n, b)
	if err != nil {
		return nil, err
	}
	return append(append(t.saying(told, factText), t.many(totals.Sent)...), which), nil
}

// corrected is the notice with other values, or with the template's text as it is now.
func (t *Teller) corrected(n step.Notice, b *Broadcast) (step.Telling, error) {
	was, err := notice.ParseValues(b.Telling.Values)
	if err != nil {
		return step.Telling{}, err
	}
	is, err := notice.ParseValues(n.Values)
	if err != nil {
		return step.Telling{}, refused(err)
	}
	maps.Copy(was, is)
	told, err := t.Composer.Values(b.Telling.Template, was.String())
	if err != nil {
		return told, refused(err)
	}
	if maps.Equal(told.Texts, b.Telling.Texts) {
		return told, &step.Failure{Sentence: "that is what the users were told already", Hint: fmt.Sprintf("say what changes, such as /broadcast_edit %d for=30m", b.ID)}
	}
	told.Do, told.Of, told.Follow, told.Bot, told.Matter, told.Closes = step.NoticeEdit, b.ID, nil, b.Telling.Bot, b.Telling.Matter, false
	return told, nil
}

func (t *Teller) decideLater(n step.Notice) (step.Telling, error) {
	b, err := t.target(n)
	if err != nil {
		return step.Telling{}, err
	}
	if n.Do == step.NoticeEdit {
		return t.corrected(n, b)
	}
	return step.Telling{Do: n.Do, Of: b.ID, Template: b.Telling.Template, Matter: b.Telling.Matter, Bot: b.Telling.Bot}, nil
}

// planWithin are the facts about a notice that is a step of a run: its times are known when it comes.
func (t *Teller) planWithin(ctx context.Context, n step.Notice, run uint64) ([]step.Fact, error) {
	told, err := t.within(n, run, time.Now())
	if err != nil {
		return nil, refused(err)
	}
	facts := t.saying(told, factPreview)
	for i := range facts { // two notices of one run have facts of their own
		if facts[i].Name != factBot && facts[i].Name != factFollows {
			facts[i].Name += " (" + n.Event + ")"
		}
	}
	facts = append(facts, step.Fact{Name: factNotice + " source (" + n.Event + ")", Kind: step.Pinned, Value: told.Source})
	list, there := t.Lists.Shelf.Latest()
	if !there {
		if list, _, err = t.Lists.Fresh(ctx); err != nil {
			return nil, err
		}
	}
	skips, err := t.Ledger.Skips(ctx, t.Lists.Path(list))
	if err != nil {
		return nil, err
	}
	count := list.Users - skips
	return append(facts, step.Fact{Name: factTold, Kind: step.Bounded, Number: float64(count), Limit: float64(count + count/5 + 50), Unit: "users"}), nil
}

// within composes a notice that is a step of a run.
func (t *Teller) within(n step.Notice, run uint64, now time.Time) (step.Telling, error) {
	event := since(Moment{At: now}, World{Expected: func(uint64) time.Duration { return n.Lasts }}, now)
	if n.Event == step.NoticeUp {
		t.Log.View(func(journal.Now) {
			if list := t.State.Matter(MatterRun(run)); len(list) > 0 {
				maps.Copy(event, ended(list[0], now))
			}
		})
	}
	told, err := t.Composer.Event(n.Template, event, now)
	told.Event, told.Matter, told.Bot = n.Event, MatterRun(run), t.Bot
	return told, err
}

func (t *Teller) decideWithin(n step.Notice, run uint64) (step.Telling, error) {
	told, err := t.within(n, run, time.Now())
	if err != nil || told.Closes {
		return told, refused(err)
	}
	list, there := t.Lists.Shelf.Latest()
	if !there {
		return told, &step.Failure{Sentence: "there is no copy of the users", Hint: "see /notices"}
	}
	told.List = listed(list)
	return told, nil
}

// Within gives an action's steps with those that tell the users, when a tie says that they are told of so long a time without
// the service: before it is stopped, and when all was looked at.
func (t *Teller) Within(down time.Duration) (before, after *step.Notice) {
	for _, tie := range t.Ties {
		switch {
		case tie.When == DownLongerThan && down > tie.Longer:
			before = &step.Notice{Do: step.NoticeTell, Event: step.NoticeDown, Template: tie.Send, Lasts: down.Round(time.Minute), Bound: true, Loaded: true}
		case tie.When == ChecksGreen:
			after = &step.Notice{Do: step.NoticeTell, Event: step.NoticeUp, Template: tie.Send, Bound: true, Loaded: true}
		}
	}
	if before == nil {
		return nil, nil
	}
	return before, after
}
