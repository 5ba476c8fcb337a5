package config

import (
	"fmt"
	"time"

	"twokey/actions/step"
)

func (n *node) checks() []step.Check {
	var all []step.Check
	seen := map[string]int{}
	for _, item := range n.list() {
		c := item.section().check()
		if first, twice := seen[c.Name]; twice && c.Name != "" {
			item.get("name").wrong(fmt.Sprintf("%q is there twice", c.Name), fmt.Sprintf("the first is in line %d", first))
		}
		seen[c.Name] = item.at.line
		all = append(all, c)
	}
	n.laterMany(len(all), "check", "checks", "run")
	return all
}

func (n *node) check() step.Check {
	defer n.close()
	c := step.Check{
		Name:    n.need("name", "what people call it").filled(""),
		SQL:     n.get("sql").filled(""),
		Log:     n.get("log").filled(""),
		Ask:     n.get("ask").filled(""),
		Expect:  n.get("expect").expect(),
		Within:  n.get("within").duration(0),
		Private: n.get("private").boolean(false),
	}
	sql, log, ask := n.get("sql"), n.get("log"), n.get("ask")
	switch kinds := given(sql, log, ask); {
	case n.kind != mapping:
	case kinds == 0:
		n.wrong("looks at nothing", "write sql, log or ask")
	case kinds > 1:
		n.wrong("looks at several things", "keep one of sql, log and ask")
	default:
		belongs(n.get("expect"), sql, "sql")
		belongs(n.get("private"), sql, "sql")
		belongs(n.get("within"), log, "log")
		if log.present() {
			n.need("within", "how new the line must be, such as 15m")
		}
	}
	return c
}

func given(nodes ...*node) int {
	count := 0
	for _, n := range nodes {
		if n.kind != absent {
			count++
		}
	}
	return count
}

func belongs(n, to *node, key string) {
	if n.present() && to.kind == absent {
		n.wrong("is for a check with "+key+" only", "remove it")
	}
}

func (n *node) expect() step.Expect {
	s := n.str("")
	if !n.present() {
		return step.Expect{}
	}
	e, err := step.ParseExpect(s)
	if err != nil {
		n.wrong(err.Error(), `write one such as "> 0"; there are = != < <= > >=`)
	}
	return e
}

// Watch is what is looked at all the time.
type Watch struct {
	Every    time.Duration
	DiskFree int // percent
}

const (
	defaultEvery    = 15 * time.Second
	defaultDiskFree = 10
)

func (n *node) watch() Watch {
	defer n.close()
	w := Watch{Every: n.get("every").duration(defaultEvery), DiskFree: defaultDiskFree}
	if free := n.get("disk_free"); free.present() {
		w.DiskFree = free.percent()
	}
	n.later("watch the service")
	return w
}

func (n *node) percent() int {
	s := n.word()
	if !n.present() {
		return 0
	}
	p, err := parsePercent(s)
	if err != nil {
		n.wrong(s+" "+err.Error(), "write one such as 10%")
	}
	return p
}

// Incidents is how incidents are told.
type Incidents struct {
	Impact      map[string]string        // what is counted → SQL; $from is when it began
	UpdateEvery map[string]time.Duration // severity → how often people are told
}

// Hooks are where other programs tell of alerts.
type Hooks struct {
	Listen string // host:port; empty is off
}

var severities = []string{"critical", "high", "medium", "low"}

func (n *node) incidents() Incidents {
	defer n.close()
	i := Incidents{Impact: n.get("impact").table(), UpdateEvery: map[string]time.Duration{}}
	for _, e := range n.get("update_every").fields() {
		if !contains(severities, e.key) {
			e.value.wrong("is not a severity", didYouMean(e.key, severities))
			continue
		}
		i.UpdateEvery[e.key] = e.value.duration(0)
	}
	n.later("open incidents")
	return i
}
