package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// measured begins the line that says how long the marked steps of a story took, for programs: one line of JSON follows. A story
// without marks has none, and neither has one that did not come to its end.
const measured = "measured: "

// mark is a step that is measured: when somebody began it and when it had come true, in ms since the story began.
type mark struct {
	Name string `json:"name"`
	From int64  `json:"from_ms"`
	To   int64  `json:"to_ms"`
}

// stopwatch measures a story.
type stopwatch struct {
	began time.Time
	Story string `json:"story"`
	Marks []mark `json:"marks"`
}

func newStopwatch(story string) *stopwatch { return &stopwatch{began: time.Now(), Story: story} }

// begin is called before a step is done, and what it gives when it has come true.
func (w *stopwatch) begin(st Step) (ended func()) {
	from := w.since()
	return func() {
		if st.Mark != "" {
			w.Marks = append(w.Marks, mark{st.Mark, from, w.since()})
		}
	}
}

func (w *stopwatch) since() int64 { return time.Since(w.began).Milliseconds() }

func (w *stopwatch) print(out io.Writer) {
	if len(w.Marks) == 0 {
		return
	}
	b, _ := json.Marshal(w) // never fails: it has numbers and names
	fmt.Fprintf(out, "\n%s%s\n", measured, b)
}
