package main

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"twokey/actions/step"
	"twokey/drills"
	"twokey/drills/rehearsal"
	"twokey/drills/rehearsal/backupdrill"
	"twokey/drills/rehearsal/codedrill"
	"twokey/drills/rehearsal/nightdrill"
	"twokey/internal/backup"
	"twokey/internal/config"
	"twokey/internal/journal"
	"twokey/internal/pgtools"
	pgprograms "twokey/internal/postgres"
	"twokey/internal/proc"
	"twokey/internal/restore"
	"twokey/internal/secret"
)

// kind makes what does a drill's automatic steps; nil when it has none. What it is given is all it ever reaches: no address of the
// service's database, no token, no sender.
func (p practice) kind(d config.Drill) (rehearsal.Kind, error) {
	switch d.Type {
	case drills.Database:
		return p.databaseKind(d)
	case drills.Code:
		return p.codeKind(d)
	case drills.Emergency:
		return p.emergencyKind(d)
	}
	return nil, nil
}

func (p practice) databaseKind(d config.Drill) (rehearsal.Kind, error) {
	s := p.cfg.Service
	admin, load := d.AdminURL, d.LoadURL
	if admin.IsZero() {
		admin, load = s.Database.AdminURL, s.Database.LoadURL
	}
	folders := s.Site.Database.Folders
	if admin.IsZero() || load.IsZero() || len(folders) == 0 {
		return nil, errors.New("needs service.backups, and service.database.admin_url_file and load_url_file: twokey check prints the SQL that makes the roles")
	}
	migrations := ""
	if len(s.Migrations.Show)+len(s.Migrations.Revert) > 0 {
		migrations = s.Migrations.Table
	}
	tools := pgtools.Tools{Dir: s.Database.Tools, Prefix: s.Database.Container}
	return backupdrill.New(backupdrill.Config{Shelf: backup.Shelf{Folders: folders, Zone: p.cfg.Zone, Clock: p.cfg.Service.Backups.Clock}, Scratch: restore.Scratch{Admin: admin, Load: load, Tools: tools, Whose: p.acts.Genesis()},
		Tools: tools, Pins: filepath.Join(filepath.Dir(p.cfg.State), "pins"), Floor: diskFloor, MaxAge: s.Backups.MaxAge, Stale: d.Stale, Production: p.production(),
		Migrations: migrations, Fresh: d.Fresh, Checks: drillChecks(p.cfg.Checks), Runbook: d.Runbook}), nil
}

// production is which database the scratch one must not be: names, and no way in.
func (p practice) production() (is backupdrill.Production) {
	if address, err := p.cfg.Service.DatabaseURL(); err == nil {
		if u, err := url.Parse(address.Reveal()); err == nil {
			is.Name = strings.TrimPrefix(u.Path, "/")
		}
	}
	known := ""
	p.log.View(func(journal.Now) { known = p.acts.Base() })
	_, is.SystemIdentifier, _ = strings.Cut(known, ", system ")
	return is
}

// drillChecks are the config's checks that a copy can be asked.
func drillChecks(all []step.Check) (list []backupdrill.Check) {
	for _, c := range all {
		if c.SQL == "" || c.Private {
			continue
		}
		one := backupdrill.Check{Name: c.Name, SQL: c.SQL}
		if !c.Expect.IsZero() {
			one.Judge = func(value string) (state, why string) {
				n, err := strconv.ParseFloat(value, 64)
				if err == nil && c.Expect.Holds(n) {
					return drills.Green, ""
				}
				return drills.Red, "expected " + c.Expect.String()
			}
		}
		list = append(list, one)
	}
	return list
}

func (p practice) codeKind(d config.Drill) (rehearsal.Kind, error) {
	s := p.cfg.Service
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, errors.New("needs git: apt-get install git")
	}
	work, err := p.worktrees(d)
	if err != nil {
		return nil, err
	}
	c := codedrill.Config{Repo: s.Dir, Branch: s.Code.Branch, Git: git, Work: work, Build: s.Code.Build,
		Test: s.Code.Test, Start: d.Start, Health: d.Health, Lives: d.Lives, EnvFile: d.EnvFile, Production: p.forbidden, Runbook: d.Runbook}
	if s.RunAs != "" {
		if c.User, err = proc.LookupUser(s.RunAs); err != nil {
			return nil, err
		}
	}
	return codedrill.New(c)
}

// worktrees is the folder in which the release before is built: ours, and the service's user may pass.
func (p practice) worktrees(d config.Drill) (string, error) {
	dir := d.Work
	if dir == "" {
		dir = filepath.Join(filepath.Dir(p.cfg.State), "worktrees")
	}
	return dir, errors.Join(os.MkdirAll(dir, 0o711), os.Chmod(dir, 0o711))
}

// forbidden is what of production must not be in the env file of a drill.
func (p practice) forbidden() (codedrill.Forbidden, error) {
	f := codedrill.Forbidden{Values: p.cfg.Secrets}
	if p.cfg.Service.EnvFile != "" {
		f.Files = append(f.Files, p.cfg.Service.EnvFile)
	}
	for _, address := range []secret.Value{p.cfg.Service.Database.URL, p.cfg.Service.Database.AdminURL, p.cfg.Service.Database.LoadURL, p.cfg.Service.Database.ReadURL, p.cfg.Service.Queues.RedisURL} {
		f.Addresses, f.Databases = reach(address, f.Addresses, f.Databases)
	}
	if address, err := p.cfg.Service.DatabaseURL(); err == nil {
		f.Addresses, f.Databases = reach(address, f.Addresses, f.Databases)
	}
	return f, nil
}

// reach adds where an address leads to.
func reach(address secret.Value, hosts, databases []string) (_, _ []string) {
	u, err := url.Parse(address.Reveal())
	if err != nil || u.Host == "" {
		return hosts, databases
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), map[string]string{"postgres": "5432", "postgresql": "5432", "redis": "6379", "rediss": "6379"}[u.Scheme])
	}
	if name := strings.TrimPrefix(u.Path, "/"); name != "" && name != "postgres" && strings.HasPrefix(u.Scheme, "postgres") {
		databases = append(databases, name)
	}
	return append(hosts, host), databases
}

func (p practice) emergencyKind(d config.Drill) (rehearsal.Kind, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if d.Tabletop != "" {
		if _, err := nightdrill.Load(d.Tabletop); err != nil {
			return nil, err
		}
	}
	return &night{nightdrill.Drill{Config: nightdrill.Config{Program: self, Dir: filepath.Join(filepath.Dir(p.cfg.State), "stages"), Scenario: d.Tabletop, Postgres: pgprograms.Programs}},
		func() int { return p.held(d.Name) }}, nil
}

// night is an emergency drill whose built-in scenarios take turns.
type night struct {
	nightdrill.Drill
	turn func() int
}

// Script is that of the scenario whose turn it is.
func (n *night) Script(ctx context.Context) ([]drills.Step, error) {
	n.Drill.Turn = n.turn()
	return n.Drill.Script(ctx)
}

// held is how often a drill was held to its end.
func (p practice) held(name drills.Name) (n int) {
	p.log.View(func(journal.Now) {
		for _, x := range p.state.All() {
			if x.Drill == name && x.Status == drills.Done {
				n++
			}
		}
	})
	return n
}
