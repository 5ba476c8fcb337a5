package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"twokey/drills"
	"twokey/internal/secret"
)

// Drill is a practice that comes again and again, and what its rehearsal works with. None of it is production's.
type Drill struct {
	drills.Plan
	Runbook string // absolute, or a URL; empty: none
	// Of code: with an env file the release is started, and asked at Health, or has to live so long.
	EnvFile string
	Start   []string
	Health  string
	Lives   time.Duration
	Work    string // where it is built, absolute; empty: beside the state
	// Of database: SQL that gives the time of the newest row, and another server for the scratch database; zero: the service's.
	Fresh             string
	Stale             time.Duration // how much older than the backup that row may be; 0: as backups.max_age
	AdminURL, LoadURL secret.Value
	Tabletop          string // of emergency: a file of events, absolute; empty: a built-in one
}

// defaultLives is how long a release that is started in a drill has to live.
const defaultLives = 10 * time.Second

func (n *node) drills() []Drill {
	var all []Drill
	for _, e := range n.fields() {
		if !wordName.MatchString(e.key) {
			e.value.wrong(fmt.Sprintf("%q is not a word of small letters, digits and _", e.key), "")
			continue
		}
		d := e.value.section().drill()
		d.Name = drills.Name(e.key)
		all = append(all, d)
	}
	n.planned(all)
	return all
}

// planned looks at all schedules together.
func (n *node) planned(all []Drill) {
	var plans []drills.Plan
	for _, d := range all {
		if d.Schedule != nil {
			plans = append(plans, d.Plan)
		}
	}
	for _, flaw := range drills.CheckPlans(plans, n.doc.world.now()) {
		at := n.get(string(flaw.Drill)).get("schedule")
		if flaw.Refused {
			at.wrong(flaw.Text, flaw.Hint)
		} else {
			at.warn(flaw.Text, flaw.Hint)
		}
	}
}

var wordName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

func (n *node) drill() Drill {
	defer n.close()
	d := Drill{Plan: drills.Plan{
		Schedule: n.need("schedule", `when it is: "second tue of month 10:00"`).schedule(),
		Type:     n.need("type", strings.Join(drills.Types(), ", ")).oneOf("", drills.Types()...),
		Target:   n.need("target", "how long it should take").duration(0),
	}, Runbook: n.get("runbook").document()}
	for _, item := range n.get("remind").list() {
		d.Remind = append(d.Remind, item.duration(0))
	}
	slices.SortFunc(d.Remind, func(a, b time.Duration) int { return int((b - a) / time.Second) })
	owners := n.need("owners", "who prepares it: [name]")
	for _, item := range owners.list() {
		d.Owners = append(d.Owners, item.person())
	}
	if owners.kind == list && len(owners.items) == 0 {
		owners.wrong("is empty: nobody would prepare it", "write the name of somebody in people")
	}
	n.rehearsal(&d)
	return d
}

// rehearsal reads what is for one type only.
func (n *node) rehearsal(d *Drill) {
	d.EnvFile, d.Start, d.Health, d.Lives = n.get("env_file").optionalFile(), n.get("start").argv(), n.get("health").str(""), n.get("lives").duration(defaultLives)
	d.Stale, d.RPO = n.get("stale_after").duration(0), n.get("rpo").duration(0)
	d.Work = n.get("work").optionalFile()
	d.Fresh, d.Tabletop = n.get("fresh").str(""), n.get("tabletop").optionalFile()
	scratch := n.get("scratch").section()
	d.AdminURL, _ = scratch.databaseURL("admin_url", false)
	d.LoadURL, _ = scratch.databaseURL("load_url", false)
	scratch.close()
	if scratch.present() && (d.AdminURL.IsZero() || d.LoadURL.IsZero()) {
		scratch.wrong("needs admin_url_file and load_url_file", "")
	}
	for key, of := range map[string]string{"env_file": drills.Code, "start": drills.Code, "health": drills.Code, "lives": drills.Code, "work": drills.Code,
		"fresh": drills.Database, "stale_after": drills.Database, "rpo": drills.Database, "scratch": drills.Database, "tabletop": drills.Emergency} {
		if at := n.get(key); at.present() && d.Type != "" && d.Type != of {
			at.wrong("is for a drill of type "+of, "remove it")
		}
	}
	if d.EnvFile != "" && d.EnvFile == n.doc.config.Service.EnvFile {
		n.get("env_file").wrong("is the service's own: a drill does not start anything with production's values", "write another one, with the values of a test system")
	}
	if len(d.Start) > 0 && d.EnvFile == "" {
		n.get("start").wrong("needs env_file: nothing is started with production's values", "")
	}
}

// document reads a path or a URL; an empty text is none.
func (n *node) document() string {
	s := n.str("")
	if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return s
	}
	return n.optionalFile()
}

// optionalFile reads a path; an empty text is none.
func (n *node) optionalFile() string {
	s := n.str("")
	if s == "" {
		return ""
	}
	return n.doc.absolute(s)
}
