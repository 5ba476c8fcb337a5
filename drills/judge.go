package drills

import (
	"fmt"
	"strings"
	"time"
)

// Verdict is what came of an exercise whose steps are over.
type Verdict struct {
	Result   Result
	Reason   string // empty when it passed
	RTO, RPO Measured
}

// Judge says what came of an exercise, against what was fixed before it started: a step that failed is a fail; one that was left
// out, more time than the target, or rows that are too old, is less than a pass.
//
// RTO is from the start until the step that proves that what was lost is back, not until a program ended; RPO from the newest row
// that came back until the start.
func (x *Exercise) Judge() Verdict {
	v := Verdict{Result: Pass, RTO: x.rto(), RPO: x.rpo()}
	less := func(r Result, reason string) {
		if v.Result == Pass || r == Fail && v.Result != Fail {
			v.Result, v.Reason = r, reason
		}
	}
	if v.RTO.Known && x.Target > 0 && v.RTO.Took > x.Target {
		less(Partial, fmt.Sprintf("it took %s, %s more than the target", rounded(v.RTO.Took), rounded(v.RTO.Took-x.Target)))
	}
	if v.RPO.Known && x.MayLose > 0 && v.RPO.Took > x.MayLose {
		less(Partial, fmt.Sprintf("the newest row that came back was %s old, %s more than may be lost", rounded(v.RPO.Took), rounded(v.RPO.Took-x.MayLose)))
	}
	for i, p := range x.Steps {
		s := x.Script[i]
		switch {
		case s.Optional:
		case p.Outcome == StepFailed:
			less(Fail, s.Title+" failed: "+p.Found.Why)
		case p.Outcome == StepSkipped:
			less(Partial, s.Title+" was left out: "+p.Found.Why)
		}
	}
	return v
}

// rto is not known when the proof is missing.
func (x *Exercise) rto() Measured {
	proof := len(x.Script) - 1
	for i, s := range x.Script {
		if s.Proves {
			proof = i
			break
		}
	}
	if proof < 0 || x.Steps[proof].Outcome != StepDone {
		return Measured{}
	}
	return Measured{Known: true, Took: x.Steps[proof].Ended.Sub(x.Started)}
}

func (x *Exercise) rpo() Measured {
	for _, p := range x.Steps {
		if n := p.Found.Newest; n != nil {
			return Measured{Known: true, Took: max(0, x.Started.Sub(n.At))}
		}
	}
	return Measured{}
}

// rounded is a duration as precise as people want it: "2.4 s", "31 min", "1 min 30 s", "2 h 5 min".
func rounded(d time.Duration) string {
	if d < time.Minute {
		return strings.TrimSuffix(fmt.Sprintf("%.1f", d.Seconds()), ".0") + " s"
	}
	d = d.Round(time.Second)
	if d >= time.Hour {
		d = d.Round(time.Minute)
	}
	var parts []string
	for _, unit := range []struct {
		is   time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / unit.is; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, unit.name))
		}
		d %= unit.is
	}
	return strings.Join(parts, " ")
}
