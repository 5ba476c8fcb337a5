package step

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"twokey/internal/secret"
)

// What a Queue step does.
const (
	doShow   = "show"   // tell what waits
	doSettle = "settle" // tell, and do with it what was chosen
)

// What may be done with what waits.
const (
	withKeep  = "keep"
	withPause = "pause"
	withDrop  = "drop"
)

// QueueConfig is what steps about queues are loaded with.
type QueueConfig struct {
	Pattern string `json:"pattern,omitempty"` // of the lists in Redis; empty: the config names no Redis
	Bot     bool   `json:"bot,omitempty"`     // the config names the service's own bot
}

// Waiting is what waits for the service while it is down, and how it is reached.
type Waiting struct {
	Redis    secret.Value
	Commands func(ctx context.Context) (Commands, error) // nil: the config names no bot of the service's
	Forget   func(ctx context.Context) error             // drops them
}

// Commands are what users have sent to the service's bot and it has not fetched.
type Commands struct {
	Number  int
	Webhook bool // Telegram brings them to the service, which does not ask for them
}

// commandsWithin is how long Telegram may take to say how many there are, or to drop them.
const commandsWithin = 10 * time.Second

// Queue is about what outlives a restore: the jobs in the service's queues, and the commands that its users have sent. Done against
// the rows of a backup, a payment that was made would be made again.
type Queue struct {
	Do   string `yaml:"do" json:"do"`
	With string `yaml:"with" json:"with,omitempty"` // settle: keep, pause or drop

	Bound  bool         `yaml:"-" json:"bound,omitempty"`  // set by Bind: braces are now text
	Config *QueueConfig `yaml:"-" json:"config,omitempty"` // set by Load
}

// Applies is false where the config names neither queues nor the service's bot.
func (q Queue) Applies(site Site) bool { return site.Queues != QueueConfig{} }

// Load takes the service's queues.
func (q Queue) Load(site Site) (Kind, error) {
	c := site.Queues
	q.Config = &c
	return &q, q.complete()
}

func (q Queue) complete() error {
	switch {
	case q.Config == nil:
		return errors.New("was not loaded")
	case q.Do != doShow && q.Do != doSettle:
		return fmt.Errorf("do %q: is one of show, settle", q.Do)
	case (q.Do == doSettle) != (q.With != ""):
		return errors.New("with: settle needs it, and show has none")
	case !whole.MatchString(q.With) && q.With != "" && !slices.Contains([]string{withKeep, withPause, withDrop}, q.With):
		return fmt.Errorf("with %q: is one of keep, pause, drop", q.With)
	}
	return wholes(q.Bound, q.With)
}

// About says what it does.
func (q Queue) About() About {
	switch {
	case q.Do == doShow:
		return About{Title: "look at what waits in queues", Effect: Read}
	case q.With == withKeep:
		return About{Title: "keep what waits in queues", Effect: Change, Expect: time.Second}
	case q.With == withPause:
		return About{Title: "pause the queues", Effect: Change, Expect: time.Second}
	case q.With == withDrop:
		return About{Title: "put aside what waits in queues", Effect: Change, Expect: time.Second}
	}
	return About{Title: "keep, pause or drop what waits in queues", Effect: Change, Expect: time.Second}
}

// Placeholders are the names of its parameters.
func (q Queue) Placeholders() []string { return placeholders(q.Bound, q.With) }

// Bind fills in its parameter. A step that is bound stays as it is.
func (q Queue) Bind(args map[string]string) (Kind, error) {
	if err := fillWhole(q.Bound, args, &q.With); err != nil {
		return nil, err
	}
	q.Bound = true
	return &q, q.complete()
}
