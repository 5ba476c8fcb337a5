package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"twokey/bot"
	"twokey/bot/telegram/fakebot"
	"twokey/internal/config"
)

// Who and where: two people in one group.
const (
	ann, bob  int64 = 11, 12
	adminChat int64 = -1001234567890
)

// place is a folder with a config, its secrets and its state.
type place struct {
	dir     string
	fake    *fakebot.Server
	service string // service.process, when it is not the one below
	more    string // lines of service
	tail    string // lines at the end of the config
}

// nothing is a service whose programs say at once that all is well.
const nothing = "{manager: custom, name: shop, settle: 1ms, custom: {start: [%[1]q], stop: [%[1]q], status: [%[1]q]}}"

// yaml is the smallest config with what is measured. The service is watched by a program that says at once that all is well.
const yaml = `
telegram: {token_file: bot.token, api: %q, admin_chat: %d}
timezone: UTC
state: state/twokey.db
listen: ""
people:
  - {name: ann, telegram: [%d], roles: [admin]}
  - {name: bob, telegram: [%d], roles: [admin]}
service:
  name: shop
  dir: %q
  process: %[7]s
%[8]sactions:
  touch: {summary: Do nothing, steps: [{exec: {run: [%[6]q]}}]}
  peek: {summary: Look at nothing, effect: read, steps: [{exec: {run: [%[6]q]}}]}
`

// newPlace makes a folder and a Bot API server for it.
func newPlace(dir string) (*place, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	p := &place{dir: dir}
	return p, p.meet()
}

// meet gives the place a new server, which has heard of nothing.
func (p *place) meet() error {
	p.close()
	program, err := exec.LookPath("true")
	if err != nil {
		return err
	}
	p.fake = fakebot.Start(fakebot.Config{})
	p.fake.AddUser(fakebot.User{ID: ann, FirstName: "Ann", Started: true})
	p.fake.AddUser(fakebot.User{ID: bob, FirstName: "Bob", Started: true})
	p.fake.AddGroup(fakebot.Group{ID: adminChat, Title: "Admins", BotStatus: "administrator"}, ann, bob)
	service := p.service
	if service == "" {
		service = fmt.Sprintf(nothing, program)
	}
	text := fmt.Sprintf(yaml, p.fake.URL(), adminChat, ann, bob, p.dir, program, service, p.more) + p.tail
	if err := os.WriteFile(p.config(), []byte(text), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(p.dir, "bot.token"), []byte(p.fake.Token()+"\n"), 0o600)
}

func (p *place) config() string { return filepath.Join(p.dir, "twokey.yaml") }

func (p *place) load() (config.Config, error) {
	cfg, findings := config.Load(p.config(), os.LookupEnv, bot.Commands())
	if err := findings.Err(); err != nil {
		return cfg, fmt.Errorf("%w (is the folder, or one above it, writable by others? name another with -dir)", err)
	}
	return cfg, nil
}

func (p *place) close() {
	if p.fake != nil {
		p.fake.Close()
	}
}
