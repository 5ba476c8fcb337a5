package step

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	// recent is how long ago a crash may be and still count: what has lived longer since is well.
	recent = time.Minute
	// maxGap is the longest time between the two looks at a service that was started not long ago.
	maxGap = time.Second
)

// lookProcess says whether the service runs, and stays. With a lockdown it has to be down.
func (v Verify) lookProcess(ctx context.Context, env Env) Finding {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	f := Finding{Name: processCheck}
	s := *v.Service
	if v.locked(env) {
		s.Names = slices.Concat(s.Names, v.Also)
	}
	m, _ := s.manager()
	first, err := m.look(ctx, env)
	if err != nil {
		return unseen(f, err)
	}
	switch {
	case v.locked(env):
		return wantedDown(f, first, "stopped, as the lockdown wants", "it runs although there is a lockdown")
	case v.Down:
		return wantedDown(f, first, "stopped, as it should stay", "it runs although it was stopped")
	}
	if down := statusOf(first); !down.Up && len(filter(first, true)) == 0 {
		return v.down(f, down)
	}
	last := first
	if wants := min(s.Settle, maxGap); !settledBy(first, time.Now()) && pause(ctx, wants) == nil {
		if last, err = m.look(ctx, env); err != nil {
			return unseen(f, err)
		}
	}
	return stable(f, first, last, time.Now())
}

func (v Verify) locked(env Env) bool { return env.Locked || v.Lift }

func unseen(f Finding, err error) Finding {
	f.State, f.Why = Broken, "it cannot be looked at"
	if said := failure(err, "", ""); said.(*Failure).Sentence != "" {
		f.Why = said.(*Failure).Sentence
	}
	return f
}

// wantedDown is for a service that has to be down, with what is told of one that is, and of one that runs.
func wantedDown(f Finding, units []unit, well, bad string) Finding {
	up := slices.ContainsFunc(units, func(u unit) bool { return u.Up || len(u.Procs) > 0 })
	if f.State, f.Value = Green, well; up {
		f.State, f.Value, f.Why = Red, "up", bad
	}
	return f
}

// down is for a service that is stopped. Whether that is well depends on who asks.
func (v Verify) down(f Finding, st Status) Finding {
	f.State, f.Value = Told, "down"
	if v.Report || v.Up {
		f.State, f.Why = Red, or(st.Note, "the service is down")
	}
	return f
}

// settledBy says that every unit has run for so long that there is no need to look twice.
func settledBy(units []unit, now time.Time) bool {
	return !slices.ContainsFunc(units, func(u unit) bool {
		return !u.Up || !u.Blind && (len(u.Procs) == 0 || now.Sub(u.Since) < recent)
	})
}

// stable compares two looks. A manager says "online" of what it starts again and again: what counts is whether the same
// processes stay, and whether the last start was one that nobody asked for.
func stable(f Finding, first, last []unit, now time.Time) Finding {
	for i, u := range last {
		if f.Value, f.Why = unstable(first, u, i, now); f.Why != "" {
			f.State = Red
			return f
		}
	}
	f.State, f.Value = Green, "up"
	if st := statusOf(last); !st.Since.IsZero() {
		f.Value = "up for " + lasting(now.Sub(st.Since))
	}
	return f
}

// unstable says why a unit is not well; both texts are empty when it is.
func unstable(first []unit, u unit, i int, now time.Time) (value, why string) {
	age := now.Sub(u.Since)
	if i < len(first) && first[i].ID == u.ID {
		if n := again(first[i], u); n > 0 {
			return "crashing", fmt.Sprintf("%s keeps crashing: it was started %s while I looked", u.Name, timesOver(n))
		}
	}
	switch young := !u.Since.IsZero() && age < recent; {
	case !u.Up || !u.Blind && len(u.Procs) == 0:
		return "down", u.Name + " is " + u.State
	case young && u.Alone > 1:
		return "crashing", fmt.Sprintf("%s keeps crashing: it ended by itself %d times since somebody started it, the last time %s ago", u.Name, u.Alone, lasting(age))
	case young && u.Alone > 0:
		return "crashing", fmt.Sprintf("%s ended by itself and was started again %s ago", u.Name, lasting(age))
	}
	return "", ""
}

// again is how often a unit was started anew between two looks.
func again(first, last unit) int {
	times := max(0, last.Restarts-first.Restarts)
	if times == 0 && len(first.Procs) > 0 && len(last.Procs) > 0 && !sameProcess(first.Procs[0], last.Procs[0]) {
		times = 1
	}
	return times
}

func timesOver(n int) string {
	if n == 1 {
		return "once more"
	}
	return fmt.Sprintf("%d times", n)
}

// lasting is a time span in one unit, as it is read beside a check.
func lasting(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d d", int(d.Hours()/24))
}

// lookHealth asks health.url. A service that is down, or has to be, is not asked.
func (v Verify) lookHealth(ctx context.Context, env Env) Finding {
	if v.locked(env) || v.Down {
		return Finding{}
	}
	f := Finding{Name: healthCheck, State: Green}
	status, err := v.Service.Health.ask(ctx, env.Client)
	if f.Value = status; err == nil {
		return f
	}
	if !v.Report && !v.Up && v.isDown(ctx, env) {
		return Finding{}
	}
	if f.State = Red; f.Value == "no answer" {
		f.Why = "the service does not answer"
	}
	return f
}

// isDown says whether the service is known to be stopped.
func (v Verify) isDown(ctx context.Context, env Env) bool {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	m, _ := v.Service.manager()
	units, err := m.look(ctx, env)
	return err == nil && len(filter(units, true)) == 0
}
