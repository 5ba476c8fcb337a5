package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

var rounds = flag.Int("rounds", 1, "how often the crash tests are repeated")

const (
	// patience is how long a fact may take to come true before a test fails. It is long because nothing is slow but a busy machine,
	// and a group that has had its twenty messages of this minute: a card then waits for the next.
	patience = 2 * time.Minute
	// sideBySide is how many stories play at once: they wait for the pace of a chat, not for a processor.
	sideBySide = "8"
)

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", sideBySide); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	postgres.Stop()
	durable.Stop()
	if p, err := programs(); err == nil {
		os.RemoveAll(p.dir)
	}
	os.Exit(code)
}

// binaries are the real program, with the hook of the crash tests, and the service of the stories.
type binaries struct {
	dir, twokey, svc string
}

// programs builds them once, the program as the tests themselves are: with the race detector or without.
var programs = sync.OnceValues(func() (binaries, error) {
	dir, err := os.MkdirTemp("", "twokey-test")
	if err != nil {
		return binaries{}, err
	}
	b := binaries{dir: dir, twokey: filepath.Join(dir, "twokey"), svc: filepath.Join(dir, "svc")}
	flags := []string{"-tags", "crash"}
	if withRace {
		flags = append(flags, "-race")
	}
	return b, errors.Join(build(b.twokey, ".", flags...), build(b.svc, "./testdata/svc"))
})

// unwatched builds the program without the race detector, which is most of what a test costs that starts the program again and again,
// on two processors. What it would find in there, the stories do.
var unwatched = sync.OnceValues(func() (program string, err error) {
	b, err := programs()
	if err != nil || !withRace {
		return b.twokey, err
	}
	program = filepath.Join(b.dir, "unwatched")
	return program, build(program, ".", "-tags", "crash")
})

func build(to, from string, flags ...string) error {
	args := append(append([]string{"build"}, flags...), "-o", to, from)
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", from, err, out)
	}
	return nil
}
