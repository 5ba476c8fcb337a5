package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"twokey/actions/step"
	"twokey/bot"
	"twokey/bot/broadcast"
	"twokey/bot/broadcast/notice"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
	"twokey/internal/picture"
)

// counter is where people say what users are to be told: the templates, and the service's bot for a test (bot.Notices).
type counter struct {
	set    notice.Set
	client *telegram.Client
}

// Templates lists them.
func (c counter) Templates() (list []bot.NoticeTemplate) {
	for _, t := range c.set.All() {
		one := bot.NoticeTemplate{Name: t.Name, Summary: t.Summary, Languages: slices.Sorted(maps.Keys(t.Texts)), Closes: t.Closes, Green: t.Green}
		for _, v := range t.Vars {
			x := text.NoticeVar{Name: v.Name, Summary: v.Summary, Kind: string(v.Kind), Default: v.Default}
			for _, p := range t.Offer(v.Name, time.Now()) {
				x.Presets = append(x.Presets, text.NoticeChoice{Label: p.Label, Value: p.Value})
			}
			one.Vars = append(one.Vars, x)
		}
		list = append(list, one)
	}
	return list
}

// Bind makes what was typed canonical.
func (c counter) Bind(template string, typed map[string]string, now time.Time) (string, error) {
	t, err := c.get(template)
	if err != nil {
		return "", err
	}
	v, err := t.Bind(typed, now)
	return v.String(), noticeError(err)
}

// Render gives what users would get.
func (c counter) Render(template, values string) (bot.NoticeTexts, error) {
	t, err := c.get(template)
	if err != nil {
		return bot.NoticeTexts{}, err
	}
	v, err := notice.ParseValues(values)
	if err == nil {
		v, err = t.Bind(v, time.Time{})
	}
	if err != nil {
		return bot.NoticeTexts{}, noticeError(err)
	}
	r, err := t.Render(v)
	return bot.NoticeTexts{Template: template, Texts: r.Texts, Default: r.Default}, noticeError(err)
}

func (c counter) get(template string) (*notice.Template, error) {
	t, ok := c.set.Get(template)
	if !ok {
		return nil, &bot.NoticeError{Sentence: fmt.Sprintf("there is no notice %q", template), Hint: "see /notices"}
	}
	return t, nil
}

func noticeError(err error) error {
	var e *notice.Error
	if errors.As(err, &e) {
		return &bot.NoticeError{Var: e.Var, Sentence: e.Sentence, Hint: e.Hint}
	}
	return err
}

// SendTest sends every text to one account, as users would get it.
func (c counter) SendTest(ctx context.Context, account int64, t bot.NoticeTexts) error {
	var picture *notice.Picture
	if tpl, ok := c.set.Get(t.Template); ok {
		picture = tpl.Picture
	}
	for _, lang := range slices.Sorted(maps.Keys(t.Texts)) {
		o := telegram.Out{ChatID: account, HTML: t.Texts[lang]}
		var err error
		if picture != nil {
			_, err = c.client.Photo(ctx, o, telegram.Picture{Name: picture.Name, Bytes: picture.Bytes})
		} else {
			_, err = c.client.Send(ctx, o)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// gallery has the pictures of notices. They are shown by the admin bot.
func (n notices) gallery(admin *telegram.Client) *bot.Gallery {
	return &bot.Gallery{Photo: admin.Photo, Of: func(template string) (telegram.Picture, bool) {
		t, ok := n.set.Get(template)
		if !ok || t.Picture == nil {
			return telegram.Picture{}, false
		}
		return telegram.Picture{Name: t.Picture.Name, Bytes: t.Picture.Bytes}, true
	}}
}

// answers lets the bot take and show notices.
func (n notices) answers(b *bot.Bot, p *bot.Presenter, admin *telegram.Client) {
	b.Gallery = n.gallery(admin)
	p.Gallery, p.Broadcasts = b.Gallery, n.state
	b.Notices, b.Broadcasts, b.Drafts = counter{set: n.set, client: n.sender.client}, n.state, bot.NewDrafts()
	b.Look.Notices, b.Look.Audiences, b.Look.BroadcastList, b.Look.BroadcastRate = n.view, n.audiences, n.list, n.rate
}

// audiences are whom a notice may be only for: the segments of the config, and those whose rows a switch of the databases lost.
func (n notices) audiences() text.Audiences {
	a := text.Audiences{Segments: slices.Sorted(maps.Keys(n.teller.Lists.Segments))}
	if n.teller.Lists.Affected == nil {
		return a
	}
	n.teller.Log.View(func(journal.Now) {
		for _, k := range slices.Backward(n.acts.Switches()) {
			h := text.Hit{Run: uint64(k.By), At: k.Since}
			if r, ok := n.acts.Request(k.By); ok {
				h.Action = string(r.Action().Name)
			}
			a.Hits = append(a.Hits, h)
		}
	})
	return a
}

// lastShown is how many broadcasts /notices shows.
const lastShown = 5

// view is what /notices answers.
func (n notices) view(ctx context.Context) text.NoticesView {
	v := text.NoticesView{PerDay: n.teller.PerDay, Templates: counter{set: n.set}.Templates(), Now: time.Now()}
	if list, there := n.teller.Lists.Shelf.Latest(); there {
		v.Users, v.Languages, v.At = list.Users, list.Languages, list.At
		var err error
		if v.Blocked, err = n.ledger.Skips(ctx, n.teller.Lists.Path(list)); err != nil {
			v.Err = err.Error()
		}
	}
	means := n.teller.Means(v.Now)
	n.teller.Log.View(func(journal.Now) {
		v.Today = n.state.GoneOut(v.Now)
		for i, t := range n.teller.Ties {
			v.Ties = append(v.Ties, n.tie(t, i+1, means, v.Now))
		}
		for _, b := range n.state.All() {
			for i, f := range b.Telling.Follow {
				if !b.Follow[i] {
					v.Next = append(v.Next, text.FollowView{Template: f.Template, At: f.At, When: f.When})
				}
			}
		}
		all := n.state.All()
		for _, b := range slices.Backward(all[max(0, len(all)-lastShown):]) {
			v.Last = append(v.Last, lineOf(b))
		}
	})
	return v
}

func lineOf(b *broadcast.Broadcast) text.BroadcastLine {
	op := text.OpSend
	switch b.Telling.Do {
	case step.NoticeEdit:
		op = text.OpEdit
	case step.NoticeRecall:
		op = text.OpRecall
	}
	return text.BroadcastLine{ID: b.ID, Op: op, Template: b.Telling.Template, Of: b.Telling.Of, Status: string(b.Status), Begun: b.At, Sent: b.Counts.Sent, Total: b.Counts.Total}
}

var stands = map[string]string{"": text.TieAgreed, broadcast.HeldLimit: text.TieAgreed, broadcast.HeldLapsed: text.TieLapsed,
	broadcast.HeldChanged: text.TieChanged, broadcast.HeldCannot: text.TieNever}

// tie says how one stands. It is called under the journal's lock.
func (n notices) tie(t step.Tie, number int, means broadcast.Means, now time.Time) text.TieView {
	st, cause := n.state.Fit(t, now, means)
	v := text.TieView{Number: number, Tie: t.String(), State: stands[cause], ID: st.ID, Until: st.Told.Lapse, At: st.At}
	if st.Ended {
		v.State = text.TieEnded
	}
	if cause == broadcast.HeldLapsed {
		v.At = st.Told.Lapse
	}
	return v
}

// list is who got a broadcast, for one person.
func (n notices) list(ctx context.Context, id uint64) (string, []byte, error) {
	var out bytes.Buffer
	err := n.ledger.List(ctx, id, &out)
	return fmt.Sprintf("broadcast-%d.csv", id), out.Bytes(), err
}

// rate is a picture of how fast a broadcast went.
func (n notices) rate(ctx context.Context, id uint64) ([]byte, error) {
	samples, err := n.ledger.Rates(ctx, id)
	if err != nil {
		return nil, err
	}
	var points []picture.Point
	for _, s := range samples {
		points = append(points, picture.Point{At: s.At, Value: s.PerSecond})
	}
	return picture.Line(fmt.Sprintf("Broadcast #%d, messages a second", id), points, n.teller.Composer.Zone)
}
