package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"twokey/internal/journal"
	"twokey/internal/journal/journaltest"
)

// added is the body of kind "added", the only one that sum reads.
type added struct {
	Text string `json:"text,omitempty"`
	N    int    `json:"n"`
}

// sum is a fold: it adds up.
type sum struct {
	total int
	texts []string
	seqs  []uint64
}

func (s *sum) New(kind string) any {
	if kind != "added" {
		return nil
	}
	return new(added)
}

func (s *sum) Apply(e journal.Entry, body any) {
	b := body.(*added)
	if b.N == 13 {
		panic("thirteen")
	}
	s.total += b.N
	s.texts = append(s.texts, b.Text)
	s.seqs = append(s.seqs, e.Seq)
}

// watcher is a second fold: it reads what sum reads, and more.
type watcher struct{ kinds []string }

func (w *watcher) New(kind string) any {
	if kind == "added" || kind == "looked" {
		return new(struct{})
	}
	return nil
}

func (w *watcher) Apply(e journal.Entry, _ any) { w.kinds = append(w.kinds, e.Kind) }

func openLog(t testing.TB, s journal.Store, clock func() time.Time, folds ...journal.Fold) *journal.Log {
	t.Helper()
	l, err := journal.Open(t.Context(), s, clock, folds...)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return l
}

func draft(text string) func(journal.Now) (journal.Draft, error) {
	return func(journal.Now) (journal.Draft, error) {
		return journal.Draft{Kind: "added", Actor: "ann", Body: added{text, 1}}, nil
	}
}

func mustUpdate(t testing.TB, l *journal.Log, cause, text string) journal.Entry {
	t.Helper()
	e, err := l.Update(t.Context(), cause, draft(text))
	if err != nil {
		t.Fatalf("Update %q: %v", text, err)
	}
	return e
}

func wantDiff(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func wantWhole(t testing.TB, s journal.Store, entries uint64) {
	t.Helper()
	r, err := journal.Verify(t.Context(), s)
	if err != nil || r.Broken != nil || r.Entries != entries {
		t.Errorf("Verify = %+v, %v; want %d good entries", r, err, entries)
	}
}

func TestUpdateDecidesAppendsAndFolds(t *testing.T) {
	store, s, w := journal.NewMemory(), &sum{}, &watcher{}
	l := openLog(t, store, time.Now, s, w)
	var at journal.Now
	first, err := l.Update(t.Context(), "tg:1:2", func(now journal.Now) (journal.Draft, error) {
		at = now
		return journal.Draft{Kind: "added", Actor: "ann", Body: added{"<a&b> \ufffd \\ufffd", 40}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantDiff(t, "entry", journal.Seal(journal.Head{}, at.Time, "added", "ann", "tg:1:2",
		[]byte(`{"text":"<a&b> `+"\ufffd"+` \\ufffd","n":40}`)), first)
	second, err := l.Update(t.Context(), "", func(journal.Now) (journal.Draft, error) {
		if s.total != 40 {
			t.Errorf("decide saw a total of %d, want 40", s.total)
		}
		return journal.Draft{Kind: "looked"}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	head := l.View(func(now journal.Now) {
		wantDiff(t, "texts", []string{"<a&b> \ufffd \\ufffd"}, s.texts)
		wantDiff(t, "kinds of the second fold", []string{"added", "looked"}, w.kinds)
		if now.Before(second.Time) || now.Behind != 0 {
			t.Errorf("now = %+v, after an entry at %v", now, second.Time)
		}
	})
	wantDiff(t, "head of View", second.Head(), head)
	wantDiff(t, "store", []journal.Entry{first, second}, journaltest.All(t, store, 0))
}

func TestUpdateAppendsNothing(t *testing.T) {
	store, s := journal.NewMemory(), &sum{}
	l := openLog(t, store, time.Now, s)
	refused := errors.New("not now")
	if _, err := l.Update(t.Context(), "c:1", func(journal.Now) (journal.Draft, error) {
		return journal.Draft{Kind: "added"}, refused
	}); err != refused {
		t.Errorf("Update = %v, want the error of decide as it is", err)
	}
	e, err := l.Update(t.Context(), "c:1", func(journal.Now) (journal.Draft, error) { return journal.Draft{}, nil })
	if err != nil || e.Seq != 0 {
		t.Errorf("Update without a kind = %+v, %v; want the zero entry", e, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // select picks at random
		if _, err := l.Update(ctx, "", draft("")); !errors.Is(err, context.Canceled) {
			t.Fatalf("Update with an ended context = %v", err)
		}
	}
	wantDiff(t, "head", journal.Head{}, l.Head())
	mustUpdate(t, l, "c:1", "a cause that led to nothing is not remembered")
	wantWhole(t, store, 1)
}

type shout struct{ text string }

func (s shout) MarshalText() ([]byte, error) { return []byte(s.text), nil }

type odd struct{}

func (odd) MarshalJSON() ([]byte, error) { return []byte(`{"n":"one"}`), nil }

func TestUpdateRefusesBadDrafts(t *testing.T) {
	store := journal.NewMemory()
	s := &sum{}
	l := openLog(t, store, time.Now, s, &watcher{})
	for _, row := range []struct {
		why   string
		cause string
		draft journal.Draft
		want  string
	}{
		{"invalid UTF-8 in a string", "", journal.Draft{Kind: "added", Body: added{Text: "x\xff"}}, "invalid UTF-8"},
		{"half a character at the end", "", journal.Draft{Kind: "added", Body: added{Text: "x\xe2\x82"}}, "invalid UTF-8"},
		{"a surrogate in UTF-8", "", journal.Draft{Kind: "added", Body: added{Text: "\xed\xa0\x80"}}, "invalid UTF-8"},
		{"bad after an escaped backslash", "", journal.Draft{Kind: "added", Body: added{Text: "\\\xff"}}, "invalid UTF-8"},
		{"in a map key", "", journal.Draft{Kind: "added", Body: map[string]int{"\xff": 1}}, "invalid UTF-8"},
		{"deep inside", "", journal.Draft{Kind: "added", Body: []any{map[string]any{"a": []*string{new(string), ptr("\xfe")}}}}, "invalid UTF-8"},
		{"from a text marshaler", "", journal.Draft{Kind: "added", Body: shout{"\xff"}}, "invalid UTF-8"},
		{"in raw JSON", "", journal.Draft{Kind: "added", Body: json.RawMessage("{\"text\":\"\xff\"}")}, "invalid UTF-8"},
		{"in the actor", "", journal.Draft{Kind: "added", Actor: "\xff", Body: added{}}, `actor "\xff"`},
		{"NUL in the kind", "", journal.Draft{Kind: "added\x00", Body: added{}}, `kind "added\x00"`},
		{"in the cause", "c:\xff", journal.Draft{Kind: "added", Body: added{}}, `cause "c:\xff"`},
		{"not JSON at all", "", journal.Draft{Kind: "added", Body: make(chan int)}, "unsupported type"},
		{"a kind no fold reads", "", journal.Draft{Kind: "odd.thing", Body: added{}}, `kind "odd.thing" is known to no part`},
		{"a body that a fold cannot read back", "", journal.Draft{Kind: "added", Body: odd{}}, `body of kind "added"`},
		{"a body too large", "", journal.Draft{Kind: "added", Body: added{Text: strings.Repeat("x", journal.MaxBody)}}, "at most"},
	} {
		_, err := l.Update(t.Context(), row.cause, func(journal.Now) (journal.Draft, error) { return row.draft, nil })
		if err == nil || !strings.Contains(err.Error(), row.want) || errors.Is(err, journal.ErrUnavailable) {
			t.Errorf("%s: Update = %v, want an error with %q", row.why, err, row.want)
		}
	}
	mustUpdate(t, l, "", "the log still works")
	wantWhole(t, store, 1)
	wantDiff(t, "total", 1, s.total)
}

func ptr[T any](v T) *T { return &v }

func TestOpenFoldsEveryPrefixToWhatItWasLive(t *testing.T) {
	store, live := journal.NewMemory(), &sum{}
	l := openLog(t, store, time.Now, live)
	for i := range 700 { // several batches
		mustUpdate(t, l, "", fmt.Sprint(i))
	}
	for _, n := range []uint64{0, 1, 255, 256, 257, 512, 699, 700} {
		again := &sum{}
		r := openLog(t, store.Prefix(n), time.Now, again)
		if r.Head().Seq != n {
			t.Errorf("prefix %d: head %v", n, r.Head())
		}
		if diff := cmp.Diff(live.texts[:n], append([]string{}, again.texts...)); diff != "" {
			t.Errorf("prefix %d (-live +reopened):\n%s", n, diff)
		}
		mustUpdate(t, r, "", "it goes on")
	}
	wantWhole(t, store, 700) // a prefix shares nothing
}

func TestOpenRefuses(t *testing.T) {
	for _, row := range []struct {
		why   string
		spoil func(entries []journal.Entry) []journal.Entry
		want  string
	}{
		{"a changed body is found at its entry", func(es []journal.Entry) []journal.Entry {
			es[299].Body = []byte(`{"n":5}`)
			return es
		}, "entry 300 was changed"},
		{"a missing entry is found at its place", func(es []journal.Entry) []journal.Entry {
			return append(es[:299], es[300:]...)
		}, "entry 300 is missing"},
		{"a kind of another version is refused by name", func(es []journal.Entry) []journal.Entry {
			return append(es[:299], journal.Seal(es[298].Head(), es[298].Time, "future.kind", "", "", []byte(`{}`)))
		}, `entry 300: kind "future.kind" is known to no part`},
		{"a body that cannot be read is refused by seq", func(es []journal.Entry) []journal.Entry {
			return append(es[:299], journal.Seal(es[298].Head(), es[298].Time, "added", "", "", []byte(`{`)))
		}, `entry 300: body of kind "added"`},
		{"of two faults the first counts", func(es []journal.Entry) []journal.Entry {
			es[300].Body = []byte(`{"n":5}`)
			es[299] = journal.Seal(es[298].Head(), es[298].Time, "future.kind", "", "", []byte(`{}`))
			return es
		}, `entry 300: kind "future.kind"`},
	} {
		t.Run(row.why, func(t *testing.T) {
			defer goleak.VerifyNone(t)
			store := journal.NewMemory()
			l := openLog(t, store, time.Now, &sum{})
			for i := range 600 {
				mustUpdate(t, l, "", fmt.Sprint(i))
			}
			spoilt := raw(row.spoil(journaltest.All(t, store, 0)))
			_, err := journal.Open(t.Context(), spoilt, time.Now, &sum{})
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("Open = %v, want %q", err, row.want)
			}
		})
	}
}

func TestOpenSaysThatItCannotRead(t *testing.T) {
	defer goleak.VerifyNone(t)
	f := journaltest.NewFaulty(journal.NewMemory())
	f.OnRead(journaltest.Fail)
	if _, err := journal.Open(t.Context(), f, time.Now, &sum{}); !errors.Is(err, journaltest.ErrFault) {
		t.Errorf("Open = %v, want the fault", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	store := journal.NewMemory()
	journaltest.Chain(t, store, 1)
	if _, err := journal.Open(ctx, store, time.Now, &watcher{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Open with an ended context = %v", err)
	}
}

func TestCausesAreRememberedForTwoDays(t *testing.T) {
	store := journal.NewMemory()
	wall := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return wall }
	l := openLog(t, store, clock, &sum{})
	update := func(cause string) error {
		_, err := l.Update(t.Context(), cause, draft(cause))
		return err
	}
	step := func(why string, d time.Duration, cause string, want error) {
		t.Helper()
		wall = wall.Add(d)
		if err := update(cause); err != want {
			t.Errorf("%s: Update = %v, want %v", why, err, want)
		}
	}
	step("a new cause", 0, "tg:1", nil)
	step("again at once", 0, "tg:1", journal.ErrSeen)
	step("another cause", time.Hour, "tg:2", nil)
	step("no cause", 0, "", nil)
	step("no cause again", 0, "", nil)
	step("just before two days", 47*time.Hour-time.Microsecond, "tg:1", journal.ErrSeen)
	l = openLog(t, store, clock, &sum{})
	step("after a restart", 0, "tg:1", journal.ErrSeen)
	step("after two days", time.Microsecond, "tg:1", nil)
	step("and remembered anew, although its first time is pruned", time.Hour, "tg:2", nil)
	step("still", 46*time.Hour, "tg:1", journal.ErrSeen)
}

func TestNow(t *testing.T) {
	day := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		why    string
		last   time.Time // of the last entry, at Open
		walls  []time.Time
		want   time.Time
		behind time.Duration
	}{
		{"the wall clock, cut to µs, when all is well", day.Add(-time.Hour),
			[]time.Time{day, day.Add(1999)}, day.Add(time.Microsecond), 0},
		{"not before the last entry at open, and it says how far the wall clock is behind", day.Add(time.Hour),
			[]time.Time{day, day}, day.Add(time.Hour), time.Hour},
		{"time goes on from there", day.Add(time.Hour),
			[]time.Time{day, day.Add(time.Minute)}, day.Add(time.Hour + time.Minute), time.Hour - time.Minute},
		{"a clock set back makes nothing young", day.Add(-time.Hour),
			[]time.Time{day, day.Add(time.Minute), day.Add(-24 * time.Hour)}, day.Add(time.Minute), 23 * time.Hour},
		{"a wall clock that overtakes counts", day.Add(time.Hour),
			[]time.Time{day, day.Add(5 * time.Hour)}, day.Add(6 * time.Hour), 0},
	} {
		t.Run(row.why, func(t *testing.T) {
			store := journal.NewMemory()
			e := journal.Seal(journal.Head{}, row.last, "added", "", "", []byte(`{}`))
			if err := store.Append(t.Context(), journal.Head{}, e); err != nil {
				t.Fatal(err)
			}
			wall := row.walls[0]
			l := openLog(t, store, func() time.Time { return wall }, &sum{})
			var got journal.Now
			for _, wall = range row.walls {
				l.View(func(now journal.Now) { got = now })
			}
			if !got.Equal(row.want) || got.Behind != row.behind || got.Location() != time.UTC {
				t.Errorf("now = %v, behind %v; want %v, behind %v", got.Time, got.Behind, row.want, row.behind)
			}
		})
	}
}

func TestWaitAndViewDoNotPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := journaltest.NewFaulty(journal.NewMemory())
		l := openLog(t, f, time.Now, &sum{})
		head := mustUpdate(t, l, "", "1").Head()
		if err := l.Wait(t.Context(), journal.Head{}); err != nil {
			t.Errorf("Wait for what has been = %v", err)
		}
		var woken sync.WaitGroup
		for range 3 {
			woken.Go(func() {
				if err := l.Wait(t.Context(), head); err != nil || l.Head().Seq != 2 {
					t.Errorf("Wait = %v at %v", err, l.Head())
				}
			})
		}
		synctest.Wait() // all blocked
		f.OnAppend(journaltest.SlowAfter)
		done := make(chan error)
		go func() {
			_, err := l.Update(t.Context(), "", draft("2"))
			done <- err
		}()
		synctest.Wait() // the append waits for its deadline
		seen := l.View(func(journal.Now) {})
		wantDiff(t, "View does not wait for the store and sees what is durable", head, seen)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := l.Wait(ctx, head); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait = %v, want the context's error", err)
		}
		if _, err := l.Update(ctx, "", draft("")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Update behind another = %v, want the context's error", err)
		}
		if err := <-done; err != nil {
			t.Errorf("Update = %v: it was durable", err)
		}
		woken.Wait()
	})
}

func TestUpdatesFromManyGoroutines(t *testing.T) {
	store, s := journal.NewMemory(), &sum{}
	l := openLog(t, store, time.Now, s)
	var wg sync.WaitGroup
	var seen atomic.Int64
	for range 8 {
		wg.Go(func() {
			for i := range 50 { // each cause from eight sides
				switch _, err := l.Update(t.Context(), fmt.Sprintf("c:%d", i), draft("")); err {
				case journal.ErrSeen:
					seen.Add(1)
				case nil:
				default:
					t.Error(err)
				}
				l.View(func(journal.Now) { _ = s.total })
			}
		})
	}
	wg.Wait()
	wantDiff(t, "seen", int64(7*50), seen.Load())
	wantDiff(t, "total", 50, s.total)
	wantWhole(t, store, 50)
}

func TestAPanickingFoldClosesTheLog(t *testing.T) {
	store := journal.NewMemory()
	l := openLog(t, store, time.Now, &sum{})
	func() {
		defer func() {
			if r := recover(); r != "thirteen" {
				t.Errorf("recovered %v", r)
			}
		}()
		_, _ = l.Update(t.Context(), "", func(journal.Now) (journal.Draft, error) {
			return journal.Draft{Kind: "added", Body: added{N: 13}}, nil
		})
	}()
	if _, err := l.Update(t.Context(), "", draft("")); !errors.Is(err, journal.ErrClosed) || !strings.Contains(err.Error(), "entry 1 (added): a fold panicked") {
		t.Errorf("Update = %v, want ErrClosed", err)
	}
	if err := l.Wait(t.Context(), l.Head()); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("Wait = %v, want ErrClosed", err)
	}
}

// raw is a store of entries that no store would take.
type raw []journal.Entry

func (r raw) Append(context.Context, journal.Head, journal.Entry) error { return errors.ErrUnsupported }

func (r raw) Read(_ context.Context, after uint64) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		for _, e := range r {
			if e.Seq > after && !yield(e, nil) {
				return
			}
		}
	}
}
