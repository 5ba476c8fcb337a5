package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"twokey/actions"
	"twokey/internal/journal"
)

// quiet watches the binary with an empty journal while nobody says anything.
func (b bench) quiet(ctx context.Context) ([]figure, error) {
	return b.settledAt(ctx, "quiet", b.idling)
}

func (b bench) idling(s *process) ([]figure, error) {
	used, err := s.watch(b.idle)
	if err != nil {
		return nil, err
	}
	now, most, err := s.memory()
	if err != nil {
		return nil, err
	}
	return []figure{
		{what: "resident memory, idle", got: now, unit: "MB", aim: 30,
			beside: fmt.Sprintf("most ever %s; a bot with nothing but go-telegram-bot-api had 8.3 when it was measured", number(most))},
		{what: "processor, idle", got: 100 * used.Seconds() / b.idle.Seconds(), unit: "% of a core", aim: 0.2, below: true,
			beside: fmt.Sprintf("%s in %s, in steps of %s", used, b.idle, time.Second/userHZ)},
	}, nil
}

// watch gives the processor time used during a while. Time passing is what is measured here.
func (s *process) watch(while time.Duration) (time.Duration, error) {
	before, err := s.cpu()
	if err != nil {
		return 0, err
	}
	t := time.NewTimer(while)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.ctx.Done():
		return 0, context.Cause(s.ctx)
	}
	after, err := s.cpu()
	return after - before, err
}

// long starts the binary with a long journal several times, and has the last one do some more.
func (b bench) long(ctx context.Context) ([]figure, error) {
	p, err := newPlace(filepath.Join(b.dir, "long"))
	if err != nil {
		return nil, err
	}
	defer p.close()
	cfg, err := p.load()
	if err != nil {
		return nil, err
	}
	entries, err := writeHistory(ctx, cfg, b.requests)
	if err != nil {
		return nil, err
	}
	var took, used times
	for range b.starts {
		wall, cpu, err := b.timeStart(ctx, p)
		if err != nil {
			return nil, err
		}
		took, used = append(took, wall), append(used, cpu)
	}
	start := figure{what: fmt.Sprintf("start → first poll, %d entries, median", entries), got: took.at(50).Seconds(), unit: "s", aim: 1,
		beside: fmt.Sprintf("slowest of %d: %s s; %s s of processor; the file is in the page cache", len(took), number(took.at(100).Seconds()),
			number(used.at(50).Seconds()))}
	memory, err := b.busy(ctx, p, cfg.State, entries)
	if err != nil {
		return []figure{start}, err
	}
	return []figure{memory, start}, nil
}

// timeStart gives the time from a start to the first poll, and the processor time in it: on a machine with other work the
// second says what the first would be.
func (b bench) timeStart(ctx context.Context, p *place) (wall, used time.Duration, err error) {
	s, err := b.start(ctx, p)
	if err != nil {
		return 0, 0, err
	}
	defer s.stop()
	at, err := s.polled()
	if err != nil {
		return 0, 0, err
	}
	used, err = s.cpu()
	return at.Sub(s.began), used, err
}

// busy reads the memory of a binary that knows all the requests of its journal and has just taken some more. Their cards
// still wait for Telegram's twenty messages a minute, so this is more than it will keep.
func (b bench) busy(ctx context.Context, p *place, state string, after uint64) (figure, error) {
	s, err := b.start(ctx, p)
	if err != nil {
		return figure{}, err
	}
	defer s.stop()
	if err := s.settled(); err != nil {
		return figure{}, err
	}
	began, _, err := s.memory()
	if err != nil {
		return figure{}, err
	}
	if err := s.drive(state, after, b.live); err != nil {
		return figure{}, err
	}
	now, most, err := s.memory()
	return figure{what: fmt.Sprintf("resident memory, after %d requests", b.requests+b.live), got: now, unit: "MB", aim: 60,
		beside: fmt.Sprintf("%s when started on %d of them; most ever %s", number(began), b.requests, number(most))}, err
}

// drive has ann ask for n requests by turns: one that runs at once, and one that she takes back.
func (s *process) drive(state string, after uint64, n int) error {
	store, err := journal.OpenReader(s.ctx, state)
	if err != nil {
		return err
	}
	defer store.Close()
	seen := after
	for i := range n {
		lines, end := []string{"/peek"}, actions.KindStepDone
		if i%2 == 1 {
			lines, end = []string{"/touch because it is measured", "/cancel"}, actions.KindCancelled
		}
		for _, line := range lines {
			s.fake.Say(ann, adminChat, line)
			if err := s.handled(); err != nil {
				return err
			}
		}
		if seen, err = s.wait(store, seen, end); err != nil {
			return fmt.Errorf("request %d (%s): %w", i+1, lines[0], err)
		}
	}
	return nil
}

// look is how often another process's journal is looked at.
const look = 2 * time.Millisecond

// wait looks for an entry of the kind after seq and gives its seq. A step that did not end well is an error.
func (s *process) wait(store journal.Store, seq uint64, kind string) (uint64, error) {
	ctx, cancel := context.WithTimeout(s.ctx, sampleWithin)
	defer cancel()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		for e, err := range store.Read(ctx, seq) {
			if err != nil {
				return seq, err
			}
			if seq = e.Seq; e.Kind == kind {
				return seq, wentWell(e)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return seq, fmt.Errorf("no %s: %w", kind, context.Cause(ctx))
		}
	}
}

func wentWell(e journal.Entry) error {
	var b actions.StepFinished
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	if b.Error != "" {
		return fmt.Errorf("entry %d: %s", e.Seq, b.Error)
	}
	return nil
}
