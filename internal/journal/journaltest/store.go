// Package journaltest says, as tests, what a journal.Store must do, and has a
// store that fails on command.
package journaltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/internal/journal"
)

// TestStore runs the conformance suite. Open returns an empty store each time
// and closes it with t.Cleanup.
func TestStore(t *testing.T, open func(t *testing.T) journal.Store) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, s journal.Store)
	}{
		{"an empty store has nothing to read", testEmpty},
		{"what was appended is read back in order, after any seq", testReadAfter},
		{"every field comes back exactly", testExact},
		{"a body of the largest size comes back exactly", testBig},
		{"appending after another head than the newest conflicts and writes nothing", testConflict},
		{"an entry that does not follow the head it names is refused", testNotFollowing},
		{"of racing writers one wins each seq and nothing has gaps", testRace},
		{"an ended context writes nothing and ends a read", testContext},
		{"a read can be given up at any entry and the store still works", testStop},
		{"entries can be appended inside a read", testAppendInRead},
		{"many reads and appends go on at once", testConcurrent},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// Chain appends n small entries after the store's head and returns them.
func Chain(t *testing.T, s journal.Store, n int) []journal.Entry {
	t.Helper()
	var head journal.Head
	for _, e := range All(t, s, 0) {
		head = e.Head()
	}
	var entries []journal.Entry
	for i := range n {
		e := journal.Seal(head, Time.Add(time.Duration(i)*time.Second), "test.happened", "ann",
			fmt.Sprintf("test:%d", head.Seq+1), fmt.Appendf(nil, `{"n":%d}`, head.Seq+1))
		mustAppend(t, s, head, e)
		entries, head = append(entries, e), e.Head()
	}
	return entries
}

// Time is when the entries of Chain begin.
var Time = time.Date(2026, 11, 23, 20, 21, 0, 123456000, time.UTC)

// All reads all entries after a seq.
func All(t *testing.T, s journal.Store, after uint64) []journal.Entry {
	t.Helper()
	var entries []journal.Entry
	for e, err := range s.Read(t.Context(), after) {
		if err != nil {
			t.Fatalf("Read(%d): %v", after, err)
		}
		entries = append(entries, e)
	}
	return entries
}

func mustAppend(t *testing.T, s journal.Store, after journal.Head, e journal.Entry) {
	t.Helper()
	if err := s.Append(t.Context(), after, e); err != nil {
		t.Fatalf("Append entry %d: %v", e.Seq, err)
	}
}

func wantEntries(t *testing.T, s journal.Store, after uint64, want []journal.Entry) {
	t.Helper()
	got := All(t, s, after)
	if len(got) == 0 && len(want) == 0 {
		return
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(bytes.Equal)); diff != "" { // element by element takes seconds
		t.Errorf("Read(%d) (-want +got):\n%s", after, diff)
	}
}

func testEmpty(t *testing.T, s journal.Store) {
	wantEntries(t, s, 0, nil)
	wantEntries(t, s, 7, nil)
}

func testReadAfter(t *testing.T, s journal.Store) {
	entries := Chain(t, s, 5)
	for after := range entries {
		wantEntries(t, s, uint64(after), entries[after:])
	}
	wantEntries(t, s, 5, nil)
	wantEntries(t, s, 1<<63+5, nil)
}

func testExact(t *testing.T, s journal.Store) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	var head journal.Head
	var want []journal.Entry
	for i, e := range []journal.Entry{
		{Kind: "k", Body: []byte(`{}`), Time: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)},
		{Kind: "every byte in a body, NUL and invalid UTF-8 among them", Body: all, Time: Time},
		{Kind: "a body of one NUL", Body: []byte{0}, Time: Time},
		{Kind: "a body that looks like a number", Body: []byte("007"), Time: Time},
		{Kind: "no body", Body: nil, Time: Time},
		{Kind: "an empty body", Body: []byte{}, Time: Time},
		{Kind: "", Actor: "", Cause: "", Body: []byte("all text is empty"), Time: Time},
		{Kind: "ünïcödé", Actor: "анна 🗝", Cause: "'; DROP TABLE entry --\n\t\"%s", Body: []byte("x"), Time: Time},
		{Kind: "a number as text", Actor: "1e3", Cause: "0x10", Body: []byte("x"), Time: Time},
		{Kind: "long", Actor: strings.Repeat("a", 70_000), Cause: strings.Repeat("c", 70_000), Body: []byte("x"), Time: Time},
		{Kind: "the last µs before 1970", Body: []byte("x"), Time: time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC)},
		{Kind: "far away", Body: []byte("x"), Time: time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)},
		{Kind: "cut to µs", Body: []byte("x"), Time: time.Date(2026, 1, 2, 3, 4, 5, 6999, time.FixedZone("", 3600))},
	} {
		e = journal.Seal(head, e.Time, e.Kind, e.Actor, e.Cause, e.Body)
		if err := s.Append(t.Context(), head, e); err != nil {
			t.Fatalf("row %d, %q: %v", i, e.Kind, err)
		}
		head, want = e.Head(), append(want, e)
	}
	wantEntries(t, s, 0, want)
	if r, err := journal.Verify(t.Context(), s, head); err != nil || r.Broken != nil || r.Head != head {
		t.Errorf("Verify = %+v, %v; want the head %v", r, err, head)
	}
}

func testBig(t *testing.T, s journal.Store) {
	body := bytes.Repeat([]byte{'b', 0, 0xff, '\n'}, journal.MaxBody/4)
	e := journal.Seal(journal.Head{}, Time, "big", "", "", bytes.Clone(body))
	mustAppend(t, s, journal.Head{}, e)
	clear(e.Body) // what was appended is the store's own
	e.Body = body
	wantEntries(t, s, 0, []journal.Entry{e})
}

func testConflict(t *testing.T, s journal.Store) {
	stranger := journal.Seal(journal.Head{}, Time, "stranger", "", "", []byte("x"))
	after := func(h journal.Head) journal.Entry { return journal.Seal(h, Time, "late", "", "", []byte("y")) }
	wantConflict := func(why string, head journal.Head) {
		t.Helper()
		if err := s.Append(t.Context(), head, after(head)); !errors.Is(err, journal.ErrConflict) {
			t.Errorf("%s: Append = %v, want ErrConflict", why, err)
		}
	}
	wantConflict("the store is empty", stranger.Head())
	entries := Chain(t, s, 3)
	wantConflict("the store is not empty", journal.Head{})
	wantConflict("the head is old", entries[1].Head())
	wantConflict("the head is of the future", after(entries[2].Head()).Head())
	wantConflict("the seq is right and the hash another", journal.Head{Seq: 3, Hash: stranger.Hash})
	wantConflict("the hash is right and the seq another", journal.Head{Seq: 2, Hash: entries[2].Hash})
	wantEntries(t, s, 0, entries)
	if err := s.Append(t.Context(), entries[2].Head(), entries[2]); err == nil {
		t.Error("an entry was appended twice")
	}
	Chain(t, s, 1) // and the store still works
}

func testNotFollowing(t *testing.T, s journal.Store) {
	head := Chain(t, s, 2)[1].Head()
	good := journal.Seal(head, Time, "good", "", "", []byte("x"))
	for why, spoil := range map[string]func(e *journal.Entry){
		"a gap":           func(e *journal.Entry) { e.Seq++ },
		"another before":  func(e *journal.Entry) { e.Prev[0]++ },
		"a changed hash":  func(e *journal.Entry) { e.Hash[31]++ },
		"a changed body":  func(e *journal.Entry) { e.Body = []byte("y") },
		"a changed time":  func(e *journal.Entry) { e.Time = e.Time.Add(time.Microsecond) },
		"a changed actor": func(e *journal.Entry) { e.Actor = "bob" },
	} {
		e := good
		spoil(&e)
		var broken *journal.BrokenError
		if err := s.Append(t.Context(), head, e); !errors.As(err, &broken) || broken.Seq != good.Seq {
			t.Errorf("%s: Append = %v, want a BrokenError at %d", why, err, good.Seq)
		}
	}
	mustAppend(t, s, head, good)
}

func testRace(t *testing.T, s journal.Store) {
	const writers, each = 3, 20
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			var head journal.Head
			for n := 0; n < each; {
				e := journal.Seal(head, Time, "race", fmt.Sprint(w), "", fmt.Appendf(nil, "%d", n))
				err := s.Append(t.Context(), head, e)
				switch {
				case err == nil:
					head = e.Head()
					n++
				case errors.Is(err, journal.ErrConflict):
					for e := range s.Read(t.Context(), head.Seq) {
						head = e.Head()
					}
				default:
					t.Errorf("writer %d: %v", w, err)
					return
				}
			}
		})
	}
	wg.Wait()
	wrote := map[string]int{}
	for _, e := range All(t, s, 0) {
		if want := fmt.Sprint(wrote[e.Actor]); string(e.Body) != want {
			t.Errorf("entry %d: writer %s's %s, want its %s", e.Seq, e.Actor, e.Body, want)
		}
		wrote[e.Actor]++
	}
	if diff := cmp.Diff(map[string]int{"0": each, "1": each, "2": each}, wrote); diff != "" {
		t.Errorf("entries by writer (-want +got):\n%s", diff)
	}
	if r, err := journal.Verify(t.Context(), s); err != nil || r.Broken != nil {
		t.Errorf("Verify = %+v, %v", r, err)
	}
}

func testContext(t *testing.T, s journal.Store) {
	entries := Chain(t, s, 3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	head := entries[2].Head()
	if err := s.Append(ctx, head, journal.Seal(head, Time, "k", "", "", []byte("x"))); !errors.Is(err, context.Canceled) {
		t.Errorf("Append = %v, want context.Canceled", err)
	}
	n, last := 0, error(nil)
	for _, err := range s.Read(ctx, 0) {
		n, last = n+1, err
	}
	if n != 1 || !errors.Is(last, context.Canceled) {
		t.Errorf("Read yielded %d times, last error %v; want once, context.Canceled", n, last)
	}
	wantEntries(t, s, 0, entries)
	Chain(t, s, 1)
}

func testStop(t *testing.T, s journal.Store) {
	entries := Chain(t, s, 3)
	for range 20 { // more often than a store has connections
		for e := range s.Read(t.Context(), 0) {
			if e.Seq == 2 {
				break
			}
		}
	}
	wantEntries(t, s, 0, entries)
	Chain(t, s, 1)
}

func testAppendInRead(t *testing.T, s journal.Store) {
	head := Chain(t, s, 3)[2].Head()
	seen := uint64(0)
	for e, err := range s.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if seen++; e.Seq != seen {
			t.Fatalf("entry %d came as number %d", e.Seq, seen)
		}
		if e.Seq > 3 {
			break // a store may, but need not, show what came since
		}
		next := journal.Seal(head, Time, "inside", "", "", []byte("x"))
		mustAppend(t, s, head, next)
		head = next.Head()
	}
	if n := len(All(t, s, 0)); n != 6 || seen < 3 {
		t.Errorf("%d entries, %d of them seen while appending; want 6 and at least 3", n, seen)
	}
}

func testConcurrent(t *testing.T, s journal.Store) {
	Chain(t, s, 5)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				if r, err := journal.Verify(t.Context(), s); err != nil || r.Broken != nil || r.Entries < 5 {
					t.Errorf("Verify = %+v, %v", r, err)
				}
			}
		})
	}
	Chain(t, s, 20)
	wg.Wait()
	if n := len(All(t, s, 0)); n != 25 {
		t.Errorf("%d entries, want 25", n)
	}
}
