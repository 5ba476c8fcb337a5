package bot_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/auth"
	"twokey/bot"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

var rounds = flag.Int("rounds", 1, "how often the crash tests are repeated")

// world is everything outside the journal that a run can change or show: a file of effects and a chat.
type world struct {
	mu      sync.Mutex
	effects string
	chat    map[int]string // message → card, in the admin chat
	private map[int]string // the same in the private ones
	next    int
	moved   chan struct{} // closed and made anew at every change of the chat
}

// change does f and wakes who waits for the chat.
func (w *world) change(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
	close(w.moved)
	w.moved = make(chan struct{})
}

// until waits for a fact about the chat.
func (w *world) until(t testing.TB, why string, fact func() bool) {
	t.Helper()
	late := time.After(30 * time.Second)
	for {
		w.mu.Lock()
		ok, moved := fact(), w.moved
		w.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-moved:
		case <-late:
			t.Fatalf("waiting until %s: the chat is %v", why, w.chat)
		}
	}
}

func (w *world) Send(_ context.Context, o telegram.Out) (int, error) {
	var id int
	w.change(func() {
		w.next++
		id = w.next
		w.in(o.ChatID)[id] = o.HTML
	})
	return id, nil
}

// in is what stands in the admin chat, or in private.
func (w *world) in(chat int64) map[int]string {
	if chat > 0 {
		return w.private
	}
	return w.chat
}

func (w *world) Edit(_ context.Context, chat int64, message int, o telegram.Out) error {
	var err error
	w.change(func() {
		if _, there := w.in(chat)[message]; !there {
			err = &telegram.Error{Method: "editMessageText", Class: telegram.ClassGone}
			return
		}
		w.in(chat)[message] = o.HTML
	})
	return err
}

func (w *world) Pin(context.Context, int64, int) error   { return nil }
func (w *world) Unpin(context.Context, int64, int) error { return nil }

// moment is a world put aside.
type moment struct {
	effects []byte
	chat    map[int]string
	private map[int]string
	next    int
}

func (w *world) take(t testing.TB) moment {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	data, err := os.ReadFile(w.effects)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return moment{effects: data, chat: maps.Clone(w.chat), private: maps.Clone(w.private), next: w.next}
}

func restore(t testing.TB, m moment) *world {
	t.Helper()
	w := &world{effects: filepath.Join(t.TempDir(), "effects"), chat: cloned(m.chat), private: cloned(m.private), next: m.next, moved: make(chan struct{})}
	if err := os.WriteFile(w.effects, m.effects, 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

// witness is a store that takes a picture of the world at every entry.
type witness struct {
	*journal.Memory
	picture func()
}

func (s witness) Append(ctx context.Context, after journal.Head, e journal.Entry) error {
	s.picture()
	return s.Memory.Append(ctx, after, e)
}

var people = []auth.Person{
	{Name: "ann", Accounts: []auth.Account{11}, Roles: []auth.Role{"admin"}},
	{Name: "bob", Accounts: []auth.Account{12}, Roles: []auth.Role{"admin"}},
	{Name: "cid", Accounts: []auth.Account{13, 14}, Roles: []auth.Role{"admin"}},
}

var rule = auth.Rule{Approvals: 1, AskWithin: 10 * time.Minute, StartWithin: 5 * time.Minute, MayAsk: []auth.Role{"admin"}, MayApprove: []auth.Role{"admin"}}

// tale is a story that is recorded and cut: an action of three steps, each leaving its word in the world's file.
type tale struct {
	name  string
	fails int  // this step (from 1) leaves no word and fails; 0: none
	ahead bool // the first step runs ahead
	ends  []actions.Status
}

var tales = []tale{
	{name: "three steps", ends: []actions.Status{actions.Succeeded, actions.Interrupted}},
	{name: "the second fails", fails: 2, ends: []actions.Status{actions.Failed, actions.Interrupted}},
	{name: "the first runs ahead", ahead: true, ends: []actions.Status{actions.Succeeded, actions.Interrupted, actions.Void}},
}

var words = []string{"one", "two", "three"}

// action is what the tale is about. The file is a link that every life points to its own world, so that the plan, and with
// it the digest, is the same in all of them.
func (x tale) action(t testing.TB, link string) actions.Action {
	t.Helper()
	dir := t.TempDir()
	a := actions.Action{Name: "deploy", Summary: "Deploy", Effect: actions.Change, Touches: []actions.Touch{actions.App}, Rule: rule}
	for i, word := range words {
		if err := os.WriteFile(filepath.Join(dir, word), []byte(word+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		// dd appends the word to the world's file: a small program that is on every machine.
		work := step.Exec{Argv: []string{"dd", "if=" + filepath.Join(dir, word), "of=" + link, "oflag=append", "conv=notrunc", "status=none"}}
		if i+1 == x.fails {
			work.Argv = []string{"false"}
		}
		if i == 0 && x.ahead {
			work.Effect, work.Undoing = step.Protect, []string{"true"}
		}
		loaded, err := work.Load(step.Site{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		s, err := actions.NewStep("exec", loaded)
		if err != nil {
			t.Fatal(err)
		}
		s.Ahead = i == 0 && x.ahead
		a.Steps = append(a.Steps, s)
	}
	return a
}

// life is one process: everything built anew over a store.
type life struct {
	log   *journal.Log
	state *actions.State
	cards *bot.Cards
	stop  context.CancelFunc
	done  sync.WaitGroup
}

func live(t testing.TB, store journal.Store, w *world, link string) *life {
	t.Helper()
	_ = os.Remove(link)
	if err := os.Symlink(w.effects, link); err != nil {
		t.Fatal(err)
	}
	l := &life{state: actions.NewState(), cards: bot.NewCards()}
	log, err := journal.Open(t.Context(), store, time.Now, l.state, l.cards)
	if err != nil {
		t.Fatal(err)
	}
	l.log = log
	ctx, stop := context.WithCancel(context.Background())
	l.stop = stop
	if _, err := log.Update(ctx, "", func(journal.Now) (journal.Draft, error) { return l.state.Policy("r1", people), nil }); err != nil {
		t.Fatal(err)
	}
	board := actions.NewBoard()
	report := func(err error) { t.Errorf("reported: %v", err) }
	runner := &actions.Runner{Log: log, State: l.state, Board: board, Grace: time.Minute, Report: report, World: testWorld()}
	clock := &actions.Clock{Log: log, State: l.state, Report: report}
	presenter := &bot.Presenter{Log: log, State: l.state, Cards: l.cards, Board: board, Words: text.Words{Zone: time.UTC, Service: "shop"},
		Chat: w, Lanes: atOnce{}, Place: bot.Place{AdminChat: -100}, Report: report}
	for _, run := range []func(context.Context) error{runner.Run, clock.Run, presenter.Run} {
		l.done.Go(func() { _ = run(ctx) })
	}
	return l
}

func (l *life) end() {
	l.stop()
	l.done.Wait()
}

func testWorld() actions.World {
	return actions.World{
		Env: func(tag string, out io.Writer, progress func(string)) step.Env {
			return step.Env{Tag: tag, Output: out, Progress: progress, Getenv: func(string) string { return "" }}
		},
		Output:    func(actions.ID, int, int) (actions.Output, error) { return &buffer{}, nil },
		Service:   func(context.Context) actions.Service { return actions.Service{Known: true, Up: true} },
		Redact:    func(s string) string { return s },
		Survivors: func(context.Context, string) (int, []string, error) { return 0, nil, nil },
	}
}

// atOnce has no pace: what is shown is tested here, not when.
type atOnce struct{}

func (atOnce) Do(ctx context.Context, t telegram.Turn, f func(context.Context, int64) error) error {
	return f(ctx, t.Chat)
}

type buffer struct{ bytes.Buffer }

func (b *buffer) Close() error           { return nil }
func (b *buffer) Tail(int) (string, int) { return b.String(), strings.Count(b.String(), "\n") }

// until waits for a fact of the state.
func (l *life) until(t testing.TB, why string, fact func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		var ok bool
		head := l.log.View(func(journal.Now) { ok = fact() })
		if ok {
			return
		}
		if err := l.log.Wait(ctx, head); err != nil {
			t.Fatalf("waiting until %s: %v", why, err)
		}
	}
}

// only is the one request there is, nil before it is asked.
func (l *life) only() *actions.Request {
	for r := range l.state.Newest() {
		return r
	}
	return nil
}

func (l *life) ask(t testing.TB, a actions.Action) {
	t.Helper()
	_, err := l.log.Update(t.Context(), "tg:1:1", func(now journal.Now) (journal.Draft, error) {
		return l.state.Ask(now, actions.Asked{Action: a, Person: "ann", Account: 11, Revision: "r1", Origin: actions.Origin{Chat: -100, Message: 7}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (l *life) vote(t testing.TB, id actions.ID) {
	t.Helper()
	_, err := l.log.Update(t.Context(), "tg:1:2", func(now journal.Now) (journal.Draft, error) {
		return l.state.Vote(now, id, "bob", 12, true)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// record plays the whole story once and takes the world's picture before every entry and after the last.
func record(t testing.TB, link string, a actions.Action) (*journal.Memory, []moment) {
	t.Helper()
	w := restore(t, moment{})
	var mu sync.Mutex
	var moments []moment
	store := witness{Memory: journal.NewMemory(), picture: func() {
		mu.Lock()
		defer mu.Unlock()
		moments = append(moments, w.take(t))
	}}
	l := live(t, store, w, link)
	l.ask(t, a)
	l.until(t, "the plan is there", func() bool { return l.only().Status == actions.Pending && !l.only().Preparing() })
	l.vote(t, l.only().ID)
	l.until(t, "it is over and shown", func() bool { return l.only().Over() && len(l.cards.Open()) == 0 })
	l.end()
	return store.Memory, append(moments, w.take(t))
}

// TestEveryPrefix cuts a recorded journal at every entry and starts again in both worlds: the one of that moment, and the
// one in which the next effect was done but not written. No changing step runs twice, nothing unapproved runs, and the
// card tells the truth.
func TestEveryPrefix(t *testing.T) {
	started := 0
	defer func() { t.Logf("%d rounds, %d starts over a cut journal", *rounds, started) }()
	for range *rounds {
		for _, x := range tales {
			t.Run(x.name, func(t *testing.T) { started += everyPrefix(t, x) })
		}
	}
}

func everyPrefix(t *testing.T, x tale) (started int) {
	link := filepath.Join(t.TempDir(), "effects")
	a := x.action(t, link)
	full, moments := record(t, link, a)
	if len(moments) < 10 {
		t.Fatalf("the story has only %d moments", len(moments))
	}
	for n := range len(moments) {
		for _, done := range []bool{false, true} {
			// moments[k] is the world before entry k+1: all that entry k led to was done by then.
			at := n
			if !done {
				at = max(0, n-1)
			}
			started++
			t.Run(fmt.Sprintf("entry %d, next effect done %v", n, done), func(t *testing.T) {
				x.startAgain(t, full.Prefix(uint64(n)), restore(t, moments[at]), link, a)
			})
		}
	}
	return started
}

// startAgain is the next life over a cut journal: it is let go as far as it goes by itself, then people do what they would.
func (x tale) startAgain(t *testing.T, store *journal.Memory, w *world, link string, a actions.Action) {
	before := counts(t, w)
	l := live(t, store, w, link)
	defer l.end()
	if l.only() == nil {
		l.ask(t, a)
	}
	l.until(t, "it waits for people or is over", func() bool { return resting(l.only()) })
	var status actions.Status
	l.log.View(func(journal.Now) { status = l.only().Status })
	if status == actions.Pending {
		got := counts(t, w)
		if x.ahead {
			delete(got, words[0])
		}
		if len(got) != 0 {
			t.Fatalf("nothing is approved, but %v ran", got)
		}
		l.vote(t, l.only().ID)
	}
	l.until(t, "it is over", func() bool { return l.only().Status.Final() })
	var r *actions.Request
	l.log.View(func(journal.Now) { r = l.only().Clone() })
	w.until(t, "a card says "+string(r.Status), func() bool { return shown(w, r.Status) })
	x.judge(t, r, before, counts(t, w))
}

func resting(r *actions.Request) bool {
	return r != nil && (r.Status == actions.Pending && !r.Preparing() || r.Status.Final())
}

// shown says whether a card tells the state in its first line, the one a lock screen shows.
func shown(w *world, s actions.Status) bool {
	for _, card := range w.chat {
		if strings.Contains(strings.SplitN(card, "\n", 2)[0], string(s)) {
			return true
		}
	}
	return false
}

func counts(t testing.TB, w *world) map[string]int {
	t.Helper()
	data, err := os.ReadFile(w.effects)
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for _, word := range strings.Fields(string(data)) {
		n[word]++
	}
	return n
}

// judgeRun holds the end against the world.
func (x tale) judge(t *testing.T, r *actions.Request, before, after map[string]int) {
	t.Helper()
	for i, word := range words {
		switch {
		case after[word] > 1:
			t.Errorf("step %s ran %d times", word, after[word])
		case r.Status == actions.Succeeded && after[word] != 1:
			t.Errorf("succeeded, but step %s ran %d times", word, after[word])
		case r.Status == actions.Interrupted && i >= r.Cut.Step && after[word] != before[word]:
			t.Errorf("interrupted in step %d, but step %s ran after the crash", r.Cut.Step+1, word)
		case x.fails > 0 && i+1 > x.fails && after[word] != 0:
			t.Errorf("step %d failed, but step %s ran after it", x.fails, word)
		}
	}
	if r.Status == actions.Interrupted && (!r.Cut.Begun || r.Cut.Cause != actions.CutCrash) {
		t.Errorf("interrupted by %+v, want a crash in a step that was begun", r.Cut)
	}
	if !slices.Contains(x.ends, r.Status) {
		t.Errorf("ended %s (%s), want one of %v", r.Status, r.Why, x.ends)
	}
}

// A step that had been started when we died was done, or not; nobody knows. It is never done again by the machine, and
// never called a success. (TestEveryPrefix does this at every entry, the kill tests of cmd/twokey with a real SIGKILL.)
func TestNever5NothingRunsTwiceAndNoCrashIsSuccess(t *testing.T) {
	x := tales[0]
	link := filepath.Join(t.TempDir(), "effects")
	a := x.action(t, link)
	full, moments := record(t, link, a)
	var started, finished uint64
	for e, err := range full.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == actions.KindStepStarted && started == 0 {
			started = e.Seq
		}
		if e.Kind == actions.KindStepDone && finished == 0 {
			finished = e.Seq
		}
	}
	w := restore(t, moments[finished-1]) // the world before that entry: the step's work is done
	l := live(t, full.Prefix(started), w, link)
	defer l.end()
	l.until(t, "it is over", func() bool { return l.only().Status.Final() })
	var r *actions.Request
	l.log.View(func(journal.Now) { r = l.only().Clone() })
	if r.Status != actions.Interrupted || counts(t, w)["one"] != 1 {
		t.Errorf("%s, and the step ran %d times; want interrupted, and once", r.Status, counts(t, w)["one"])
	}
	w.until(t, "the card says that nobody knows", func() bool {
		for _, card := range w.chat {
			if strings.Contains(card, "interrupted") && strings.Contains(card, "Nobody knows") {
				return true
			}
		}
		return false
	})
}

// cloned is a copy that can be written to.
func cloned(m map[int]string) map[int]string {
	if m == nil {
		return map[int]string{}
	}
	return maps.Clone(m)
}
