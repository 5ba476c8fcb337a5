package config

import (
	"fmt"
	"strings"
	"time"

	"twokey/actions/step"
)

func (n *node) checks() []step.Check {
	var all []step.Check
	seen := map[string]int{}
	for _, item := range n.list() {
		c := item.section().check()
		key := step.CheckKey(c.Name)
		switch first, twice := seen[key]; {
		case key == "":
		case twice:
			item.get("name").wrong(fmt.Sprintf("%q is there twice", c.Name), fmt.Sprintf("the first is in line %d", first))
		case key == "process" || key == "health" || key == "none":
			item.get("name").wrong(fmt.Sprintf("%q has a meaning of its own", c.Name), "choose another name")
		case strings.Contains(key, ","):
			item.get("name").wrong("has a comma, and in accept=… that is between two names", "leave it out")
		}
		seen[key] = item.at.line
		all = append(all, c)
	}
	return all
}

func (n *node) check() step.Check {
	defer n.close()
	c := step.Check{
		Name:    n.need("name", "what people call it").filled(""),
		SQL:     n.get("sql").filled(""),
		HTTP:    n.get("http").filled(""),
		Log:     n.get("log").filled(""),
		Ask:     n.get("ask").filled(""),
		Expect:  n.get("expect").expect(),
		Within:  n.get("within").duration(0),
		Private: n.get("private").boolean(false),
	}
	sql, http, log, ask := n.get("sql"), n.get("http"), n.get("log"), n.get("ask")
	switch kinds := given(sql, http, log, ask); {
	case n.kind != mapping:
	case kinds == 0:
		n.wrong("looks at nothing", "write sql, http, log or ask")
	case kinds > 1:
		n.wrong("looks at several things", "keep one of sql, http, log and ask")
	default:
		belongs(n.get("expect"), sql, "sql")
		belongs(n.get("private"), sql, "sql")
		belongs(n.get("within"), log, "log")
		n.checkable(sql, http, log)
	}
	return c
}

// checkable says what a check needs elsewhere in the file.
func (n *node) checkable(sql, http, log *node) {
	if sql.present() && !n.doc.has("service.database.read_url", "service.database.read_url_file") {
		sql.wrong("needs a role that reads the database", readHint)
	}
	if err := step.CheckURL(http.text); http.present() && err != nil {
		http.wrong(err.Error(), "write one such as http://127.0.0.1:3000/admin")
	}
	if !log.present() {
		return
	}
	n.need("within", "how new the line must be, such as 15m")
	if !n.doc.has("service.logs.files") {
		log.wrong("needs the service's log files", "name them: service: {logs: {files: [logs/*.log]}}")
	}
}

// readHint is how to get a role for queries.
const readHint = "name a file with its URL: service: {database: {read_url_file: secrets/ops-read.url}}"

// has says whether one of the paths is in the file.
func (d *document) has(paths ...string) bool {
	for _, p := range paths {
		if _, there := d.where[p]; there {
			return true
		}
	}
	return false
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
