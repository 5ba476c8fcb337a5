package broadcast

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"twokey/actions/step"
	"twokey/internal/journal"
)

func (d *desk) tell(request uint64, matter string) uint64 {
	return d.decided(request, step.Telling{Do: step.NoticeTell, Template: "service_update", Matter: matter, List: d.means.List, Texts: map[string]string{"en": "x"}})
}

// does has a decision made and gives why it was refused; empty when it was not.
func (d *desk) does(decide func() (journal.Draft, error)) Reason {
	d.t.Helper()
	draft, err := decide()
	var no *Refusal
	if errors.As(err, &no) {
		return no.Reason
	}
	if err != nil || draft.Kind == "" {
		d.t.Fatalf("%v %v", draft, err)
	}
	d.append(draft.Kind, draft.Body)
	return ""
}

// TestStoppingIsAnybodys: pausing and cancelling take one person; letting go on what another one paused takes two.
func TestStoppingIsAnybodys(t *testing.T) {
	d := openDesk(t)
	id := d.tell(7, "")
	steps := []struct {
		what string
		do   func() (journal.Draft, error)
		want Reason
		is   Status
	}{
		{"resume what runs", func() (journal.Draft, error) { return d.state.Resume(id, "ann") }, NotPaused, Running},
		{"pause", func() (journal.Draft, error) { return d.state.Pause(id, "bob") }, "", PausedNow},
		{"pause again", func() (journal.Draft, error) { return d.state.Pause(id, "ann") }, AlreadyPaused, PausedNow},
		{"resume another's pause", func() (journal.Draft, error) { return d.state.Resume(id, "ann") }, NotYourPause, PausedNow},
		{"resume one's own", func() (journal.Draft, error) { return d.state.Resume(id, "bob") }, "", Running},
		{"pause once more", func() (journal.Draft, error) { return d.state.Pause(id, "bob") }, "", PausedNow},
		{"cancel", func() (journal.Draft, error) { return d.state.Cancel(id, "cid") }, "", Gone},
		{"cancel again", func() (journal.Draft, error) { return d.state.Cancel(id, "cid") }, AlreadyOver, Gone},
		{"resume what is over", func() (journal.Draft, error) { return d.state.Resume(id, "bob") }, AlreadyOver, Gone},
		{"none such", func() (journal.Draft, error) { return d.state.Pause(4711, "bob") }, NoSuchBroadcast, Gone},
	}
	for _, s := range steps {
		d.restart()
		got := d.does(s.do)
		b, _ := d.state.Get(id)
		if got != s.want || b.Status != s.is {
			t.Errorf("%s: refused %q, want %q; it is %s, want %s", s.what, got, s.want, b.Status, s.is)
		}
	}
}

// TestTwoPeopleLetItGoOn: the entry of a run's step resumes what somebody else paused.
func TestTwoPeopleLetItGoOn(t *testing.T) {
	d := openDesk(t)
	id := d.tell(7, "")
	d.does(func() (journal.Draft, error) { return d.state.Pause(id, "bob") })
	d.decided(9, step.Telling{Do: step.NoticeResume, Of: id})
	if b, _ := d.state.Get(id); b.Status != Running {
		t.Errorf("it is %s", b.Status)
	}
}

// TestWhatFailedIsNotDecided: a step that ended badly tells nobody anything.
func TestWhatFailedIsNotDecided(t *testing.T) {
	d := openDesk(t)
	d.append(kindStepDone, map[string]any{"request": 7, "error": "no", "data": map[string]any{"notice": step.Telling{Do: step.NoticeTell}}})
	d.append(kindStepDone, map[string]any{"request": 7, "step": 1})
	if len(d.state.All()) != 0 {
		t.Errorf("%d broadcasts", len(d.state.All()))
	}
}

// TestOneAfterAnother: the oldest that is running is delivered; what is paused keeps nobody back, and what was cancelled is
// counted.
func TestOneAfterAnother(t *testing.T) {
	d := openDesk(t)
	first, second := d.tell(7, "a"), d.tell(8, "b")
	next := func() uint64 {
		d.restart()
		if b := d.state.Next(); b != nil {
			return b.ID
		}
		return 0
	}
	got := []uint64{next()}
	d.does(func() (journal.Draft, error) { return d.state.Pause(first, "ann") })
	got = append(got, next())
	d.append(KindEnded, Ended{Broadcast: second})
	got = append(got, next())
	d.does(func() (journal.Draft, error) { return d.state.Cancel(first, "ann") })
	got = append(got, next())
	d.append(KindEnded, Ended{Broadcast: first})
	got = append(got, next())
	if diff := cmp.Diff([]uint64{first, second, 0, first, 0}, got); diff != "" {
		t.Error(diff)
	}
	if b, _ := d.state.Get(first); b.Status != Gone {
		t.Errorf("counting made it %s", b.Status)
	}
}

// TestWhatHaltedGoesOn: only what stopped by itself goes on by itself.
func TestWhatHaltedGoesOn(t *testing.T) {
	d := openDesk(t)
	id := d.tell(7, "")
	halt := d.state.Halt(id, "the token was revoked", true)
	d.append(halt.Kind, halt.Body)
	if d.state.Halted().ID != id {
		t.Error("it is not known as halted")
	}
	if got := d.does(func() (journal.Draft, error) { return d.state.Resume(id, "cid") }); got != "" {
		t.Errorf("nobody paused it, and it is refused: %s", got)
	}
	d.does(func() (journal.Draft, error) { return d.state.Pause(id, "bob") })
	if d.state.Unhalt(id).Kind != "" || d.state.Halted().ID != 0 {
		t.Error("what a person paused goes on by itself")
	}
}

// TestCopiesThatAreNeeded: a copy of the users stays as long as something refers to it.
func TestCopiesThatAreNeeded(t *testing.T) {
	d := openDesk(t)
	id := d.decided(7, step.Telling{Do: step.NoticeTell, List: &step.UserList{ID: "part", Of: "whole"}})
	if diff := cmp.Diff([]string{"part", "whole", "part", "whole"}, d.state.Needed()); diff != "" {
		t.Error(diff)
	}
	d.append(KindEnded, Ended{Broadcast: id})
	if diff := cmp.Diff([]string{"part", "whole"}, d.state.Needed()); diff != "" { // the last that people agreed to
		t.Error(diff)
	}
}
