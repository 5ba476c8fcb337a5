package step

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"twokey/internal/proc"
)

const (
	// stopWithin is how long stopping may take when the catalogue does not say. pm2 kills after 1.6 s, docker after 10 s.
	stopWithin = 30 * time.Second
	// leftoverGrace is how long what a stopped service left behind may take to end after SIGTERM.
	leftoverGrace = 2 * time.Second
	// tick is how often is looked whether a service is there yet, or gone.
	tick = 100 * time.Millisecond
	// crashes is how many times a service may start anew while it is being started.
	crashes = 2
)

// Process stops or starts the service through the program that keeps it running, and proves it: a stop is done when the
// processes that ran, and what they had started, are gone; a start is done when the same processes have stayed and
// health.url, if there is one, says so. Starting what runs and stopping what does not are done at once.
type Process struct {
	Do     string        `yaml:"do" json:"do"`               // stop or start
	Name   string        `yaml:"name" json:"-"`              // service.process.name when empty
	Also   bool          `yaml:"also" json:"-"`              // and service.process.also
	Within time.Duration `yaml:"within" json:"within"`       // stop: 30 s when zero; start: health.within
	Hard   bool          `yaml:"hard" json:"hard,omitempty"` // stop by all means, whatever the manager does

	Service service `yaml:"-" json:"service"` // set by Load
}

// Load resolves the service and its manager.
func (p Process) Load(site Site) (Kind, error) {
	c := site.Process
	c.Name = or(p.Name, c.Name)
	s, err := c.resolve(site)
	if err != nil {
		return nil, err
	}
	s.Names = []string{c.Name}
	if p.Also {
		for _, name := range c.Also {
			if err := checkName(name); err != nil {
				return nil, err
			}
			s.Names = append(s.Names, name)
		}
	}
	if p.Within == 0 && p.Do == "start" {
		p.Within = s.Health.Within
	}
	if p.Within == 0 {
		p.Within = stopWithin
	}
	p.Name, p.Also, p.Service = "", false, s
	return &p, p.complete()
}

func (p Process) complete() error {
	_, known := p.Service.manager()
	switch {
	case p.Do != "stop" && p.Do != "start":
		return fmt.Errorf("do %q: is stop or start", p.Do)
	case p.Hard && p.Do != "stop":
		return errors.New("hard: is for a stop")
	case p.Within <= 0:
		return fmt.Errorf("within %s: not above zero", p.Within)
	case len(p.Service.Names) == 0 || !known:
		return errors.New("no service")
	}
	return nil
}

// About says which service, and whose it is.
func (p Process) About() About {
	a := About{Title: fmt.Sprintf("%s %s (%s)", p.Do, p.names(), p.Service.Manager), Effect: Stop, Expect: 2 * time.Second}
	if p.Do == "start" {
		a.Effect, a.Starts, a.Expect = Change, true, p.Service.Settle+2*time.Second
	}
	return a
}

func (p Process) names() string { return strings.Join(p.Service.Names, " and ") }

// Bind has no placeholders to fill.
func (p Process) Bind(map[string]string) (Kind, error) { return &p, nil }

// Plan shows what runs now. A service nobody knows, or a pm2 that could not start it, makes no plan.
func (p Process) Plan(ctx context.Context, env Env) ([]Fact, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	m, _ := p.Service.manager()
	units, err := m.look(ctx, env)
	if err != nil {
		return nil, failure(err, p.names()+" cannot be looked at", "see whether "+p.Service.Manager+" works on the host")
	}
	var facts []Fact
	for _, u := range units {
		if u.State == noDaemon && p.Do == "start" {
			return nil, p.Service.noDaemonFailure()
		}
		facts = append(facts, Fact{Name: u.Name, Kind: Shown, Value: u.String()})
	}
	return facts, nil
}

// Run stops or starts, and proves it.
func (p Process) Run(ctx context.Context, env Env) error {
	m, _ := p.Service.manager()
	var err error
	switch {
	case p.Do == "start":
		err = p.start(ctx, env, m)
	case p.Hard:
		err = p.hard(ctx, env, m)
	default:
		err = p.stop(ctx, env, m)
	}
	return failure(err, fmt.Sprintf("%s could not be %s", p.names(), map[string]string{"stop": "stopped", "start": "started"}[p.Do]),
		"see whether "+p.Service.Manager+" works on the host")
}

func (p Process) stop(ctx context.Context, env Env, m manager) error {
	ctx, cancel := context.WithTimeout(ctx, p.Within)
	defer cancel()
	units, err := m.look(ctx, env)
	if err != nil {
		return err
	}
	ran, err := proc.Tree(procs(units)...)
	if err != nil {
		return err
	}
	var told error
	switch up := filter(units, true); {
	case len(up) > 0:
		env.progress("stopping %s", p.names())
		told = m.stop(ctx, env, up)
	case units[0].State == noDaemon:
		fmt.Fprintf(env.output(), "%s; %s: %d processes\n", noDaemon, p.names(), len(ran))
		env.progress(noDaemon)
	}
	for {
		if units, err = m.look(ctx, env); err != nil {
			return p.stillThere(ctx, ran, errors.Join(told, err))
		}
		if len(filter(units, true)) == 0 {
			break
		}
		if err := pause(ctx, tick); err != nil {
			return p.stillThere(ctx, append(ran, procs(units)...), errors.Join(told, err))
		}
	}
	return p.clear(ctx, env, append(ran, procs(units)...))
}

// clear ends what the manager no longer keeps running, but still runs: nobody would start it anew.
func (p Process) clear(ctx context.Context, env Env, ps []proc.Process) error {
	left, err := p.leaving(ctx, ps)
	if err != nil || len(left) == 0 {
		return err
	}
	foreign := left
	if left = p.Service.endable(left); len(left) > 0 {
		fmt.Fprintf(env.output(), "%s left running: %s; ending it\n", p.names(), proc.Names(left))
		env.progress("ending what %s left running: %s", p.names(), proc.Names(left))
		_, err = proc.End(ctx, left, leftoverGrace)
	}
	if left, treeErr := proc.Tree(append(foreign, left...)...); err != nil || treeErr != nil || len(left) > 0 {
		return p.stillThere(ctx, left, errors.Join(err, treeErr))
	}
	return nil
}

// leaving gives what is still there after what was about to end had a moment to.
func (p Process) leaving(ctx context.Context, ps []proc.Process) ([]proc.Process, error) {
	for range 5 {
		left, err := proc.Tree(ps...)
		if err != nil || len(left) == 0 {
			return nil, err
		}
		if pause(ctx, tick) != nil {
			break
		}
	}
	return proc.Tree(ps...)
}

// stillThere is the failure of a stop, true to what lives at this moment.
func (p Process) stillThere(ctx context.Context, ps []proc.Process, cause error) error {
	alive, err := proc.Tree(ps...)
	if len(alive) == 0 || err != nil {
		return failure(errors.Join(cause, err), fmt.Sprintf("it is not known whether %s has stopped", p.names()), "see on the host what runs")
	}
	when := fmt.Sprintf("%s after stop", p.Within)
	if ctx.Err() == nil || errors.Is(context.Cause(ctx), context.Canceled) {
		when = "after stop"
	}
	return &Failure{
		Sentence: fmt.Sprintf("%s is still running %s (%s)", p.names(), when, pids(alive)),
		Hint:     "end it on the host: sudo kill -9 " + strings.Join(strings.Fields(strings.Trim(fmt.Sprint(numbers(alive)), "[]")), " "),
		Cause:    cause,
	}
}

func (p Process) start(ctx context.Context, env Env, m manager) error {
	ctx, cancel := context.WithTimeout(ctx, p.Within)
	defer cancel()
	units, err := m.look(ctx, env)
	if err != nil {
		return err
	}
	if down := filter(units, false); len(down) > 0 {
		env.progress("starting %s", p.names())
		// A failed start program is no proof of a failed start, but its reason is the better one when it did fail.
		if err := m.start(ctx, env, down); err != nil {
			return err
		}
		if units, err = m.look(ctx, env); err != nil {
			return err
		}
	} else {
		env.progress("%s runs already", p.names())
	}
	w := watch{p: p, m: m, env: env, settled: map[string]settled{}}
	return w.prove(ctx, units)
}

// Status says what the service does now.
func (p Process) Status(ctx context.Context, env Env) (Status, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	m, _ := p.Service.manager()
	units, err := m.look(ctx, env)
	if err != nil {
		return Status{}, failure(err, p.names()+" cannot be looked at", "see whether "+p.Service.Manager+" works on the host")
	}
	st := statusOf(units)
	if p.Service.Health.URL != "" && st.Up {
		st.Health, err = p.Service.Health.ask(ctx, env.Client)
		if st.OK = err == nil; err != nil && st.Note == "" {
			st.Note = "health: " + err.Error()
		}
	}
	return st, nil
}

// Probe is Status in a line.
func (p Process) Probe(ctx context.Context, env Env) (string, error) {
	st, err := p.Status(ctx, env)
	if err != nil {
		return "", err
	}
	return p.names() + " is " + st.String(), nil
}

func numbers(ps []proc.Process) []int {
	var ns []int
	for _, p := range ps {
		ns = append(ns, p.PID)
	}
	return ns
}

func pids(ps []proc.Process) string {
	word := "pid"
	if len(ps) > 1 {
		word = "pids"
	}
	return word + " " + strings.ReplaceAll(strings.Trim(fmt.Sprint(numbers(ps)), "[]"), " ", ", ")
}

// endable keeps what we may end ourselves. What pm2 and custom programs tell of is in the hands of the user they run
// as, who must not make us end a process of somebody else.
func (s service) endable(ps []proc.Process) []proc.Process {
	if s.Manager == ManagerPM2 || s.Manager == ManagerCustom {
		return mine(ps, s.As)
	}
	return ps
}

// mine keeps the processes that run as the user: a file or an environment that user may write proves nothing of others.
func mine(ps []proc.Process, as *proc.User) []proc.Process {
	uid := uint32(os.Geteuid())
	if as != nil {
		uid = as.UID
	}
	var kept []proc.Process
	for _, p := range ps {
		if owner, err := p.UID(); err == nil && owner == uid {
			kept = append(kept, p)
		}
	}
	return kept
}
