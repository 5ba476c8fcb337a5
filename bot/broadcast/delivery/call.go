package delivery

import (
	"context"
	"time"

	"twokey/bot/telegram"
)

// launch lets one message go at its moment.
func (r *run) launch(c claimed, slot time.Time) {
	r.flying++
	lang, html := r.texts.pick(c.lang)
	a := answer{claimed: c, lang: lang}
	call := r.call(c, html)
	go func() {
		if a.left, a.held = r.await(slot); !a.held {
			a.sent, a.err = call(r.calls)
		}
		r.answers <- a
	}()
}

// await waits for a moment, and says when that was and whether the message is held back then: the job was stopped, or all
// were halted.
func (r *run) await(slot time.Time) (now time.Time, held bool) {
	if d := slot.Sub(r.now()); d > 0 {
		select {
		case <-r.after(d):
		case <-r.leaving.Done():
		}
	}
	now = r.now()
	return now, !r.pace.until(now).IsZero() || r.leaving.Err() != nil
}

// call is what is asked of Telegram for one recipient.
func (r *run) call(c claimed, html string) func(context.Context) (telegram.Posted, error) {
	out := telegram.Out{ChatID: c.user, HTML: html, Silent: r.job.Silent, Again: telegram.AgainLeave}
	switch {
	case r.job.Op == OpDelete:
		return func(ctx context.Context) (p telegram.Posted, err error) {
			return p, r.Client.Delete(ctx, c.user, int(c.message))
		}
	case r.job.Op == OpEdit:
		edit := r.Client.Edit
		if r.picture {
			edit = r.Client.Caption
		}
		return func(ctx context.Context) (p telegram.Posted, err error) {
			return p, edit(ctx, c.user, int(c.message), out)
		}
	case r.job.Photo != nil:
		pic := telegram.Picture{Name: r.job.Photo.Name, Bytes: r.job.Photo.Bytes, FileID: r.file}
		return func(ctx context.Context) (telegram.Posted, error) { return r.Client.Photo(ctx, out, pic) }
	}
	return func(ctx context.Context) (p telegram.Posted, err error) {
		p.MessageID, err = r.Client.Send(ctx, out)
		return p, err
	}
}

// look asks Telegram who we are, unless it is too early.
func (r *run) look(now time.Time) {
	if d := max(r.trouble.until.Sub(now), r.pace.until(now).Sub(now)); d > 0 {
		r.sleep = min(r.sleep, d)
		return
	}
	r.trouble.looking = true
	r.flying++
	go func() {
		a := answer{look: true, left: now}
		a.me, a.err = r.Client.Me(r.calls)
		r.answers <- a
	}()
}
