package delivery

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pace is the stream of one bot's messages: when the next may leave. All jobs of a Sender share it.
type pace struct {
	mu     sync.Mutex
	lim    *rate.Limiter // nil until the first
	halted time.Time     // nothing leaves before
}

// grant gives the moments at which up to n messages may leave, as far as they are not later than ahead from now. Without one
// it says how long there will be none.
func (p *pace) grant(now time.Time, perSecond float64, n int, ahead time.Duration) (slots []time.Time, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.halted.Sub(now); d > 0 {
		return nil, d
	}
	p.set(now, perSecond)
	for len(slots) < n {
		d := p.next(now)
		if d > ahead {
			return slots, d - ahead + time.Microsecond // timers and floats are not exact: not to look a moment too early
		}
		p.lim.ReserveN(now, 1)
		slots = append(slots, now.Add(d))
	}
	return slots, 0
}

// set follows the rate; 0 is no limit. A burst is one message, so the stream is smooth.
func (p *pace) set(now time.Time, perSecond float64) {
	limit := rate.Limit(perSecond)
	if perSecond <= 0 {
		limit = rate.Inf
	}
	switch {
	case p.lim == nil:
		p.lim = rate.NewLimiter(limit, 1)
	case p.lim.Limit() != limit:
		p.lim.SetLimitAt(now, limit)
	}
}

// next is how long it takes until another one may leave.
func (p *pace) next(now time.Time) time.Duration {
	missing := 1 - p.lim.TokensAt(now)
	if p.lim.Limit() == rate.Inf || missing <= 1e-9 {
		return 0
	}
	return time.Duration(missing / float64(p.lim.Limit()) * float64(time.Second))
}

// halt lets nothing leave for a while; of several halts the last to end counts.
func (p *pace) halt(now time.Time, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if end := now.Add(d); end.After(p.halted) {
		p.halted = end
	}
}

// until is when the halt ends; the zero Time if there is none.
func (p *pace) until(now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.halted.After(now) {
		return p.halted
	}
	return time.Time{}
}
