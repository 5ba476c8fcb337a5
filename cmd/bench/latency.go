package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"twokey/actions"
	"twokey/bot/telegram/fakebot"
	"twokey/bot/text"
	"twokey/internal/journal"
)

const (
	// warmUp are taken before the samples that count: caches, the WAL's first growth, connections.
	warmUp = 200
	// sampleWithin is how long one request may take before something must be wrong.
	sampleWithin = 30 * time.Second
)

// latencies times requests from their command to the start of their first step. Between two of them everything settles,
// and the bare disk is timed: so it has the same noise around it.
func (b bench) latencies(ctx context.Context) ([]figure, error) {
	p, err := newPlace(filepath.Join(b.dir, "live"))
	if err != nil {
		return nil, err
	}
	defer p.close()
	cfg, err := p.load()
	if err != nil {
		return nil, err
	}
	l, err := startLive(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer l.close()
	base, err := openBare(ctx, p.dir)
	if err != nil {
		return nil, err
	}
	defer base.close()
	asked, tapped, err := l.sample(base, p.fake, b.samples)
	if err != nil {
		return nil, err
	}
	return []figure{
		{what: "update received → entry durable, p99", got: ms(asked.at(99)), unit: "ms", aim: 5,
			beside: fmt.Sprintf("%s (%d); %s", asked, len(asked), base)},
		{what: "approving tap received → first step started, p99", got: ms(tapped.at(99)), unit: "ms", aim: 10,
			beside: fmt.Sprintf("%s (%d); it is two entries, one after the other", tapped, len(tapped))},
	}, nil
}

func (l *live) sample(base *bare, fake *fakebot.Server, n int) (asked, tapped times, err error) {
	for i := range warmUp + n {
		if i == warmUp {
			asked, tapped, base.syncs, base.rows = nil, nil, nil, nil
		}
		a, t, err := l.request(fake)
		if err != nil {
			return nil, nil, fmt.Errorf("request %d: %w", i+1, err)
		}
		asked, tapped = append(asked, a), append(tapped, t)
		if err := base.sample(l.ctx); err != nil {
			return nil, nil, err
		}
	}
	return asked, tapped, nil
}

// request has ann ask and bob approve, waits until all is over and shown, and gives both times.
func (l *live) request(fake *fakebot.Server) (asked, tapped time.Duration, err error) {
	ctx, cancel := context.WithTimeout(l.ctx, sampleWithin)
	defer cancel()
	fake.Say(ann, adminChat, "/touch because it is measured")
	said, err := take(ctx, l.handled)
	if err != nil {
		return 0, 0, err
	}
	id, message, err := l.pending(ctx)
	if err != nil {
		return 0, 0, err
	}
	callback := fake.Press(bob, adminChat, message, text.Press{Seq: uint64(id), Choice: text.Approve}.Data())
	pressed, err := take(ctx, l.handled)
	if err != nil {
		return 0, 0, err
	}
	started, err := take(ctx, l.started)
	if err != nil {
		return 0, 0, err
	}
	err = l.settled(ctx, fake, callback, id)
	for len(l.started) > 0 { // the look at the end of every change is a step, too
		<-l.started
	}
	return said.to.Sub(said.from), started.Sub(pressed.from), err
}

// pending waits for the one open request's plan and its card, and gives both numbers.
func (l *live) pending(ctx context.Context) (id actions.ID, message int, err error) {
	err = l.until(ctx, func() bool {
		for _, r := range l.state.Live() {
			id, message = r.ID, l.cards.Message(r.ID, adminChat)
			return r.Status == actions.Pending && message != 0
		}
		return false
	})
	return id, message, err
}

// settled waits until nothing is under way, and makes sure that the request went as it should.
func (l *live) settled(ctx context.Context, fake *fakebot.Server, callback string, id actions.ID) error {
	if _, err := fake.WaitAnswer(ctx, callback); err != nil {
		return err
	}
	if err := l.until(ctx, func() bool { return len(l.state.Live()) == 0 && len(l.cards.Open()) == 0 }); err != nil {
		return err
	}
	var status actions.Status
	l.log.View(func(journal.Now) {
		if r, ok := l.state.Request(id); ok {
			status = r.Status
		}
	})
	if status != actions.Succeeded {
		return fmt.Errorf("#%d is %q, not succeeded", id, status)
	}
	return nil
}

func take[T any](ctx context.Context, from <-chan T) (T, error) {
	select {
	case v := <-from:
		return v, nil
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}
