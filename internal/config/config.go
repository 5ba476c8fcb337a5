// Package config turns the file that a user writes into typed values: decoded, completed with defaults, and checked.
//
// It is strict, and it says everything at once: unknown keys, wrong types, missing keys, rules that nobody can satisfy
// and schedules that never fire all come back as Findings with their line, and a hint where there is one. The types of a
// part live with the code they configure (auth, actions, step); those whose code does not exist yet live here, are read
// and checked all the same, and a warning says that nothing uses them yet.
//
// Parse is the whole of it, with the world outside (environment, files, programs) passed in; Load is Parse with the real
// world. ${NAME} is replaced in parsed values, never in the text. Relative paths are relative to the config file.
package config

import (
	"io"
	"os"
	"path/filepath"
	"time"
	_ "time/tzdata" // zones are known on a machine that has no list of them

	"twokey/actions"
	"twokey/actions/step"
	"twokey/auth"
	"twokey/drills/calendar"
	"twokey/internal/secret"
)

// Config is what a file says, decoded and complete. It is of use only when the Findings that came with it have no error.
type Config struct {
	File        string // absolute
	Telegram    Telegram
	State       string       // the SQLite file; absolute
	SigningKey  secret.Value // signs the journal's head; zero when not configured
	Zone        *time.Location
	QuietHours  QuietHours
	Console     Console
	People      []Person       // in the order of the file
	Directory   auth.Directory // the same people
	Escalate    Escalate
	Contacts    []Contact
	Service     Service
	Rules       Rules
	Definitions map[actions.Name]actions.Definition // the config's own actions
	Catalogue   actions.Catalogue                   // they and the built-in ones, loaded and checked
	Revision    string                              // SHA-256, in hex, of catalogue and people
	Checks      []step.Check
	Notices     Notices
	Watch       Watch
	Drills      []Drill
	Holidays    []calendar.Date
	Incidents   Incidents
	Hooks       Hooks
	Listen      string         // host:port of /metrics, /healthz and /readyz; empty is off
	Secrets     []secret.Value // every secret that was read, for redaction
}

// World is what a config refers to outside itself. The zero World has an empty environment, empty secrets, files that
// are all in order, and no catalogue.
type World struct {
	Getenv    func(name string) (string, bool)
	Secret    func(path string) (secret.Value, error) // reads a file that only we can read
	Guard     func(path string) error                 // says when others could write path or replace it
	Catalogue func(actions.Source) (actions.Catalogue, error)
	Now       func() time.Time // nil: time.Now
	Reserved  []actions.Name   // commands of the bot that an action may not take
}

func (w World) getenv(name string) (string, bool) {
	if w.Getenv == nil {
		return "", false
	}
	return w.Getenv(name)
}

// Load reads the file at path and everything it names. reserved are the commands of the bot, which an own action may not
// take. The Config is of use when findings.Err() is nil.
func Load(path string, getenv func(string) (string, bool), reserved []actions.Name) (Config, Findings) {
	g := newGuard(os.Geteuid())
	world := World{Getenv: getenv, Secret: g.secret, Guard: g.check, Catalogue: actions.NewCatalogue, Reserved: reserved}
	d := newDocument(path, world)
	data, err := readFile(path)
	if err != nil {
		d.addError("", err)
		return Config{}, d.findings
	}
	d.addError("", g.check(path))
	c, findings := d.parse(data)
	c.Secrets = append(c.Secrets, c.Service.databasePassword()...)
	return c, findings
}

// Parse reads data as the file called name would be read by Load.
func Parse(name string, data []byte, w World) (Config, Findings) {
	return newDocument(name, w).parse(data)
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &Problem{Sentence: "cannot be read: " + cause(err).Error(), Hint: "name another file with -c, or write one: twokey init"}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, &Problem{Sentence: "cannot be read: " + cause(err).Error()}
	}
	return data, nil
}

// document is one file while it is read.
type document struct {
	file     string // as it was given
	dir      string // absolute
	world    World
	where    map[string]position
	depth    int
	config   Config
	findings Findings
}

func newDocument(file string, w World) *document {
	d := &document{file: file, dir: filepath.Dir(file), world: w, where: map[string]position{}}
	if abs, err := filepath.Abs(d.dir); err == nil {
		d.dir = abs
	}
	d.config.File = filepath.Join(d.dir, filepath.Base(file))
	return d
}

// parse reads the sections in an order in which each finds what it refers to: people before rules, rules before actions.
func (d *document) parse(data []byte) (Config, Findings) {
	root := d.tree(data)
	if root.kind != mapping {
		return Config{}, d.findings.inOrder()
	}
	c := &d.config
	c.Zone = root.zone()
	c.Holidays = root.get("holidays").holidays()
	c.Telegram = root.need("telegram", "the bot's token and the admin chat").section().telegram()
	c.State = root.state()
	c.SigningKey = root.signingKey()
	c.People, c.Directory = root.need("people", "who may do something: a list of names, Telegram ids and roles").people()
	c.QuietHours = root.get("quiet_hours").section().quietHours()
	c.Console = root.get("console").section().console()
	c.Escalate = root.get("escalate").section().escalate()
	c.Contacts = root.get("contacts").contacts()
	c.Service = root.need("service", "what is operated: its name, directory and process manager").section().service()
	c.Rules.Default = root.defaultRule()
	c.Definitions = root.get("actions").definitions()
	c.Rules.Named = root.get("rules").namedRules()
	c.Checks = root.get("checks").checks()
	c.Service.Site.Checks, c.Service.Site.Logs, c.Service.Site.Zone = c.Checks, c.Service.Logs.Files, c.Zone.String()
	c.Notices = root.get("notices").section().notices()
	c.Service.Site.Queues = c.Service.Queues.site(c.Notices.Token)
	c.Service.Site.Notices = !c.Notices.Token.IsZero()
	c.Watch = root.get("watch").section().watch()
	c.Drills = root.get("drills").drills()
	c.Service.Site.Drills = len(c.Drills) > 0
	c.Incidents = root.get("incidents").section().incidents()
	c.Hooks = root.get("hooks").section().hooks()
	c.Listen = root.listen()
	root.close()
	d.catalogue()
	return d.config, d.findings.inOrder()
}
