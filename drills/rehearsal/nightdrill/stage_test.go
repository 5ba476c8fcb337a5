package nightdrill

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"twokey/drills"
	"twokey/internal/proc"
)

// TestTheStageKnowsNothingOfOurs: it gets the words to play the story, and of our environment not one variable.
func TestTheStageKnowsNothingOfOurs(t *testing.T) {
	t.Setenv("TWOKEY_TOKEN", "canary-17")
	t.Setenv("PGPASSWORD", "canary-18")
	t.Setenv("PATH", "/canary-19:"+os.Getenv("PATH"))
	s := stage(t, "succeeds")
	env := s.env("stage")
	if f, err := s.Do(t.Context(), env, keyStage); err != nil || f.Why != "" {
		t.Fatalf("%+v, %v", f, err)
	}
	_, args, got := s.told(t, "")
	dir, err := s.folder(env)
	must(t, err)
	want := []string{"HOME=" + dir + "/home", "LANG=C.UTF-8", "PATH=/nowhere/bin:/usr/bin:/bin", "TMPDIR=" + dir + "/tmp", "TWOKEY_RUN=" + env.Tag}
	if slices.Sort(got); !slices.Equal(got, want) || args != "demo --script full-emergency" {
		t.Errorf("%s was started with the environment %q, want %q", args, got, want)
	}
	if strings.Contains(strings.Join(got, " "), "canary") {
		t.Error("a secret of ours is in its environment")
	}
}

func TestWhatTheStageCameTo(t *testing.T) {
	for _, c := range []struct {
		play, line, why string
	}{
		{"succeeds", "from panic to restored, unlocked and up 12.0 s; restored after 6.5 s, confirmed by a second person after 14.2 s", ""},
		{"fails", "", "the stage failed, in step 2 (ann presses panic): it ended with 1: story full-emergency, step 2: it did not come true"},
		{"silent", "", "the stage failed, before its first step: it ended with 3"},
		{"rubbish", "", "the stage came to its end, and did not say how long it took"},
		{"dies", "", "the stage failed, in step 1 (It begins): it was ended from outside (killed)"},
	} {
		t.Run(c.play, func(t *testing.T) {
			t.Parallel()
			s := stage(t, c.play)
			f, err := s.Do(t.Context(), s.env("stage"), keyStage)
			if (err != nil) != (c.why != "") || f.Line != c.line || f.Why != c.why {
				t.Errorf("%v\nline %q, want %q\nwhy %q, want %q", err, f.Line, c.line, f.Why, c.why)
			}
			if c.why != "" && f.Hint == "" {
				t.Error("nobody is told what helps")
			}
			sum := sha256.Sum256([]byte(s.out.String()))
			if f.Output != hex.EncodeToString(sum[:]) {
				t.Errorf("its output is %d bytes, and the digest is another text's", s.out.Len())
			}
			if c.play == "succeeds" {
				want := []drills.Check{{Name: "stopped", Value: "1.0 s after panic", State: "green"}, {Name: "restored", Value: "6.5 s after panic", State: "green"},
					{Name: "unlocked", Value: "8.0 s after panic", State: "green"}, {Name: "up", Value: "12.0 s after panic", State: "green"}, {Name: "confirmed", Value: "14.2 s after panic", State: "green"}}
				if !slices.Equal(f.Checks, want) || s.out.String() != wellPlayed || !slices.Equal(s.at, []string{"the stage is set", "1. It begins", "2. ann presses panic"}) {
					t.Errorf("checks %+v, progress %q, output %q", f.Checks, s.at, s.out.String())
				}
			}
			s.cleaned(t)
		})
	}
}

// cleaned wants nothing left, twice.
func (s *set) cleaned(t *testing.T) {
	t.Helper()
	env := s.env("clean")
	for range 2 {
		if proof, err := s.Clean(t.Context(), env); err != nil || !strings.Contains(proof, "the stage is gone") {
			t.Errorf("%q, %v", proof, err)
		}
	}
	dir, _ := s.folder(env)
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder: %v", err)
	}
	tag, _ := exerciseTag(env)
	if left, err := proc.Tagged(tag); err != nil || len(left) > 0 {
		t.Errorf("left running: %v, %v", left, err)
	}
}

// alive says whether a process is there.
func alive(pid int) bool { _, is := proc.Find(pid); return is }

func TestTheStageHangs(t *testing.T) {
	for _, why := range []string{"cancelled", "too long"} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			s := stage(t, "hangs")
			want := "the stage was ended, in step 1 (It begins)"
			ctx, cancel := context.WithCancel(t.Context())
			if why == "too long" {
				s.Within, want = time.Second, "the stage did not come to its end within 1s, in step 1 (It begins)"
			} else {
				go func() { s.told(t, "stray"); s.told(t, "shop"); cancel() }()
			}
			defer cancel()
			f, err := s.Do(ctx, s.env("stage"), keyStage)
			if err == nil || f.Why != want {
				t.Errorf("%q, %v, want %q", f.Why, err, want)
			}
			s.cleaned(t)
			for _, name := range []string{"stray", "shop"} {
				if pid, _, _ := s.told(t, name); alive(pid) {
					t.Errorf("its %s runs on", name)
				}
			}
		})
	}
}

// TestNothingIsLeftAfterAKill: the program that plays is killed in the middle. What it leaves, with our tag or without, does not end by
// itself; somebody who looks at its folder is left alone.
func TestNothingIsLeftAfterAKill(t *testing.T) {
	t.Parallel()
	s := stage(t, "hangs")
	self, err := os.Executable()
	must(t, err)
	us := exec.Command(self, "-drill", s.dir)
	must(t, us.Start())
	stray, _, tagged := s.told(t, "stray")
	shop, _, bare := s.told(t, "shop")
	must(t, us.Process.Kill())
	_ = us.Wait()

	dir, err := s.folder(s.env("clean"))
	must(t, err)
	guest := exec.Command("/bin/sleep", "600")
	guest.Dir = filepath.Join(dir, temp)
	must(t, guest.Start())
	defer func() { _ = guest.Process.Kill(); _ = guest.Wait() }()
	tag := proc.TagName + "=" + s.env("stage").Tag
	if !alive(shop) || !alive(stray) || slices.Contains(bare, tag) || !slices.Contains(tagged, tag) {
		t.Fatal("it ended by itself, or is known by something else: there is nothing to clean")
	}
	if err := s.nobody(s.env("clean"), dir); err == nil {
		t.Error("that nothing runs is proven while it does")
	}
	if l := s.lookOther(); l.State != drills.Red {
		t.Errorf("a stage that is being played is not seen: %+v", l)
	}
	s.cleaned(t)
	if alive(shop) || alive(stray) {
		t.Errorf("runs on: the shop %v, the stray %v", alive(shop), alive(stray))
	}
	if !alive(guest.Process.Pid) {
		t.Error("somebody who stood in its folder was killed")
	}
	if l := s.lookOther(); l.State != drills.Green {
		t.Errorf("afterwards: %+v", l)
	}
}

// TestCleanTouchesNothingElse: neither another exercise's stage, nor what is not a folder of ours.
func TestCleanTouchesNothingElse(t *testing.T) {
	t.Parallel()
	s := stage(t, "succeeds")
	other := s.env("clean")
	other.Tag = strings.Replace(other.Tag, "/7/", "/71/", 1)
	dir, err := s.makeFolder(other)
	must(t, err)
	player := exec.Command("/bin/sleep", "600")
	player.Env = []string{proc.TagName + "=" + other.Tag}
	must(t, player.Start())
	defer func() { _ = player.Process.Kill(); _ = player.Wait() }()
	s.cleaned(t)
	if !alive(player.Process.Pid) {
		t.Error("another exercise's was ended")
	}
	if _, err := os.Stat(filepath.Join(dir, temp)); err != nil {
		t.Errorf("another exercise's is gone: %v", err)
	}
	ours, err := s.folder(s.env("clean"))
	must(t, err)
	elsewhere := t.TempDir()
	must(t, os.WriteFile(filepath.Join(elsewhere, "dear"), nil, 0o600))
	must(t, os.Symlink(elsewhere, ours))
	if proof, err := s.Clean(t.Context(), s.env("clean")); err == nil {
		t.Errorf("a link in its place: %q", proof)
	}
	if _, err := os.Stat(filepath.Join(elsewhere, "dear")); err != nil {
		t.Errorf("what the link leads to is gone: %v", err)
	}
	if f, err := s.Do(t.Context(), s.env("stage"), keyStage); err == nil || f.Why != "the stage's folder cannot be made" {
		t.Errorf("it plays where somebody else put something: %+v, %v", f, err)
	}
	must(t, os.Remove(ours))
	bad := s.env("clean")
	for _, bad.Tag = range []string{"", "/", "notag"} {
		if proof, err := s.Clean(t.Context(), bad); err == nil {
			t.Errorf("tag %q: %q", bad.Tag, proof)
		}
	}
}

// TestWithoutADatabase: the stage is left out, and says why. Nothing is made.
func TestWithoutADatabase(t *testing.T) {
	s := stage(t, "succeeds")
	s.Postgres = func() (string, error) { return "", errors.New("no PostgreSQL here") }
	f, err := s.Do(t.Context(), s.env("stage"), keyStage)
	if err != nil || f.Why != "there can be no database on the stage: PostgreSQL's programs are not on this machine" || f.Hint == "" {
		t.Errorf("%+v, %v", f, err)
	}
	s.Postgres = nowhere
	must(t, os.Mkdir(s.Dir, 0o700))
	f, err = s.Do(t.Context(), s.env("stage"), keyStage)
	if os.Geteuid() == 0 && (err != nil || !strings.HasSuffix(f.Why, "nobody else gets through "+s.Dir)) {
		t.Errorf("root in a folder of its own: %+v, %v", f, err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "told")); os.Geteuid() == 0 && err == nil {
		t.Error("it was played")
	}
	if _, err := s.Do(t.Context(), s.env("stage"), "nonsense"); err == nil {
		t.Error("a step that is not there was done")
	}
}

func TestLook(t *testing.T) {
	states := func(d *Drill) (s string) {
		for _, l := range d.Look(t.Context()) {
			s += l.Name + " " + l.State + " "
			if l.State != drills.Green && (l.Hint == "" || l.Text == "") {
				t.Errorf("nobody is told what helps: %+v", l)
			}
		}
		return strings.TrimSpace(s)
	}
	well := stage(t, "succeeds").Config
	const allWell = "scenario green program green database green disk green other stages green"
	for _, c := range []struct {
		why    string
		change func(*Config)
		want   string
	}{
		{"all is well", func(*Config) {}, allWell},
		{"a scenario that is not there", func(c *Config) { c.Scenario = "/nowhere/night.yaml" }, strings.Replace(allWell, "scenario green", "scenario red", 1)},
		{"a program that is not there", func(c *Config) { c.Program = "/nowhere/twokey" }, strings.Replace(allWell, "program green", "program red", 1)},
		{"a path that depends on where we are", func(c *Config) { c.Program = "twokey" }, strings.Replace(allWell, "program green", "program red", 1)},
		{"no database: the table is held all the same", func(c *Config) { c.Postgres = func() (string, error) { return "", errors.New("none") } },
			strings.Replace(allWell, "database green", "database told", 1)},
		{"a disk without room", func(c *Config) { c.Dir = "/proc/self" }, strings.Replace(allWell, "disk green", "disk red", 1)},
		{"what a stage left", func(c *Config) {
			c.Dir = filepath.Join(filepath.Dir(c.Dir), "used")
			must(t, os.MkdirAll(filepath.Join(c.Dir, "stage-j-3"), 0o711))
		}, strings.Replace(allWell, "other stages green", "other stages told", 1)},
	} {
		cfg := well
		c.change(&cfg)
		if got := states(&Drill{cfg}); got != c.want {
			t.Errorf("%s: %s, want %s", c.why, got, c.want)
		}
	}
	if _, err := os.Stat(well.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("looking made something: %v", err)
	}
}

// TestMeasured: only what can have been so is believed.
func TestMeasured(t *testing.T) {
	_, line, _ := strings.Cut(wellPlayed, measuredMark)
	line, _, _ = strings.Cut(line, "\n")
	for _, c := range []struct{ why, old, new string }{
		{"another story", "full-emergency", "night"},
		{"another moment", "unlock", "lock"},
		{"one is missing", `,{"name":"verify","from_ms":14000,"to_ms":15250}`, ""},
		{"it ended before it began", `"to_ms":7500`, `"to_ms":5000`},
		{"before the one before", `"from_ms":10000`, `"from_ms":7000`},
		{"before all", `"from_ms":1000`, `"from_ms":-1`},
		{"longer than a day", `"to_ms":15250`, `"to_ms":100000000`},
		{"a word more", `"marks"`, `"result":"pass","marks"`},
		{"two of them", "]}", "]}{}"},
		{"cut off", "]}", "]"},
		{"nothing", line, ""},
	} {
		h := newHearer(&strings.Builder{}, func(string) {})
		_, _ = h.Write([]byte(measuredMark + strings.Replace(line, c.old, c.new, 1) + "\n"))
		if m, err := h.measured(); err == nil || !strings.Contains(line, c.old) {
			t.Errorf("%s: %+v", c.why, m)
		}
	}
	whole := newHearer(&strings.Builder{}, func(string) {})
	for _, b := range []byte(wellPlayed) { // in the smallest pieces
		_, _ = whole.Write([]byte{b})
	}
	if m, err := whole.measured(); err != nil || m.since(markVerify) != 14250*time.Millisecond {
		t.Errorf("%+v, %v", m, err)
	}
}

// full is a disk that takes nothing more.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// TestEvidenceIsKept: a rehearsal whose output is lost is none, however well it went.
func TestEvidenceIsKept(t *testing.T) {
	s := stage(t, "succeeds")
	env := s.env("stage")
	env.Output = full{}
	if f, err := s.Do(t.Context(), env, keyStage); !errors.Is(err, syscall.ENOSPC) || f.Why != "what the stage printed could not be kept" {
		t.Errorf("%+v, %v", f, err)
	}
}
