package demo

import (
	"slices"
	"strings"

	"twokey/bot/telegram/fakebot"
	"twokey/internal/demo/shop"
	"twokey/internal/demo/web"
)

const (
	none = -1 // no story
	// mended is a shop that is not broken, owes nobody and gives nothing away.
	mended = "mended"
	// corrupted is one whose orders are of nothing.
	corrupted = "corrupted"
	// selling is one that has sold since the step before.
	selling = "selling"
	// sales are as many orders as that takes.
	sales = 3
)

// place is a message.
type place struct {
	chat string
	id   int
}

// progress is how far a story has come.
type progress struct {
	story int
	steps []Step
	done  int             // how many steps have come true
	from  map[place]int   // the first revision of each message that may count; absent: the first there is
	told  int             // the first answer that may count
	sold  int64           // the shop's orders when the last step had come true
	ended map[string]bool // stories that came to their end
}

// scene is what can be seen.
type scene struct {
	messages map[string][]fakebot.Message // by chat, the bots' only
	answers  []fakebot.Answer
	shop     web.Shop
	ways     func(string) bool
}

// start begins a story: what was there before does not count.
func start(story int, steps []Step, now scene, ended map[string]bool) progress {
	p := progress{story: story, steps: steps, from: map[place]int{}, told: len(now.answers), sold: now.shop.Orders, ended: ended}
	for chat, all := range now.messages {
		for _, m := range all {
			p.from[place{chat, m.ID}] = len(m.History) + 1
		}
	}
	return p
}

// advance ticks off what has come true, in order, and says whether anything was.
func (p *progress) advance(now scene) bool {
	before := p.done
	for p.done < len(p.steps) && p.met(p.steps[p.done].Then, now) {
		p.done++
		p.sold = now.shop.Orders
	}
	return p.done > before
}

// met says whether a fact is there. What it was seen by counts for later facts only as it is from then on.
func (p *progress) met(f Fact, now scene) bool {
	if f.Shop == selling && now.shop.Orders < p.sold+sales || f.Shop != "" && f.Shop != selling && !now.shopIs(f.Shop) {
		return false
	}
	told := p.told
	if f.Told != "" {
		i := slices.IndexFunc(now.answers[told:], func(a fakebot.Answer) bool { return strings.Contains(a.Text, f.Told) })
		if i < 0 {
			return false
		}
		told += i + 1
	}
	if len(f.Shows) > 0 {
		at, revision, shown := p.shown(f, now)
		if !shown {
			return false
		}
		p.from[at] = revision
	}
	p.told = told
	return true
}

// shown finds a message that says everything, or has since the story began: cards move on faster than people look.
func (p *progress) shown(f Fact, now scene) (at place, revision int, found bool) {
	chats := []string{f.Chat}
	if f.Chat == "" {
		chats = []string{"admin", "ann", "bob"}
	}
	for _, chat := range chats {
		for _, m := range now.messages[chat] {
			at := place{chat, m.ID}
			if revision := said(revisions(m), p.from[at], f.Shows); revision >= 0 && !m.Deleted {
				return at, revision, true
			}
		}
	}
	return place{}, 0, false
}

// said is the first revision from one on that says everything; -1: none does.
func said(revisions []string, from int, all []string) int {
	for i := from; i < len(revisions); i++ {
		if says(revisions[i], all) {
			return i
		}
	}
	return -1
}

// revisions are the texts of a message, oldest first; a document's content belongs to it.
func revisions(m fakebot.Message) []string {
	all := append(slices.Clone(m.History), m.Text)
	if m.Document != nil {
		all[len(all)-1] += "\n" + string(m.Document.Bytes)
	}
	return all
}

func says(text string, all []string) bool {
	return !slices.ContainsFunc(all, func(part string) bool { return !strings.Contains(text, part) })
}

func (s scene) shopIs(what string) bool {
	switch what {
	case "up":
		return s.shop.Up
	case "down":
		return !s.shop.Up
	case shop.Broken:
		return s.shop.Broken && s.shop.Doubled > 0
	case mended:
		return !s.shop.Broken && s.shop.Doubled == 0 && s.shop.Zeroed == 0
	case corrupted:
		return s.shop.Zeroed > 0
	}
	return s.ways(what)
}

// scene is what can be seen now.
func (r *round) scene() scene {
	return scene{answers: r.admin.Answers(), shop: r.view(), ways: r.way, messages: map[string][]fakebot.Message{
		"admin": r.admin.Messages(adminChat), "ann": r.admin.Messages(ann), "bob": r.admin.Messages(bob), "uma": r.service.Messages(uma)}}
}

// look ticks off what has come true in the story under way.
func (s *Stage) look() {
	s.mu.Lock()
	r, ready := s.round, s.ready
	s.mu.Unlock()
	if ready {
		now := r.scene()
		s.mu.Lock()
		if s.round == r && s.at.story != none && s.at.advance(now) && s.at.done == len(s.at.steps) {
			s.at.ended[stories()[s.at.story].Name] = true
		}
		s.mu.Unlock()
	}
	s.change()
}
