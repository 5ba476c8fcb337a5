package delivery

import "time"

const (
	firstPause = 250 * time.Millisecond
	maxPause   = 30 * time.Second
)

// trouble is whether Telegram can be reached. While it is not known, nothing is claimed: a job would lose a recipient with
// every try. Instead, after a pause that doubles, it is asked who we are. So a job begins, too.
type trouble struct {
	look    bool // ask before anything goes
	looking bool // it is being asked
	step    int  // failures one after the other
	since   time.Time
	until   time.Time // not to be asked before
	why     string
}

// failed notes a failure of something that left at a time. Whatever left before the last failure was noted is of the same
// trouble.
func (t *trouble) failed(left, now time.Time, why string) {
	if t.step > 0 && left.Before(t.since) {
		return
	}
	t.step++
	t.look, t.since, t.why = true, now, why
	t.until = now.Add(pauseAfter(t.step))
}

// passed notes that something was answered.
func (t *trouble) passed(left time.Time) {
	if !left.Before(t.since) {
		t.step, t.why = 0, ""
	}
}

func pauseAfter(failures int) time.Duration {
	return min(firstPause<<min(failures-1, 10), maxPause)
}
