package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"twokey/actions/step"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/config"
	"twokey/internal/preflight"
	"twokey/internal/proc"
	"twokey/internal/secret"
)

// preflights looks at the world, for `twokey check` and /preflight alike.
type preflights struct {
	tests  []preflight.Test
	redact *secret.Redactor
	busy   sync.Mutex
}

// newPreflights makes the tests of a config.
func newPreflights(cfg config.Config, client *telegram.Client, outside world) (*preflights, error) {
	stage := preflight.Stage{Bot: messenger(client), Admin: cfg.Telegram.AdminChat, Topic: cfg.Telegram.Topic, Witness: cfg.Telegram.WitnessChat,
		BotID: client.BotID()}
	for _, p := range cfg.Directory.People() {
		h := preflight.Human{Name: string(p.Name)}
		for _, a := range p.Accounts {
			h.Accounts = append(h.Accounts, int64(a))
		}
		stage.People = append(stage.People, h)
	}
	if !cfg.Notices.Token.IsZero() {
		other, err := telegram.New(telegram.Config{Token: cfg.Notices.Token, API: cfg.Notices.API})
		if err != nil {
			return nil, fmt.Errorf("notices: %w", err)
		}
		m := messenger(other)
		stage.Notices, stage.NoticesAreBy = &m, other.BotID()
	}
	s := cfg.Service
	// That the user is not there, or is ourselves, is what Hands says.
	as, _ := proc.LookupUser(s.RunAs)
	box := toolbox(cfg, as)
	hands := preflight.Hands{RunAs: s.RunAs, Lookup: proc.LookupUser, UID: os.Geteuid()}
	server := preflight.Server{Configured: hasDatabase(s.Database), Admin: s.Database.AdminURL, Load: s.Database.LoadURL, Read: s.Database.ReadURL, Dump: box.Dump}
	if !s.Database.URL.IsZero() || s.Database.FromEnvFile != nil {
		server.Service = s.DatabaseURL
	}
	operated := preflight.Operated{Name: s.Name, Manager: s.Site.Process.Manager, Health: s.Site.Health.URL, Dir: s.Dir, As: as, Git: box.Path("git"),
		Code: needsCode(s), EnvFile: s.EnvFile, Logs: s.Logs.Files, Status: outside.status,
		Backups: map[string]string{"service.backups.daily": s.Backups.Daily, "service.backups.monthly": s.Backups.Monthly,
			"service.backups.safety": s.Backups.Safety, "service.config.backups": s.Settings.Backups}}
	machine := preflight.Machine{State: cfg.State, Zone: cfg.Zone, Now: time.Now}
	p := &preflights{redact: withPasswords(cfg)}
	for _, tests := range [][]preflight.Test{box.Tests(), hands.Tests(), server.Tests(), stage.Tests(), operated.Tests(), machine.Tests()} {
		p.tests = append(p.tests, tests...)
	}
	return p, nil
}

// toolbox says which programs the config needs, and what for.
func toolbox(cfg config.Config, as *proc.User) preflight.Toolbox {
	s := cfg.Service
	box := preflight.Toolbox{Tools: s.Database.Tools, At: map[string]string{}, Needed: map[string]string{}, As: as, Look: s.Site.LookPath}
	need := func(program, by string) {
		if name := filepath.Base(program); program != "" && box.Needed[name] == "" {
			box.Needed[name] = by
			if name != program {
				box.At[name] = program
			}
		}
	}
	p := s.Site.Process
	switch p.Manager {
	case step.ManagerPM2:
		need("pm2", "service.process")
		need("node", "service.process")
		box.At["pm2"], box.At["node"] = p.PM2.Program, p.PM2.Node
	case step.ManagerSystemd:
		need("systemctl", "service.process")
		box.At["systemctl"] = p.Systemd.Program
	case step.ManagerCompose:
		need("docker", "service.process")
		box.At["docker"] = p.Compose.Program
	}
	if hasDatabase(s.Database) {
		for _, program := range []string{"pg_dump", "pg_restore", "psql"} {
			need(program, "service.database")
		}
	}
	if needsCode(s) {
		need("git", "service.code")
	}
	for _, argv := range append([][]string{s.Code.Test}, s.Code.Build...) {
		need(first(argv), "service.code")
	}
	for _, argv := range [][]string{s.Migrations.Show, s.Migrations.Revert} {
		need(first(argv), "service.migrations")
	}
	return box
}

func first(argv []string) string {
	if len(argv) == 0 {
		return ""
	}
	return argv[0]
}

func hasDatabase(d config.Database) bool { return !d.URL.IsZero() || len(d.FromEnvFile) > 0 }

func needsCode(s config.Service) bool { return len(s.Code.Build) > 0 || len(s.Code.Test) > 0 }

// withPasswords makes a redactor that knows the passwords within the addresses, too.
func withPasswords(cfg config.Config) *secret.Redactor {
	d := cfg.Service.Database
	return secret.NewRedactor(append(preflight.Passwords(d.URL, d.AdminURL, d.LoadURL, d.ReadURL), cfg.Secrets...)...)
}

// maxShown is the longest sentence of a look, in characters.
const maxShown = 300

func (p *preflights) look(ctx context.Context) []preflight.Result {
	show := func(s string) string { return text.Plain(p.redact.String(s), maxShown) }
	return preflight.Run(ctx, p.tests, show, p.redact.String)
}

// view is a look for /preflight. One at a time: whoever asks meanwhile is told so.
func (p *preflights) view(ctx context.Context) text.PreflightView {
	if !p.busy.TryLock() {
		return text.PreflightView{Busy: true}
	}
	defer p.busy.Unlock()
	began := time.Now()
	v := text.PreflightView{Checked: began}
	for _, r := range p.look(ctx) {
		v.Found = append(v.Found, text.Found{Area: string(r.Area), State: string(r.State), Sentence: r.Sentence, Hint: r.Hint})
		v.SQL = v.SQL || r.SQL != ""
	}
	v.Took = time.Since(began)
	return v
}

// marks are how a state looks in a terminal, and still in a pipe.
var marks = map[preflight.State]string{preflight.OK: "✓", preflight.Warn: "!", preflight.Fail: "✗", preflight.Off: "–"}

// report prints a look: area by area, hints below what they are for, the SQL once, and what it all came to.
func report(w io.Writer, list []preflight.Result, took time.Duration) {
	var area preflight.Area
	blocks := map[string]bool{}
	for _, r := range list {
		if r.Area != area {
			area = r.Area
			fmt.Fprintf(w, "\n%s\n", area)
		}
		fmt.Fprintf(w, "  %s %s\n", marks[r.State], r.Sentence)
		if r.Hint != "" {
			fmt.Fprintf(w, "      %s\n", r.Hint)
		}
		if r.SQL != "" {
			blocks[r.SQL] = true
		}
	}
	for block := range maps.Keys(blocks) {
		fmt.Fprintf(w, "\nThis SQL makes the roles what they should be:\n\n%s", block)
	}
	fmt.Fprintf(w, "\n%s\n", summary(list, took))
}

func summary(list []preflight.Result, took time.Duration) string {
	failed, warned := preflight.Count(list, preflight.Fail), preflight.Count(list, preflight.Warn)
	head := "Nothing failed"
	switch {
	case failed > 0:
		head = strconv.Itoa(failed) + " failed"
	case warned == 0:
		head = "All is well"
	}
	parts := []string{head}
	if warned > 0 {
		parts = append(parts, plural(warned, "warning"))
	}
	parts = append(parts, fmt.Sprintf("%d in order", preflight.Count(list, preflight.OK)))
	if n := preflight.Count(list, preflight.Off); n > 0 {
		parts = append(parts, fmt.Sprintf("%d not looked at", n))
	}
	return fmt.Sprintf("%s. It took %.1f s.", strings.Join(parts, ", "), took.Seconds())
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// messenger lets the tests ask as one bot.
func messenger(c *telegram.Client) preflight.Messenger {
	return preflight.Messenger{
		Me: func(ctx context.Context) (preflight.Account, error) {
			m, err := c.Me(ctx)
			return preflight.Account{ID: m.ID, Name: m.Name, Username: m.Username, ReadsAll: m.ReadsAll}, refused(err)
		},
		Chat: func(ctx context.Context, id int64) (preflight.Room, error) {
			r, err := c.Chat(ctx, id)
			return preflight.Room{ID: r.ID, Kind: string(r.Type), Title: r.Title, Forum: r.IsForum}, refused(err)
		},
		Member: func(ctx context.Context, chat, account int64) (preflight.Member, error) {
			m, err := c.ChatMember(ctx, chat, account)
			return member(m), refused(err)
		},
		Admins: func(ctx context.Context, chat int64) ([]preflight.Member, error) {
			var list []preflight.Member
			all, err := c.Administrators(ctx, chat)
			for _, m := range all {
				list = append(list, member(m))
			}
			return list, refused(err)
		},
		Count: func(ctx context.Context, chat int64) (int, error) {
			n, err := c.MemberCount(ctx, chat)
			return n, refused(err)
		},
		Typing:  func(ctx context.Context, chat int64, topic int) error { return refused(c.Typing(ctx, chat, topic)) },
		Webhook: func(ctx context.Context) (string, error) { host, err := c.Webhook(ctx); return host, refused(err) },
		Ahead:   c.Skew,
	}
}

// member gives the creator of a group the rights that Telegram does not spell out.
func member(m telegram.Member) preflight.Member {
	creator := m.Status == "creator"
	return preflight.Member{
		Account: preflight.Account{ID: m.User.ID, Name: strings.TrimSpace(m.User.FirstName + " " + m.User.LastName), Username: m.User.Username},
		Present: m.Present(), Admin: m.Admin(), Anonymous: m.IsAnonymous,
		CanPin: m.CanPin || creator, CanDelete: m.CanDelete || creator, CanPost: m.CanPost || creator,
	}
}

// refused is an error of Telegram's in the words of the tests.
func refused(err error) error {
	var e *telegram.Error
	if !errors.As(err, &e) {
		return err
	}
	r := &preflight.Refusal{Trouble: preflight.Other, Words: e.Description, MovedTo: e.MigrateTo}
	switch e.Class {
	case telegram.ClassRefused, telegram.ClassUnknown, telegram.ClassDiscarded:
		r.Trouble = preflight.Away
		if cause := e.Unwrap(); cause != nil {
			r.Words = cause.Error()
		}
	case telegram.ClassUnauthorized:
		r.Trouble = preflight.Revoked
	case telegram.ClassChatGone:
		r.Trouble = preflight.Gone
	case telegram.ClassMigrated:
		r.Trouble = preflight.Moved
	case telegram.ClassThreadGone:
		r.Trouble = preflight.NoTopic
	case telegram.ClassRateLimited:
		r.Words = fmt.Sprintf("Telegram wants us to wait %s", e.RetryAfter)
	}
	return r
}
