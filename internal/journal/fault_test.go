package journal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"twokey/internal/journal"
	"twokey/internal/journal/journaltest"
)

// Every row makes update "a" with faults, then update "b" without (but with
// what still hangs), then, after everything was released, update "c".
func TestUpdateWhenTheStoreFails(t *testing.T) {
	const (
		pass, fail, failAfter = journaltest.Pass, journaltest.Fail, journaltest.FailAfter
		slow, slowAfter       = journaltest.Slow, journaltest.SlowAfter
		hang, hangAfter       = journaltest.Hang, journaltest.HangAfter
		hangFail, conflict    = journaltest.HangFail, journaltest.Conflict
		landLater             = journaltest.LandLater
	)
	type faults = []journaltest.Fault
	unavailable, closed := journal.ErrUnavailable, journal.ErrClosed
	for _, row := range []struct {
		why            string
		appends, reads faults
		a, b, c        error
		want           string // the journal in the end
	}{
		{"no fault", nil, nil, nil, nil, nil, "a b c"},
		{"a failed append is refused, and the next works", faults{fail}, nil, unavailable, nil, nil, "b c"},
		{"an error although it landed is success", faults{failAfter}, nil, nil, nil, nil, "a b c"},
		{"too slow is refused", faults{slow}, nil, unavailable, nil, nil, "b c"},
		{"too slow but landed is success", faults{slowAfter}, nil, nil, nil, nil, "a b c"},
		{"hangs, having landed: success, and the next need not wait", faults{hangAfter}, nil, nil, nil, nil, "a b c"},
		{"hangs and then lands late: nothing else is written before that is known", faults{hang}, nil, unavailable, unavailable, nil, "a c"},
		{"hangs and then fails", faults{hangFail}, nil, unavailable, unavailable, nil, "c"},
		{"a conflict closes the log", faults{conflict}, nil, closed, closed, closed, ""},
		{"landed, but nobody can ask: found before the next decision", faults{failAfter}, faults{fail}, unavailable, nil, nil, "a b c"},
		{"failed, and nobody can ask: asked before the next decision", faults{fail}, faults{fail}, unavailable, nil, nil, "b c"},
		{"and as long as nobody can ask nothing is decided", faults{fail}, faults{fail, fail}, unavailable, unavailable, nil, "c"},
		{"landed, and the read hangs: refused until it answers", faults{failAfter}, faults{journaltest.Hang}, unavailable, unavailable, nil, "a c"},
		{"append and read hang, landed late", faults{hang}, faults{journaltest.Hang}, unavailable, unavailable, nil, "a c"},
		{"append and read hang, landed before", faults{hangAfter}, faults{journaltest.Hang}, unavailable, unavailable, nil, "a c"},
		{"append and read hang, never landed", faults{hangFail}, faults{journaltest.Hang}, unavailable, unavailable, nil, "c"},
		{"a server commits what was given up: the next finds out by conflict, and may be repeated", faults{landLater}, nil, unavailable, unavailable, nil, "a c"},
		{"the same, and nobody can ask at the conflict", faults{landLater}, faults{pass, fail}, unavailable, unavailable, nil, "a c"},
		{"of two given up the first lands and the second cannot any more", faults{landLater, landLater}, nil, unavailable, unavailable, nil, "a c"},
		{"a conflict after a failure, with nothing there, closes the log", faults{fail, conflict}, nil, unavailable, closed, closed, ""},
		{"a failure after success", faults{pass, fail}, nil, nil, unavailable, nil, "a c"},
	} {
		t.Run(row.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, s := journal.NewMemory(), &sum{}
				f := journaltest.NewFaulty(store)
				l := openLog(t, f, time.Now, s)
				f.OnAppend(row.appends...)
				f.OnRead(row.reads...)
				update := func(text string, want error) {
					t.Helper()
					began := time.Now()
					e, err := l.Update(t.Context(), text, draft(text))
					if !errors.Is(err, want) {
						t.Errorf("Update %q = %v, want %v", text, err, want)
					}
					if err == nil && (e.Cause != text || e.Head() != l.Head()) {
						t.Errorf("Update %q returned entry %d, %q", text, e.Seq, e.Cause)
					}
					if took := time.Since(began); took > 3500*time.Millisecond { // fake time
						t.Errorf("Update %q took %v", text, took)
					}
				}
				update("a", row.a)
				update("b", row.b)
				f.Release()
				synctest.Wait()
				update("c", row.c)
				if got := strings.Join(s.texts, " "); got != row.want {
					t.Errorf("the state has %q, want %q", got, row.want)
				}
				if got := texts(t, store); got != row.want {
					t.Errorf("the journal has %q, want %q", got, row.want)
				}
				wantWhole(t, store, uint64(len(s.texts)))
				f.Release()
				synctest.Wait()
			})
		})
	}
}

func texts(t testing.TB, store journal.Store) string {
	var got []string
	for e, err := range store.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		text, _, _ := strings.Cut(strings.TrimPrefix(string(e.Body), `{"text":"`), `"`)
		got = append(got, text)
	}
	return strings.Join(got, " ")
}

func TestWhatLandedLateIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := journaltest.NewFaulty(journal.NewMemory())
		s := &sum{}
		l := openLog(t, f, time.Now, s)
		mustUpdate(t, l, "tg:0", "")
		f.OnAppend(journaltest.Hang)
		if _, err := l.Update(t.Context(), "tg:1", draft("a")); !errors.Is(err, journal.ErrUnavailable) {
			t.Fatalf("Update = %v", err)
		}
		if _, err := l.Update(t.Context(), "tg:0", draft("")); err != journal.ErrSeen {
			t.Errorf("Update = %v, want ErrSeen also while nothing can be written", err)
		}
		f.Release()
		synctest.Wait()
		if _, err := l.Update(t.Context(), "tg:1", draft("a")); err != journal.ErrSeen {
			t.Errorf("Update again = %v, want ErrSeen: it landed late", err)
		}
		wantDiff(t, "state", []string{"", "a"}, s.texts)
	})
}

func TestAnEndedContextDoesNotStopAnAppend(t *testing.T) {
	store := journal.NewMemory()
	l := openLog(t, store, time.Now, &sum{})
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := l.Update(ctx, "", func(now journal.Now) (journal.Draft, error) {
		cancel()
		return draft("a")(now)
	}); err != nil {
		t.Errorf("Update = %v: it was decided", err)
	}
	wantWhole(t, store, 1)
}

func TestSomebodyElseWrites(t *testing.T) {
	for _, row := range []struct {
		why    string
		before []journaltest.Fault
	}{
		{"found by the conflict", nil},
		{"found when it asks after a failure", []journaltest.Fault{journaltest.Fail}},
		{"found when it asks after a hang", []journaltest.Fault{journaltest.HangFail}},
	} {
		t.Run(row.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := journal.NewMemory()
				f := journaltest.NewFaulty(store)
				l := openLog(t, f, time.Now, &sum{})
				head := mustUpdate(t, l, "", "a").Head()
				stranger := journal.Seal(head, time.Now(), "added", "eve", "", []byte(`{"n":1}`)) // as we would
				if err := store.Append(t.Context(), head, stranger); err != nil {
					t.Fatal(err)
				}
				f.OnAppend(row.before...)
				if _, err := l.Update(t.Context(), "", draft("b")); !errors.Is(err, journal.ErrClosed) {
					t.Errorf("Update = %v, want ErrClosed", err)
				}
				if err := l.Wait(t.Context(), head); !errors.Is(err, journal.ErrClosed) {
					t.Errorf("Wait = %v, want ErrClosed", err)
				}
				l.Owe(journal.Draft{Kind: "added", Body: added{}})
				if err := l.Settle(t.Context()); !errors.Is(err, journal.ErrClosed) {
					t.Errorf("Settle = %v, want ErrClosed", err)
				}
				wantWhole(t, store, 2)
				wantDiff(t, "head", head, l.Head())
				f.Release()
			})
		})
	}
}

func TestSomebodyElseWritesAfterWhatLandedLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := journal.NewMemory()
		f := journaltest.NewFaulty(store)
		l := openLog(t, f, time.Now, &sum{})
		f.OnAppend(journaltest.FailAfter)
		f.OnRead(journaltest.Fail)
		if _, err := l.Update(t.Context(), "", draft("a")); !errors.Is(err, journal.ErrUnavailable) {
			t.Errorf("Update = %v, want ErrUnavailable", err)
		}
		journaltest.Chain(t, store, 1)
		if _, err := l.Update(t.Context(), "", draft("b")); !errors.Is(err, journal.ErrClosed) {
			t.Errorf("Update = %v, want ErrClosed", err)
		}
		wantWhole(t, store, 2)
	})
}

func TestAHangThatHasLandedIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := journal.NewMemory()
		f := journaltest.NewFaulty(store)
		l := openLog(t, f, time.Now, &sum{})
		f.OnAppend(journaltest.HangAfter, journaltest.Fail, journaltest.Fail)
		mustUpdate(t, l, "", "a")
		for range 2 { // were the first append still waited for, a failure would now be in doubt
			if _, err := l.Update(t.Context(), "", draft("b")); !errors.Is(err, journaltest.ErrFault) {
				t.Errorf("Update = %v, want the fault itself", err)
			}
		}
		mustUpdate(t, l, "", "c")
		wantWhole(t, store, 2)
		f.Release()
	})
}

func TestWhatIsOwedComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, s := journal.NewMemory(), &sum{}
		f := journaltest.NewFaulty(store)
		l := openLog(t, f, time.Now, s)
		f.OnAppend(journaltest.Hang)
		hung := make(chan error)
		go func() {
			_, err := l.Update(t.Context(), "", draft("stop"))
			hung <- err
		}()
		synctest.Wait()
		body := &added{Text: "stopped 1"}
		l.Owe(journal.Draft{Kind: "added", Body: body}) // while an update hangs: it does not wait
		body.Text = "changed since"
		l.Owe(journal.Draft{Kind: "added", Actor: "bob", Body: added{Text: "stopped 2"}})
		if err := <-hung; !errors.Is(err, journal.ErrUnavailable) {
			t.Errorf("Update = %v", err)
		}
		if err := l.Settle(t.Context()); !errors.Is(err, journal.ErrUnavailable) || l.Owed() != 2 {
			t.Errorf("Settle = %v, %d owed; want ErrUnavailable, 2", err, l.Owed())
		}
		f.Release()
		synctest.Wait()
		f.OnAppend(journaltest.Pass, journaltest.FailAfter, journaltest.Pass)
		f.OnRead(journaltest.Pass, journaltest.Fail) // so the second owed one lands unseen
		if _, err := l.Update(t.Context(), "", draft("x")); !errors.Is(err, journal.ErrUnavailable) || l.Owed() != 1 {
			t.Errorf("Update = %v, %d owed; want ErrUnavailable, 1", err, l.Owed())
		}
		e := mustUpdate(t, l, "", "y")
		wantDiff(t, "state", []string{"stop", "stopped 1", "stopped 2", "y"}, s.texts)
		wantDiff(t, "seq", uint64(4), e.Seq)
		wantDiff(t, "owed", 0, l.Owed())
		wantDiff(t, "actor", "bob", journaltest.All(t, store, 2)[0].Actor)
		if err := l.Settle(t.Context()); err != nil {
			t.Errorf("Settle with nothing owed = %v", err)
		}
	})
}

func TestADraftThatCannotBeKeptStaysOwed(t *testing.T) {
	l := openLog(t, journal.NewMemory(), time.Now, &sum{})
	l.Owe(journal.Draft{Kind: "added", Body: added{Text: "\xff"}})
	for range 2 {
		if _, err := l.Update(t.Context(), "", draft("x")); err == nil || !strings.Contains(err.Error(), "invalid UTF-8") {
			t.Errorf("Update = %v, want the owed draft's error", err)
		}
	}
	wantDiff(t, "owed", 1, l.Owed())
}

// Whatever fails in whatever order: what was acknowledged is there, once, in
// order; what is owed is there in order; the state is the fold of the store;
// and when the store works again, so does the log.
func TestRandomFaults(t *testing.T) {
	faults := rapid.SliceOfN(rapid.SampledFrom([]journaltest.Fault{
		journaltest.Pass, journaltest.Pass, journaltest.Fail, journaltest.FailAfter, journaltest.Slow, journaltest.SlowAfter,
		journaltest.Hang, journaltest.HangAfter, journaltest.HangFail, journaltest.LandLater,
	}), 0, 8)
	readFaults := rapid.SliceOfN(rapid.SampledFrom([]journaltest.Fault{
		journaltest.Pass, journaltest.Pass, journaltest.Fail, journaltest.Hang,
	}), 0, 6)
	steps := rapid.SliceOfN(rapid.SampledFrom([]string{"update", "update", "update", "owe", "release"}), 1, 12)
	rapid.Check(t, func(rt *rapid.T) {
		appends, reads := faults.Draw(rt, "appends"), readFaults.Draw(rt, "reads")
		todo := steps.Draw(rt, "steps")
		var problems []string
		synctest.Test(t, func(t *testing.T) { // rt must not fail inside: it is another goroutine
			inner := journal.NewMemory()
			f := journaltest.NewFaulty(inner)
			st := story{inner: inner, store: f, state: &sum{}}
			st.log = openLog(t, f, time.Now, st.state)
			f.OnAppend(appends...)
			f.OnRead(reads...)
			for i, what := range todo {
				st.step(what, fmt.Sprintf("%s%d", what, i))
			}
			st.recover()
			st.check()
			f.Release()
			problems = st.problems
		})
		if len(problems) > 0 {
			rt.Fatal(strings.Join(problems, "\n"))
		}
	})
}

type story struct {
	inner       *journal.Memory
	store       *journaltest.Faulty
	state       *sum
	log         *journal.Log
	acked, owed []string
	problems    []string
}

func (s *story) fail(format string, args ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

func (s *story) step(what, text string) {
	switch what {
	case "release":
		s.store.Release()
		synctest.Wait()
	case "owe":
		s.log.Owe(journal.Draft{Kind: "added", Body: added{Text: text}})
		s.owed = append(s.owed, text)
	case "update":
		began := time.Now()
		_, err := s.log.Update(context.Background(), text, draft(text))
		if err == nil {
			s.acked = append(s.acked, text)
		} else if !errors.Is(err, journal.ErrUnavailable) {
			s.fail("%s: %v", text, err)
		}
		if took := time.Since(began); err != nil && took > 20*time.Second { // fake: owed ones take their time, too
			s.fail("%s took %v", text, took)
		}
	}
}

// recover goes on until every planned fault is used up.
func (s *story) recover() {
	var err error
	for range 40 {
		s.store.Release()
		synctest.Wait()
		if _, err = s.log.Update(context.Background(), "", draft("end")); err == nil {
			return
		}
	}
	s.fail("the log does not work again: %v", err)
}

func (s *story) check() {
	var updates, owed []string
	fresh := &sum{}
	if _, err := journal.Open(context.Background(), s.inner, time.Now, fresh); err != nil {
		s.fail("Open: %v", err)
	}
	for _, text := range fresh.texts {
		if strings.HasPrefix(text, "update") {
			updates = append(updates, text)
		} else if text != "end" {
			owed = append(owed, text)
		}
	}
	if !slices.Equal(owed, s.owed) {
		s.fail("owed %q, there %q", s.owed, owed)
	}
	last := -1
	for _, text := range s.acked {
		i := slices.Index(updates, text)
		if i <= last {
			s.fail("acknowledged %q, there %q", s.acked, updates)
		}
		last = i
	}
	slices.Sort(updates)
	if len(slices.Compact(slices.Clone(updates))) != len(updates) {
		s.fail("twice: %q", updates)
	}
	if !slices.Equal(fresh.texts, s.state.texts) || !slices.Equal(fresh.seqs, s.state.seqs) {
		s.fail("the state has %q, the journal %q", s.state.texts, fresh.texts)
	}
}
