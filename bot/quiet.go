package bot

import "time"

// Quiet are the hours in which news waits until morning, in minutes of the day in a zone. Equal ends are no such hours;
// To is then only when the morning is. What needs somebody never waits.
type Quiet struct {
	From, To int
	Zone     *time.Location
}

// Holds says whether it is quiet at a moment.
func (q Quiet) Holds(now time.Time) bool {
	local := now.In(q.zone())
	minute := local.Hour()*60 + local.Minute()
	if q.From <= q.To {
		return q.From <= minute && minute < q.To
	}
	return q.From <= minute || minute < q.To
}

// Morning is the newest morning that has come: when the quiet hours of a day end.
func (q Quiet) Morning(now time.Time) time.Time {
	y, m, d := now.In(q.zone()).Date()
	if today := q.morning(y, m, d); !today.After(now) {
		return today
	}
	return q.morning(y, m, d-1)
}

// Next is the morning after that one.
func (q Quiet) Next(now time.Time) time.Time {
	y, m, d := now.In(q.zone()).Date()
	if today := q.morning(y, m, d); today.After(now) {
		return today
	}
	return q.morning(y, m, d+1)
}

func (q Quiet) morning(y int, m time.Month, d int) time.Time {
	return time.Date(y, m, d, q.To/60, q.To%60, 0, 0, q.zone())
}

func (q Quiet) zone() *time.Location {
	if q.Zone == nil {
		return time.UTC
	}
	return q.Zone
}
