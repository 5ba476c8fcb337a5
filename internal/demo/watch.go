package demo

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"twokey/bot/telegram/fakebot"
	"twokey/internal/demo/shop"
	"twokey/internal/demo/web"
	"twokey/internal/logfile"
)

// shopLines is how much of the shop's log its page shows.
const shopLines = 8

// watch calls look after everything that changes in the chats or with the shop, until ctx is done.
func (r *round) watch(ctx context.Context, look func()) {
	for _, tg := range []*fakebot.Server{r.admin, r.service} {
		r.group.Go(func() { _ = tg.Wait(ctx, func() bool { look(); return false }) })
	}
	again := time.NewTicker(lookEvery)
	defer again.Stop()
	for {
		r.look(ctx, look)
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

// cents are what the page counts money in; the shop has whole euros.
const cents = 100

// look looks at the shop, and calls change when it is otherwise than before.
func (r *round) look(ctx context.Context, change func()) {
	s, err := r.shop().Look(ctx)
	if ctx.Err() != nil {
		return
	}
	w := web.Shop{Up: s.Up, Health: s.Health, Release: s.Release, Broken: s.Broken, SignUps: s.SignUps, Orders: s.Orders,
		Revenue: cents * s.Revenue, Doubled: s.Doubled, Zeroed: s.Zeroed, Banner: s.Banner, Log: r.shopLog(ctx), Database: "a file", Locked: r.locked()}
	if r.cluster != nil {
		w.Database, w.Deep = "PostgreSQL", true
	}
	r.mu.Lock()
	was := r.seen
	if err != nil { // the figures cannot be read at this moment
		w.SignUps, w.Orders, w.Revenue, w.Doubled, w.Zeroed, w.Banner = was.SignUps, was.Orders, was.Revenue, was.Doubled, was.Zeroed, was.Banner
	}
	ways := map[string]bool{shop.Hanging: s.Hanging, shop.Slow: s.Slow, shop.Failing: s.Up && s.Failing, shop.Spoiled: s.Spoiled}
	same := reflect.DeepEqual(w, was) && maps.Equal(ways, r.ways)
	r.seen, r.ways = w, ways
	r.mu.Unlock()
	if !same {
		change()
	}
}

// shopLog is the end of the shop's log, newest line last.
func (r *round) shopLog(ctx context.Context) []string {
	lines, _ := logfile.Reader{}.Last(ctx, []string{r.path("shop", "logs", "shop.log")}, func(string) bool { return true }, shopLines)
	var log []string
	for _, l := range slices.Backward(lines) {
		log = append(log, l.Text)
	}
	return log
}

// locked says whether somebody pressed panic and nobody has lifted it since, as the admin chat tells.
func (r *round) locked() bool {
	locked := false
	for _, m := range r.admin.Messages(adminChat) {
		switch {
		case strings.HasPrefix(m.Text, "🔒") && strings.Contains(m.Text, "pressed panic"):
			locked = true
		case strings.Contains(m.Text, "succeeded /unlock"):
			locked = false
		}
	}
	return locked
}

func (r *round) view() web.Shop {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen
}

func (r *round) way(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ways[name]
}
