package step

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"twokey/internal/proc"
)

// watch proves that a service that was started stays.
type watch struct {
	p       Process
	m       manager
	env     Env
	settled map[string]settled // by unit
	sick    error              // what health said last
}

// settled is since when a unit has had the processes it has.
type settled struct {
	procs  []proc.Process
	since  time.Time
	starts int
}

// prove returns when every unit has kept its processes for the settle time and the service is healthy.
func (w *watch) prove(ctx context.Context, units []unit) error {
	looked := time.Now()
	for {
		if err := w.crashing(units); err != nil {
			return err
		}
		if w.steady(units, time.Now()) && w.healthy(ctx) {
			// Health may have been asked of a process that has just died: look once more, at everything.
			units, err := w.m.look(ctx, w.env)
			if err == nil && len(filter(units, false)) == 0 && w.steady(units, time.Now()) {
				return nil
			}
		}
		if err := pause(ctx, tick); err != nil {
			return w.late(units, err)
		}
		next, err := w.next(ctx, units, &looked)
		if err != nil {
			return w.late(units, err)
		}
		units = next
	}
}

// next glances, and once a second looks: only that sees that the manager gave up.
func (w *watch) next(ctx context.Context, units []unit, looked *time.Time) ([]unit, error) {
	if time.Since(*looked) < time.Second {
		return w.m.glance(ctx, w.env, units)
	}
	defer func() { *looked = time.Now() }()
	return w.m.look(ctx, w.env)
}

// steady notes what runs, and says whether all of it has for long enough.
func (w *watch) steady(units []unit, now time.Time) bool {
	all := true
	for _, u := range units {
		s, seen := w.settled[u.ID]
		running := u.Up && (len(u.Procs) > 0 || u.Blind)
		if running && (!seen || !slices.EqualFunc(main(s.procs), main(u.Procs), sameProcess)) {
			s = settled{procs: u.Procs, since: now, starts: s.starts + 1}
			w.settled[u.ID] = s
		}
		all = all && running && now.Sub(s.since) >= w.p.Service.Settle
	}
	return all
}

// sameProcess leaves the name out: a program that gives itself another title is no other process.
func sameProcess(a, b proc.Process) bool { return a.PID == b.PID && a.Start == b.Start }

// main is the process the manager started; those it started itself may come and go.
func main(ps []proc.Process) []proc.Process { return ps[:min(1, len(ps))] }

func (w *watch) healthy(ctx context.Context) bool {
	h := w.p.Service.Health
	if h.URL == "" {
		return true
	}
	_, w.sick = h.ask(ctx, w.env.Client)
	return w.sick == nil
}

func (w *watch) crashing(units []unit) error {
	for _, u := range units {
		if s := w.settled[u.ID]; s.starts > crashes || u.State == "errored" || u.State == "failed" {
			return keepsCrashing(u)
		}
	}
	return nil
}

func keepsCrashing(u unit) error {
	return &Failure{
		Sentence: fmt.Sprintf("%s keeps crashing: it was started and ended again and again", u.Name),
		Hint:     "see its log for why",
		Cause:    fmt.Errorf("%s: %s, %d restarts", u.Name, u.State, u.Restarts),
	}
}

// late is the failure of a start that was not proven in time.
func (w *watch) late(units []unit, cause error) error {
	if errors.Is(cause, context.Canceled) {
		return &Failure{Sentence: "starting " + w.p.names() + " was cancelled before it was proven", Hint: "see /status", Cause: cause}
	}
	for _, u := range units {
		s := w.settled[u.ID]
		if s.starts > 1 {
			return keepsCrashing(u)
		}
		if !u.Up || len(u.Procs) == 0 && !u.Blind || time.Since(s.since) < w.p.Service.Settle {
			return &Failure{
				Sentence: fmt.Sprintf("%s does not stay up: %s, %s after start", u.Name, u.State, w.p.Within),
				Hint:     "see its log for why", Cause: cause,
			}
		}
	}
	if w.sick != nil {
		return &Failure{
			Sentence: fmt.Sprintf("%s runs, but its health check fails %s after start", w.p.names(), w.p.Within),
			Hint:     "see its log for why", Cause: w.sick,
		}
	}
	return cause
}
