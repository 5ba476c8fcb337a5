package evidence

import (
	"strings"

	"twokey/drills"
)

// outcome is what came of it, and the sentence above everything else.
func (m maker) outcome(r *Record) {
	x := m.x
	r.Status, r.Reason, r.By = x.Status, x.Reason, string(x.By)
	switch {
	case x.Status == drills.Done:
		r.Result, r.Performed = x.Result, true
	case x.Status == drills.Running:
		r.Result = Unfinished
	case x.Status.Over():
		r.Result = NotPerformed
	case x.Result == drills.Aborted:
		r.Result = drills.Aborted
	default:
		r.Result = ToCome
	}
	switch {
	case x.Status == drills.Dropped: // what it has is of an abort
		r.Reason = ""
	case x.Status == drills.Lost && r.Reason != "":
		r.Reason = "nobody held it again after it was aborted: " + x.Reason
	}
	r.Reason = or(r.Reason, m.why(r.Result))
	if x.Status == drills.Lost || x.Status == drills.Dropped {
		r.By = ""
	}
	if n := len(x.Aborts); r.Result == drills.Aborted && n > 0 {
		r.By = string(x.Aborts[n-1].By)
	}
	r.Headline = m.headline(*r)
}

// why is the reason of what nobody gave one for.
func (m maker) why(result drills.Result) string {
	switch {
	case m.x.Status == drills.Lost:
		return "nobody held it in its time"
	case m.x.Status == drills.Dropped:
		return "its drill was taken out of the config"
	case result == drills.Pass:
		return "every step was done, within the target"
	case result == Unfinished:
		return "it goes on"
	case result == ToCome:
		return "its time is to come"
	}
	return "nobody gave a reason"
}

func (m maker) headline(r Record) string {
	switch r.Result {
	case drills.Pass:
		return "Passed: " + m.figures()
	case drills.Partial:
		if m.late() { // the figures say it
			return "Partly passed: " + m.figures()
		}
		return "Partly passed: " + r.Reason + ". " + m.figures()
	case drills.Fail:
		return "Failed: " + r.Reason
	case drills.Aborted:
		return "Aborted by " + or(r.By, nobody) + ": " + r.Reason
	case NotPerformed:
		return "Not performed: " + m.notPerformed(r)
	case Unfinished:
		return "It goes on: there is no result yet"
	}
	return "Not held yet: " + r.Reason
}

func (m maker) notPerformed(r Record) string {
	if m.x.Status == drills.Off {
		return "skipped by " + or(r.By, nobody) + ", and a second person agreed: " + r.Reason
	}
	return r.Reason
}

// late says whether it took more time than the target.
func (m maker) late() bool { return m.x.RTO.Known && m.x.Target > 0 && m.x.RTO.Took > m.x.Target }

// figures say what was measured, beside what was wanted.
func (m maker) figures() string {
	x := m.x
	var said []string
	switch {
	case !x.RTO.Known:
		said = append(said, "the time until the proof was "+notMeasured)
	case m.late():
		said = append(said, span(x.RTO.Took)+" from start to proof, "+span(x.RTO.Took-x.Target)+" more than the target, "+span(x.Target))
	case x.Target > 0:
		said = append(said, span(x.RTO.Took)+" from start to proof, the target is "+span(x.Target))
	default:
		said = append(said, span(x.RTO.Took)+" from start to proof, no target was set")
	}
	if x.RPO.Known {
		said = append(said, "the newest row that came back was "+span(x.RPO.Took)+" old")
	}
	return strings.Join(said, "; ")
}
