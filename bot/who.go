package bot

import (
	"context"

	"twokey/actions"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// handover tells whoever takes over how things stand. It looks at the state only, so it answers at once.
func (b *Bot) handover(_ context.Context, s sender, _ Command) {
	v := text.WhoView{Locks: map[actions.Touch]actions.ID{}}
	b.Log.View(func(now journal.Now) {
		v.Now, v.People = now.Time, b.State.People.People()
		for _, r := range b.State.Live() {
			if view, ok := viewOf(b.State, r.ID); ok {
				v.Live = append(v.Live, view)
			}
			if r.Status == actions.Running || r.Unsettled() {
				for _, t := range r.Action().Touches {
					v.Locks[t] = r.ID
				}
			}
		}
		for r := range b.State.Newest() {
			if len(v.Runs) == shownRuns {
				break
			}
			if r.Over() {
				v.Runs = append(v.Runs, r.Clone())
			}
		}
	})
	if b.Look.Unsettled != nil {
		v.Lockdown, v.Reviews = b.Look.Unsettled()
	}
	b.reply(s, b.Words.Who(v))
}
