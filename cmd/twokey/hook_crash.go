//go:build crash

package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"twokey/internal/journal"
)

// hookStore kills this process with SIGKILL at an entry: TWOKEY_CRASH=before:12 or after:12 (durable, but not yet folded).
func hookStore(s journal.Store) journal.Store {
	when, at, found := strings.Cut(os.Getenv("TWOKEY_CRASH"), ":")
	seq, err := strconv.ParseUint(at, 10, 64)
	if !found || err != nil {
		return s
	}
	return crashing{s, when, seq}
}

type crashing struct {
	journal.Store
	when string
	seq  uint64
}

func (c crashing) Append(ctx context.Context, after journal.Head, e journal.Entry) error {
	c.die("before", e)
	err := c.Store.Append(ctx, after, e)
	if err == nil {
		c.die("after", e)
	}
	return err
}

func (c crashing) die(when string, e journal.Entry) {
	if c.when == when && e.Seq == c.seq {
		dieNow()
	}
}

func dieNow() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal is on its way
}

// hookClock lets the journal's clock be ahead: TWOKEY_CLOCK=17m is a life that begins so much later.
func hookClock() func() time.Time {
	ahead, err := time.ParseDuration(os.Getenv("TWOKEY_CLOCK"))
	if err != nil {
		return time.Now
	}
	return func() time.Time { return time.Now().Add(ahead) }
}

// hookSwitch breaks a switch of databases after one of its steps, such as "named in": TWOKEY_SWITCH=die:named in kills this
// process there; hold:FOLDER:named in makes the file FOLDER/held and goes on when that is gone, once.
func hookSwitch() func(step string) error {
	how, at, found := strings.Cut(os.Getenv("TWOKEY_SWITCH"), ":")
	if !found {
		return nil
	}
	folder := ""
	if how == "hold" {
		folder, at, _ = strings.Cut(at, ":")
	}
	var once sync.Once
	return func(step string) (err error) {
		switch {
		case stepName(step) != at:
		case folder == "":
			dieNow()
		default:
			once.Do(func() { err = held(filepath.Join(folder, "held")) })
		}
		return err
	}
}

// stepName says which of the two is closed without its name.
func stepName(step string) string {
	switch name, closed := strings.CutPrefix(step, "closed "); {
	case !closed:
		return step
	case strings.Contains(name, "__r_") || strings.Contains(name, "__before_"):
		return "closed copy"
	}
	return "closed live"
}

func held(file string) error {
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return err
	}
	for {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
}
