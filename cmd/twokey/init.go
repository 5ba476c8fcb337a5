package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"twokey/bot/telegram"
	"twokey/internal/heads"
	"twokey/internal/secret"
	"twokey/internal/setup"
)

type initCommand struct {
	Config    string   `short:"c" default:"twokey.yaml" help:"The config to write." type:"path"`
	Yes       bool     `short:"y" help:"Ask nothing: what no flag says is what was found by looking around."`
	Offline   bool     `help:"Ask Telegram nothing."`
	Dir       string   `help:"The service's directory."`
	Name      string   `help:"What people call the service."`
	Manager   string   `help:"What keeps it running: pm2, systemd, compose or custom."`
	Process   string   `help:"Its name there."`
	Start     string   `help:"Of a custom manager: the program that starts it, and its arguments."`
	Stop      string   `help:"Of a custom manager: the program that stops it."`
	Status    string   `help:"Of a custom manager: the program that says whether it runs."`
	RunAs     string   `help:"The Unix user it runs as."`
	Health    string   `help:"The URL where it says that it is well."`
	TokenFile string   `help:"A file with the admin bot's token, which only you can read." type:"path"`
	AdminChat string   `help:"The admin group's id."`
	Person    []string `help:"Who may ask and approve: ann=11, or cid=13,14 with two accounts. At least twice." sep:"none"`
	API       string   `name:"api" help:"The Bot API server, if it is another one."`
}

func (c initCommand) Run(ctx context.Context, o output) error {
	token, err := c.token()
	if err != nil {
		return err
	}
	s := setup.Setup{
		Config: c.Config,
		Given: setup.Given{Dir: c.Dir, Name: c.Name, Manager: c.Manager, Process: c.Process, RunAs: c.RunAs, Health: c.Health,
			Start: c.Start, Stop: c.Stop, Status: c.Status, Token: token, API: c.API, AdminChat: c.AdminChat, People: c.Person},
		Talk:    &setup.Talk{Lines: typed(os.Stdin), Out: o.out, Hide: hider(os.Stdin), Yes: c.Yes},
		MakeKey: heads.NewKey,
	}
	if !c.Offline {
		s.Bot = func(token secret.Value) (setup.Bot, error) {
			client, err := telegram.New(telegram.Config{Token: token, API: c.API})
			return stranger{client}, err
		}
	}
	if err := s.Run(ctx); err != nil {
		return err
	}
	c.next(o)
	return checkCommand{Config: c.Config, Offline: true}.Run(ctx, o)
}

func (c initCommand) token() (secret.Value, error) {
	if c.TokenFile == "" {
		return secret.Value{}, nil
	}
	return secret.ReadFile(c.TokenFile)
}

// next says what to do with what was written.
func (c initCommand) next(o output) {
	fmt.Fprintf(o.out, `
Next:
  twokey check -c %[1]s     what is missing on this machine, in PostgreSQL (with the SQL for its roles) and in Telegram
  twokey run -c %[1]s       then /status in the admin group
If twokey gets a Unix user of its own, which is best: chown -R USER %[2]s

`, c.Config, filepath.Dir(c.Config))
}

// typed gives lines as they are typed. Who reads it stays behind when the command ends: nothing can take a read of a
// terminal back, and the program ends with it.
func typed(in io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(in); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// hider keeps a terminal from showing what is typed; nil where there is no terminal.
func hider(f *os.File) func(bool) {
	fd := int(f.Fd())
	if _, err := unix.IoctlGetTermios(fd, unix.TCGETS); err != nil {
		return nil
	}
	return func(hidden bool) {
		t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err != nil {
			return
		}
		t.Lflag |= unix.ECHO
		if hidden {
			t.Lflag &^= unix.ECHO
		}
		_ = unix.IoctlSetTermios(fd, unix.TCSETS, t)
	}
}

// stranger looks at what waits for a bot, before the bot runs.
type stranger struct{ client *telegram.Client }

func (s stranger) Name(ctx context.Context) (string, error) {
	me, err := s.client.Me(ctx)
	if telegram.ClassOf(err) == telegram.ClassUnauthorized {
		return "", setup.ErrToken
	}
	return me.Username, err
}

// Heard never names an update to Telegram, so it confirms none: they come again to the bot.
func (s stranger) Heard(ctx context.Context) ([]setup.Heard, error) {
	raws, err := s.client.Updates(ctx, 0, 0)
	var all []setup.Heard
	for _, raw := range raws {
		u, err := telegram.DecodeUpdate(raw.JSON)
		if h, is := heard(u); err == nil && is {
			all = append(all, h)
		}
	}
	return all, err
}

// heard is what an update tells of a group: who wrote there, or that the bot was let in.
func heard(u telegram.Update) (setup.Heard, bool) {
	switch {
	case u.Message != nil && u.Message.Chat.ID < 0 && !u.Message.ChannelPost:
		m := u.Message
		h := setup.Heard{Chat: m.Chat.ID, Title: m.Chat.Title}
		switch {
		case m.SenderChat != nil:
			h.Anonymous = true
		case m.From != nil && !m.From.IsBot:
			h.User, h.Name = m.From.ID, m.From.FirstName
		}
		return h, true
	case u.Self != nil && u.Self.Chat.ID < 0 && u.Self.New.Present():
		return setup.Heard{Chat: u.Self.Chat.ID, Title: u.Self.Chat.Title}, true
	}
	return setup.Heard{}, false
}
