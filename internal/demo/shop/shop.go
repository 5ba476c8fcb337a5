// Package shop is the service of the demo: a small shop that is a process of its own, sells by itself, and can be broken. It
// knows nothing of the bot; twokey's custom manager keeps it running by Start, Stop and Status.
//
// All of it is in one folder: what it is told (settings.json), what it sold (a PostgreSQL database, or sales.json), its
// process (pid), its log (logs/), its releases, and how it behaves: a file "broken" makes it take every payment twice,
// "hanging" makes it take no orders until it is started anew, "slow" keeps Stop waiting. Other files say how it is: "failing"
// that the last order failed, "spoiled" that its backups are not what they should be. What is wrong with its data is in them.
package shop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"twokey/internal/proc"
)

// Ways it can behave, and be: names of files in its folder.
const (
	Broken  = "broken"
	Hanging = "hanging"
	Slow    = "slow"
	Failing = "failing"
	Spoiled = "spoiled"
)

// What can be done to it.
const (
	Break = "break" // it takes every payment twice; its health does not show that
	Mend  = "mend"  // it does not any more, and what was taken twice is paid back
	Hang  = "hang"  // it takes no orders until it is started anew; its health says so
	Drag  = "slow"  // it takes long to stop
	// RollBack puts the release from before in place: no payment is taken twice any more, and what was is not paid back.
	RollBack = "roll-back"

	// These need a database.
	Corrupt = "corrupt" // amounts become 0 and users vanish; its health does not show that
	Migrate = "migrate" // a migration that was a mistake: orders fail, and its health says so
	Spoil   = "spoil"   // its nightly script writes backups that are none
)

// Settings are what a shop is told once.
type Settings struct {
	Port     int           `json:"port"`      // of its pages, on the loopback
	Owner    proc.Process  `json:"owner"`     // it ends when this process does
	Every    time.Duration `json:"every"`     // from one order to the next
	Database string        `json:"database"`  // a file with the address of its PostgreSQL database; empty: sales.json
	BotAPI   string        `json:"bot_api"`   // where its own bot speaks to its users; empty: nowhere
	BotToken string        `json:"bot_token"` // a file
	User     int64         `json:"user"`      // who is told of their orders: user 1
	Backups  string        `json:"backups"`   // the folder of its nightly backups; empty: it makes none
	Tools    string        `json:"tools"`     // the folder of pg_dump
	Night    time.Time     `json:"night"`     // of these backups; see Night
}

// Dir is the folder of a shop.
type Dir string

func (d Dir) path(parts ...string) string {
	return filepath.Join(append([]string{string(d)}, parts...)...)
}

// releases are what the folder has; the last is current.
var releases = [...]string{"2026-11-02-4be1d09", "2026-11-19-a3f9c21"}

// past is how many moments of trade a new shop has behind it: nobody looks at an empty one.
const past = 40

// Create makes the folder with everything in it. In a database, it makes the tables.
func Create(ctx context.Context, d Dir, s Settings) error {
	b, err := json.Marshal(s)
	err = errors.Join(err, os.MkdirAll(d.path("logs"), 0o700), os.WriteFile(d.path("settings.json"), b, 0o600))
	for _, name := range releases {
		err = errors.Join(err, os.MkdirAll(d.path("releases", name), 0o700))
	}
	if err := errors.Join(err, os.Symlink(filepath.Join("releases", releases[len(releases)-1]), d.path("current"))); err != nil {
		return fmt.Errorf("shop: %w", err)
	}
	till, err := d.till()
	if err != nil {
		return err
	}
	defer till.close()
	if err := till.create(ctx); err != nil {
		return err
	}
	return errors.Join(d.trade(ctx, till), d.nightly(ctx, s))
}

// trade is what happened before anybody looked.
func (d Dir) trade(ctx context.Context, till till) error {
	log, err := d.log()
	if err != nil {
		return err
	}
	defer log.Close()
	c := cashier{dir: d, log: log, till: till}
	for n := range uint64(past) {
		if err := c.sell(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (d Dir) settings() (s Settings, err error) {
	b, err := os.ReadFile(d.path("settings.json"))
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		err = fmt.Errorf("shop: settings: %w", err)
	}
	return s, err
}

func (d Dir) is(way string) bool {
	_, err := os.Stat(d.path(way))
	return !errors.Is(err, fs.ErrNotExist)
}

func (d Dir) set(way string) error { return os.WriteFile(d.path(way), nil, 0o600) }

// Unset makes it not behave in a way any more.
func (d Dir) Unset(way string) error {
	if err := os.Remove(d.path(way)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// release is the current one's name.
func (d Dir) release() string {
	to, _ := os.Readlink(d.path("current"))
	return filepath.Base(to)
}

// Act does one of the things that can be done to it, whether it runs or not.
func (d Dir) Act(ctx context.Context, what string) error {
	switch what {
	case Break:
		return d.set(Broken)
	case Hang:
		return d.set(Hanging)
	case Drag:
		return d.set(Slow)
	case Mend:
		return d.mend(ctx)
	case RollBack:
		return d.rollBack()
	case Corrupt:
		return d.alter(ctx, corrupt)
	case Migrate:
		return d.alter(ctx, withDiscounts)
	case Spoil:
		return d.spoil(ctx)
	}
	return fmt.Errorf("shop: there is no %q: it is one of %s", what, strings.Join(Acts(), ", "))
}

// Acts are what can be done to it.
func Acts() []string { return []string{Break, Hang, Drag, RollBack, Corrupt, Migrate, Spoil, Mend} }

func (d Dir) mend(ctx context.Context) error {
	till, err := d.till()
	if err != nil {
		return err
	}
	defer till.close()
	return errors.Join(d.Unset(Broken), d.Unset(Hanging), d.Unset(Slow), till.mend(ctx))
}

// State is what it does now, and what it sold.
type State struct {
	Up      bool   `json:"up"`
	Health  string `json:"health"` // green or red; empty while it is down
	Release string `json:"release"`
	Broken  bool   `json:"broken"`
	Hanging bool   `json:"hanging"`
	Slow    bool   `json:"slow"`
	Failing bool   `json:"failing"`
	Spoiled bool   `json:"spoiled"`
	Sales
}

// Sales are its figures. Money is in whole euros.
type Sales struct {
	SignUps int64 `json:"sign_ups"`
	Orders  int64 `json:"orders"`
	Revenue int64 `json:"revenue"` // without what was taken twice
	Doubled int64 `json:"doubled"` // payments that were taken twice
	Zeroed  int64 `json:"zeroed"`  // orders of 0
	// Banner is what its front page says on top.
	Banner string `json:"banner"`
}

// Look says what it does now, also while it is down. When its figures cannot be read, the rest is there all the same.
func (d Dir) Look(ctx context.Context) (State, error) {
	s := State{Release: d.release(), Broken: d.is(Broken), Hanging: d.is(Hanging), Slow: d.is(Slow),
		Failing: d.is(Failing), Spoiled: d.is(Spoiled)}
	if _, s.Up = d.Running(); s.Up {
		s.Health = "green"
		if s.Hanging || s.Failing {
			s.Health = "red"
		}
	}
	till, err := d.till()
	if err != nil {
		return s, err
	}
	defer till.close()
	s.Sales, err = till.sales(ctx)
	return s, err
}
