package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"twokey/actions"
	"twokey/bot/telegram/fakebot"
	"twokey/internal/journal"
)

// restores times what a service's database goes through, with the chat and by hand: the same data, one after the other, the
// real binary on one side, PostgreSQL's own programs as the scripts call them on the other.
func (b bench) restores(ctx context.Context) ([]figure, error) {
	db, err := b.newDatabase(ctx)
	if err != nil {
		return nil, err
	}
	defer db.end()
	hand, err := db.byHand(ctx, b.dir)
	if err != nil {
		return nil, fmt.Errorf("by hand: %w", err)
	}
	p := &place{dir: filepath.Join(b.dir, "restore"), more: db.yaml()}
	if err := errors.Join(p.folders("backups"), db.secrets(p.dir)); err != nil {
		return nil, err
	}
	v, err := newOwn(p.dir)
	if err != nil {
		return nil, err
	}
	p.service = v.yaml()
	if _, err := v.start(ctx); err != nil {
		return nil, err
	}
	defer func() { _ = v.stop(context.WithoutCancel(ctx)) }()
	if err := p.meet(); err != nil {
		return nil, err
	}
	defer p.close()
	s, err := b.start(ctx, p)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	if err := s.settled(); err != nil {
		return nil, err
	}
	return db.chat(s, hand)
}

// handwork is what PostgreSQL's own programs took.
type handwork struct {
	dump, drop, load time.Duration
	size             int64
}

func (h handwork) down() time.Duration { return h.dump + h.drop + h.load }

// chat does the same from the chat.
func (d *database) chat(s *process, hand handwork) ([]figure, error) {
	made, err := s.request("/backup", "succeeded /backup")
	if err != nil {
		return nil, err
	}
	proof, err := s.request("/verify_backup latest", "succeeded /verify_backup")
	if err != nil {
		return nil, err
	}
	swap, err := d.down(s, "/restore backup=latest because it is measured", "restore", "swap")
	if err != nil {
		return nil, err
	}
	undo, err := d.down(s, fmt.Sprintf("/undo %d", swap.id), "undo", "back")
	if err != nil {
		return nil, err
	}
	_, most, err := s.memory()
	if err != nil {
		return nil, err
	}
	size := float64(made.data().Size) / megabyte
	loaded := proof.data().Took
	return []figure{
		{what: "nobody can use the database: switch", got: swap.gap.Seconds(), unit: "s", aim: 0.5,
			beside: fmt.Sprintf("between two answers to a service that connects anew all the time; %s sessions; by hand (stop, dump -Z9, drop, restore): %s s, %s times as long",
				number(float64(swap.sessions)), number(hand.down().Seconds()), number(hand.down().Seconds()/swap.gap.Seconds()))},
		{what: "nobody can use the database: undo", got: undo.gap.Seconds(), unit: "s", aim: 0.5,
			beside: fmt.Sprintf("by hand as above: %s times as long", number(hand.down().Seconds()/undo.gap.Seconds()))},
		{what: "downtime, ours to stop + dump + drop + restore", got: swap.gap.Seconds() / hand.down().Seconds(), unit: "×", aim: 0.01},
		{what: "full backup, ours to pg_dump -Fc -Z9", got: made.took(0).Seconds() / hand.dump.Seconds(), unit: "×", aim: 0.333,
			beside: fmt.Sprintf("%s s to %s s, for a database of %s MB", number(made.took(0).Seconds()), number(hand.dump.Seconds()), number(d.megabytes))},
		{what: "its size to pg_dump -Fc -Z9", got: size / (float64(hand.size) / megabyte), unit: "×", aim: 1.1,
			beside: fmt.Sprintf("%s MB to %s MB", number(size), number(float64(hand.size)/megabyte))},
		{what: "memory of twokey, most ever, all of the above", got: most, unit: "MB", aim: 64},
		{what: "full proof to the restore in it", got: proof.took(0).Seconds() / loaded.Seconds(), unit: "×", aim: 1.2,
			beside: fmt.Sprintf("%s s to %s s; pg_restore -j1 by hand: %s s", number(proof.took(0).Seconds()), number(loaded.Seconds()), number(hand.load.Seconds()))},
	}, nil
}

// asked is a request that is over, with its steps' ends.
type asked struct {
	id    actions.ID
	steps []ended
	gap   time.Duration // the longest time between two answers of the database
	// sessions wrote meanwhile.
	sessions int
}

type ended struct {
	began, at time.Time
	body      actions.StepFinished
}

// took is how long a step took.
func (a asked) took(i int) time.Duration { return a.steps[i].at.Sub(a.steps[i].began) }

// data is what the steps said of the backup.
func (a asked) data() (t struct {
	Size int64
	Took time.Duration
}) {
	for _, s := range a.steps {
		if d := s.body.Data; d != nil && d.Backup != nil {
			t.Size, t.Took = d.Backup.Size, d.Backup.Took
		}
	}
	return t
}

// restoreWithin is how long one request of a large database may take.
const restoreWithin = 15 * time.Minute

// request asks for something that one person may do, and waits until the card says that it is over.
func (s *process) request(line, over string) (asked, error) {
	store, err := journal.OpenReader(s.ctx, filepath.Join(s.dir, "state", "twokey.db"))
	if err != nil {
		return asked{}, err
	}
	defer store.Close()
	before := lastSeq(s.ctx, store)
	s.fake.Say(ann, adminChat, line)
	if err := s.card(over); err != nil {
		return asked{}, fmt.Errorf("%s: %w", line, err)
	}
	return since(s.ctx, store, before)
}

// card waits for a card, and gives up when one says that it failed.
func (s *process) card(over string) error {
	ctx, cancel := context.WithTimeoutCause(s.ctx, restoreWithin, fmt.Errorf("no card says %q", over))
	defer cancel()
	m, err := s.fake.WaitMessage(ctx, adminChat, func(m fakebot.Message) bool {
		return strings.Contains(m.Text, over) || strings.Contains(m.Text, "❌ failed") || strings.Contains(m.Text, "⛔") || strings.Contains(m.Text, "⚠️ interrupted")
	})
	if err == nil && !strings.Contains(m.Text, over) {
		err = fmt.Errorf("it came to this: %s", m.Text)
	}
	return s.why(err)
}

func lastSeq(ctx context.Context, store journal.Store) (last uint64) {
	for e, err := range store.Read(ctx, 0) {
		if err != nil {
			return last
		}
		last = e.Seq
	}
	return last
}

// since reads what was journaled of the newest request.
func since(ctx context.Context, store journal.Store, after uint64) (a asked, err error) {
	var began time.Time
	for e, err := range store.Read(ctx, after) {
		if err != nil {
			return a, err
		}
		switch e.Kind {
		case actions.KindAsked:
			a = asked{id: actions.ID(e.Seq)}
		case actions.KindStepStarted:
			began = e.Time
		case actions.KindStepDone:
			one := ended{began: began, at: e.Time}
			if err := json.Unmarshal(e.Body, &one.body); err != nil {
				return a, err
			}
			a.steps = append(a.steps, one)
		}
	}
	if len(a.steps) == 0 {
		return a, fmt.Errorf("no step ended")
	}
	return a, nil
}

// folders makes folders of the place.
func (p *place) folders(names ...string) error {
	for _, n := range append([]string{"."}, names...) {
		if err := os.MkdirAll(filepath.Join(p.dir, n), 0o700); err != nil {
			return err
		}
	}
	return nil
}
