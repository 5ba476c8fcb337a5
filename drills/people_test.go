package drills

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"twokey/auth"
	"twokey/internal/journal"
)

// TestWhateverPeopleDo: they accept, move, skip, start, end, leave and come back as they like, at any time and with a restart
// before each step; a period has one exercise, an exercise one end, and nobody is told the same thing twice.
func TestWhateverPeopleDo(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := openDesk(t)
		d.world.Plans[0].Schedule = schedule(t, rapid.SampledFrom([]string{"second tue of month 10:00", "first tue of quarter 10:00", "0 10 * * 1"}).Draw(rt, "schedule"), "America/Santiago")
		d.load()
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			d.now = d.now.Add(time.Duration(rapid.IntRange(0, 400).Draw(rt, "hours")) * time.Hour)
			if rapid.Bool().Draw(rt, "tick") {
				d.due()
			}
			d.restart()
			d.anybody(rt)
		}
		d.due()
		d.twice(rt)
	})
}

// anybody has somebody do something, to some exercise that there was.
func (d *desk) anybody(rt *rapid.T) {
	all := d.state.All()
	if len(all) == 0 {
		return
	}
	x := all[len(all)-1-rapid.IntRange(0, min(2, len(all)-1)).Draw(rt, "exercise")]
	who := rapid.SampledFrom([]auth.Name{"ann", "bob", "cid", x.Owner}).Draw(rt, "who")
	agreed := rapid.IntRange(0, 2).Draw(rt, "agreed")
	to := d.now.Add(time.Duration(rapid.IntRange(-100, 1000).Draw(rt, "to")) * time.Hour)
	what := rapid.SampledFrom([]string{"accept", "move", "skip", "start", "end", "leave", "return"}).Draw(rt, "what")
	d.decide(func(now journal.Now) (journal.Draft, error) {
		switch what {
		case "accept":
			return d.state.Accept(now, x.ID, who)
		case "move":
			return d.state.Reschedule(now, x.ID, who, to, "the freeze", agreed)
		case "skip":
			return d.state.Skip(now, x.ID, who, "the move", agreed)
		case "start":
			return d.state.Start(now, x.ID, who, Opening{})
		case "end":
			return d.state.End(x.ID, who, rapid.SampledFrom([]Result{Pass, Fail, Aborted}).Draw(rt, "result"), "as it was")
		case "leave":
			return d.state.Leave(now, who, to)
		}
		return d.state.Return(who), nil
	})
}

// twice looks for what may be once only.
func (d *desk) twice(rt *rapid.T) {
	once := map[any]bool{}
	see := func(what any) {
		if once[what] {
			rt.Fatalf("twice: %+v", what)
		}
		once[what] = true
	}
	type said struct {
		exercise uint64
		at       time.Time
		before   time.Duration
	}
	type ended struct{ exercise uint64 }
	at := map[uint64]time.Time{}
	_, err := journal.Open(d.t.Context(), d.store, time.Now, foldFunc(func(e journal.Entry, body any) {
		switch b := body.(type) {
		case *Planned:
			see(b.Period)
			at[e.Seq] = b.At
			see(said{e.Seq, b.At, b.Before})
		case *Reminded:
			if !b.At.Equal(at[b.Exercise]) {
				rt.Fatalf("reminded of %s, and it is at %s", b.At, at[b.Exercise])
			}
			see(said{b.Exercise, b.At, b.Before})
		case *Rescheduled:
			at[b.Exercise] = b.To
			if b.Agreed < 2 && b.Outside {
				rt.Fatalf("one person moved it out of its period: %+v", b)
			}
		case *Skipped:
			if b.Agreed < 2 {
				rt.Fatalf("one person skipped it: %+v", b)
			}
			see(ended{b.Exercise})
		case *Ended:
			if b.Result != Aborted {
				see(ended{b.Exercise})
			}
		case *Missed:
			if b.Exercise == 0 {
				see(b.Period)
				return
			}
			see(ended{b.Exercise})
		}
	}))
	if err != nil {
		rt.Fatal(err)
	}
}
