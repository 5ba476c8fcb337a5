package config

import (
	"fmt"
	"regexp"
	"slices"

	"twokey/actions/step"
	"twokey/internal/secret"
)

// Service is what is operated, and where its parts are. Paths are absolute.
type Service struct {
	Name  string
	Dir   string
	RunAs string    // the Unix user that touches it; empty: ours
	Site  step.Site // what steps are loaded against: the directory, the user, the process manager, the health check

	EnvFile      string // empty: none
	Logs         Logs
	Database     Database
	Backups      Backups
	Migrations   Migrations
	Queues       Queues
	BeforeSwitch []string // SQL, run in a restored copy before it becomes the database
	Code         Code
	Settings     Settings
	Sessions     string // SQL that ends every session
}

var managers = []string{step.ManagerPM2, step.ManagerSystemd, step.ManagerCompose, step.ManagerCustom}

// unixUser is what useradd(8) takes by default.
var unixUser = regexp.MustCompile(`^[a-z_][a-z0-9_-]{0,31}$`)

func (n *node) service() Service {
	defer n.close()
	s := Service{
		Name:  n.need("name", "what people call it").filled(""),
		Dir:   n.need("dir", "the directory it runs in").file(""),
		RunAs: n.get("run_as").filled(""),
	}
	if user := n.get("run_as"); user.present() && !unixUser.MatchString(s.RunAs) {
		user.wrong(fmt.Sprintf("%q is not the name of a Unix user", s.RunAs), "")
	}
	s.Site = step.Site{
		Dir:     s.Dir,
		RunAs:   s.RunAs,
		Process: n.need("process", "who keeps it running: {manager: systemd, name: …}").section().process(),
		Health:  n.get("health").section().health(),
	}
	s.EnvFile = n.envFile(s.Dir)
	s.Logs = n.get("logs").section().logs()
	s.Database = n.get("database").section().database()
	if from := n.get("database").lookup("from_env_file"); from != nil && from.present() && s.EnvFile == "" {
		from.wrong("needs the env file", "name it: service: {env_file: .env}")
	}
	s.Backups = n.get("backups").section().backups()
	s.Migrations = n.get("migrations").section().migrations()
	s.Queues = n.get("queues").section().queues()
	s.BeforeSwitch = n.get("before_switch").strings()
	s.Code = n.get("code").section().code()
	s.Settings = n.get("config").section().settings()
	s.Sessions = n.get("sessions").str("")
	n.get("sessions").later("end sessions")
	s.Site.Database = s.databaseConfig()
	return s
}

// databaseConfig is what steps about the database are loaded with.
func (s Service) databaseConfig() step.DatabaseConfig {
	d := s.Database
	c := step.DatabaseConfig{Folders: s.Backups.Folders(), Tools: d.Tools, Prefix: d.Container, BeforeSwitch: s.BeforeSwitch,
		Migrations: s.Migrations.Table, Show: s.Migrations.Show, Revert: s.Migrations.Revert, KeepBefore: s.Backups.KeepBefore,
		MaxAge: s.Backups.MaxAge}
	for _, r := range []struct {
		name string
		url  secret.Value
	}{{step.NeedAdmin, d.AdminURL}, {step.NeedLoad, d.LoadURL}, {step.NeedRead, d.ReadURL}} {
		if !r.url.IsZero() {
			c.Roles = append(c.Roles, r.name)
		}
	}
	if !d.URL.IsZero() || d.FromEnvFile != nil {
		c.Roles = append(c.Roles, step.NeedService)
	}
	return c
}

func (n *node) process() step.ProcessConfig {
	defer n.close()
	p := step.ProcessConfig{
		Manager: n.need("manager", "pm2, systemd, compose or custom").oneOf("", managers...),
		Name:    n.need("name", "what the manager calls it").filled(""),
		Also:    n.get("also").strings(),
		Settle:  n.get("settle").duration(0),
	}
	for _, name := range managers {
		if of := n.get(name); of.present() && p.Manager != "" && p.Manager != name {
			of.wrong("is for another manager: this one is "+p.Manager, "remove it, or write manager: "+name)
		}
	}
	p.PM2 = n.get(step.ManagerPM2).section().pm2()
	p.Systemd.Program = n.get(step.ManagerSystemd).section().only("program").str("")
	p.Compose = n.get(step.ManagerCompose).section().compose()
	custom := n.get(step.ManagerCustom)
	if p.Manager == step.ManagerCustom {
		custom = n.need(step.ManagerCustom, "its programs: {start: […], stop: […], status: […]}")
	}
	p.Custom = custom.section().custom()
	return p
}

// only is the one key there may be.
func (n *node) only(key string) *node {
	v := n.get(key)
	n.close()
	return v
}

func (n *node) pm2() step.PM2Config {
	defer n.close()
	return step.PM2Config{Home: n.get("home").file(""), Program: n.get("program").str(""), Node: n.get("node").str("")}
}

func (n *node) compose() step.ComposeConfig {
	defer n.close()
	return step.ComposeConfig{Program: n.get("program").str(""), Files: n.get("files").strings(), Project: n.get("project").str("")}
}

func (n *node) custom() step.CustomConfig {
	defer n.close()
	const what = "a program and its arguments: [/usr/bin/myctl, start]"
	return step.CustomConfig{Start: n.need("start", what).argv(), Stop: n.need("stop", what).argv(), Status: n.need("status", what).argv()}
}

// argv reads a program and its arguments. There is no shell, so one text with blanks in it is a mistake.
func (n *node) argv() []string {
	if n.kind == text {
		n.wrong("is a text: a list is expected, because there is no shell to take it apart", "write each argument on its own: [/usr/bin/myctl, start]")
	}
	var argv []string
	for _, item := range n.list() {
		argv = append(argv, item.word())
	}
	if n.kind == list && (len(argv) == 0 || argv[0] == "") {
		n.wrong("names no program", "write a program and its arguments: [/usr/bin/myctl, start]")
	}
	return argv
}

func (n *node) health() step.Health {
	defer n.close()
	h := step.Health{
		URL:    n.need("url", "where the service says that it is well").str(""),
		Within: n.get("within").duration(0),
	}
	if err := h.Check(); err != nil {
		n.get("url").wrong("is not an http or https address", "write one such as http://127.0.0.1:3000/healthz")
	}
	return h
}

// oneOf reads one of the words there are.
func (n *node) oneOf(fallback string, words ...string) string {
	s := n.str(fallback)
	if n.present() && !slices.Contains(words, s) {
		n.wrong(fmt.Sprintf("%q is not one of them", s), didYouMean(s, words))
		return fallback
	}
	return s
}

// unique reports what is in a list twice.
func (n *node) unique() {
	seen := map[string]bool{}
	for _, item := range n.items {
		if item.kind == text && seen[item.text] {
			item.wrong(fmt.Sprintf("%q is there twice", item.text), "")
		}
		seen[item.text] = true
	}
}

func contains[T ~string](all []T, one T) bool { return slices.Contains(all, one) }
