package main

import (
	"context"
	"time"

	"twokey/bot"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/drills"
	"twokey/drills/calendar"
	"twokey/internal/journal"
	"twokey/internal/metrics"
)

// answers lets people hold drills in the chat.
func (p practice) answers(b *bot.Bot, client *telegram.Client) {
	b.Drills, b.DrillWorld, b.Desk, b.Runbooks, b.Dates, b.Fetch = p.state, p.world, p, p.runbooks, p.dates, client.File
	b.Years = bot.YearPack{Make: p.Year, Send: client.Document}
	if b.Gallery == nil {
		b.Gallery = &bot.Gallery{Photo: client.Photo, Of: func(string) (telegram.Picture, bool) { return telegram.Picture{}, false }}
	}
}

// runbooks are what each drill's runbook is now.
func (p practice) runbooks(context.Context) map[drills.Name]string {
	sums := map[drills.Name]string{}
	for _, d := range p.cfg.Drills {
		if doc := runbook(d.Runbook); doc != nil && doc.SHA256 != "" {
			sums[d.Name] = doc.SHA256
		}
	}
	return sums
}

// offered is how many other times are offered for an exercise.
const offered = 3

// dates are the next business days, at the time of day that it has.
func (p practice) dates(x *drills.Exercise, now time.Time) (list []time.Time) {
	holidays := calendar.NewHolidays(p.cfg.Holidays)
	at := x.At.In(p.cfg.Zone)
	from := at
	if now.After(at) {
		from = now.In(p.cfg.Zone)
	}
	for i := 1; len(list) < offered && i < 60; i++ {
		day := time.Date(from.Year(), from.Month(), from.Day()+i, at.Hour(), at.Minute(), 0, 0, p.cfg.Zone)
		if holidays.Business(day) {
			list = append(list, day)
		}
	}
	return list
}

// proven is when a restore was proven last; a failure since then counts instead. It is called under the journal's lock.
func (p practice) proven() *text.ProvenView {
	var last *drills.Exercise
	for _, x := range p.state.All() {
		if x.Type == drills.Database && x.Status == drills.Done {
			last = x
		}
	}
	if last == nil {
		return nil
	}
	v := &text.ProvenView{At: last.Ended, Took: last.RTO.Took, Result: last.Result}
	if last.Result == drills.Partial && last.RTO.Known { // late, or something was left out: it came back all the same
		v.Result = drills.Pass
	}
	return v
}

// next is the drill that comes next. It is called under the journal's lock.
func (p practice) next(now time.Time) (next *text.DrillLine) {
	for _, l := range bot.DrillLines(p.state, p.world(), now, nil) {
		if !l.Next.IsZero() && (next == nil || l.Next.Before(next.Next)) {
			next = &l
		}
	}
	return next
}

// measured is how each drill stands, for monitoring. It is called under the journal's lock.
func (p practice) measured(now journal.Now) (list []metrics.Drill) {
	for _, d := range p.cfg.Drills {
		st := p.state.Standing(d.Name, now.Time)
		m := metrics.Drill{Name: string(d.Name), Overdue: !st.Overdue.IsZero(), Findings: st.Findings}
		if x := st.Passed; x != nil {
			m.Passed, m.Took = x.Ended, x.RTO.Took
			if x.RPO.Known {
				m.Lost = &x.RPO.Took
			}
		}
		list = append(list, m)
	}
	return list
}
