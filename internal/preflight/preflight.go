// Package preflight tests the world the bot will work in, before it has to: programs, rights, the database's roles,
// Telegram, the service, the host. It changes nothing, sends no message and does not poll, so it may run beside the bot.
//
// A Test looks; what it saw is judged by pure functions that turn values into Results, each a sentence and, when
// something is wrong, what to type. How Telegram and the service are asked is passed in.
package preflight

import (
	"context"
	"slices"
	"sync"
	"time"
)

// State is what a result comes to.
type State string

// The states of a result. The zero value is none of them and counts as Fail.
const (
	OK   State = "ok"
	Warn State = "warn" // it works, and somebody should know
	Fail State = "fail" // something the config needs does not work
	Off  State = "off"  // not needed, or it cannot be known because something else failed
)

// Area is what a result is about. Results are shown area by area.
type Area string

// The areas, in the order they are shown.
const (
	Programs Area = "Programs"
	Rights   Area = "Rights"
	Database Area = "Database"
	Chat     Area = "Telegram"
	Service  Area = "Service"
	Host     Area = "Host"
)

var areas = []Area{Programs, Rights, Database, Chat, Service, Host}

// Result is one thing that was looked at.
type Result struct {
	Area     Area
	Name     string // of what was looked at, such as "admin chat"; one area has a name once
	State    State
	Sentence string // without a full stop
	Hint     string // what to type or to do; may be empty
	SQL      string // what makes it right, when that is SQL; may be empty
}

// Test looks at something and says what it found. It obeys ctx.
type Test struct {
	Area Area
	Name string // says who did not answer
	Look func(ctx context.Context) []Result
}

const (
	// within is how long one test may take.
	within = 10 * time.Second
	// atOnce is how many tests look at the same time: most wait for others, and we live beside the service.
	atOnce = 8
)

// Run does all tests, some at once, and gives their results in the order of areas and tests. Every text of a result
// passes show first, which makes text from outside showable and takes secrets out; SQL passes hide only, because its
// lines must stay lines.
func Run(ctx context.Context, tests []Test, show, hide func(string) string) []Result {
	found := gather(ctx, tests)
	for i := range found {
		r := &found[i]
		r.Sentence, r.Hint, r.Name, r.SQL = show(r.Sentence), show(r.Hint), show(r.Name), hide(r.SQL)
	}
	slices.SortStableFunc(found, func(a, b Result) int { return slices.Index(areas, a.Area) - slices.Index(areas, b.Area) })
	return found
}

func gather(ctx context.Context, tests []Test) []Result {
	each := make([][]Result, len(tests))
	room := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i, t := range tests {
		all.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			each[i] = t.run(ctx)
		})
	}
	all.Wait()
	return slices.Concat(each...)
}

func (t Test) run(ctx context.Context) []Result {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	found := t.Look(ctx)
	for i := range found {
		if found[i].Area == "" {
			found[i].Area = t.Area
		}
		if found[i].State == "" {
			found[i].State = Fail
		}
	}
	return found
}

// Count says how many results have a state.
func Count(list []Result, s State) int {
	n := 0
	for _, r := range list {
		if r.State == s {
			n++
		}
	}
	return n
}

func ok(name, sentence string) Result  { return Result{Name: name, State: OK, Sentence: sentence} }
func off(name, sentence string) Result { return Result{Name: name, State: Off, Sentence: sentence} }
func warn(name, sentence, hint string) Result {
	return Result{Name: name, State: Warn, Sentence: sentence, Hint: hint}
}
func fail(name, sentence, hint string) Result {
	return Result{Name: name, State: Fail, Sentence: sentence, Hint: hint}
}
