package delivery

import (
	"context"
	"time"
)

// Progress is how far a job is.
type Progress struct {
	Totals
	PerSecond   float64   // came to an end, over the last seconds
	Done        time.Time // when all will have, at that rate; zero if nobody can know
	HaltedUntil time.Time // zero if nothing holds it up
	Trouble     string    // what does
}

const (
	tellEvery  = time.Second
	meterSpans = 10 // of tellEvery, over which PerSecond is measured
)

// meter tells progress, and measures the rate for it.
type meter struct {
	tell func(Progress)
	past []mark // the oldest first
}

type mark struct {
	at    time.Time
	tried int
}

func newMeter(tell func(Progress)) *meter { return &meter{tell: tell} }

func (m *meter) due(now time.Time) bool {
	return len(m.past) == 0 || now.Sub(m.past[len(m.past)-1].at) >= tellEvery
}

// measure adds a mark, and gives the rate since the oldest of the last ones.
func (m *meter) measure(now time.Time, tried int) float64 {
	m.past = append(m.past, mark{now, tried})
	m.past = m.past[max(0, len(m.past)-meterSpans-1):]
	first := m.past[0]
	if d := now.Sub(first.at).Seconds(); d > 0 {
		return float64(tried-first.tried) / d
	}
	return 0
}

// tell tells progress if it is time to.
func (r *run) tell(ctx context.Context, last bool) {
	now := r.now()
	if !last && !r.progress.due(now) {
		return
	}
	t, err := r.Ledger.Totals(context.WithoutCancel(ctx), r.job.ID)
	if err != nil {
		r.report(err)
		return
	}
	p := Progress{Totals: t, PerSecond: r.progress.measure(now, t.tried()), HaltedUntil: r.haltedUntil(now), Trouble: r.trouble.why}
	p.Done = p.expected(now)
	r.progress.tell(p)
}

// expected is when a job will be over.
func (p Progress) expected(now time.Time) time.Time {
	left := p.Queued + p.Sending
	switch {
	case left == 0:
		return now
	case p.PerSecond <= 0:
		return time.Time{}
	case p.HaltedUntil.After(now):
		now = p.HaltedUntil
	}
	return now.Add(time.Duration(float64(left) / p.PerSecond * float64(time.Second)))
}
