package demo

import (
	"slices"
	"strings"
	"testing"

	"twokey/bot/telegram/fakebot"
	"twokey/internal/demo/shop"
	"twokey/internal/demo/web"
)

func seen(messages ...fakebot.Message) scene {
	return scene{messages: map[string][]fakebot.Message{"admin": messages}, ways: func(string) bool { return false }}
}

func message(id int, texts ...string) fakebot.Message {
	last := len(texts) - 1
	return fakebot.Message{ID: id, Text: texts[last], History: texts[:last]}
}

func shows(text string) Step { return Step{Then: Fact{Chat: "admin", Shows: []string{text}}} }

func TestProgress(t *testing.T) {
	two := []Step{shows("pending"), shows("succeeded")}
	old := message(1, "pending", "succeeded")
	told := func(answers ...string) scene {
		s := seen()
		for _, a := range answers {
			s.answers = append(s.answers, fakebot.Answer{Text: a})
		}
		return s
	}
	approved := Step{Then: Fact{Told: "Approved"}}
	cases := []struct {
		name        string
		steps       []Step
		before, now scene
		want        int
	}{
		{"nothing yet", two, seen(), seen(), 0},
		{"one after the other", two, seen(), seen(message(1, "pending")), 1},
		{"it has moved on since", two, seen(), seen(message(1, "pending", "running", "succeeded")), 2},
		{"in another message", two, seen(), seen(message(1, "succeeded"), message(2, "pending")), 2},
		{"the later one alone", two, seen(), seen(message(1, "succeeded")), 0},
		{"an earlier text of the same message", two, seen(), seen(message(1, "succeeded", "pending")), 1},
		{"from before", two, seen(old), seen(old), 0},
		{"an old message that was edited since", two[1:], seen(message(1, "pending")), seen(message(1, "pending", "succeeded")), 1},
		{"in another chat", []Step{{Then: Fact{Chat: "bob", Shows: []string{"pending"}}}}, seen(), seen(message(1, "pending")), 0},
		{"in any chat", []Step{{Then: Fact{Shows: []string{"pending"}}}}, seen(), seen(message(1, "pending")), 1},
		{"deleted", two, seen(), seen(fakebot.Message{ID: 1, Text: "pending", Deleted: true}), 0},
		{"a document", []Step{shows("a,b")}, seen(), seen(fakebot.Message{ID: 1, Document: &fakebot.Document{Bytes: []byte("a,b\n")}}), 1},
		{"an answer", []Step{approved, approved}, told(), told("Noted", "Approved"), 1},
		{"two answers", []Step{approved, approved}, told(), told("Approved", "Approved"), 2},
		{"an answer from before", []Step{approved}, told("Approved"), told("Approved"), 0},
	}
	for _, c := range cases {
		p := start(0, c.steps, c.before, nil)
		moved := p.advance(c.now)
		if p.done != c.want || moved != (c.want > 0) {
			t.Errorf("%s: %d steps are done (%v), want %d", c.name, p.done, moved, c.want)
		}
	}
}

func TestTheShopIs(t *testing.T) {
	s := seen()
	for _, c := range []struct {
		shop web.Shop
		want []string
	}{
		{web.Shop{Up: true}, []string{"up", mended}},
		{web.Shop{}, []string{"down", mended}},
		{web.Shop{Up: true, Broken: true}, []string{"up"}}, // nobody has paid twice yet
		{web.Shop{Up: true, Broken: true, Doubled: 1}, []string{"up", shop.Broken}},
		{web.Shop{Up: true, Doubled: 1}, []string{"up"}},
		{web.Shop{Up: true, Zeroed: 1}, []string{"up", corrupted}},
	} {
		s.shop = c.shop
		var got []string
		for _, what := range []string{"up", "down", shop.Broken, mended, corrupted, shop.Hanging} {
			if s.shopIs(what) {
				got = append(got, what)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: is %q, want %q", c.shop, got, c.want)
		}
	}
}

// TestTheShopSells: what was sold before the step does not count, and a database that went back has fewer orders.
func TestTheShopSells(t *testing.T) {
	sold := func(n int64) scene { s := seen(); s.shop.Orders = n; return s }
	p := start(0, []Step{{Then: Fact{Shop: selling}}, {Then: Fact{Shop: selling}}}, sold(40), nil)
	for _, c := range []struct {
		orders int64
		done   int
	}{{40, 0}, {42, 0}, {43, 1}, {45, 1}, {20, 1}, {46, 2}} {
		p.advance(sold(c.orders))
		if p.done != c.done {
			t.Errorf("%d orders: %d steps are done, want %d", c.orders, p.done, c.done)
		}
	}
}

// TestStoriesWithoutADatabase: what needs one is left out, and said.
func TestStoriesWithoutADatabase(t *testing.T) {
	s := New(Config{})
	there := map[string]bool{}
	for _, st := range s.Stories() {
		there[st.Name] = true
	}
	off := strings.Join(leftOut("why"), " ")
	for _, st := range stories() {
		if there[st.Name] == st.Database || strings.Contains(off, st.Title) != st.Database {
			t.Errorf("story %s: it needs a database: %v, is there: %v; off: %s", st.Name, st.Database, there[st.Name], off)
		}
	}
}

// TestStoriesCanBePlayed: what a step says can be done, and there is something to see of it.
func TestStoriesCanBePlayed(t *testing.T) {
	acts, deep := append(shop.Acts(), "", killBot), []string{shop.Corrupt, shop.Migrate, shop.Spoil}
	for i, st := range stories() {
		if st.Title == "" || st.Intro == "" || slices.Index(Names(), st.Name) != i {
			t.Errorf("story %q has no words, or its name is not its own", st.Name)
		}
		for n, step := range st.Steps {
			person := slices.Contains([]string{"ann", "bob", "uma"}, step.Who) && (step.In == inAdmin || step.In == inPrivate)
			acting := step.Say != "" || step.Tap != ""
			fact := len(step.Then.Shows) > 0 || step.Then.Told != "" || step.Then.Shop != ""
			if step.Text == "" || acting != person || !slices.Contains(acts, step.Shop) || !fact {
				t.Errorf("story %s, step %d cannot be played: %+v", st.Name, n+1, step)
			}
			if slices.Contains(deep, step.Shop) && !st.Database && !step.Database {
				t.Errorf("story %s, step %d needs a database", st.Name, n+1)
			}
		}
	}
}
