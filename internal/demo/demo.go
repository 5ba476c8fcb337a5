// Package demo is a stage for people who want to see what the bot does: a service of its own (package shop), a real bot and
// phones to talk to it with, on this machine only, in one temporary folder that is gone afterwards. The bot is the program
// itself, run as a child; only Telegram is played, by fakebot.
package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"twokey/internal/demo/web"
	"twokey/internal/postgres"
)

// endWithin is how long it may take to end everything.
const endWithin = time.Minute

// Config is what a stage needs to know.
type Config struct {
	Program    string // this program: the bot and the shop are run by it
	Temp       string // where its folder is made; empty: the system's
	NoDatabase bool   // do as if there were no PostgreSQL
	Say        func(line string)
}

// Stage is a demo. Run makes and ends it; everything else may be called from other goroutines meanwhile.
type Stage struct {
	cfg    Config
	resets chan chan error

	mu      sync.Mutex
	round   *round // nil while there is none
	ready   bool   // the bot is at work
	note    string // what people should know now
	off     []string
	over    error // why it ended; nil while it runs
	at      progress
	rounds  int // how many there were
	changed chan struct{}
}

// New makes a stage on which nothing is yet.
func New(c Config) *Stage {
	if c.Say == nil {
		c.Say = func(string) {}
	}
	return &Stage{cfg: c, resets: make(chan chan error), changed: make(chan struct{}), at: progress{story: none}}
}

// Run plays until ctx is done, then ends everything and removes the folder. It fails when something could not be started
// or ended; also then nothing is left that can be removed.
func (s *Stage) Run(ctx context.Context) (err error) {
	if err := sweep(ctx, s.cfg.Temp); err != nil {
		s.cfg.Say(fmt.Sprintf("What a demo that was killed left could not be removed: %v", err))
	}
	dir, err := os.MkdirTemp(s.cfg.Temp, folders)
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return err
	}
	held, err := hold(dir)
	defer func() {
		err = errors.Join(err, os.RemoveAll(dir), held.Close())
		s.end(err)
	}()
	if err != nil {
		return err
	}
	var asked chan error
	for {
		next, err := s.play(ctx, filepath.Join(dir, "stage"), asked)
		if err != nil || next == nil {
			return err
		}
		asked = next
	}
}

// play is one round: from an empty folder to an empty folder. It gives the wish for another one, if that is why it ended,
// and tells asked when it is at work.
func (s *Stage) play(ctx context.Context, dir string, asked chan error) (next chan error, err error) {
	defer func() {
		if asked != nil && err != nil {
			asked <- err
		}
	}()
	r := &round{dir: dir, cfg: s.cfg, say: s.tell, changed: s.change}
	ctx, cancel := context.WithCancelCause(ctx)
	defer func() {
		s.leave()
		cancel(nil)
		err = errors.Join(err, r.end())
	}()
	if err := r.begin(ctx, cancel); err != nil {
		return nil, stopped(ctx, err)
	}
	r.group.Go(func() { r.watch(ctx, s.look) })
	s.enter(r)
	if asked != nil {
		asked <- nil
		asked = nil
	}
	select {
	case <-ctx.Done():
		return nil, stopped(ctx, context.Cause(ctx))
	case next := <-s.resets:
		return next, nil
	}
}

// stopped is nil when somebody outside wanted the end.
func stopped(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (s *Stage) enter(r *round) {
	s.mu.Lock()
	s.round, s.ready, s.off, s.note, s.at = r, true, r.off, "", progress{story: none}
	s.rounds++
	s.mu.Unlock()
	s.change()
}

func (s *Stage) leave() {
	s.mu.Lock()
	s.ready, s.note = false, "Everything is ended, and starts anew."
	s.mu.Unlock()
	s.change()
}

func (s *Stage) end(err error) {
	s.mu.Lock()
	s.round, s.over = nil, errors.Join(errors.New("the demo has ended"), err)
	s.mu.Unlock()
	s.change()
}

// tell says something to whoever runs the demo, and on the page.
func (s *Stage) tell(line string) {
	s.cfg.Say(line)
	s.mu.Lock()
	s.note = line
	s.mu.Unlock()
	s.change()
}

// Changed is closed when something has changed: ask for it before you look.
func (s *Stage) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

func (s *Stage) change() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}

// current is the round that plays; an error while there is none.
func (s *Stage) current() (*round, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil {
		return nil, s.over
	}
	if s.round == nil || !s.ready {
		return nil, errors.New("the demo is being started")
	}
	return s.round, nil
}

// Ready waits until the bot is at work.
func (s *Stage) Ready(ctx context.Context) error {
	return s.wait(ctx, func() (bool, error) {
		_, err := s.current()
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.over != nil {
			return false, s.over
		}
		return err == nil, nil
	})
}

// wait waits until something is so; it looks after every change.
func (s *Stage) wait(ctx context.Context, so func() (bool, error)) error {
	for {
		changed := s.Changed()
		if done, err := so(); done || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Reset ends everything, empties the folder and starts anew. It returns when the bot is at work again.
func (s *Stage) Reset(ctx context.Context) error {
	answer := make(chan error, 1)
	for {
		changed := s.Changed()
		s.mu.Lock()
		over := s.over
		s.mu.Unlock()
		if over != nil {
			return over
		}
		select {
		case s.resets <- answer:
			select {
			case err := <-answer:
				return err
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Act does something to the shop, or to the bot.
func (s *Stage) Act(ctx context.Context, what string) error {
	r, err := s.current()
	if err != nil {
		return err
	}
	if what == killBot {
		return r.killBot(ctx)
	}
	if err := r.shop().Act(ctx, what); err != nil {
		return err
	}
	r.look(ctx, s.look)
	return nil
}

// Web is what the page shows now.
func (s *Stage) Web() web.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := web.Config{Shop: s.Shop, Act: s.Act, Stories: s.Stories, Begin: s.Begin, Reset: s.Reset, Off: s.off, Changed: s.Changed,
		Title: "twokey", Service: "shop", Resets: max(0, s.rounds-1)}
	if s.round != nil {
		c.Phones = s.round.phones()
	}
	return c
}

// Shop is what the service does now.
func (s *Stage) Shop(context.Context) web.Shop {
	s.mu.Lock()
	defer s.mu.Unlock()
	var w web.Shop
	if s.round != nil {
		w = s.round.view()
	}
	w.Note = s.note
	return w
}

// database finds PostgreSQL's programs, or says what is off without them.
func database(c Config) (bin string, off []string) {
	bin, err := postgres.Programs()
	if err == nil && !c.NoDatabase {
		return bin, nil
	}
	return "", leftOut(fmt.Sprintf("%v: install it with: apt-get install postgresql", postgres.ErrNone))
}

// leftOut says what is off, and why.
func leftOut(why string) []string {
	var titles []string
	for _, st := range stories() {
		if st.Database {
			titles = append(titles, st.Title)
		}
	}
	return []string{why, "Without it there are no checks in the database, no backups, and not these stories: " + strings.Join(titles, ", ")}
}
