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
			if view, ok := viewOf(b.State, r.ID); ok && !r.Reviewable() {
				v.Live = append(v.Live, view)
			}
			if r.Status == actions.Running || r.Unsettled() {
				for _, t := range r.Action().Touches {
					v.Locks[t] = r.ID
				}
			}
		}
		for _, r := range b.State.Reviews() {
			v.Reviews = append(v.Reviews, text.ToReview{ID: r.ID, What: r.Action().Name, Of: r.Asked.Person, Waits: b.State.Reviewers(r)})
		}
		for r := range b.State.Newest() {
			if len(v.Runs) == shownRuns {
				break
			}
			if r.Status.Final() && !r.Unsettled() {
				v.Runs = append(v.Runs, r.Clone())
			}
		}
	})
	v.Lockdown = b.lockdown()
	b.reply(s, b.Words.Who(v))
}
