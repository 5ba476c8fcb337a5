package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"twokey/actions"
	"twokey/bot"
	"twokey/internal/journal"
)

// renewal is a restart with a step in between that nothing but our care keeps from being done twice.
const renewal = `
actions:
  renew:
    summary: Stop, renew and start the service
    effect: change
    touches: [app]
    steps:
      - process: {do: stop}
      - exec: {run: ["${SVC}", renew, "${SHOP}", "0"]}
      - process: {do: start}
`

// TestKillAtEveryEntry kills the real program with SIGKILL at each entry of a restart, just before it is written and just
// after it is durable, and starts it again. No step runs twice by itself, nothing runs that nobody approved, every card
// tells what the journal says, the journal is whole, and two people get the service back.
func TestKillAtEveryEntry(t *testing.T) {
	last := entriesOf(t, "restart")
	var sum tally
	t.Run("entry", func(t *testing.T) {
		for round := range *rounds {
			for n := range last {
				for _, when := range []string{"before", "after"} {
					crashes := []string{fmt.Sprintf("%s:%d", when, n+1)}
					t.Run(fmt.Sprintf("%s, round %d", crashes[0], round+1), func(t *testing.T) { killed(t, "restart", crashes, &sum) })
				}
			}
		}
	})
	t.Logf("restart of %d entries: %s", last, &sum)
}

// TestKillTheNextLifeToo kills the program during a renewal and again when it has just begun to clear up.
func TestKillTheNextLifeToo(t *testing.T) {
	last := entriesOf(t, "renew")
	var sum tally
	t.Run("entry", func(t *testing.T) {
		for round := range *rounds {
			for n := 4; n < last; n++ {
				crashes := []string{fmt.Sprintf("before:%d", n+1), fmt.Sprintf("after:%d", n+1), fmt.Sprintf("before:%d", n+2)}
				t.Run(fmt.Sprintf("%s, round %d", strings.Join(crashes, ", "), round+1), func(t *testing.T) { killed(t, "renew", crashes, &sum) })
			}
		}
	})
	t.Logf("renewal of %d entries, killed in three lives: %s", last, &sum)
}

// tally counts how the runs ended.
type tally struct {
	kills, alone, resumed, left atomic.Int64
}

func (c *tally) String() string {
	return fmt.Sprintf("killed %d times; then %d runs ended well by themselves, %d were interrupted and resumed, %d interrupted and left",
		c.kills.Load(), c.alone.Load(), c.resumed.Load(), c.left.Load())
}

// entriesOf plays an action once, undisturbed, and counts its entries.
func entriesOf(t *testing.T, action string) int {
	t.Helper()
	s := openStage(t)
	must(t, s.start())
	s.says("ann", []string{"/" + action})
	must(t, s.tapBy(s.admin, "Approve "+action, "bob"))
	must(t, s.tells(s.admin, "succeeded /"+action+" · service up"))
	must(t, s.stop())
	entries, err := s.entries()
	must(t, err)
	if len(entries) < 9 {
		t.Fatalf("it has only %d entries", len(entries))
	}
	return len(entries)
}

func openStage(t *testing.T) *stage {
	t.Helper()
	s, err := newStage(t.TempDir(), adminChat)
	must(t, err)
	s.bins.twokey, err = unwatched()
	must(t, err)
	s.extra = renewal
	must(t, s.writeConfig())
	t.Cleanup(func() {
		if err := s.end(); err != nil {
			t.Errorf("at the end: %v", err)
		}
	})
	return s
}

// victim is a stage whose program is killed in its first lives; people do not mind and go on when it is back.
type victim struct {
	*stage
	action  string
	crashes []string // of the lives to come
	armed   bool     // the life under way is to be killed
	unknown bool     // a life was killed in a step: nobody knows what that did
	kills   int
	sum     *tally
}

// killed is one run of an action, killed where crashes say.
func killed(t *testing.T, action string, crashes []string, sum *tally) {
	t.Parallel()
	v := &victim{stage: openStage(t), action: action, crashes: crashes, sum: sum}
	must(t, v.live())
	v.says("ann", []string{"/" + action})
	must(t, v.approve("Approve "+action, "bob", func() error {
		if ran := v.shop.ran(); len(ran) > 0 {
			return fmt.Errorf("nobody has approved it, but it ran: %v", ran)
		}
		return nil
	}))
	must(t, v.whatever(func() error {
		return v.wait("it does not end", func() bool { return v.shows(v.admin, "succeeded /"+action) || v.interrupted() })
	}))
	for _, word := range []string{"stop", "renew", "start"} {
		if v.shop.count(word) > 1 {
			t.Errorf("a step ran twice by itself: %v", v.shop.ran())
		}
	}
	if v.shows(v.admin, "asked for this already") {
		t.Error("what was said once was heard twice")
	}
	if v.unknown != v.interrupted() {
		t.Errorf("killed in a step: %v; interrupted: %v", v.unknown, v.interrupted())
	}
	v.settle(t)
	must(t, v.disarm())
	must(t, until("the service is up again", v.shop.up))
	must(t, v.pins())
	must(t, v.stop())
	v.truth(t)
}

// pins waits until one head stands pinned with everybody. At most one more was sent for each kill.
func (v *victim) pins() error {
	for _, who := range []string{"ann", "bob", "cid"} {
		err := v.wait(who+" has not one message pinned", func() bool { return len(v.pinnedBy(who)) == 1 })
		if n := len(v.everPinned(who)); n > 1+v.kills {
			err = errors.Join(err, fmt.Errorf("%s was sent %d heads to pin, after %d kills", who, n, v.kills))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (v *victim) interrupted() bool { return v.shows(v.admin, "interrupted /"+v.action) }

// live begins the next life, which is killed where the first of the crashes says.
func (v *victim) live() error {
	if v.armed = len(v.crashes) > 0; !v.armed {
		return v.launch()
	}
	at := v.crashes[0]
	v.crashes = v.crashes[1:]
	if strings.Contains(at, "=") {
		return v.launch(at)
	}
	return v.launch("TWOKEY_CRASH=" + at)
}

// whatever does something until it comes true, beginning the next life whenever one ends.
func (v *victim) whatever(do func() error) error {
	for {
		err := do()
		if !errors.Is(err, errDied) {
			return err
		}
		if err := v.reborn(); err != nil {
			return err
		}
	}
}

// reborn begins the next life after one that was killed as it should be.
func (v *victim) reborn() error {
	status, ok := v.bot.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		return fmt.Errorf("the bot ended by itself (%s):\n%s", v.bot.cmd.ProcessState, v.bot.log)
	}
	v.sum.kills.Add(1)
	v.kills++
	if err := v.autopsy(); err != nil {
		return err
	}
	return v.live()
}

// autopsy looks whether the life that was killed had begun a step and not ended it. One that only looks does not count: it
// is done again.
func (v *victim) autopsy() error {
	entries, err := v.entries()
	begun, steps := 0, map[actions.ID][]actions.Step{}
	for _, e := range entries {
		var b struct {
			Request actions.ID
			Step    int
			Steps   []actions.Step
		}
		if !slices.Contains([]string{actions.KindPlanned, actions.KindStepStarted, actions.KindStepDone}, e.Kind) {
			continue
		}
		if err := json.Unmarshal(e.Body, &b); err != nil {
			return err
		}
		switch looks := b.Step < len(steps[b.Request]) && steps[b.Request][b.Step].Repeatable(); {
		case e.Kind == actions.KindPlanned:
			steps[b.Request] = b.Steps
		case looks:
		case e.Kind == actions.KindStepStarted:
			begun++
		default:
			begun--
		}
	}
	v.unknown = v.unknown || begun > 0
	return err
}

// disarm has people go on with something harmless until every crash that was to be has been: what is left to be written
// may come with what they do next.
func (v *victim) disarm() error {
	for v.armed {
		v.says("ann", []string{"/stop"})
		asked := func() error { return v.tells(v.admin, "ann asks /stop", "pending") }
		gone := func() error { return v.tells(v.admin, "cancelled /stop · nothing was done") }
		if err := v.whatever(asked); err != nil {
			return err
		}
		v.says("ann", []string{"/cancel"})
		if err := v.whatever(gone); err != nil {
			return err
		}
	}
	return v.bot.logs(`"message":"started"`)
}

// approve presses a button once, when it is seen, after looking.
func (v *victim) approve(label, who string, look func() error) error {
	var found tap
	err := v.whatever(func() (err error) {
		found, err = v.button(v.admin, label)
		return err
	})
	if err == nil {
		err = look()
	}
	if err == nil {
		v.presses(who, found)
	}
	return err
}

// settle has two people decide about an interrupted run, every other one this way and that, until the service is back.
func (v *victim) settle(t *testing.T) {
	t.Helper()
	if !v.interrupted() {
		v.sum.alone.Add(1)
		want := []string{"stop", "start"}
		if v.action == "renew" {
			want = []string{"stop", "renew", "start"}
		}
		if got := v.shop.ran(); !slices.Equal(got, want) {
			t.Errorf("it succeeded and ran %v", got)
		}
		return
	}
	calm := func() error { return nil }
	if v.sum.resumed.Load() <= v.sum.left.Load() {
		v.sum.resumed.Add(1)
		must(t, v.approve("Resume", "ann", calm))
		must(t, v.approve("Approve resume", "bob", calm))
		must(t, v.whatever(func() error { return v.tells(v.admin, "succeeded /resume 2 · service up") }))
		return
	}
	v.sum.left.Add(1)
	before := v.shop.ran()
	must(t, v.approve("Leave", "ann", calm))
	must(t, v.approve("Approve leave", "bob", calm))
	must(t, v.whatever(func() error { return v.tells(v.admin, "succeeded /leave 2") }))
	if got := v.shop.ran(); !slices.Equal(got, before) {
		t.Errorf("it was left as it is, and ran %v after %v", got, before)
	}
	v.says("ann", []string{"/start"})
	must(t, v.approve("Approve start", "bob", calm))
	must(t, v.whatever(func() error { return v.tells(v.admin, "succeeded /start · service up") }))
}

// truth holds every card against the journal: the newest message of each request, in the admin chat and in every private one
// that has a copy, says the state it is in.
func (v *victim) truth(t *testing.T) {
	t.Helper()
	type place struct {
		id   actions.ID
		chat int64
	}
	state, posted := actions.NewState(), map[place]int{}
	entries, err := v.entries()
	must(t, err)
	for _, e := range entries {
		body := state.New(e.Kind)
		if body != nil {
			must(t, json.Unmarshal(e.Body, body))
			state.Apply(e, body)
		}
		var card bot.CardPosted
		if e.Kind == bot.KindCardPosted && json.Unmarshal(e.Body, &card) == nil {
			posted[place{card.Request, card.Chat}] = card.Message
		}
	}
	for r := range state.Newest() {
		if posted[place{r.ID, v.admin}] == 0 {
			t.Errorf("request %d has no card in the admin chat", r.ID)
		}
	}
	for at, message := range posted {
		r, _ := state.Request(at.id)
		m, there := v.tg.Message(at.chat, message)
		first, _, _ := strings.Cut(m.Text, "\n")
		if !there || !strings.Contains(first, string(r.Status)) {
			t.Errorf("request %d is %s, and its card in chat %d (message %d) says: %s", r.ID, r.Status, at.chat, message, first)
		}
	}
}

// entries reads the journal as it is on disk.
func (s *stage) entries() (all []journal.Entry, err error) {
	if _, err := os.Stat(s.journal()); err != nil {
		return nil, nil // killed before there was one
	}
	store, err := journal.OpenReader(context.Background(), s.journal())
	if err != nil {
		return nil, err
	}
	defer store.Close()
	for e, err := range store.Read(context.Background(), 0) {
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}
