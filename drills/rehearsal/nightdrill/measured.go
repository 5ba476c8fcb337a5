package nightdrill

import (
	"fmt"
	"time"

	"twokey/drills"
)

// The moments that are measured, in their order; the story's marks.
const (
	markPanic = iota
	markRestore
	markUnlock
	markStart
	markVerify
)

// moments are their names, in the story and for people.
var moments = [...]struct{ mark, name string }{{"panic", "stopped"}, {"restore", "restored"}, {"unlock", "unlocked"}, {"start", "up"},
	{"verify", "confirmed"}}

// measured is what the stage says of itself: when marked steps began and had come true, in ms since the story began.
type measured struct {
	Story string `json:"story"`
	Marks []struct {
		Name string `json:"name"`
		From int64  `json:"from_ms"`
		To   int64  `json:"to_ms"`
	} `json:"marks"`
}

// check believes only what can have been so.
func (m measured) check() error {
	if m.Story != story || len(m.Marks) != len(moments) {
		return fmt.Errorf("it speaks of the story %q with %d moments, not of %s with %d", seen(m.Story), len(m.Marks), story, len(moments))
	}
	at := int64(0)
	for i, k := range m.Marks {
		if k.Name != moments[i].mark || k.From < at || k.To < k.From || k.To > int64(24*time.Hour/time.Millisecond) {
			return fmt.Errorf("its moment %d cannot have been so: %+v", i+1, k)
		}
		at = k.To
	}
	return nil
}

// since is how long after somebody pressed panic a moment came.
func (m measured) since(moment int) time.Duration {
	return time.Duration(m.Marks[moment].To-m.Marks[markPanic].From) * time.Millisecond
}

func (m measured) line() string {
	return fmt.Sprintf("from panic to restored, unlocked and up %s; restored after %s, confirmed by a second person after %s", seconds(m.since(markStart)),
		seconds(m.since(markRestore)), seconds(m.since(markVerify)))
}

func (m measured) checks() (all []drills.Check) {
	for i := range m.Marks {
		all = append(all, drills.Check{Name: moments[i].name, Value: seconds(m.since(i)) + " after panic", State: drills.Green})
	}
	return all
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
