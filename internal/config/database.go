package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"twokey/actions/step"
	"twokey/drills/calendar"
	"twokey/internal/backup"
	"twokey/internal/secret"
)

// Logs are the service's log files, and what in them looks like an attack.
type Logs struct {
	Files          []string // absolute patterns, as of filepath.Match
	AttackPatterns []string // parts of lines
}

// Database is the service's database, and the three roles that work on it.
type Database struct {
	FromEnvFile map[string]string // host, port, user, password and name → the env file's keys; nil when URL is set
	URL         secret.Value
	AdminURL    secret.Value // creates and renames databases
	LoadURL     secret.Value // owns scratch databases only
	ReadURL     secret.Value // reads only
	Tools       string       // the folder of pg_dump and its kind; empty: found on PATH
	Container   []string     // docker exec NAME, when they are in a container
}

// Backups are where backups are, who makes them, and how they are tried.
type Backups struct {
	Daily, Monthly, Safety string             // folders
	Schedule               *calendar.Schedule // nil: something else makes them
	Decode                 string             // on_arrival or never
	Restore                string             // daily, weekly, monthly or never
	Clock                  *time.Location     // of the times that a backup's name and header say; nil: the config's zone
	MaxAge                 time.Duration      // an older latest one is an alarm
	KeepBefore             time.Duration      // how long the database from before a restore is kept
}

// Migrations are the programs that show and take back the database's changes of shape.
type Migrations struct {
	Show, Revert []string
	Table        string
}

// Queues are the service's queues of work.
type Queues struct {
	RedisURL secret.Value
	Pattern  string
}

const (
	defaultMaxAge     = 26 * time.Hour // a day, and two hours for the backup itself
	defaultKeepBefore = 7 * 24 * time.Hour
	defaultPattern    = "bull:*:wait"
)

// sqlName is a table or a column, perhaps with its schema.
var sqlName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$`)

func (n *node) sqlName(fallback string) string {
	s := n.str(fallback)
	if n.present() && !sqlName.MatchString(s) {
		n.wrong(fmt.Sprintf("%q is not the name of a table or column", s), "")
	}
	return s
}

func (n *node) envFile(dir string) string {
	f := n.get("env_file")
	s := f.filled("")
	if s == "" || filepath.IsAbs(s) {
		return s
	}
	return filepath.Join(dir, s)
}

func (n *node) logs() Logs {
	defer n.close()
	var l Logs
	for _, item := range n.need("files", "[logs/*.log]").list() {
		p := item.file("")
		if _, err := filepath.Match(p, ""); err != nil {
			item.wrong(fmt.Sprintf("%q is not a pattern of file names", p), "")
		}
		l.Files = append(l.Files, p)
	}
	l.AttackPatterns = n.get("attack_patterns").strings()
	n.get("attack_patterns").laterMany(len(l.AttackPatterns), "pattern", "patterns", "look for")
	return l
}

func (n *node) database() Database {
	defer n.close()
	var d Database
	from := n.get("from_env_file")
	d.FromEnvFile = from.section().fromEnvFile()
	var given bool
	d.URL, given = n.databaseURL("url", false)
	switch {
	case n.kind != mapping:
	case given && from.present():
		from.wrong("is there beside url", "keep one of them")
	case !given && from.kind == absent:
		n.get("url_file").wrong("is missing", "name a file with the database's URL, or write from_env_file")
	}
	d.ReadURL, _ = n.databaseURL("read_url", false)
	d.AdminURL, _ = n.databaseURL("admin_url", false)
	d.LoadURL, _ = n.databaseURL("load_url", false)
	d.Tools, d.Container = n.get("tools").tools()
	return d
}

// tools is the folder of PostgreSQL's programs, or how they are called in a container.
func (n *node) tools() (dir string, container []string) {
	if n.kind != list {
		return n.file(""), nil
	}
	container = n.argv()
	if len(container) < 3 || container[1] != "exec" || !filepath.IsAbs(container[0]) {
		n.wrong("does not call a container", "write [/usr/bin/docker, exec, NAME], or the folder of the programs on this machine")
	}
	return "", container
}

var databaseParts = []string{"host", "port", "user", "password", "name"}

func (n *node) fromEnvFile() map[string]string {
	if n.kind != mapping {
		return nil
	}
	defer n.close()
	keys := map[string]string{}
	for _, part := range databaseParts {
		keys[part] = n.need(part, "the key of the env file that holds it").envName()
	}
	return keys
}

func (n *node) backups() Backups {
	defer n.close()
	b := Backups{
		Daily:      n.get("daily").file(""),
		Monthly:    n.get("monthly").file(""),
		Safety:     n.get("safety").file(""),
		Schedule:   n.get("schedule").cron(),
		Clock:      n.ownZone(),
		MaxAge:     n.get("max_age").duration(defaultMaxAge),
		KeepBefore: n.get("keep_before").duration(defaultKeepBefore),
	}
	v := n.get("verify").section()
	b.Decode = v.get("decode").oneOf("on_arrival", "on_arrival", "never")
	b.Restore = v.get("restore").oneOf("weekly", "daily", "weekly", "monthly", "never")
	v.close()
	if b.Daily == "" && n.kind == mapping {
		n.get("daily").wrong("is missing", "the folder backups are in, such as backups/daily")
	}
	return b
}

// Folders are those that the config names. Safety copies have one of their own, beside the daily one when it is not named.
func (b Backups) Folders() []backup.Folder {
	if b.Daily == "" {
		return nil
	}
	safety := b.Safety
	if safety == "" {
		safety = filepath.Join(filepath.Dir(b.Daily), "safety")
	}
	all := []backup.Folder{{Name: "daily", Dir: b.Daily}, {Name: "monthly", Dir: b.Monthly}, {Name: "safety", Dir: safety}}
	return slices.DeleteFunc(all, func(f backup.Folder) bool { return f.Dir == "" })
}

func (n *node) migrations() Migrations {
	defer n.close()
	m := Migrations{
		Show:   n.need("show", "a program and its arguments").argv(),
		Revert: n.need("revert", "a program and its arguments").argv(),
		Table:  n.get("table").sqlName("migrations"),
	}
	return m
}

func (n *node) queues() Queues {
	defer n.close()
	address, given := n.secret("redis_url", false)
	if !given && n.kind == mapping {
		n.get("redis_url_file").wrong("is missing", "the file with redis's URL, such as secrets/redis.url")
	}
	n.checkRedis(address)
	return Queues{RedisURL: address, Pattern: n.get("pattern").filled(defaultPattern)}
}

// checkRedis checks the address of Redis. The password in it is a secret of its own.
func (n *node) checkRedis(address secret.Value) {
	if address.IsZero() {
		return
	}
	u, err := url.Parse(address.Reveal())
	if err == nil && (u.Scheme == "redis" || u.Scheme == "rediss") && u.Host != "" && redisDatabase.MatchString(u.Path) {
		n.doc.config.Secrets = append(n.doc.config.Secrets, redisPassword(u)...)
		return
	}
	at := n.get("redis_url_file")
	if !at.present() {
		at = n.get("redis_url")
	}
	at.wrong("is not the address of a Redis", "write one such as redis://:password@127.0.0.1:6379/0; in a password, %, @, / and : are written as %25, %40, %2F and %3A")
}

// redisDatabase is the path of a Redis URL: the number of the database, or none.
var redisDatabase = regexp.MustCompile(`^(/[0-9]{0,4})?$`)

// redisPassword is what must not be told. A name without a password is one: redis-cli and the client take it so.
func redisPassword(u *url.URL) []secret.Value {
	if _, has := u.User.Password(); !has && u.User.Username() != "" {
		return []secret.Value{secret.New(u.User.Username())}
	}
	return passwordOf(u)
}

// site is what steps about queues are loaded with.
func (q Queues) site(bot secret.Value) step.QueueConfig {
	c := step.QueueConfig{Bot: !bot.IsZero()}
	if !q.RedisURL.IsZero() {
		c.Pattern = q.Pattern
	}
	return c
}

// Code is the service's source and how a release is made from it.
type Code struct {
	Branch       string
	Build        [][]string // programs, in order
	Test         []string
	KeepReleases int
}

// Settings are the keys of the service's env file.
type Settings struct {
	Backups     string
	ShowValues  []string          // keys whose values may be shown
	Flags       []string          // switches people may turn
	StopFlags   map[string]string // key → value while everything must stop
	Rotate      []string          // keys that get a new random value
	NeverRotate map[string]string // key → why not
}

const defaultKeepReleases = 5

func (n *node) code() Code {
	defer n.close()
	c := Code{Branch: n.get("branch").filled("main"), KeepReleases: n.get("keep_releases").count(defaultKeepReleases, 1)}
	for _, item := range n.get("build").list() {
		c.Build = append(c.Build, item.argv())
	}
	if test := n.get("test"); test.present() {
		c.Test = test.argv()
	}
	if n.present() {
		n.warn("is read for drills only: this version does not deploy yet", "")
	}
	return c
}

func (n *node) settings() Settings {
	defer n.close()
	s := Settings{
		Backups:     n.get("backups").file(""),
		ShowValues:  n.get("show_values").envNames(),
		Flags:       n.get("flags").envNames(),
		StopFlags:   n.get("stop_flags").envTable(),
		Rotate:      n.get("rotate").envNames(),
		NeverRotate: n.get("never_rotate").envTable(),
	}
	for _, item := range n.get("rotate").items {
		if why, never := s.NeverRotate[item.text]; never {
			item.wrong(item.text+" is in never_rotate, too: "+why, "remove it from one of them")
		}
	}
	for _, item := range n.get("show_values").items {
		if slices.Contains(s.Rotate, item.text) {
			item.wrong(item.text+" is in rotate, so it is a secret, and a secret is not shown", "remove it from show_values")
		}
	}
	n.later("touch the env file")
	return s
}

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (n *node) envName() string {
	s := n.str("")
	if n.present() && !envName.MatchString(s) {
		n.wrong(fmt.Sprintf("%q is not the name of a variable", s), "")
	}
	return s
}

func (n *node) envNames() []string {
	var names []string
	for _, item := range n.list() {
		names = append(names, item.envName())
	}
	n.unique()
	return names
}

func (n *node) envTable() map[string]string {
	t := n.table()
	for _, e := range n.entries {
		if !envName.MatchString(e.key) {
			e.value.wrong(fmt.Sprintf("%q is not the name of a variable", e.key), "")
		}
	}
	return t
}
