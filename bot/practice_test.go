package bot_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"image"
	"image/png"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"twokey/auth"
	"twokey/bot"
	"twokey/bot/telegram"
	"twokey/bot/telegram/fakebot"
	"twokey/drills"
	"twokey/drills/calendar"
	"twokey/internal/journal"
)

// practice are the drills of a night: a database drill on the first Tuesday of the quarter and an approvers drill, a desk, a
// board. Nights begin on Saturday, 1 January 2000, 00:00 UTC. Only the steps are played by hand, and the clock.
type practice struct {
	unseen bool // no Proctor shows them
	away   []drills.Absence

	mu      sync.Mutex
	looks   []drills.Look
	kept    map[string][]byte
	blind   error // of the desk
	line    string
	moved   chan struct{}
	noEntry func(kind string) bool // the store fails for it
}

// frail is the journal of a night with drills, whose store can fail.
type frail struct {
	*journal.Memory
	p *practice
}

func (f frail) Append(ctx context.Context, after journal.Head, e journal.Entry) error {
	f.p.mu.Lock()
	fails := f.p.noEntry != nil && f.p.noEntry(e.Kind)
	f.p.mu.Unlock()
	if fails {
		return fmt.Errorf("disk full: %w", journal.ErrUnavailable)
	}
	return f.Memory.Append(ctx, after, e)
}

func newPractice() *practice {
	return &practice{kept: map[string][]byte{}}
}

func (p *practice) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

func (p *practice) world() drills.World {
	plan := func(name drills.Name, kind, when string, target time.Duration) drills.Plan {
		s, err := calendar.Parse(when, time.UTC, calendar.NewHolidays(nil))
		if err != nil {
			panic(err)
		}
		return drills.Plan{Name: name, Type: kind, Schedule: s, Target: target, Remind: []time.Duration{72 * time.Hour, 24 * time.Hour, time.Hour}, Owners: []auth.Name{"ann", "bob", "cid"}}
	}
	return drills.World{Away: p.away, Approvers: []auth.Name{"ann", "bob", "cid"}, Plans: []drills.Plan{
		plan("database", drills.Database, "first tue of quarter 10:00", 30*time.Minute), plan("approvers", drills.Approvers, "first wed of july 10:00", 15*time.Minute)}}
}

func (p *practice) Read(uint64) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.line
}

func (p *practice) Moved() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.moved
}

// progress is what the automatic step says.
func (p *practice) progress(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line = line
	close(p.moved)
	p.moved = make(chan struct{})
}

func (p *practice) Opening(ctx context.Context, x *drills.Exercise) (drills.Opening, error) {
	select {
	case <-time.After(2 * time.Second):
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	o := drills.Opening{Looks: slices.Clone(p.looks), Runbook: &drills.Document{Path: "/etc/runbook.md", SHA256: "aa"}}
	if x.Type == drills.Approvers {
		o.Script = []drills.Step{{Key: drills.AnswersKey, Title: "wait for each of them", Proves: true}}
		return o, p.blind
	}
	o.Script = []drills.Step{{Key: "load", Title: "load the backup", Auto: true}, {Key: "look", Title: "look at the numbers", Ask: "Is the newest there?", Proves: true},
		{Key: "runbook", Title: "read the runbook", Ask: "Is it stale?"}}
	return o, p.blind
}

func (p *practice) Evidence(_ context.Context, id uint64) ([]bot.File, error) {
	return []bot.File{{Name: fmt.Sprintf("drill-%d.md", id), Bytes: []byte("# drill")}, {Name: fmt.Sprintf("drill-%d.json", id), Bytes: []byte("{}")}}, p.blind
}

func (p *practice) Trend(_ context.Context, name drills.Name) ([]byte, error) {
	if name == "approvers" {
		return nil, nil
	}
	return []byte("PNG"), p.blind
}

func (p *practice) year(_ context.Context, year int) (bot.File, error) {
	f := bot.File{Name: fmt.Sprintf("drills-%d.zip", year), Bytes: []byte("PK")}
	if year == 1998 {
		f.Bytes = make([]byte, 49_000_001)
	}
	return f, p.blind
}

func (p *practice) Keep(_ context.Context, id uint64, name string, data []byte) (drills.Photo, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept[fmt.Sprintf("%d/%s", id, name)] = data
	return drills.Photo{Name: name, SHA256: fmt.Sprintf("%x", sha256.Sum256(data)), Bytes: len(data)}, nil
}

// wire gives a bot what it needs of drills, and makes who shows them.
func (p *practice) wire(n *night, b *bot.Bot, client *telegram.Client, lanes bot.Pace) *bot.Proctor {
	p.set(func() { p.moved = make(chan struct{}) }) // of this bubble
	b.Drills, b.DrillWorld, b.Desk, b.Fetch = n.held, p.world, p, client.File
	b.Years = bot.YearPack{Make: p.year, Send: client.Document}
	b.Runbooks = func(context.Context) map[drills.Name]string { return map[drills.Name]string{"database": "bb"} }
	site := noService
	site.Drills = true
	b.Catalogue = load(n.t, catalogue, site)
	decide(n.t, n.log, func(journal.Now) (journal.Draft, error) { return n.held.Load(p.world()), nil })
	return &bot.Proctor{Log: n.log, State: n.state, Drills: n.held, World: p.world, Cards: n.cards, Board: p, Words: b.Words, Chat: client, Lanes: lanes,
		Place: b.Place, Report: n.report}
}

// due has everything decided that is due.
func (n *night) due(p *practice) {
	n.t.Helper()
	for range 50 {
		e, err := n.log.Update(n.t.Context(), "", func(now journal.Now) (journal.Draft, error) { return n.held.Due(now, p.world()), nil })
		if err != nil {
			n.t.Fatal(err)
		}
		if e.Seq == 0 {
			return
		}
	}
	n.t.Fatal("it never ends")
}

// goOn lets time go by, an hour at a time, as the clock does.
func (n *night) goOn(p *practice, hours int) {
	n.t.Helper()
	for range hours {
		n.pass(time.Hour)
		n.due(p)
	}
	n.pass(10 * time.Second)
}

// known is the first exercise: known on Saturday at 10:00, held on Tuesday at 10:00, and ann's.
func (n *night) known(p *practice) *drills.Exercise {
	n.t.Helper()
	n.goOn(p, 11)
	return n.exercise(0)
}

// exercise is the newest that is not over, or the one of a number.
func (n *night) exercise(id uint64) (x *drills.Exercise) {
	n.t.Helper()
	n.log.View(func(journal.Now) {
		if open := n.held.Pending(); id == 0 && len(open) > 0 {
			id = open[len(open)-1].ID
		}
		if found, ok := n.held.Get(id); ok {
			x = found.Clone()
		}
	})
	if x == nil {
		n.t.Fatalf("there is no exercise %d", id)
	}
	return x
}

// card is the message of an exercise's card in the admin chat.
func (n *night) card(id uint64) fakebot.Message {
	n.t.Helper()
	m, ok := n.Message(adminChat, n.exercise(id).Cards[adminChat])
	if !ok {
		n.t.Fatalf("drill %d has no card", id)
	}
	return m
}

// tap presses a button of an exercise's card in the admin chat, and gives what was answered.
func (n *night) tap(user int64, id uint64, label string) string {
	n.t.Helper()
	return n.tapOn(user, adminChat, n.card(id).ID, label)
}

func (n *night) tapOn(user, chat int64, message int, label string) string {
	n.t.Helper()
	callback, err := n.PressButton(user, chat, message, label)
	if err != nil {
		m, _ := n.Message(chat, message)
		n.t.Fatalf("%s: %v in %q", label, err, m.Text)
	}
	n.pass(5 * time.Second)
	a, _ := n.AnswerTo(callback)
	return a.Text
}

// answers replies to the newest message of ours that says something.
func (n *night) answers(user int64, question, words string) {
	n.t.Helper()
	list := n.shows(adminChat, question)
	if len(list) == 0 {
		n.t.Fatalf("nobody asks %q; reported %v", question, n.reports())
	}
	n.Say(user, adminChat, words, fakebot.ReplyTo(list[len(list)-1].ID))
	n.pass(5 * time.Second)
}

// holding brings the database drill to where ann looks at the numbers.
func (n *night) holding(p *practice) *drills.Exercise {
	n.t.Helper()
	x := n.known(p)
	n.tap(11, x.ID, "Accept")
	n.tap(11, x.ID, "Start")
	n.automatic(x.ID)
	return n.exercise(x.ID)
}

// automatic plays the automatic step.
func (n *night) automatic(id uint64) {
	n.t.Helper()
	decide(n.t, n.log, func(journal.Now) (journal.Draft, error) { return n.held.BeginStep(id, 0, "") })
	n.pass(6 * time.Second)
	decide(n.t, n.log, func(journal.Now) (journal.Draft, error) {
		return n.held.FinishStep(id, 0, "", drills.StepDone, drills.Found{Line: "1 412 rows", Newest: &drills.Newest{At: time.Now().Add(-time.Hour), Where: "x"}})
	})
	decide(n.t, n.log, func(journal.Now) (journal.Draft, error) { return n.held.Clean(id, "it is dropped"), nil })
	n.pass(6 * time.Second)
}

// ended brings it to its end.
func (n *night) ended(p *practice) *drills.Exercise {
	n.t.Helper()
	x := n.holding(p)
	n.tap(11, x.ID, "Done")
	n.tap(11, x.ID, "Done")
	n.due(p)
	n.pass(10 * time.Second)
	return n.exercise(x.ID)
}

func shot(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 400, 300))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// everything is what all messages of ours in a chat say.
func (n *night) everything(chat int64) string {
	var all []string
	for _, m := range n.shows(chat, "") {
		all = append(all, m.Text)
	}
	return strings.Join(all, "\n---\n")
}
