package step

import (
	"fmt"
	"strings"
	"time"
)

// Status is what the service does at this moment.
type Status struct {
	Up       bool      // every part of it runs
	PIDs     []int     // of the processes its manager started
	Since    time.Time // when the youngest of them was started; zero: unknown
	Restarts int       // as its manager counts them
	Health   string    // what health.url answered, e.g. "200 OK"; empty when it was not asked
	OK       bool      // up, and healthy when there is a health.url
	Note     string    // what is not as it should be, e.g. "sigmatrade-worker: errored"
}

// String is one line.
func (s Status) String() string {
	line := "down"
	if s.Up {
		line = "up"
		if !s.Since.IsZero() {
			line += " since " + s.Since.UTC().Format("2006-01-02 15:04:05 UTC")
		}
	}
	if len(s.PIDs) > 0 {
		line += fmt.Sprintf(", pid %s", strings.ReplaceAll(strings.Trim(fmt.Sprint(s.PIDs), "[]"), " ", ", "))
	}
	if s.Health != "" {
		line += ", health " + s.Health
	}
	if s.Note != "" {
		line += "; " + s.Note
	}
	return line
}

func statusOf(units []unit) Status {
	st := Status{Up: len(units) > 0}
	var notes []string
	for _, u := range units {
		running := u.Up && (len(u.Procs) > 0 || u.Blind)
		st.Up = st.Up && running
		st.PIDs = append(st.PIDs, numbers(main(u.Procs))...)
		st.Restarts += u.Restarts
		if running && u.Since.After(st.Since) {
			st.Since = u.Since
		}
		if note := u.note(running); note != "" {
			notes = append(notes, note)
		}
	}
	st.OK, st.Note = st.Up, strings.Join(notes, "; ")
	return st
}

// plainlyDown is the state of a unit whose manager says no more than that it does not run.
const plainlyDown = "down"

// note is what is remarkable about a unit: one of several that is down, or a state that is neither up nor down.
func (u unit) note(running bool) string {
	switch {
	case u.State == noDaemon && len(u.Procs) > 0:
		return fmt.Sprintf("%s is still running without pm2 (%s)", u.Name, pids(u.Procs))
	case u.State == noDaemon:
		return noDaemon
	case running, u.State == plainlyDown:
		return "" // that is said already
	}
	return u.Name + " is " + u.State
}
