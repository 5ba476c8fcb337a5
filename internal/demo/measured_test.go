package demo

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestMeasured: the line is what the yearly drill reads; it cannot import this package, so the form is written out here.
func TestMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newStopwatch("full-emergency")
		for _, step := range []Step{{Mark: markPanic}, {}, {Mark: markRestore}} {
			ended := w.begin(step)
			time.Sleep(1500 * time.Millisecond)
			ended()
		}
		var out strings.Builder
		w.print(&out)
		want := "\nmeasured: " + `{"story":"full-emergency","marks":[{"name":"panic","from_ms":0,"to_ms":1500},{"name":"restore","from_ms":3000,"to_ms":4500}]}` + "\n"
		if out.String() != want {
			t.Errorf("printed %q, want %q", out.String(), want)
		}
	})
	var out strings.Builder
	if newStopwatch("night").print(&out); out.Len() > 0 {
		t.Errorf("a story without marks printed %q", out.String())
	}
}

// TestWhatIsMeasured: the marks that are read elsewhere are there, once each and in their order, and none is a step that may be left out.
func TestWhatIsMeasured(t *testing.T) {
	var got []string
	for _, step := range fullEmergency().Steps {
		if step.Mark != "" {
			got = append(got, step.Mark)
		}
		if step.Mark != "" && step.Database {
			t.Errorf("step %q is measured and may be left out", step.Text)
		}
	}
	if b, _ := json.Marshal(got); string(b) != `["panic","restore","unlock","start","verify"]` {
		t.Errorf("measured: %s", b)
	}
}
