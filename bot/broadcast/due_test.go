package broadcast

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/actions/step"
	"twokey/internal/journal"
)

// desk is a journal with the fold over it, a clock, and a world that tests change.
type desk struct {
	t     *testing.T
	store journal.Store
	log   *journal.Log
	state *State
	now   time.Time
	world World
	means Means
}

var began = time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)

func openDesk(t *testing.T) *desk {
	d := &desk{t: t, store: journal.NewMemory(), now: began}
	d.means = Means{PerDay: 4, Query: "q", List: &step.UserList{ID: "list-1", Users: 100},
		Source: func(name string) (string, bool) { return "source of " + name, name != "gone" },
		Ties:   []step.Tie{down, overdue, locked, green}}
	d.means.Compose = func(name string, event map[string]string, now time.Time) (step.Telling, error) {
		if name == "broken" {
			return step.Telling{}, errors.New("the variable impact is missing")
		}
		return step.Telling{Do: step.NoticeTell, Template: name, Source: "source of " + name, Values: fmt.Sprint(event),
			Texts: map[string]string{"en": name}, Closes: strings.HasSuffix(name, "finished"), Until: now.Add(30 * time.Minute)}, nil
	}
	d.means.Render = func(name, values string) (step.Telling, error) {
		told, err := d.means.Compose(name, nil, d.now)
		told.Values = values
		return told, err
	}
	d.restart()
	return d
}

var (
	down    = step.Tie{When: DownLongerThan, Longer: time.Minute, Send: "maintenance.starting"}
	overdue = step.Tie{When: Overdue, Send: "maintenance.extended"}
	locked  = step.Tie{When: Lockdown, Send: "maintenance.starting"}
	green   = step.Tie{When: ChecksGreen, Send: "maintenance.finished"}
)

// restart opens the journal anew: all that is known is what it says.
func (d *desk) restart() {
	d.t.Helper()
	d.state = NewState()
	var err error
	if d.log, err = journal.Open(d.t.Context(), d.store, func() time.Time { return d.now }, d.state); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) append(kind string, body any) uint64 {
	d.t.Helper()
	e, err := d.log.Update(d.t.Context(), "", func(journal.Now) (journal.Draft, error) {
		return journal.Draft{Kind: kind, Actor: "ann", Body: body}, nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return e.Seq
}

// decided is the end of a run's step about notices.
func (d *desk) decided(request uint64, told step.Telling) uint64 {
	return d.append(kindStepDone, map[string]any{"request": request, "data": map[string]any{"notice": told}})
}

func (d *desk) agree(tie step.Tie) uint64 {
	return d.decided(900, step.Telling{Do: step.NoticeStanding, Tie: &tie, Source: "source of " + tie.Send, Values: "q", Limit: 4, Lapse: d.now.Add(lapses)})
}

// due has everything decided that is due, a restart between any two decisions, and gives what that was.
func (d *desk) due() []string {
	d.t.Helper()
	var all []string
	for range 20 {
		d.restart()
		e, err := d.log.Update(d.t.Context(), "", func(now journal.Now) (journal.Draft, error) { return d.state.Due(now, d.world, d.means), nil })
		if err != nil {
			d.t.Fatal(err)
		}
		if e.Seq == 0 {
			return all
		}
		all = append(all, d.said(e))
	}
	d.t.Fatal("it never ends")
	return nil
}

func (d *desk) said(e journal.Entry) string {
	if b, ok := d.state.Get(e.Seq); ok {
		return b.Telling.Template + " about " + b.Telling.Matter
	}
	h, ok := d.state.Untold(e.Seq)
	if !ok {
		d.t.Fatalf("entry %d is neither", e.Seq)
	}
	return h.Template + " held: " + h.Cause
}

func (d *desk) wants(want ...string) {
	d.t.Helper()
	if diff := cmp.Diff(want, d.due()); diff != "" {
		d.t.Errorf("%s (-want +got):\n%s", d.now.Format("15:04"), diff)
	}
}

func (d *desk) pass(by time.Duration) { d.now = d.now.Add(by) }

func (d *desk) goesDown(run uint64) { d.world.Down = &Moment{At: d.now, Run: run} }

func (d *desk) comesUp(run uint64, isGreen bool) {
	d.world.Down, d.world.Looked, d.world.Green = nil, &Moment{At: d.now, Run: run}, isGreen
}

func TestNothingGoesOutThatNobodyAgreedTo(t *testing.T) {
	d := openDesk(t)
	d.goesDown(7)
	d.world.Locked = &Moment{At: d.now, Run: 7}
	d.pass(time.Hour)
	d.wants()
}

func TestATieGoesOutOnce(t *testing.T) {
	d := openDesk(t)
	d.agree(down)
	d.agree(green)
	d.goesDown(7)
	d.pass(59 * time.Second)
	d.wants()
	d.pass(time.Second)
	d.wants("maintenance.starting about run 7")
	d.pass(10 * time.Minute)
	d.wants()
	d.comesUp(8, true)
	d.pass(time.Second)
	d.wants("maintenance.finished about run 7")
	d.pass(24 * time.Hour)
	d.wants()
	// Another time is another matter.
	d.goesDown(20)
	d.pass(time.Minute)
	d.wants("maintenance.starting about run 20")
}

// TestALookFromBeforeCountsForNothing: what was green before the users were told says nothing about the service now.
func TestALookFromBeforeCountsForNothing(t *testing.T) {
	d := openDesk(t)
	d.agree(down)
	d.agree(green)
	d.comesUp(5, true)
	d.goesDown(7)
	d.pass(time.Minute)
	d.wants("maintenance.starting about run 7")
	d.world.Down = nil
	d.pass(time.Minute)
	d.wants()
}

func TestTheChatIsAskedWhileChecksAreRed(t *testing.T) {
	d := openDesk(t)
	d.agree(down)
	d.agree(green)
	d.goesDown(7)
	d.pass(time.Minute)
	d.wants("maintenance.starting about run 7")
	d.comesUp(8, false)
	var asked []string
	for range 60 { // an hour
		d.pass(time.Minute)
		for _, what := range d.due() {
			asked = append(asked, d.now.Sub(began).String()+" "+what)
		}
	}
	want := []string{"16m0s maintenance.finished held: red", "31m0s maintenance.finished held: red", "46m0s maintenance.finished held: red", "1h1m0s maintenance.finished held: red"}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Error(diff)
	}
	d.comesUp(9, true)
	d.wants("maintenance.finished about run 7")
}

func TestAStandingApprovalEnds(t *testing.T) {
	cases := map[string]struct {
		change func(d *desk)
		want   string
	}{
		"it lapses":            {func(d *desk) { d.pass(lapses) }, HeldLapsed},
		"the text changes":     {func(d *desk) { d.means.Source = func(string) (string, bool) { return "another", true } }, HeldChanged},
		"the template is gone": {func(d *desk) { d.means.Source = func(string) (string, bool) { return "", false } }, HeldChanged},
		"the audience changes": {func(d *desk) { d.means.Query = "all of them" }, HeldChanged},
		"the limit changes":    {func(d *desk) { d.means.PerDay = 5 }, HeldChanged},
		"it is revoked": {func(d *desk) {
			d.decided(901, step.Telling{Do: step.NoticeRevoke, Tie: &down})
		}, ""},
		"it cannot be made": {func(d *desk) {
			tie := step.Tie{When: DownLongerThan, Longer: time.Minute, Send: "broken"}
			d.means.Ties = []step.Tie{tie}
			d.agree(tie)
		}, HeldCannot},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t)
			d.means.Ties = []step.Tie{down}
			d.agree(down)
			c.change(d)
			d.goesDown(7)
			d.pass(time.Minute)
			var want []string
			if c.want != "" {
				want = []string{d.means.Ties[0].Send + " held: " + c.want}
			}
			d.wants(want...)
			d.pass(time.Hour)
			d.wants() // said once
		})
	}
}

func TestSoManyADay(t *testing.T) {
	d := openDesk(t)
	d.means.Ties = []step.Tie{down}
	d.agree(down)
	for run := range uint64(4) {
		d.goesDown(10 + run)
		d.pass(time.Minute)
		d.wants(fmt.Sprintf("maintenance.starting about run %d", 10+run))
	}
	d.goesDown(20)
	d.pass(time.Minute)
	d.wants("maintenance.starting held: limit")
	d.goesDown(21)
	d.pass(day)
	d.wants("maintenance.starting about run 21")
}

func TestAPromiseThatIsNotKept(t *testing.T) {
	d := openDesk(t)
	d.agree(down)
	d.agree(overdue)
	d.goesDown(7)
	d.pass(time.Minute)
	d.wants("maintenance.starting about run 7")
	d.pass(30 * time.Minute)
	d.wants()
	d.pass(time.Second)
	d.wants("maintenance.extended about run 7")
	d.pass(29 * time.Minute)
	d.wants()
	d.pass(2 * time.Minute)
	d.wants("maintenance.extended about run 7") // the next promise, broken too
	d.comesUp(8, true)
	d.pass(2 * time.Hour)
	d.wants()
}

// tonight is a maintenance that one approval covers whole.
func (d *desk) tonight(at time.Time) uint64 {
	return d.decided(30, step.Telling{Do: step.NoticeTell, Template: "maintenance.scheduled", Source: "source of maintenance.scheduled", Matter: "tonight",
		List: d.means.List, Follow: []step.FollowNotice{
			{Template: "maintenance.reminder", Source: "source of maintenance.reminder", At: at.Add(-time.Hour)},
			{Template: "maintenance.starting", Source: "source of maintenance.starting", At: at, Values: "for=1h"},
			{Template: "maintenance.finished", Source: "source of maintenance.finished", When: ChecksGreen}}})
}

func TestOneApprovalCoversTheNight(t *testing.T) {
	d := openDesk(t)
	d.comesUp(1, true)
	d.tonight(began.Add(5 * time.Hour))
	var all []string
	for range 8 * 60 {
		d.pass(time.Minute)
		if d.now.Equal(began.Add(5*time.Hour + 20*time.Minute)) {
			d.comesUp(40, true)
		}
		for _, what := range d.due() {
			all = append(all, d.now.Sub(began).String()+" "+what)
		}
	}
	want := []string{"4h0m0s maintenance.reminder about tonight", "5h0m0s maintenance.starting about tonight", "5h15m0s maintenance.finished held: red",
		"5h20m0s maintenance.finished about tonight"}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsLateOrChangedDoesNotFollow(t *testing.T) {
	for name, c := range map[string]struct {
		change func(d *desk)
		want   []string
	}{
		"we were away": {func(d *desk) { d.pass(7 * time.Hour) }, []string{"maintenance.reminder held: late", "maintenance.starting held: late"}},
		"the text is another": {func(d *desk) {
			d.pass(4 * time.Hour)
			d.means.Source = func(string) (string, bool) { return "another", true }
		}, []string{"maintenance.reminder held: changed"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t)
			d.tonight(began.Add(5 * time.Hour))
			c.change(d)
			got := d.due()
			got = slices.DeleteFunc(got, func(s string) bool { return strings.HasSuffix(s, "held: red") })
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCancellingEndsWhatFollows(t *testing.T) {
	d := openDesk(t)
	id := d.tonight(began.Add(5 * time.Hour))
	d.append(KindEnded, Ended{Broadcast: id, Counts: Counts{Total: 100, Sent: 100}})
	draft, err := d.state.Cancel(id, "bob") // the announcement is out, and what it announces is still to come
	if err != nil {
		t.Fatal(err)
	}
	d.append(draft.Kind, draft.Body)
	d.pass(12 * time.Hour)
	d.wants()
}

// TestTheEndEndsTheRest: nobody is told that it begins after it is over.
func TestTheEndEndsTheRest(t *testing.T) {
	d := openDesk(t)
	first := d.tonight(began.Add(5 * time.Hour))
	d.decided(31, step.Telling{Do: step.NoticeTell, Template: "maintenance.cancelled", Matter: "tonight", Closes: true})
	if b, _ := d.state.Get(first); b.Status != Gone {
		t.Errorf("the first is %s", b.Status)
	}
	if next := d.state.Next(); next == nil || next.ID != first {
		t.Error("what was under way is not counted first")
	}
	d.pass(12 * time.Hour)
	d.wants()
	if diff := cmp.Diff([]uint64{first}, d.state.Earlier("tonight")); diff != "" {
		t.Error(diff)
	}
}
