package bot

import (
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/bot/broadcast"
	"twokey/bot/text"
)

// toldSince is the newest notice about a panic: one of its own matter, or any that went out while it locked. It is nil when
// nobody was told anything. It is called under the journal's lock.
func toldSince(s *broadcast.State, state *actions.State, r *actions.Request) (last *text.ToldView) {
	if s == nil {
		return nil
	}
	until, id := unlocked(state, r), uint64(r.ID)
	var of uint64
	for _, b := range s.All() {
		switch {
		case b.Telling.Do == step.NoticeRecall && b.Telling.Of == of && last != nil:
			last.Back = b.At
		case b.Telling.Do != step.NoticeTell || b.At.Before(r.AskedAt):
		case b.Telling.Matter == broadcast.MatterRun(id) || b.Run == id || until.IsZero() || b.At.Before(until):
			of, last = b.ID, toldOf(b)
		}
	}
	return last
}

func toldOf(b *broadcast.Broadcast) *text.ToldView {
	return &text.ToldView{Template: b.Telling.Template, Status: string(b.Status), At: b.At, Users: max(b.Telling.Users, b.Total), Sent: b.Counts.Sent}
}

// unlocked is when the lockdown of a panic was lifted; zero while it is not.
func unlocked(state *actions.State, r *actions.Request) (at time.Time) {
	if lift, ok := state.Request(r.Lifted); ok && r.Lifted != 0 {
		return lift.EndedAt
	}
	return at
}
