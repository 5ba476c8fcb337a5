package step

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"twokey/internal/proc"
)

const (
	// silence is how long a manager may work on a hard stop before it is asked whether it is there at all, and how long that
	// may take: a service may need long to end, a manager not to answer.
	silence = 4 * time.Second
	// guessWithin is how long finding out what runs may take before a hard stop. Nothing else waits for it.
	guessWithin = time.Second
	// hardGrace is what a process has between TERM and KILL when its manager could not end it.
	hardGrace = time.Second
	// neighbours is how many names of what was left running are told.
	neighbours = 8
)

// errSilent ends a stop whose manager does not answer.
var errSilent = errors.New("the manager does not answer")

// guesser is a manager that knows, without a slow answer from its program, what to stop.
type guesser interface {
	// guess gives units that stop takes, with the processes that are theirs as far as they can be told.
	guess(ctx context.Context, env Env) ([]unit, error)
}

// keeper is a manager that lives: as long as it does, it may start again what somebody else ended.
type keeper interface {
	// retire ends the manager itself, and says so. What it kept running goes on without it.
	retire(ctx context.Context) (said string, err error)
}

// neighbour is a manager that knows of other services.
type neighbour interface {
	others(ctx context.Context, env Env) ([]string, error)
}

// hard stops by all means: it tells the manager at once, by name, and proves it as every stop is proven. Around a manager
// that does not answer, or does not obey in time, it goes.
func (p Process) hard(ctx context.Context, env Env, m manager) error {
	began := time.Now()
	within, cancel := context.WithTimeout(ctx, p.Within)
	defer cancel()
	units, ran, err := p.guess(within, env, m)
	if err == nil {
		env.progress("stopping %s", p.names())
		err = p.hasten(within, env, m, units)
	}
	halt := Halt{}
	if err != nil {
		halt.Forced, err = p.force(ctx, env, m, ran, err)
	}
	if err != nil {
		return err
	}
	took := time.Since(began)
	for _, name := range p.Service.Names {
		s := Stopped{Name: name}
		if slices.ContainsFunc(units, func(u unit) bool { return u.Name == name && (len(u.Procs) > 0 || u.Blind) }) {
			s.Took = took
		}
		halt.Stopped = append(halt.Stopped, s)
	}
	halt.Left = p.beside(ctx, env, m, ran)
	env.halted(halt)
	return nil
}

// guess is what is about to be stopped, and everything that descends from it.
func (p Process) guess(ctx context.Context, env Env, m manager) (units []unit, ran []proc.Process, err error) {
	look := m.look
	if g, can := m.(guesser); can {
		look = g.guess
	}
	units, err = look(ctx, env)
	ran, treeErr := proc.Tree(procs(units)...)
	return units, ran, errors.Join(err, treeErr)
}

// hasten stops what is guessed and proves that it is down; an error says that the manager cannot be relied on.
func (p Process) hasten(ctx context.Context, env Env, m manager, units []unit) error {
	if slices.ContainsFunc(units, func(u unit) bool { return u.State == noDaemon }) {
		return p.clear(ctx, env, procs(units))
	}
	told := p.insist(ctx, env, m, units)
	for !errors.Is(told, errSilent) {
		now, err := answered(ctx, env, m)
		if err == nil && len(filter(now, true)) == 0 {
			return p.clear(ctx, env, append(procs(units), procs(now)...))
		}
		if err == nil {
			err = pause(ctx, tick)
		}
		if err != nil {
			return errors.Join(told, err) // a stop program that failed is no proof of a failed stop
		}
	}
	return told
}

// answered looks, and says errSilent when no answer comes in time.
func answered(ctx context.Context, env Env, m manager) ([]unit, error) {
	within, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	units, err := m.look(within, env)
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		err = errors.Join(errSilent, err)
	}
	return units, err
}

// insist tells the manager to stop. One that takes long is asked, meanwhile, whether it is there.
func (p Process) insist(ctx context.Context, env Env, m manager, units []unit) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var asking sync.WaitGroup
	asking.Go(func() {
		if pause(ctx, silence) != nil {
			return
		}
		if _, err := answered(ctx, env, m); errors.Is(err, errSilent) {
			cancel(errSilent)
		}
	})
	err := m.stop(ctx, env, units)
	if context.Cause(ctx) == errSilent {
		err = errSilent
	}
	cancel(nil)
	asking.Wait()
	return err
}

// force ends what ran, although its manager did not. A manager that does not answer, or starts again what was ended, is
// ended itself before.
func (p Process) force(ctx context.Context, env Env, m manager, ran []proc.Process, why error) (said string, err error) {
	if len(ran) == 0 { // nobody could say what ran, so nobody can say that it is gone
		return "", failure(why, fmt.Sprintf("it is not known whether %s has stopped", p.names()), "see on the host what runs")
	}
	said = p.Service.Manager + " did not stop it in time"
	if errors.Is(why, errSilent) {
		said = p.Service.Manager + " does not answer"
	}
	fmt.Fprintf(env.output(), "%s: %v; ending the processes\n", said, why)
	env.progress("%s: ending the processes", said)
	if !errors.Is(why, errSilent) {
		if err := p.endAll(ctx, ran); err == nil && p.down(ctx, env, m) {
			return joined(said, "its processes were ended"), nil
		}
	}
	if k, lives := m.(keeper); lives {
		retired, err := k.retire(ctx)
		if said = joined(said, retired); err != nil {
			return said, failure(err, said+", and it could not be ended", "end it on the host, or the service may start again")
		}
	}
	return joined(said, "its processes were ended"), p.endAll(ctx, ran)
}

// endAll ends the processes and what descends from them, with proof.
func (p Process) endAll(ctx context.Context, ran []proc.Process) error {
	_, err := proc.End(ctx, p.Service.endable(ran), hardGrace)
	if tree, treeErr := proc.Tree(ran...); err != nil || treeErr != nil || len(tree) > 0 {
		return p.stillThere(ctx, tree, errors.Join(err, treeErr))
	}
	return nil
}

// down says whether the manager agrees that nothing of the service runs.
func (p Process) down(ctx context.Context, env Env, m manager) bool {
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	units, err := m.look(ctx, env)
	return err == nil && len(filter(units, true)) == 0
}

func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
}

// beside names what still runs beside the service: what its manager knows of, and what else runs as its user.
func (p Process) beside(ctx context.Context, env Env, m manager, ran []proc.Process) []string {
	ctx, cancel := context.WithTimeout(ctx, 2*silence)
	defer cancel()
	var names []string
	if n, knows := m.(neighbour); knows {
		names, _ = n.others(ctx, env) // what cannot be told is not in the list
	}
	all, _ := proc.All()
	for _, other := range p.Service.sameUser(all) {
		if !slices.Contains(ran, other) && !isDaemon(other) && !carriesPM2(other) {
			names = append(names, other.Name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return names[:min(len(names), neighbours)]
}

// sameUser keeps the processes of the service's own user, when that is a user of its own.
func (s service) sameUser(ps []proc.Process) []proc.Process {
	if s.As == nil || s.As.UID == 0 || s.As.UID == uint32(os.Geteuid()) {
		return nil
	}
	return mine(ps, s.As)
}
