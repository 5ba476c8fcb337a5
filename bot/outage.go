package bot

import (
	"slices"
	"time"

	"twokey/actions"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// lastOutageWithin is how long a run that took the service down is what somebody most likely wants to tell of.
const lastOutageWithin = 24 * time.Hour

// outage is a time in which a run had the service down.
type outage struct {
	down, up time.Time     // up: zero while it is not
	lasts    time.Duration // as expected; 0: nobody knows
}

// outageOf is a run's, nil when it had none.
func (b *Bot) outageOf(id actions.ID) (o *outage) {
	b.Log.View(func(journal.Now) {
		if r, ok := b.State.Request(id); ok {
			o = b.downBy(r)
		}
	})
	return o
}

// lastOutage is the one that goes on, or the newest of the last day.
func (b *Bot) lastOutage() (o *outage) {
	b.Log.View(func(now journal.Now) {
		if is, down := b.State.Outage(); down {
			if r, ok := b.State.Request(is.By); ok {
				o = b.downBy(r)
			}
			if o == nil {
				o = &outage{down: is.Since}
			}
			return
		}
		for r := range b.State.Newest() {
			if now.Sub(r.AskedAt) > 2*lastOutageWithin {
				return
			}
			if found := b.downBy(r); found != nil && now.Sub(found.down) < lastOutageWithin {
				o = found
				return
			}
		}
	})
	return o
}

// downBy finds when a run took the service down, and when it was up again. It is called under the journal's lock.
func (b *Bot) downBy(r *actions.Request) *outage {
	if r.Action().Locking == actions.LockSet && !r.StartedAt.IsZero() {
		return &outage{down: r.StartedAt}
	}
	i := slices.IndexFunc(r.Steps, func(s actions.Step) bool { return s.Effect == actions.Stop && !s.Decides })
	if i < 0 || i >= len(r.Runs) {
		return nil
	}
	o := &outage{down: r.Runs[i].Started}
	o.lasts, _ = actions.Expects(r.Steps, b.State.LastCopy())
	for j := i + 1; j < len(r.Runs); j++ {
		if r.Steps[j].Starts && r.Runs[j].Error == "" && !r.Runs[j].Finished.IsZero() {
			o.up = r.Runs[j].Finished
			break
		}
	}
	if is, down := b.State.Outage(); down && is.By == r.ID {
		o.down, o.up = is.Since, time.Time{}
	}
	return o
}

// offers are what a run suggests for the variables that templates have for its times: from, until, for.
func (b *Bot) offers(o *outage) map[string][]text.NoticeChoice {
	list := map[string][]text.NoticeChoice{}
	if o == nil {
		return list
	}
	now := b.now()
	list["from"] = []text.NoticeChoice{{Label: b.Words.WentDown(o.down, now), Value: minute(o.down)}}
	if !o.up.IsZero() {
		list["until"] = []text.NoticeChoice{{Label: b.Words.CameUp(o.up, now), Value: minute(o.up)}}
	} else if o.lasts > 0 {
		list["until"] = []text.NoticeChoice{{Label: b.Words.Promised(o.down.Add(o.lasts), now), Value: minute(o.down.Add(o.lasts))}}
	}
	if d := upToMinutes(o.lasts); d > 0 {
		list["for"] = []text.NoticeChoice{{Label: b.Words.Expected(d), Value: d.String()}}
	}
	return list
}

// minute is a time as a variable takes it.
func minute(t time.Time) string { return t.UTC().Truncate(time.Minute).Format(time.RFC3339) }

// upToMinutes rounds up: users are not told seconds.
func upToMinutes(d time.Duration) time.Duration {
	return (d + time.Minute - 1).Truncate(time.Minute)
}
