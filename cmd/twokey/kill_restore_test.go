package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"twokey/actions"
	"twokey/internal/journal"
)

// TestKillAtEveryEntryOfARestore kills the real program with SIGKILL at each entry of a restore of 20 MB, while the service writes,
// and starts it again. One database has the service's name, it is whole, the service can use it before anybody presses
// anything, nothing still runs, the card says what is there, and each of its buttons does what it says.
func TestKillAtEveryEntryOfARestore(t *testing.T) {
	var points []string
	var sum tally
	var ways wayTally
	t.Run("undisturbed", func(t *testing.T) {
		v := openVault(t, durable.take(t), &sum)
		must(t, v.live())
		v.restore(t)
		must(t, v.tells(v.admin, "succeeded /restore · service up"))
		entries, err := v.entries()
		must(t, err)
		points = killPoints(entries, int(v.newest("restore").ID))
		v.settled(t, isBackup)
	})
	t.Run("entry", func(t *testing.T) {
		for round := range *rounds {
			for i, point := range points {
				if !inStep(point) && (i%2 != round%2 || *rounds == 1 && i%6 != 0) {
					continue // another round has it; a single one has every sixth
				}
				at, _, _ := strings.Cut(point, " ")
				t.Run(fmt.Sprintf("%s, round %d", point, round+1), func(t *testing.T) { killedInRestore(t, []string{at}, &ways, &sum) })
			}
		}
	})
	t.Logf("restore, %d points: killed %d times; resumed, undone, left: %s", len(points), sum.kills.Load(), &ways)
}

// killPoints are the moments before and after each entry from the first on, with the entry's kind.
func killPoints(entries []journal.Entry, first int) (points []string) {
	for _, e := range entries[first-1:] {
		points = append(points, fmt.Sprintf("before:%d %s", e.Seq, e.Kind), fmt.Sprintf("after:%d %s", e.Seq, e.Kind))
	}
	return points
}

// inStep says whether a step has begun by then, and its end is not written: those moments are in every round.
func inStep(point string) bool {
	when, kind, _ := strings.Cut(point, " ")
	return strings.HasPrefix(when, "after") && kind == actions.KindStepStarted || strings.HasPrefix(when, "before") && kind == actions.KindStepDone
}

// TestKillInTheSwitch kills it after each step of the switch that the server has done.
func TestKillInTheSwitch(t *testing.T) {
	var sum tally
	t.Run("step", func(t *testing.T) {
		for round := range *rounds {
			var ways wayTally
			for i := range round {
				ways.next(i)
			}
			for _, step := range []string{"closed copy", "closed live", "empty", "named in", "identity", "committed"} {
				t.Run(fmt.Sprintf("%s, round %d", step, round+1), func(t *testing.T) {
					killedInRestore(t, []string{"TWOKEY_SWITCH=die:" + step}, &ways, &sum)
				})
			}
		}
	})
	t.Logf("killed in the switch %d times", sum.kills.Load())
}

// wayTally hands out the ways to settle, one after the other.
type wayTally struct{ tally }

func (w *wayTally) next(int) actions.Name {
	switch {
	case w.resumed.Load() <= w.left.Load() && w.resumed.Load() <= w.alone.Load():
		w.resumed.Add(1)
		return actions.Resume
	case w.alone.Load() <= w.left.Load():
		w.alone.Add(1)
		return actions.Undo
	}
	w.left.Add(1)
	return actions.Leave
}

func (w *wayTally) String() string {
	return fmt.Sprint(w.resumed.Load(), " ", w.alone.Load(), " ", w.left.Load())
}

func killedInRestore(t *testing.T, crashes []string, ways *wayTally, sum *tally) {
	t.Parallel()
	v := openVault(t, durable.take(t), sum)
	v.crashes = crashes
	must(t, v.live())
	v.restore(t)
	must(t, v.whatever(func() error {
		return v.wait("it does not end", func() bool { return v.ended("restore") })
	}))
	r := v.newest("restore")
	v.plausible(t, r)
	is := v.unhurt(t)
	switch r.Status {
	case actions.Succeeded:
		v.sum.alone.Add(1)
		is = isBackup
	case actions.Interrupted:
		v.tellsTruth(t, r, is)
		is = v.way(t, r, ways.next(0), is)
	default:
		is = isOld
	}
	must(t, v.disarm())
	v.settled(t, is)
}

// plausible says whether a run may have ended so: well when no step was under way that changes anything, interrupted when one
// was, and void when that only prepared it.
func (v *vault) plausible(t *testing.T, r *actions.Request) {
	t.Helper()
	ahead := r.Status == actions.Void && r.Voided != nil && r.Voided.Cause == actions.VoidAhead
	if v.unknown != (r.Status == actions.Interrupted || ahead) || !v.unknown && r.Status != actions.Succeeded {
		t.Errorf("killed in a step: %v; it is %s (%s, %+v)", v.unknown, r.Status, r.Why, r.Voided)
	}
	for _, word := range []string{"stop", "start"} {
		if v.shop.count(word) > 1 {
			t.Errorf("a step ran twice by itself: %v", v.shop.ran())
		}
	}
}

func (v *vault) ended(action string) bool {
	return slices.ContainsFunc([]string{"succeeded", "interrupted", "void", "failed", "refused"}, func(s string) bool { return v.shows(v.admin, s+" /"+action) })
}

// restore has ann ask and bob agree.
func (v *vault) restore(t *testing.T, more ...string) {
	t.Helper()
	v.says("ann", append([]string{"/restore", "latest"}, more...))
	must(t, v.agree("restore", "Approve restore"))
}

// agree has bob press until the newest request of an action is decided: it may take two taps, and a life that was killed has
// forgotten the first.
func (v *vault) agree(name actions.Name, label string) error {
	decided := func() bool {
		r := v.newest(name)
		return r != nil && r.Status != actions.Planning && r.Status != actions.Pending
	}
	for range 20 {
		var at tap
		err := v.whatever(func() error {
			return v.wait("nobody can agree to "+string(name), func() bool {
				at = v.find(v.admin, label)
				return at.message != 0 || decided()
			})
		})
		if err != nil || decided() {
			return err
		}
		v.presses("bob", at)
		press := v.taps["bob"][len(v.taps["bob"])-1]
		err = v.wait("the press is not answered", func() bool { _, ok := v.tg.AnswerTo(press); return ok })
		if errors.Is(err, errDied) {
			err = v.reborn()
		}
		if err != nil {
			return err
		}
	}
	return errors.New("bob has agreed to " + string(name) + " twenty times")
}

// way settles an interrupted run in one way, and gives what the service's rows must then be.
func (v *vault) way(t *testing.T, r *actions.Request, way actions.Name, is string) string {
	t.Helper()
	label := map[actions.Name]string{actions.Resume: "Resume", actions.Undo: "Undo", actions.Leave: "Leave"}[way]
	must(t, v.approve(label, "ann", func() error { return nil }))
	must(t, v.agree(way, "Approve "+string(way)))
	must(t, v.whatever(func() error {
		return v.wait("it is not settled", func() bool {
			return v.shows(v.admin, "succeeded /"+string(way)) || v.shows(v.admin, "failed /"+string(way))
		})
	}))
	if s := v.newest(way); s.Status != actions.Succeeded {
		t.Fatalf("%s is %s: %s\n%s", way, s.Status, s.Why, v.show(v.admin))
	}
	switch way {
	case actions.Resume:
		is = isBackup
	case actions.Undo:
		is = isOld
	default:
		v.says("ann", []string{"/start"})
		must(t, v.agree("start", "Approve start"))
		must(t, v.whatever(func() error { return v.tells(v.admin, "succeeded /start") }))
	}
	must(t, until("the service is up again", v.shop.up))
	return is
}
