// Package step is the work that actions consist of: one file per kind. A kind is decoded from the catalogue, loaded once
// (programs, users and the service's configuration resolved), bound to arguments, planned read-only, and run.
//
// What a loaded step is, is in its JSON: the journal keeps it, and Decode gives back exactly that to run. A step knows
// programs and the service, but not actions, people or chats.
package step

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"time"

	"twokey/internal/backup"
	"twokey/internal/pgtools"
	"twokey/internal/proc"
	"twokey/internal/restore"
	"twokey/internal/rows"
	"twokey/internal/secret"
)

// What a step does to production.
const (
	Read    = "read"    // looks
	Protect = "protect" // adds beside production
	Stop    = "stop"    // makes it do less
	Change  = "change"  // the rest
)

// About is what people read about a step, and what the runner needs to know before it runs.
type About struct {
	Title  string        // e.g. "stop sigmatradebot (pm2)"
	Effect string        // Read, Protect, Stop or Change
	Starts bool          // it would start the service: not during a lockdown or a hold
	Expect time.Duration // 0: unknown
	// Decides: all it does is its entry, so that it may be done again when there is none.
	Decides bool
}

// Kind is one step: what it is, and how it is done.
type Kind interface {
	About() About
	// Bind puts the arguments in their places and returns a step without placeholders. The receiver stays as it is. A
	// placeholder without an argument is an error, as is an argument that its place cannot take.
	Bind(args map[string]string) (Kind, error)
	// Plan finds out, read-only, what the step would do. An error means that no plan can be made; it is a *Failure.
	Plan(ctx context.Context, env Env) ([]Fact, error)
	// Run does it. An error is a *Failure.
	Run(ctx context.Context, env Env) error
}

// Loader is a Kind that must be resolved once, when the catalogue is loaded. What Load returns is complete: it holds
// absolute programs, the user and the service's configuration, and survives its JSON unchanged. A Kind that has Load
// must not be bound, planned or run before it.
type Loader interface {
	Load(site Site) (Kind, error)
}

// Optional is a Kind that is about something the config need not name. Where Applies is false, no action has such a step, nor
// the parameters that only it takes: what would do nothing is not on a card.
type Optional interface {
	Applies(site Site) bool
}

// Prober is a Kind that can say, in one line, what is: asked when nobody knows whether the step was done.
type Prober interface {
	Probe(ctx context.Context, env Env) (string, error)
}

// Mender is a Kind that takes something away for a moment which nobody can be left without. After a crash Mend gives it back,
// whatever people decide later, unless what was to be done was done; it does nothing else. It says in a line what it gave
// back; empty: nothing was missing.
type Mender interface {
	Mend(ctx context.Context, env Env) (string, error)
}

// SlowPlanner is a Kind whose plan may take longer than the half minute that others have.
type SlowPlanner interface {
	PlansWithin() time.Duration
}

// Dropper is a Kind that may run ahead, before anybody approved, because what it makes stands beside production and can be
// thrown away again. Drop may be called more than once, and after a Run that did not end; dropping what is not there is
// success.
type Dropper interface {
	Drops() bool // false: this one leaves nothing to drop, or does not know how
	Drop(ctx context.Context, env Env) error
}

// Parametric is a Kind with placeholders: their names, so that the catalogue can refuse those no parameter fills.
type Parametric interface {
	Placeholders() []string
}

// Site is what steps are loaded against: the service, and how to find programs and users on this machine.
type Site struct {
	Dir        string // the service's directory; absolute
	RunAs      string // the Unix user that touches the service; empty: ours
	Process    ProcessConfig
	Health     Health
	Checks     []Check
	Database   DatabaseConfig
	Queues     QueueConfig
	Notices    bool                                  // the config names a bot that writes to the service's users
	Drills     bool                                  // the config names a drill
	Logs       []string                              // absolute patterns of the service's log files, as of filepath.Match
	Zone       string                                // of times in logs that name none; empty: UTC
	LookPath   func(name string) (string, error)     // nil: exec.LookPath
	LookupUser func(name string) (*proc.User, error) // nil: proc.LookupUser
}

// program resolves a name or path to an absolute path.
func (s Site) program(name string) (string, error) {
	look := s.LookPath
	if look == nil {
		look = exec.LookPath
	}
	path, err := look(name)
	if err != nil {
		return "", fmt.Errorf("program %s: %w", name, err)
	}
	return path, nil
}

// user is nil when programs run as we do.
func (s Site) user() (*proc.User, error) {
	if s.RunAs == "" {
		return nil, nil
	}
	if s.LookupUser != nil {
		return s.LookupUser(s.RunAs)
	}
	return proc.LookupUser(s.RunAs)
}

// Env is what a step works with while it is planned or run.
type Env struct {
	Tag      string                   // "<journal>/<seq>/<step>": children carry it
	Run      uint64                   // the run whose work it is: the request's own number, or that of the run it resumes
	Output   io.Writer                // what programs print; nil: thrown away
	Progress func(line string)        // one line for people, the newest wins; may be nil
	Getenv   func(name string) string // values of the variables an exec lists by name; nil: none has any
	Client   *http.Client             // asks health.url; nil: one of our own, without a proxy
	// ReadURL is how ops_read reaches the database; ServiceURL how the service itself does, read when it is needed.
	ReadURL    secret.Value
	ServiceURL func() (secret.Value, error)
	Known      string // which database is the service's, as people know it; empty before the first look
	// Other tells of other requests; nil: nothing is known of any.
	Other func(run uint64) Other
	Facts []Fact // what was approved; none while it is planned
	// Origin is the run whose work a run did: its own, or that of the one it resumed; nil: always its own.
	Origin  func(run uint64) uint64
	Waiting Waiting         // what waits for the service while it is down
	Base    Base            // where the database and its backups are
	Found   func([]Finding) // takes what checks came to; may be nil
	Data    func(Data)      // takes what a step about the database did and found; may be nil
	// Lost is how many rows going back to a backup would have lost when that was compared last; nil or 0: not known.
	Lost     func(sha256 string) int64
	LastCopy time.Duration // what the last copy of a backup took; 0: not known
	rewrites []string      // what the config has done to a copy before it is looked at
	Halted   func(Halt)    // takes what a hard stop came to; may be nil
	Locked   bool          // a lockdown is set: the service has to be down
	Notices  Notices       // tells the service's users; nil: the config names no bot for that
	Drills   Drills        // decides about drills; nil: the config names none
}

func (e Env) progress(format string, args ...any) {
	if e.Progress != nil {
		e.Progress(fmt.Sprintf(format, args...))
	}
}

func (e Env) halted(h Halt) {
	if e.Halted != nil {
		e.Halted(h)
	}
}

func (e Env) found(list []Finding) {
	if e.Found != nil {
		e.Found(list)
	}
}

func (e Env) data(d Data) {
	if e.Data != nil {
		e.Data(d)
	}
}

func (e Env) output() io.Writer {
	if e.Output == nil {
		return io.Discard
	}
	return e.Output
}

// Failure is why a step was not done: a sentence and a hint for people, the cause for the operator.
type Failure struct {
	Sentence string
	Hint     string
	Cause    error
	// Accept is the keys of the red checks that a person may accept by name, when that is what is wrong.
	Accept []string
	// Away: what it needed was not there just now, and it may succeed when it is tried again.
	Away bool
	// Unknown: whether it was done could not be found out.
	Unknown bool
}

func (f *Failure) Error() string {
	if f.Cause == nil {
		return f.Sentence
	}
	return f.Sentence + ": " + f.Cause.Error()
}

func (f *Failure) Unwrap() error { return f.Cause }

// failure makes any error a *Failure. What says its own sentence keeps it.
func failure(err error, sentence, hint string) error {
	var f *Failure
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f):
		return f
	}
	if said := words(err); said != nil {
		said.Hint = or(said.Hint, hint)
		return said
	}
	return &Failure{Sentence: sentence, Hint: hint, Cause: err}
}

// words takes over what an error says of those packages whose errors have a sentence and a hint; nil when it is none of them.
func words(err error) *Failure {
	var r *restore.Error
	var b *backup.Error
	var d *rows.Error
	var t *pgtools.Error
	var p *proc.Error
	switch {
	case errors.As(err, &r):
		return &Failure{Sentence: r.Sentence, Hint: skipping(r), Cause: r.Cause, Away: r.Away, Unknown: r.Unknown}
	case errors.As(err, &b):
		return &Failure{Sentence: b.Sentence, Hint: b.Hint, Cause: b.Cause}
	case errors.As(err, &d):
		return &Failure{Sentence: d.Sentence, Hint: d.Hint, Cause: d.Cause}
	case errors.As(err, &t):
		return &Failure{Sentence: t.Sentence, Hint: t.Hint, Cause: t.Cause}
	case errors.As(err, &p):
		return &Failure{Sentence: p.Sentence, Hint: p.Hint, Cause: p.Cause}
	}
	return nil
}

// skipping says how to do without what a backup has and nobody but a superuser may make.
func skipping(r *restore.Error) string {
	var names []string
	for _, key := range r.Skippable {
		name, is := strings.CutPrefix(key, extensionKey)
		if !is {
			return r.Hint
		}
		names = append(names, name)
	}
	if names == nil {
		return r.Hint
	}
	return "ask again with without=" + strings.Join(names, ",") + ", and make it afterwards as a superuser"
}

// ended is the failure of a program that did not end well by itself; nil when it did.
func ended(name string, res proc.Result, timeout time.Duration, hint string) error {
	sentence := ""
	switch {
	case res.OK():
		return nil
	case res.Why == proc.TimedOut:
		sentence = fmt.Sprintf("%s was still running after %s and was ended", name, timeout)
	case res.Why == proc.Cancelled:
		sentence = name + " was cancelled and has been ended"
	case res.Signal != "":
		sentence = fmt.Sprintf("%s was ended by a signal (%s)", name, res.Signal)
	default:
		sentence = fmt.Sprintf("%s ended with exit code %d", name, res.Exit)
	}
	return &Failure{Sentence: sentence, Hint: hint}
}

// pause waits, or returns early with ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
