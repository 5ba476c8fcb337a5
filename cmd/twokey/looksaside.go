package main

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/auth"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/config"
)

// looksWithin is how long /status waits for what stands aside of the service: whoever types it wants to know now.
const looksWithin = 5 * time.Second

// ask asks everybody who knows something, at once: the service's manager, its database, the backups' folders, Telegram.
func (l looks) ask(ctx context.Context, v *text.StatusView) {
	ctx, cancel := context.WithTimeout(ctx, looksWithin)
	defer cancel()
	var all sync.WaitGroup
	all.Go(func() { l.service(ctx, v) })
	all.Go(func() { v.Database = l.size(ctx) })
	all.Go(func() { v.Backups = l.shelved(ctx) })
	all.Go(func() { v.Reach = l.reach.ask(ctx) })
	all.Wait()
}

func (l looks) service(ctx context.Context, v *text.StatusView) {
	st, err := l.world.status(ctx)
	if err != nil {
		v.Err = l.world.redact.String(err.Error())
		return
	}
	v.Service = actions.Service{Known: true, Up: st.Up, Since: st.Since, Note: l.world.redact.String(st.Note)}
	v.PIDs, v.Restarts = st.PIDs, st.Restarts
}

// size is nil where the config does not say how the database can be read.
func (l looks) size(ctx context.Context) *text.DatabaseLine {
	if l.world.readURL.IsZero() {
		return nil
	}
	size, connections, err := step.Size(ctx, l.world.env("status", io.Discard, func(string) {}))
	if err != nil {
		return &text.DatabaseLine{Err: l.world.redact.String(err.Error())}
	}
	return &text.DatabaseLine{Size: size, Connections: connections}
}

func (l looks) shelved(ctx context.Context) *text.BackupsView {
	if len(l.shelf.files.Folders) == 0 {
		return nil
	}
	v := l.shelf.view(ctx)
	return &v
}

// reachedFor is how long an answer about who can be written to counts: each is a request to Telegram for each approver.
const reachedFor = time.Minute

// approverReach knows how many of those who may approve can be written to in private. Nothing is sent to find out: they are shown for a
// moment that the bot types.
type approverReach struct {
	typing    func(ctx context.Context, account int64) error
	approvers []auth.Person

	mu    sync.Mutex
	asked time.Time
	last  text.Reach
}

func newReach(cfg config.Config, client *telegram.Client) *approverReach {
	names := approvers(cfg)
	all := slices.DeleteFunc(slices.Clone(cfg.Directory.People()), func(p auth.Person) bool { return !slices.Contains(names, p.Name) })
	return &approverReach{approvers: all, typing: func(ctx context.Context, account int64) error { return client.Typing(ctx, account, 0) }}
}

// ask gives the zero Reach when it is not known of somebody: Telegram gave no answer.
func (r *approverReach) ask(ctx context.Context) text.Reach {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.asked.IsZero() && time.Since(r.asked) < reachedFor {
		return r.last
	}
	can := make([]bool, len(r.approvers))
	known := make([]bool, len(r.approvers))
	var all sync.WaitGroup
	for i, p := range r.approvers {
		all.Go(func() { can[i], known[i] = r.one(ctx, p) })
	}
	all.Wait()
	if slices.Contains(known, false) {
		return text.Reach{}
	}
	r.asked, r.last = time.Now(), text.Reach{Of: len(can)}
	for _, yes := range can {
		if yes {
			r.last.Can++
		}
	}
	return r.last
}

// one says whether somebody can be written to on one of their accounts at least.
func (r *approverReach) one(ctx context.Context, p auth.Person) (can, known bool) {
	known = true
	for _, a := range p.Accounts {
		switch err := r.typing(ctx, int64(a)); {
		case err == nil:
			return true, true
		case telegram.ClassOf(err) != telegram.ClassChatGone:
			known = false
		}
	}
	return false, known
}
