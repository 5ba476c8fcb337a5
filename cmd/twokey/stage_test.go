package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"twokey/bot/telegram/fakebot"
	"twokey/internal/heads"
	"twokey/internal/redistest"
	"twokey/internal/secret"
)

// adminChat is the supergroup of the stories; basicChat the group of the one in which it is not yet a supergroup.
const (
	adminChat int64 = -1001234567890
	basicChat int64 = -4711
)

// stage is where a story plays: a chat with people in it, a service, and the real program between them. Its methods wait
// for facts and say what was otherwise.
type stage struct {
	dir      string
	bins     binaries
	tg       *fakebot.Server
	admin    int64
	topic    int
	shop     *shop
	bot      *process // the life under way; the last one when it does not run
	lives    []*process
	taps     map[string][]string // callback ids, by who pressed
	last     tap
	watch    string       // the address of /metrics in the stories that have it: {monitoring} in their config
	extra    string       // what the story adds to the config
	sql      func(string) // runs statements as the service, where it has a database
	superSQL func(string) // as a superuser
	ask      func(query string) string
	move     func() error
	dump     func(file string, args ...string) error
	redis    *redistest.Server
	shopBot  *fakebot.Server // the service's own bot, where it has one
	unlet    func()          // lets the service's bot in again
	crowd    int             // how many users of it there are, besides those that have names
	notices  string          // its part of the config
	database string          // the database's
	hush     func()          // ends a silence of Telegram's
	flags    []string        // of the lives to come
	secret   []string        // token, its part behind the colon, key, its seed
}

// keySecret is a secret the program knows beside its token and its key.
const keySecret = "correct-horse-battery-staple-4242"

// newStage sets everything up in a folder: the people have started the bot, the service runs, and the bot does not yet.
func newStage(dir string, admin int64) (*stage, error) {
	bins, err := programs()
	if err != nil {
		return nil, err
	}
	s := &stage{dir: dir, bins: bins, tg: fakebot.Start(fakebot.Config{BotUsername: "ops_bot"}), admin: admin, taps: map[string][]string{}}
	s.secret = []string{s.tg.Token(), strings.SplitN(s.tg.Token(), ":", 2)[1], keySecret}
	group := fakebot.Group{ID: admin, Title: "Operations", BotStatus: "administrator", Forum: true}
	var members []int64
	for name, id := range accounts {
		s.tg.AddUser(fakebot.User{ID: id, FirstName: name, Username: name, Started: true})
		if name != "eve" {
			members = append(members, id)
		}
	}
	s.tg.AddGroup(group, members...)
	s.shop, err = newShop(filepath.Join(dir, "shop"), bins.svc)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s.watch = fmt.Sprintf("127.0.0.1:%d", port)
	return s, s.writeFiles()
}

func (s *stage) writeFiles() error {
	secrets := filepath.Join(s.dir, "secrets")
	return errors.Join(
		os.MkdirAll(secrets, 0o700),
		os.MkdirAll(filepath.Join(s.dir, "state"), 0o700),
		os.WriteFile(filepath.Join(secrets, "bot.token"), []byte(s.tg.Token()+"\n"), 0o600),
		s.makeKey(filepath.Join(secrets, "journal.key")),
		os.WriteFile(filepath.Join(secrets, "hook.secret"), []byte(keySecret+"\n"), 0o600),
		s.shop.begin(),
		s.writeConfig())
}

// makeKey makes the key that signs the journal: another secret the program knows, whole and without what stands before it.
func (s *stage) makeKey(path string) error {
	if _, err := heads.NewKey(path); err != nil {
		return err
	}
	key, err := os.ReadFile(path)
	whole := strings.TrimSpace(string(key))
	s.secret = append(s.secret, whole, heads.Seed(secret.New(whole)).Reveal())
	return err
}

func (s *stage) writeConfig() error {
	more := strings.ReplaceAll(s.extra, "{monitoring}", s.watch) + s.notices
	if !strings.Contains(more, "listen:") {
		more += "\nlisten: \"\"\n"
	}
	return os.WriteFile(s.config(), []byte(fmt.Sprintf(`
telegram:
  token_file: secrets/bot.token
  admin_chat: %d
  topic: %d
  api: %s
state: state/twokey.db
timezone: Europe/Helsinki
people:
  - {name: ann, telegram: [11], roles: [admin]}
  - {name: bob, telegram: [12], roles: [admin], phone: "+358 40 1234567"}
  - {name: cid, telegram: [13, 14], roles: [admin]}
service:
  name: shop
  dir: shop
  logs: {files: [shop/logs/*.log]}%s
  process:
    manager: custom
    name: shop
    settle: 300ms
    custom: {start: %s, stop: %s, status: %s}
signing_key_file: secrets/journal.key
hooks: {listen: "127.0.0.1:9465", secret_file: secrets/hook.secret}
`, s.admin, s.topic, s.tg.URL(), s.database, s.shop.argv("start"), s.shop.argv("stop"), s.shop.argv("status"))+more), 0o600)
}

func (s *stage) config() string  { return filepath.Join(s.dir, "twokey.yaml") }
func (s *stage) journal() string { return filepath.Join(s.dir, "state", "twokey.db") }

// start begins a life of the program and waits until it is at work.
func (s *stage) start(env ...string) error {
	if err := s.launch(env...); err != nil {
		return err
	}
	return s.bot.logs(`"message":"started"`)
}

func (s *stage) launch(env ...string) (err error) {
	env = append(env, "SVC="+s.bins.svc, "SHOP="+s.shop.dir) // for ${SVC} and ${SHOP} in a story's config
	s.bot, err = startProcess(env, s.bins.twokey, append([]string{"run", "-c", s.config()}, s.flags...)...)
	if err == nil {
		s.lives = append(s.lives, s.bot)
	}
	return err
}

// stop ends the life as an init system does, and wants a clean end.
func (s *stage) stop() error {
	if err := s.bot.signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.stopped()
}

func (s *stage) stopped() error {
	if err := s.bot.ended(); err != nil {
		return err
	}
	if code := s.bot.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("the bot ended with %s; its log:\n%s", s.bot.cmd.ProcessState, s.bot.log)
	}
	return nil
}

func (s *stage) kill() error {
	if err := s.bot.signal(syscall.SIGKILL); err != nil {
		return err
	}
	return s.bot.ended()
}

// errDied says that the program ended while something was expected of it.
var errDied = errors.New("the bot has ended")

// wait waits for a fact about Telegram. When the program ends meanwhile, nothing will come, and it says errDied.
func (s *stage) wait(what string, fact func() bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ctx, died := context.WithCancelCause(ctx)
	defer died(nil)
	if s.bot != nil {
		gone := s.bot.done
		go func() {
			select {
			case <-gone:
				died(errDied)
			case <-ctx.Done():
			}
		}()
	}
	if err := s.tg.Wait(ctx, fact); err != nil {
		return fmt.Errorf("%s: %w; the admin chat:\n%s\nthe bot's log:\n%s", what, err, s.show(s.admin), s.bot.log)
	}
	return nil
}

// show is a chat as text, for whoever reads a failure.
func (s *stage) show(chat int64) string {
	var b strings.Builder
	for _, m := range s.tg.Messages(chat) {
		fmt.Fprintf(&b, "--- message %d, edited %d times %s\n%s\n", m.ID, m.Edits, m.Date.Format(time.TimeOnly), m.Text)
		for _, row := range m.Buttons {
			for _, x := range row {
				fmt.Fprintf(&b, "[ %s ] ", x.Text)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// end ends the story and holds what every story must have kept: the program ends cleanly, its journal is whole, no secret
// got out, Telegram had nothing to complain about, and nothing is left running.
func (s *stage) end() error {
	defer s.tg.Close()
	var stopped error
	if s.bot != nil && s.bot.alive() {
		if stopped = s.stop(); stopped != nil {
			_ = s.kill()
		}
	}
	return errors.Join(stopped, s.sound(), s.noSecretOut(), s.accepted(), s.shop.nothingLeft(), s.shop.end())
}

// sound says whether a life found a bug by itself.
func (s *stage) sound() error {
	for _, p := range s.lives {
		for _, bad := range []string{"DATA RACE", "panic: ", "goroutine "} {
			if _, has := p.log.look(bad); has {
				return fmt.Errorf("the log has %q:\n%s", bad, p.log)
			}
		}
	}
	if _, err := os.Stat(s.journal()); err != nil {
		return nil // it never ran
	}
	out, code := s.run("journal", "verify", "-c", s.config())
	if code != 0 {
		return fmt.Errorf("journal verify ended with %d: %s", code, out)
	}
	return nil
}

// accepted says whether Telegram understood everything the program sent. What cannot be known before is no bug: that a
// group is another one now, that a press is too old, and, in a later life, that a card shows what it should already.
func (s *stage) accepted() error {
	for _, c := range s.tg.Calls() {
		known := strings.Contains(c.Description, "upgraded to a supergroup") || strings.Contains(c.Description, "query is too old") ||
			strings.Contains(c.Description, "message thread not found") || // somebody deleted the topic
			strings.Contains(c.Description, "can't parse request body: unexpected EOF") || // the end of a life cut it off
			strings.Contains(c.Description, "message to unpin not found") || // and the card in it
			len(s.lives) > 1 && strings.Contains(c.Description, "message is not modified")
		if c.Code == 400 && c.Fault == "" && !known {
			return fmt.Errorf("telegram refused %s: %s\n%v", c.Method, c.Description, c.Params)
		}
	}
	return nil
}

// run does one command of the program to its end.
func (s *stage) run(args ...string) (out string, code int) {
	p, err := startProcess(nil, s.bins.twokey, args...)
	if err == nil {
		err = p.ended()
	}
	if err != nil {
		return err.Error(), -1
	}
	return p.log.String(), p.cmd.ProcessState.ExitCode()
}

// must ends a test that cannot go on.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
