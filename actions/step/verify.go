package step

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// verifyAtOnce is how many checks are looked at together: a service under repair must not be burdened more.
	verifyAtOnce = 4
	// maxNamed is how many red checks a sentence names.
	maxNamed = 5
)

// Verify looks whether the service is well: its process, its health and the config's checks. A check that is red or could
// not be looked at fails it, unless Report says that the findings are the result. With Lift it is what stands before the
// end of a lockdown: red checks must be accepted by name.
type Verify struct {
	Report bool          `yaml:"report" json:"report,omitempty"`
	People bool          `yaml:"people" json:"people,omitempty"` // and what people have to look at
	Up     bool          `yaml:"up" json:"up,omitempty"`         // the service has to be up; otherwise, that it is down is told
	Down   bool          `yaml:"down" json:"down,omitempty"`     // the service has to be down
	Lift   bool          `yaml:"lift" json:"lift,omitempty"`
	Accept string        `yaml:"accept" json:"accept,omitempty"` // keys of checks, with commas; may be one placeholder
	Within time.Duration `yaml:"within" json:"within,omitempty"` // for each query

	Bound   bool     `yaml:"-" json:"bound,omitempty"`   // set by Bind: braces are now text
	Service *service `yaml:"-" json:"service,omitempty"` // set by Load; nil: none is configured
	Also    []string `yaml:"-" json:"also,omitempty"`    // set by Load: what a lockdown wants down, too
	Checks  []Check  `yaml:"-" json:"checks,omitempty"`  // set by Load
	Logs    []string `yaml:"-" json:"logs,omitempty"`    // set by Load
	Zone    string   `yaml:"-" json:"zone,omitempty"`    // set by Load: of times in logs that name none
}

// Load takes the service and the checks.
func (v Verify) Load(site Site) (Kind, error) {
	if site.Process.Manager != "" {
		s, err := site.Process.resolve(site)
		if err != nil {
			return nil, err
		}
		s.Names, v.Also = []string{site.Process.Name}, slices.Clone(site.Process.Also)
		v.Service = &s
	}
	v.Checks, v.Logs, v.Zone = slices.Clone(site.Checks), slices.Clone(site.Logs), site.Zone
	if v.Within == 0 {
		v.Within = queryWithin
	}
	return &v, v.complete()
}

// whole is a placeholder that is all there is: there is no prefix here, and no option.
var whole = regexp.MustCompile(`^\{([a-z][a-z0-9_]*)\}$`)

func (v Verify) complete() error {
	switch {
	case v.Within <= 0:
		return fmt.Errorf("within %s: not above zero", v.Within)
	case v.Lift && v.Report:
		return errors.New("lift and report: one of them")
	case v.Up && v.Down:
		return errors.New("up and down: one of them")
	case v.Accept != "" && !v.Lift:
		return errors.New("accept: only with lift")
	case !v.Bound && strings.ContainsAny(v.Accept, "{}") && !whole.MatchString(v.Accept):
		return fmt.Errorf("accept: %q: a parameter is the whole of it", v.Accept)
	}
	return nil
}

// About says that it looks.
func (v Verify) About() About {
	title := "look whether the service is well"
	if v.Lift {
		title = "look whether the lockdown may end"
	}
	return About{Title: title, Effect: Read, Expect: 3 * time.Second}
}

// Placeholders is the name of the parameter that says what is accepted.
func (v Verify) Placeholders() []string {
	if m := whole.FindStringSubmatch(v.Accept); m != nil && !v.Bound {
		return m[1:]
	}
	return nil
}

// Bind fills in what is accepted. A step that is bound stays as it is.
func (v Verify) Bind(args map[string]string) (Kind, error) {
	for _, name := range v.Placeholders() {
		value, ok := args[name]
		if !ok {
			return nil, fmt.Errorf("parameter %s: has no value", name)
		}
		v.Accept = value
	}
	v.Bound = true
	return &v, nil
}

// Plan says how much there is to look at; before the end of a lockdown it looks.
func (v Verify) Plan(ctx context.Context, env Env) ([]Fact, error) {
	if v.Lift {
		return v.planLift(ctx, env)
	}
	return []Fact{{Name: "checks", Kind: Shown, Value: fmt.Sprint(len(v.machine()))}}, nil
}

// Run looks at everything.
func (v Verify) Run(ctx context.Context, env Env) error {
	list, err := v.look(ctx, env)
	if err != nil {
		return err
	}
	env.found(list)
	switch bad := filterBad(list); {
	case v.Report || len(bad) == 0:
		return nil
	case v.Lift:
		return v.unaccepted(list)
	default:
		return &Failure{Sentence: count(len(bad), v.machineIn(list)) + " red: " + describe(bad), Hint: "see /verify"}
	}
}

// Looks are the config's checks.
func (v Verify) Looks() []Check { return v.Checks }

// look gives what every check came to, in the config's order, the built-in ones first. An error is that it was cancelled.
func (v Verify) look(ctx context.Context, env Env) ([]Finding, error) {
	checks := v.machine()
	list := make([]Finding, len(checks))
	var work sync.WaitGroup
	var done counter
	places := make(chan struct{}, verifyAtOnce)
	for i, c := range checks {
		places <- struct{}{}
		work.Go(func() {
			defer func() { <-places }()
			list[i] = v.one(ctx, env, c)
			done.next(func(n int) { env.progress("%d of %d checks", n, len(checks)) })
		})
	}
	work.Wait()
	if err := ctx.Err(); err != nil {
		return nil, failure(err, "looking whether the service is well was cut short", "do it again: /verify")
	}
	list = slices.DeleteFunc(list, func(f Finding) bool { return f.Name == "" })
	if v.People {
		list = append(list, v.people()...)
	}
	return list, nil
}

// counter counts for several at once; what is told of the count comes in its order.
type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) next(tell func(int)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	tell(c.n)
}

// builtIn are the names of the checks that every service has.
const (
	processCheck = "process"
	healthCheck  = "health"
)

// machine are the checks that need nobody.
func (v Verify) machine() []Check {
	var all []Check
	if v.Service != nil {
		all = append(all, Check{Name: processCheck})
		if v.Service.Health.URL != "" {
			all = append(all, Check{Name: healthCheck})
		}
	}
	for _, c := range v.Checks {
		if c.Ask == "" {
			all = append(all, c)
		}
	}
	return all
}

// people are the checks that somebody has to do.
func (v Verify) people() []Finding {
	var all []Finding
	for _, c := range v.Checks {
		if c.Ask != "" {
			all = append(all, Finding{Name: c.Name, State: Open, Ask: c.Ask})
		}
	}
	return all
}

// one looks at one check. The zero Finding says that there was nothing to look at.
func (v Verify) one(ctx context.Context, env Env, c Check) Finding {
	switch {
	case c.SQL != "":
		return lookSQL(ctx, env, c, v.Within)
	case c.HTTP != "":
		return lookHTTP(ctx, env, c)
	case c.Log != "":
		return v.lookLog(ctx, c, time.Now())
	case c.Name == processCheck:
		return v.lookProcess(ctx, env)
	}
	return v.lookHealth(ctx, env)
}

func filterBad(list []Finding) []Finding {
	var bad []Finding
	for _, f := range list {
		if f.Bad() {
			bad = append(bad, f)
		}
	}
	return bad
}

func (v Verify) machineIn(list []Finding) int {
	n := 0
	for _, f := range list {
		if f.State != Open {
			n++
		}
	}
	return n
}

// count is "2 of 8 checks are".
func count(bad, of int) string {
	checks, are := "checks", "are"
	if of == 1 {
		checks = "check"
	}
	if bad == 1 {
		are = "is"
	}
	return fmt.Sprintf("%d of %d %s %s", bad, of, checks, are)
}

// describe names what is red, each with what was found and what was wanted.
func describe(bad []Finding) string {
	var all []string
	for _, f := range bad[:min(len(bad), maxNamed)] {
		all = append(all, f.brief())
	}
	if more := len(bad) - maxNamed; more > 0 {
		all = append(all, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, ", ")
}

// brief is a red check in a few words: "users (0, want > 0)".
func (f Finding) brief() string {
	var in []string
	switch {
	case f.Why != "":
		in = append(in, f.Why)
	case f.Value != "":
		in = append(in, f.Value)
	}
	if f.Want != "" && f.Why == "" {
		in = append(in, "want "+f.Want)
	}
	if len(in) == 0 {
		return f.Name
	}
	return f.Name + " (" + strings.Join(in, ", ") + ")"
}
