package main

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/auth"
	"twokey/bot"
	"twokey/internal/config"
	"twokey/internal/journal"
)

// history writes a journal as if the bot had run: every entry is a decision of the state, at a time of its own, one a
// second. So 10 000 requests lie within 28 hours, and every one of their updates is still remembered: more than any team
// does, and the most that the memory of updates can hold of them.
type history struct {
	log    *journal.Log
	state  *actions.State
	action actions.Action
	plan   actions.Plan
	now    time.Time
	update int
}

// writeHistory makes the state of a config: so many requests, asked in private, approved, run in two steps, shown and
// closed. It gives the number of entries.
func writeHistory(ctx context.Context, cfg config.Config, requests int) (uint64, error) {
	memory := journal.NewMemory()
	h := &history{state: actions.NewState(), now: time.Now().Add(-time.Duration(requests)*perRequest*time.Second - time.Hour)}
	h.action, _ = cfg.Catalogue.Get("touch") // which ends with a look at the service
	var err error
	if h.log, err = journal.Open(ctx, memory, func() time.Time { return h.now }, h.state, bot.NewCards()); err != nil {
		return 0, err
	}
	if h.plan, err = planOf(ctx, h.action); err != nil {
		return 0, err
	}
	h.add(ctx, &err, func(journal.Now) (journal.Draft, error) {
		return h.state.Policy(cfg.Revision, cfg.Directory.People()), nil
	})
	for i := range requests {
		h.request(ctx, &err, cfg.Revision, i)
	}
	if err != nil {
		return 0, err
	}
	return memory.Len(), fill(ctx, cfg.State, memory)
}

// perRequest is how many entries a request makes here.
const perRequest = 10

// request adds one request's entries, unless there was an error before.
func (h *history) request(ctx context.Context, err *error, revision string, i int) {
	asked := actions.Asked{Action: h.action, Person: "ann", Account: auth.Account(ann), Origin: actions.Origin{Chat: ann, Message: i},
		Reason: fmt.Sprintf("the queue of region %d has grown again, see ticket %d", i%7, i), Revision: revision}
	id := actions.ID(h.caused(ctx, err, func(now journal.Now) (journal.Draft, error) { return h.state.Ask(now, asked) }))
	h.say(ctx, err, func(now journal.Now) journal.Draft { return h.state.Planned(now, id, h.plan) })
	h.say(ctx, err, func(journal.Now) journal.Draft {
		return card(bot.KindCardPosted, bot.CardPosted{Request: id, Chat: adminChat, Message: i})
	})
	h.say(ctx, err, func(journal.Now) journal.Draft {
		return card(bot.KindCardPosted, bot.CardPosted{Request: id, Chat: ann, Message: i})
	})
	h.caused(ctx, err, func(now journal.Now) (journal.Draft, error) {
		return h.state.Vote(now, id, "bob", auth.Account(bob), true)
	})
	h.say(ctx, err, func(now journal.Now) journal.Draft { return h.state.Start(now, id, h.plan.Facts) })
	h.say(ctx, err, func(journal.Now) journal.Draft { return h.state.Finish(id, 0, actions.Result{Tail: tail, Lines: 3}) })
	h.say(ctx, err, func(journal.Now) journal.Draft { return h.state.Continue(id, false, actions.Service{}) })
	h.say(ctx, err, func(now journal.Now) journal.Draft {
		return h.state.Finish(id, 1, actions.Result{Tail: tail, Lines: 3, Service: actions.Service{Known: true, Up: true, Since: now.Time}})
	})
	h.say(ctx, err, func(journal.Now) journal.Draft { return card(bot.KindCardClosed, bot.CardClosed{Request: id}) })
}

const tail = "connecting to the queue\n12 of 12 partitions are swept, 0 left\ndone in 3.2 s\n"

func card(kind string, body any) journal.Draft {
	return journal.Draft{Kind: kind, Actor: "twokey", Body: body}
}

func (h *history) say(ctx context.Context, err *error, decide func(journal.Now) journal.Draft) {
	h.add(ctx, err, func(now journal.Now) (journal.Draft, error) { return decide(now), nil })
}

// caused is add for a decision that an update from Telegram led to.
func (h *history) caused(ctx context.Context, err *error, decide func(journal.Now) (journal.Draft, error)) uint64 {
	h.update++
	return h.append(ctx, err, fmt.Sprintf("tg:123456789:%d", 500_000_000+h.update), decide)
}

func (h *history) add(ctx context.Context, err *error, decide func(journal.Now) (journal.Draft, error)) {
	h.append(ctx, err, "", decide)
}

func (h *history) append(ctx context.Context, err *error, cause string, decide func(journal.Now) (journal.Draft, error)) uint64 {
	if *err != nil {
		return 0
	}
	h.now = h.now.Add(time.Second)
	e, failed := h.log.Update(ctx, cause, decide)
	if *err = failed; failed == nil && e.Seq == 0 {
		*err = fmt.Errorf("history: after entry %d: the state decided nothing", h.log.Head().Seq)
	}
	return e.Seq
}

// planOf is what the runner finds out about an action without parameters.
func planOf(ctx context.Context, a actions.Action) (actions.Plan, error) {
	var p actions.Plan
	for _, s := range a.Steps {
		work, err := s.Work()
		if err != nil {
			return p, err
		}
		if work, err = work.Bind(nil); err != nil {
			return p, err
		}
		bound, err := actions.NewStep(s.Kind, work)
		if err != nil {
			return p, err
		}
		p.Steps = append(p.Steps, bound)
		facts, err := work.Plan(ctx, step.Env{})
		if err != nil {
			return p, err
		}
		for _, f := range facts { // of two steps, facts of one name are one
			if !slices.ContainsFunc(p.Facts, func(known step.Fact) bool { return known.Name == f.Name }) {
				p.Facts = append(p.Facts, f)
			}
		}
	}
	return p, nil
}

// fill puts entries into a new journal file in one transaction: one for each would take minutes, and would be the same.
func fill(ctx context.Context, path string, from journal.Store) error {
	s, err := journal.OpenSQLite(ctx, path) // makes the file
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit there is nothing to take back
	insert, err := tx.PrepareContext(ctx, "INSERT INTO entry (seq, at, kind, actor, cause, body, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	for e, err := range from.Read(ctx, 0) {
		if err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, e.Seq, e.Time.UnixMicro(), e.Kind, e.Actor, e.Cause, e.Body, e.Prev[:], e.Hash[:]); err != nil {
			return err
		}
	}
	return tx.Commit()
}
