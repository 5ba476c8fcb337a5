package step

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"twokey/internal/proc"
)

// load decodes a step from the catalogue's YAML and loads it.
func load(t *testing.T, kind, text string, site Site) (Kind, error) {
	t.Helper()
	k, ok := New(kind)
	if !ok {
		t.Fatalf("no kind %s", kind)
	}
	if err := yaml.UnmarshalWithOptions([]byte(text), k, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return k.(Loader).Load(site)
}

func mustLoad(t *testing.T, kind, text string, site Site) Kind {
	t.Helper()
	k, err := load(t, kind, text, site)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// failed checks that the error is fit for people.
func failed(t *testing.T, err error, sentence string) *Failure {
	t.Helper()
	f, ok := err.(*Failure)
	if !ok || f.Hint == "" || !strings.Contains(f.Sentence, sentence) {
		t.Fatalf("error %#v, want a *Failure with a hint, about %q", err, sentence)
	}
	return f
}

var anywhere = Site{Dir: "/", LookPath: func(s string) (string, error) { return filepath.Join("/bin", s), nil }}

func TestExecAsItIsLoaded(t *testing.T) {
	got := mustLoad(t, "exec", `{run: [warm, "--region={region}"], timeout: 90s, env: [PATH], dir: sub}`, anywhere)
	want := &Exec{Argv: []string{"warm", "--region={region}"}, Timeout: 90 * time.Second, Env: []string{"PATH"}, Dir: "/sub", Effect: Change, Program: "/bin/warm"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"region"}, got.(Parametric).Placeholders()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(About{Title: "run warm --region={region}", Effect: Change}, got.About()); diff != "" {
		t.Error(diff)
	}
}

func TestExecThatMayNotBeLoaded(t *testing.T) {
	for _, c := range []struct{ what, text, want string }{
		{"no program", `{run: []}`, "run: empty"},
		{"a parameter inside an argument", `{run: [a, "x{region}"]}`, `a parameter is a whole argument`},
		{"a parameter with something after it", `{run: [a, "{region}x"]}`, `a parameter is a whole argument`},
		{"two parameters in one argument", `{run: [a, "{b}={c}"]}`, `a parameter is a whole argument`},
		{"a parameter as the program", `{run: ["{region}"]}`, `cannot be a parameter`},
		{"an effect there is not", `{run: [a], effect: none}`, `effect "none"`},
		{"a start that is no change", `{run: [a], effect: read, starts: true}`, `is a change`},
		{"a negative timeout", `{run: [a], timeout: -1s}`, `not above zero`},
		{"a variable with a value", `{run: [a], env: ["A=1"]}`, `not a variable's name`},
		{"our own variable", `{run: [a], env: [TWOKEY_RUN]}`, `is ours`},
	} {
		if _, err := load(t, "exec", c.text, anywhere); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
	relative := Site{Dir: "/", LookPath: func(s string) (string, error) { return s, nil }}
	if _, err := load(t, "exec", `{run: [a]}`, relative); err == nil {
		t.Error("a relative program was taken")
	}
}

func TestExecBinds(t *testing.T) {
	for _, c := range []struct {
		what string
		argv []string
		args map[string]string
		want []string // nil: refused
	}{
		{"a whole argument", []string{"a", "{x}"}, map[string]string{"x": "eu; rm -rf /"}, []string{"a", "eu; rm -rf /"}},
		{"after a prefix", []string{"a", "--x={x}"}, map[string]string{"x": "-1"}, []string{"a", "--x=-1"}},
		{"an option in a whole argument", []string{"a", "{x}"}, map[string]string{"x": "--force"}, nil},
		{"the same after --", []string{"a", "--", "{x}"}, map[string]string{"x": "--force"}, []string{"a", "--", "--force"}},
		{"a -- that is itself a value", []string{"a", "{y}", "{x}"}, map[string]string{"y": "--", "x": "--force"}, nil},
		{"no value", []string{"a", "{x}"}, map[string]string{"y": "1"}, nil},
		{"a zero byte", []string{"a", "{x}"}, map[string]string{"x": "a\x00b"}, nil},
		{"a value that looks like a placeholder", []string{"a", "{x}"}, map[string]string{"x": "{y}", "y": "1"}, []string{"a", "{y}"}},
		{"braces that are no placeholder", []string{"a", `{"k": 1}`, "{}"}, nil, []string{"a", `{"k": 1}`, "{}"}},
		{"an argument it does not use", []string{"a"}, map[string]string{"x": "1"}, []string{"a"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			k, err := Exec{Argv: c.argv}.Load(anywhere)
			if err != nil {
				t.Fatal(err)
			}
			before := cmp.Diff(nil, k)
			bound, err := k.Bind(c.args)
			if after := cmp.Diff(nil, k); after != before {
				t.Error("binding changed the step itself")
			}
			if c.want == nil {
				if err == nil {
					t.Errorf("bound %v", bound)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, bound.(*Exec).Argv); diff != "" {
				t.Error(diff)
			}
			again, err := bound.Bind(c.args)
			if diff := cmp.Diff(bound, again); err != nil || diff != "" {
				t.Errorf("bound twice: %v %s", err, diff)
			}
			roundTrip(t, "exec", bound)
		})
	}
}

// roundTrip checks that the journal's copy of a step is the step.
func roundTrip(t *testing.T, kind string, k Kind) {
	t.Helper()
	body, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(kind, body)
	if diff := cmp.Diff(k, back); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestDecodeIsStrict(t *testing.T) {
	for _, c := range []struct{ what, kind, body string }{
		{"an unknown kind", "shell", `{}`},
		{"an unknown field", "exec", `{"run":["a"],"timeout":1,"dir":"/","effect":"change","program":"/a","shell":true}`},
		{"a step that was never loaded", "exec", `{"run":["a"],"timeout":1,"effect":"change","dir":"/"}`},
		{"two values", "exec", `{"run":["a"],"timeout":1,"dir":"/","effect":"change","program":"/a"} {}`},
		{"no JSON", "exec", `run`},
		{"a process without a service", "process", `{"do":"stop","within":1,"service":{}}`},
	} {
		if k, err := Decode(c.kind, []byte(c.body)); err == nil {
			t.Errorf("%s: %v", c.what, k)
		}
	}
	if _, ok := New("shell"); ok {
		t.Error("there is a kind shell")
	}
}

func TestExecRuns(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("BOT_TOKEN", "secret")
	for _, c := range []struct {
		what, text, out, sentence string
	}{
		{"with its arguments as they are", `{run: [SELF, -play, args, "a b", "$HOME", "*"]}`, `["a b" "$HOME" "*"]`, ""},
		{"with the listed variables and its tag only", `{run: [SELF, -play, env], env: [ALLOWED, UNSET]}`, `["ALLOWED=1" "TWOKEY_RUN=exec-test/2"]`, ""},
		{"to a bad end", `{run: [SELF, -play, exit, "3"]}`, "", "ended with exit code 3"},
		{"for too long", `{run: [SELF, -play, sleep], timeout: 50ms}`, "", "was still running after 50ms and was ended"},
		{"not, without values", `{run: [SELF, "{x}"]}`, "", "its parameters have no values"},
		{"not, when it is not there", `{run: [/no/such]}`, "", "program /no/such is not there"},
	} {
		t.Run(c.what, func(t *testing.T) {
			site := Site{Dir: t.TempDir(), LookPath: func(s string) (string, error) { return s, nil }}
			k := mustLoad(t, "exec", strings.ReplaceAll(c.text, "SELF", self), site)
			var out bytes.Buffer
			err := k.Run(context.Background(), Env{Tag: "exec-test/2", Output: &out, Getenv: func(name string) string { return map[string]string{"ALLOWED": "1"}[name] }})
			if c.sentence != "" {
				failed(t, err, c.sentence)
			} else if err != nil {
				t.Error(err)
			}
			if out.String() != c.out {
				t.Errorf("output %q, want %q", out.String(), c.out)
			}
		})
	}
}

func TestExecPinsItsProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p")
	plan := func(text string) Fact {
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		facts, err := Exec{Program: path, Argv: []string{path}}.Plan(context.Background(), Env{})
		if err != nil || len(facts) != 1 {
			t.Fatal(facts, err)
		}
		return facts[0]
	}
	before := plan("one")
	if want := "sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"; before.Value != want {
		t.Errorf("%s, want %s", before.Value, want)
	}
	if before.Holds(plan("two")) {
		t.Error("a changed program held")
	}
	if !before.Holds(plan("one")) {
		t.Error("the same program did not hold")
	}
	_, err := Exec{Program: "/no/such"}.Plan(context.Background(), Env{})
	failed(t, err, "cannot be read")
}

func TestExecKnowsWhoItRunsAs(t *testing.T) {
	e := Exec{Env: []string{"HOME", "PATH", "USER"}, As: &proc.User{Name: "app", Home: "/home/app"}}
	got := e.environ(Env{Getenv: func(name string) string { return "our " + name }})
	if diff := cmp.Diff([]string{"HOME=/home/app", "PATH=our PATH", "USER=app"}, got); diff != "" {
		t.Error(diff)
	}
}
