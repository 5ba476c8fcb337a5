package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/bot/telegram"
	"twokey/internal/journal"
	"twokey/internal/metrics"
)

const (
	// askServiceEvery bounds how often monitoring has the service's manager asked: pm2 starts a program for it.
	askServiceEvery = 30 * time.Second
	// askServiceWithin is how long that may take.
	askServiceWithin = 5 * time.Second
	// anotherAction stands for those of earlier catalogues: a label has only values that the config has.
	anotherAction = "other"
)

// meter is how things stand, for monitoring.
type meter struct {
	held   practice
	state  *actions.State
	log    *journal.Log
	world  world
	link   *link
	client *telegram.Client
	known  []actions.Name // of the catalogue

	mu    sync.Mutex
	asked time.Time
	up    *bool
}

func (m *meter) look(context.Context) metrics.Snapshot {
	s := metrics.Snapshot{Requests: map[string]int{}, Ended: map[metrics.Outcome]uint64{}, Owed: m.log.Owed(), TelegramUp: m.link.up(),
		Contact: -1, Service: m.service}
	if since, ever := m.client.Silence(); ever {
		s.Contact = since
	}
	for _, status := range []actions.Status{actions.Planning, actions.Pending, actions.Approved, actions.Running, actions.Interrupted} {
		s.Requests[string(status)] = 0
	}
	head := m.log.View(func(now journal.Now) {
		s.Drills = m.held.measured(now)
		for _, r := range m.state.Live() {
			if r.Status.Open() || r.Status == actions.Running || r.Unsettled() {
				s.Requests[string(r.Status)]++
			}
		}
		_, s.Lockdown = m.state.Lockdown()
		s.OpenReviews = len(m.state.Reviews())
		s.BadChecks = lastBad(m.state)
		for o, n := range m.state.Outcomes() {
			s.Ended[metrics.Outcome{Action: m.action(o.Action), Status: string(o.Status)}] += n
		}
	})
	s.Seq = head.Seq
	s.Closed = m.closed()
	return s
}

// lookedBack bounds how many requests are looked through for one that looked at the checks.
const lookedBack = 100

// lastBad is how many checks were not green when somebody, or a change, last looked; nil when nobody did of late.
func lastBad(s *actions.State) *int {
	seen := 0
	for r := range s.Newest() {
		if seen++; seen > lookedBack {
			break
		}
		if list := r.Findings(); len(list) > 0 {
			bad := len(slices.DeleteFunc(slices.Clone(list), func(f step.Finding) bool { return !f.Bad() }))
			return &bad
		}
	}
	return nil
}

// action keeps the names that a label may have.
func (m *meter) action(n actions.Name) string {
	if slices.Contains(m.known, n) || n == actions.Resume || n == actions.Undo || n == actions.Leave {
		return string(n)
	}
	return anotherAction
}

// closed asks without waiting: a log that is not closed has nothing past its head.
func (m *meter) closed() bool {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	return errors.Is(m.log.Wait(now, m.log.Head()), journal.ErrClosed)
}

// service says whether the service runs; what was found out a moment ago still counts.
func (m *meter) service(ctx context.Context) *bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.asked.IsZero() && time.Since(m.asked) < askServiceEvery {
		return m.up
	}
	ctx, cancel := context.WithTimeout(ctx, askServiceWithin)
	defer cancel()
	st := m.world.service(ctx)
	m.asked, m.up = time.Now(), nil
	if st.Known {
		m.up = &st.Up
	}
	return m.up
}

// listen answers monitoring on the address; nil when there is none.
func (m *meter) listen(address string) (*metrics.Server, error) {
	if address == "" {
		return nil, nil
	}
	return metrics.Listen(address, version, m.look)
}

func names(c actions.Catalogue) []actions.Name {
	var list []actions.Name
	for _, a := range c.All() {
		list = append(list, a.Name)
	}
	return list
}
