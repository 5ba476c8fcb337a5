package nightdrill

import (
	"errors"
	"fmt"
	"time"
)

// Limits of a scenario: what is asked is read on a phone, by somebody who reads it out.
const (
	maxTitle     = 60  // runes
	maxObjective = 150 // runes
	maxSuccess   = 4
	maxCriterion = 80 // runes
	askLines     = 3
	maxAsk       = 300 // runes
	answerLines  = 3
	maxAnswer    = 400 // runes
	maxEvents    = 12
	longest      = 8 * time.Hour
)

// Parse reads a scenario. The error has everything that is wrong with it, each with its line.
func Parse(file string, data []byte) (Scenario, error) {
	r := &reader{file: file}
	root := r.root(data)
	if root == nil {
		return Scenario{}, errors.Join(r.wrong...)
	}
	f := r.fields(*root, []string{"name", "objective", "success", "events"}, "without")
	s := Scenario{Name: r.text(f["name"], 1, maxTitle), Objective: r.text(f["objective"], 1, maxObjective), Without: r.text(f["without"], 1, maxTitle)}
	for _, p := range r.list(f["success"], maxSuccess) {
		s.Success = append(s.Success, r.text(p, 1, maxCriterion))
	}
	for _, p := range r.list(f["events"], maxEvents) {
		s.Events = append(s.Events, r.event(p, s.Events))
	}
	return s, errors.Join(r.wrong...)
}

func (r *reader) event(p place, before []Event) Event {
	f := r.fields(p, []string{"after", "title", "ask", "answer"})
	return Event{After: r.after(f["after"], before), Title: r.text(f["title"], 1, maxTitle), Ask: r.text(f["ask"], askLines, maxAsk),
		Answer: r.text(f["answer"], answerLines, maxAnswer)}
}

// after is an event's time: 0 for the first, later than the one before for the others.
func (r *reader) after(p place, before []Event) time.Duration {
	s := r.text(p, 1, maxTitle)
	if s == "" {
		return 0
	}
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		r.add(p, "is no time", "write it as 5m or 1h10m")
	case len(before) == 0 && d != 0:
		r.add(p, "is not 0m: the first event is what it begins with", "write 0m")
	case len(before) > 0 && d <= before[len(before)-1].After:
		r.add(p, fmt.Sprintf("is not later than the event before, %s", minutes(before[len(before)-1].After)), "put the events in their order")
	case d > longest:
		r.add(p, "is later than people sit at a table", "write at most "+minutes(longest))
	default:
		return d
	}
	return max(0, d)
}

// minutes is a time as people write it: 1h10m.
func minutes(d time.Duration) string {
	switch h, m := d/time.Hour, d%time.Hour/time.Minute; {
	case d%time.Minute != 0:
		return d.String()
	case h > 0 && m > 0:
		return fmt.Sprintf("%dh%dm", h, m)
	case h > 0:
		return fmt.Sprintf("%dh", h)
	default:
		return fmt.Sprintf("%dm", m)
	}
}
