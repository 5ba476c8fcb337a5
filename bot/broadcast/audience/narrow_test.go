package audience

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const deposits = users + `CREATE TABLE deposits AS SELECT * FROM (VALUES (1), (1), (2), (4), (5)) d (user_id)`

// withDeposits gives somebody twice, somebody without an id, and somebody who is banned and not in the audience.
const withDeposits = "SELECT u.telegram_id FROM users u JOIN deposits d ON d.user_id = u.id"

func TestNarrow(t *testing.T) {
	w := makeWorld(t, deposits)
	base := w.take(t, "SELECT telegram_id, language FROM users WHERE NOT is_banned")
	c, err := w.shelf.Narrow(t.Context(), base, "with_deposits", w.source(withDeposits))
	if err != nil {
		t.Fatal(err)
	}
	want := Copy{ID: c.ID, At: base.At, Users: 2, Languages: map[string]int{"en": 1, "ru": 1}, Nulls: 1, Query: digest(withDeposits), Of: base.ID, Segment: "with_deposits"}
	wantDiff(t, "copy", want, c)
	wantDiff(t, "people", map[int64]string{4711001: "en", 4711002: "ru"}, people(t, w.shelf, c))
	wantDiff(t, "list", []Copy{c, base}, openShelf(t, w.shelf.dir).List())
	if latest, _ := w.shelf.Latest(); latest.ID != base.ID {
		t.Error("a narrowed copy is taken for the latest of everybody")
	}
	again, err := w.shelf.Narrow(t.Context(), c, "russians", w.source("SELECT telegram_id, language FROM users WHERE language = 'ru'"))
	if err != nil {
		t.Fatal(err)
	}
	wantDiff(t, "people, narrowed again", map[int64]string{4711002: "ru"}, people(t, w.shelf, again))
}

func TestNarrowRefuses(t *testing.T) {
	w := makeWorld(t, deposits)
	base := w.take(t, "SELECT telegram_id, language FROM users WHERE NOT is_banned")
	gone := base
	gone.ID = "20200101T000000.000000Z-00000000"
	for _, row := range []struct {
		say            string
		base           Copy
		query          string
		sentence, hint string
	}{
		{"nobody of the base", base, "SELECT telegram_id FROM users WHERE is_banned", "nobody of the audience is in with_deposits", "nobody would be told"},
		{"a query that writes", base, "DELETE FROM users RETURNING telegram_id", "would change something", "keep one SELECT"},
		{"a base that is gone", gone, withDeposits, "the copy " + gone.ID + " of the audience is no longer there", "take a new one"},
		{"a base that never was", Copy{}, withDeposits, "is no longer there", "take a new one"},
		{"a base outside of the folder", Copy{ID: "../x"}, withDeposits, "is no longer there", "take a new one"},
	} {
		_, err := w.shelf.Narrow(t.Context(), row.base, "with_deposits", w.source(row.query))
		e := says(t, err, false, row.sentence, row.hint)
		if row.base.ID == base.ID && row.say[0] == 'n' != errors.Is(e, ErrNobody) {
			t.Errorf("%s: ErrNobody is not told from others: %v", row.say, err)
		}
		wantDiff(t, "list", []Copy{base}, w.shelf.List())
	}
	if err := os.Remove(w.shelf.Path(base)); err != nil {
		t.Fatal(err)
	}
	_, err := w.shelf.Narrow(t.Context(), base, "with_deposits", w.source(withDeposits))
	if says(t, err, false, "is no longer there", "take a new one"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the cause is not fs.ErrNotExist: %v", err)
	}
}

func ids(list ...int64) iter.Seq2[int64, error] {
	return func(yield func(int64, error) bool) {
		for _, id := range list {
			if !yield(id, nil) {
				return
			}
		}
	}
}

func TestOf(t *testing.T) {
	w := makeWorld(t, users)
	base := w.take(t, "SELECT telegram_id, language FROM users WHERE NOT is_banned")
	c, err := w.shelf.Of(t.Context(), base, "affected_by=r7", ids(4711003, 4711001, 4711001, 4711005, 12))
	if err != nil {
		t.Fatal(err)
	}
	wantDiff(t, "copy", Copy{ID: c.ID, At: base.At, Users: 2, Languages: map[string]int{"en": 1, "": 1}, Of: base.ID, Segment: "affected_by=r7"}, c)
	wantDiff(t, "people", map[int64]string{4711001: "en", 4711003: ""}, people(t, w.shelf, c))
	_, err = w.shelf.Of(t.Context(), base, "affected_by=r8", ids())
	says(t, err, false, "nobody of the audience is in affected_by=r8", "nobody would be told")
	_, err = w.shelf.Of(t.Context(), base, "affected_by=r9", ids(4711001, -5))
	says(t, err, false, "not above zero", "")
	broken := errors.New("the list broke")
	_, err = w.shelf.Of(t.Context(), base, "affected_by=r9", func(yield func(int64, error) bool) { _ = yield(4711001, nil) && yield(0, broken) })
	if says(t, err, false, "could not be read to its end", "ask again"); !errors.Is(err, broken) {
		t.Errorf("the list's own error is lost: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = w.shelf.Of(ctx, base, "affected_by=r9", ids(4711001))
	says(t, err, false, "it was cancelled", "ask again")
	wantDiff(t, "list", []Copy{c, base}, w.shelf.List())
}

// TestCopiesAreWhatSetsAre: whatever comes, in whatever order, copies and comparisons are as if they were made in memory.
func TestCopiesAreWhatSetsAre(t *testing.T) {
	s := openShelf(t, t.TempDir()+"/audience")
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (Copy, map[int64]string) {
			all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) person {
				return person{rapid.Int64Range(1, 40).Draw(t, "id"), rapid.SampledFrom([]string{"", "en", "ru"}).Draw(t, "lang")}
			}), 1, 60).Draw(t, name)
			want := map[int64]string{}
			for _, p := range all {
				if old, ok := want[p.id]; !ok || old == "" || p.lang != "" && p.lang < old {
					want[p.id] = p.lang
				}
			}
			c, err := s.write(context.Background(), Copy{}, "", nil, func(w *writer) (int, error) {
				for _, p := range all {
					if err := w.add(p); err != nil {
						return 0, err
					}
					if rapid.Bool().Draw(t, "a batch ends") {
						if err := w.flush(); err != nil {
							return 0, err
						}
					}
				}
				return 0, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return c, want
		}
		a, inA := draw("before")
		b, inB := draw("after")
		want := Change{}
		for id := range inB {
			if _, ok := inA[id]; ok {
				want.Both++
			} else {
				want.Added++
			}
		}
		want.Gone = len(inA) - want.Both
		got, err := s.Compare(context.Background(), a, b)
		if err != nil || got != want {
			t.Errorf("Compare = %+v, %v; want %+v", got, err, want)
		}
		if len(inA) != a.Users {
			t.Errorf("%d users, want %d", a.Users, len(inA))
		}
		if diff := cmp.Diff(inA, mustPeople(s, a)); diff != "" {
			t.Errorf("people (-want +got):\n%s", diff)
		}
		if err := s.Keep(); err != nil {
			t.Fatal(err)
		}
	})
}

func mustPeople(s *Shelf, c Copy) map[int64]string {
	all, err := readPeople(s.Path(c))
	if err != nil {
		panic(fmt.Sprint(err))
	}
	return all
}
