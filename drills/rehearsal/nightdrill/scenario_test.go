package nightdrill

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"twokey/drills"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// builtIns are all that are built in, by their turns.
func builtIns(t *testing.T) (all []Scenario) {
	t.Helper()
	files, err := fs.Glob(builtIn, "scenarios/*.yaml")
	must(t, err)
	for turn := range files {
		s, err := BuiltIn(turn)
		must(t, err)
		all = append(all, s)
	}
	return all
}

// holds says what of the form of a scenario is not so.
func holds(s Scenario) error {
	if s.Name == "" || s.Objective == "" || len(s.Success) == 0 || len(s.Events) == 0 || s.Events[0].After != 0 {
		return fmt.Errorf("it lacks something: %+v", s)
	}
	for i, e := range s.Events {
		if i > 0 && e.After <= s.Events[i-1].After {
			return fmt.Errorf("event %d is not later than the one before", i+1)
		}
		if e.Title == "" || e.Answer == "" || e.Ask == "" || strings.Count(e.Ask, "\n") > 2 || utf8.RuneCountInString(e.Ask) > 300 {
			return fmt.Errorf("event %d: %+v", i+1, e)
		}
	}
	return nil
}

func TestBuiltInScenarios(t *testing.T) {
	all := builtIns(t)
	if len(all) != 3 {
		t.Errorf("there are %d", len(all))
	}
	names := map[string]bool{}
	for _, s := range all {
		if err := holds(s); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		if len(s.Events) < 5 || s.Events[len(s.Events)-1].After < 30*time.Minute {
			t.Errorf("%s is over too soon for people to learn something", s.Name)
		}
		names[s.Name] = true
	}
	if len(names) != len(all) {
		t.Errorf("two have one name: %v", names)
	}
	if !slices.ContainsFunc(all, func(s Scenario) bool { return s.Without != "" }) {
		t.Error("none is held without the expert: that key people cannot be had has to be tested")
	}
}

// TestTheyTakeTurns: year after year each comes, before any comes again, and a turn always gives the same.
func TestTheyTakeTurns(t *testing.T) {
	all := builtIns(t)
	for _, first := range []int{-4, 0, 2026} {
		seen := map[string]bool{}
		for turn := first; turn < first+len(all); turn++ {
			s, err := BuiltIn(turn)
			must(t, err)
			again, err := BuiltIn(turn + len(all))
			must(t, err)
			if seen[s.Name] || !cmp.Equal(s, again) {
				t.Errorf("turn %d: %s, and later %s", turn, s.Name, again.Name)
			}
			seen[s.Name] = true
		}
	}
}

func TestScript(t *testing.T) {
	for turn, s := range builtIns(t) {
		d := &Drill{Config{Turn: turn}}
		steps, err := d.Script(t.Context())
		must(t, err)
		if len(steps) != len(s.Events)+3 || steps[0].Key != "stage" || !steps[0].Auto || !steps[0].Proves || steps[1].Title != s.Name || steps[len(steps)-1].Key != "hotwash" {
			t.Fatalf("%s: %+v", s.Name, steps)
		}
		keys := map[string]bool{}
		for i, step := range steps {
			if keys[step.Key] || step.Title == "" || step.Auto != (i == 0) || step.Auto == (step.Ask != "") || strings.Count(step.Ask, "\n") > 2 {
				t.Errorf("%s: step %d cannot be: %+v", s.Name, i+1, step)
			}
			keys[step.Key] = true
		}
		for i, e := range s.Events {
			want := drills.Step{Key: fmt.Sprintf("event%d", i+1), Title: e.Title, Ask: e.Ask, Answer: e.Answer}
			if i > 0 {
				want.After = e.After + tableAfter
			}
			if diff := cmp.Diff(want, steps[i+2]); diff != "" {
				t.Errorf("%s: event %d: %s", s.Name, i+1, diff)
			}
		}
		if brief := steps[1].Ask; !strings.Contains(brief, s.Objective) || !strings.Contains(brief, s.Success[0]) || !strings.Contains(brief, s.Without) {
			t.Errorf("%s: what people hear before it begins: %q", s.Name, brief)
		}
	}
}

const whole = `name: A night
objective: Learn
success: [it ends]
events:
  - {after: 0m, title: One, ask: "What?", answer: That}
  - {after: 5m, title: Two, ask: "What now?", answer: This}
`

func TestAFileOfOnesOwn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "night.yaml")
	must(t, os.WriteFile(file, []byte(whole), 0o600))
	d := &Drill{Config{Scenario: file, Turn: 1}}
	steps, err := d.Script(t.Context())
	must(t, err)
	if len(steps) != 5 || steps[1].Title != "A night" || steps[3].After != 5*time.Minute+tableAfter {
		t.Errorf("%+v", steps)
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	must(t, syscall.Mkfifo(pipe, 0o600))
	for _, c := range []struct{ file, why string }{
		{filepath.Join(t.TempDir(), "none.yaml"), "cannot be read"},
		{t.TempDir(), "is no file"},
		{pipe, "is no file"}, // to open it would be to wait for ever
	} {
		d.Scenario = c.file
		if _, err := d.Script(t.Context()); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v", c.file, err)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the cause is lost: %v", err)
	}
}

func TestMistakes(t *testing.T) {
	// with is the whole one with something else in place of a part of it.
	with := func(old, new string) string {
		if !strings.Contains(whole, old) {
			t.Fatalf("there is no %q", old)
		}
		return strings.Replace(whole, old, new, 1)
	}
	for _, c := range []struct{ why, data, want string }{
		{"an empty file", "", "night.yaml: the file is empty"},
		{"no mapping", "- a\n", "night.yaml:1: is expected to be keys and values"},
		{"no YAML", "name: [\n", "night.yaml:1: this is not YAML"},
		{"two documents", whole + "---\nname: B\n", "night.yaml:8: a second document begins here"},
		{"an unknown key", "owner: ann\n" + whole, "night.yaml:1: owner is not a key that is known here\n    hint: there are name, objective, success, events, without"},
		{"an unknown key of an event", with("title: Two,", "title: Two, who: ann,"), "night.yaml:6: events[2].who is not a key"},
		{"a key twice", whole + "name: B\n", "night.yaml:7: name is there twice\n    hint: the first is in line 1"},
		{"a key that is missing", with("objective: Learn\n", ""), "night.yaml:1: objective is missing"},
		{"a key of an event that is missing", with(", answer: This", ""), "night.yaml:6: events[2].answer is missing"},
		{"nothing in a key", with("objective: Learn", "objective:"), "night.yaml:2: objective is empty"},
		{"a list for a text", with("objective: Learn", "objective: [Learn]"), "night.yaml:2: objective is expected to be a text"},
		{"an alias", with("objective: Learn", "objective: *name"), "night.yaml:2: objective is expected to be a text"},
		{"a text for a list", with("[it ends]", "it ends"), "night.yaml:3: success is expected to be a list of 1 to 4"},
		{"an empty list", with("[it ends]", "[]"), "night.yaml:3: success is expected"},
		{"too much to be judged by", with("[it ends]", "[a, b, c, d, e]"), "night.yaml:3: success is expected"},
		{"no event", "name: A\nobjective: B\nsuccess: [c]\nevents: []\n", "night.yaml:4: events is expected to be a list of 1 to 12"},
		{"an event that is a text", "name: A\nobjective: B\nsuccess: [c]\nevents: [fire]\n", "night.yaml:4: events[1] is expected to be keys and values"},
		{"no time", with("after: 5m", "after: soon"), "night.yaml:6: events[2].after is no time\n    hint: write it as 5m or 1h10m"},
		{"a number is no time", with("after: 5m", "after: 5"), "night.yaml:6: events[2].after is no time"},
		{"a first event that is late", with("after: 0m", "after: 1m"), "night.yaml:5: events[1].after is not 0m"},
		{"two at once", with("after: 5m", "after: 0m"), "night.yaml:6: events[2].after is not later than the event before, 0m"},
		{"back in time", with("after: 5m", "after: -5m"), "night.yaml:6: events[2].after is not later"},
		{"after the night", with("after: 5m", "after: 9h"), "night.yaml:6: events[2].after is later than people sit at a table"},
		{"too many lines", with(`"What now?"`, `"a\nb\nc\nd"`), "night.yaml:6: events[2].ask has 4 lines, and 3 fit"},
		{"too long a text", with("What now?", strings.Repeat("ä", 301)), "night.yaml:6: events[2].ask has 301 characters, and 300 fit"},
		{"a title of two lines", with("title: Two", `title: "T\nwo"`), "night.yaml:6: events[2].title has 2 lines, and 1 fit"},
		{"a text that turns around", with("title: Two", `title: "T\u202ewo"`), "night.yaml:6: events[2].title has characters that cannot be seen"},
		{"too large a file", whole + strings.Repeat("# long\n", 10_000), "night.yaml: the file is too long"},
		{"too long a line", strings.Repeat("a", 5000), "night.yaml:1: the file is too long, has too long a line"},
	} {
		if _, err := Parse("night.yaml", []byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.why, err, c.want)
		}
	}
	if _, err := Parse("night.yaml", []byte("owner: ann\n"+with("title: Two", "titel: Two"))); err == nil || strings.Count(err.Error(), "night.yaml:") != 3 {
		t.Errorf("of three mistakes there are told: %v", err)
	}
	if _, err := Parse("night.yaml", []byte(whole)); err != nil {
		t.Errorf("the whole one: %v", err)
	}
}

// TestWhateverTheFileHolds: it is refused, or it can be played. It never panics.
func TestWhateverTheFileHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := []byte(whole)
		for range rapid.IntRange(0, 6).Draw(t, "changes") {
			at := rapid.IntRange(0, len(data)).Draw(t, "at")
			cut := rapid.IntRange(at, min(len(data), at+8)).Draw(t, "cut")
			data = slices.Concat(data[:at], []byte(rapid.SampledFrom([]string{"", "\n", "- ", "{", "}", "[", ": ", "&a ", "*a", "? ", "!!x ", "\"", "'", "|", "\x00", "0m", "<<: "}).
				Draw(t, "new")), data[cut:])
		}
		if s, err := Parse("night.yaml", data); err == nil {
			if err := holds(s); err != nil {
				t.Fatalf("%v\n%s", err, data)
			}
		}
	})
}
