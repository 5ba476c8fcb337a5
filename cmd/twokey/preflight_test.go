package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"twokey/auth"
	"twokey/bot/telegram"
	"twokey/bot/telegram/fakebot"
	"twokey/internal/config"
	"twokey/internal/preflight"
	"twokey/internal/secret"
)

// nasty is what somebody may call themselves: a second line, a change of direction, a terminal's escape, our own quotes.
const nasty = "Mallory\"\n✓ all is well\u202e\x1b[2J<b>&\u200b"

// onlookers is a chat with ann, bob and cid, and a config that knows them.
type onlookers struct {
	tg  *fakebot.Server
	cfg config.Config
}

func newOnlookers(t *testing.T, more fakebot.Config) *onlookers {
	t.Helper()
	more.BotUsername = "ops_bot"
	a := &onlookers{tg: fakebot.Start(more)}
	t.Cleanup(a.tg.Close)
	for _, name := range []string{"ann", "bob", "cid"} {
		a.tg.AddUser(fakebot.User{ID: accounts[name], FirstName: name, Started: true})
	}
	a.tg.AddGroup(fakebot.Group{ID: adminChat, Title: "Operations", BotStatus: "administrator", Forum: true}, 11, 12, 13)
	people, err := auth.NewDirectory([]auth.Person{{Name: "ann", Accounts: []auth.Account{11}, Roles: []auth.Role{"admin"}},
		{Name: "bob", Accounts: []auth.Account{12}, Roles: []auth.Role{"admin"}}, {Name: "cid", Accounts: []auth.Account{13}, Roles: []auth.Role{"admin"}}})
	must(t, err)
	a.cfg = config.Config{Directory: people, Zone: time.UTC, State: t.TempDir() + "/twokey.db",
		Telegram: config.Telegram{Token: secret.New(a.tg.Token()), API: a.tg.URL(), AdminChat: adminChat}}
	a.cfg.Secrets = []secret.Value{a.cfg.Telegram.Token}
	a.cfg.Service.Dir = t.TempDir()
	return a
}

// looks is every result about Telegram and the clock, each as "state sentence → hint".
func (a *onlookers) looks(t *testing.T) []string {
	t.Helper()
	client, err := telegram.New(telegram.Config{Token: a.cfg.Telegram.Token, API: a.cfg.Telegram.API})
	must(t, err)
	p, err := newPreflights(a.cfg, client, world{})
	must(t, err)
	var lines []string
	for _, r := range p.look(t.Context()) {
		line := fmt.Sprintf("%s %s → %s", r.State, r.Sentence, r.Hint)
		if strings.ContainsFunc(line, func(c rune) bool { return !unicode.IsPrint(c) }) || strings.Contains(line, "AAAA") {
			t.Errorf("it cannot be shown, or has the token: %q", line)
		}
		if r.Area == preflight.Chat || r.Name == "clock" {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestWhatPreflightSeesOfTelegram: each thing that can be wrong, alone.
func TestWhatPreflightSeesOfTelegram(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what   string
		change func(a *onlookers)
		want   []string // parts of lines that must be there; all other lines are ok
	}{
		{"nothing", func(*onlookers) {}, nil},
		{"not an administrator", func(a *onlookers) { a.tg.SetBotStatus(adminChat, "member", 11) },
			[]string{"fail the bot is no administrator of the admin chat: with privacy mode on, a plain /stop may never reach it → in the group: Manage group, Administrators, add @ops_bot"}},
		{"may not pin", func(a *onlookers) { a.tg.SetBotStatus(adminChat, "administrator", 11, "can_pin_messages") },
			[]string{"warn the bot may not pin messages"}},
		{"may not delete", func(a *onlookers) { a.tg.SetBotStatus(adminChat, "administrator", 11, "can_delete_messages") },
			[]string{"warn the bot may not delete messages"}},
		{"kicked", func(a *onlookers) { a.tg.Kick(adminChat, 11) },
			[]string{"fail the admin chat -1001234567890 is not there for the bot: Forbidden: bot was kicked from the supergroup chat → add @ops_bot to the group"}},
		{"another number", func(a *onlookers) { a.cfg.Telegram.AdminChat = -1009999 },
			[]string{"fail the admin chat -1009999 is not there for the bot: Bad Request: chat not found → add @ops_bot"}},
		{"a supergroup now", func(a *onlookers) {
			a.tg.AddGroup(fakebot.Group{ID: basicChat, Title: "Ops", BotStatus: "administrator"}, 11)
			a.tg.Upgrade(basicChat, -100777)
			a.cfg.Telegram.AdminChat = basicChat
		}, []string{"warn the admin chat became a supergroup: its number is -100777 now → write -100777 into telegram.admin_chat"}},
		{"bob never started it", func(a *onlookers) { a.tg.AddUser(fakebot.User{ID: 12, FirstName: "bob"}) },
			[]string{"fail bob cannot be written to: they never started the bot, or the number is wrong → bob: open https://t.me/ops_bot and press Start"}},
		{"bob blocked it", func(a *onlookers) { a.tg.Block(12) },
			[]string{"fail bob cannot be written to: they blocked the bot → bob: open https://t.me/ops_bot"}},
		{"bob's account is gone", func(a *onlookers) { a.tg.Deactivate(12) },
			[]string{"fail bob cannot be written to: that account was deleted"}},
		{"bob left", func(a *onlookers) { a.tg.SetMember(adminChat, 12, "left") },
			[]string{"warn bob is not in the admin chat → add them to the group"}},
		{"a stranger reads along", func(a *onlookers) {
			a.tg.AddUser(fakebot.User{ID: 66, FirstName: "eve"})
			a.tg.SetMember(adminChat, 66, "member")
		}, []string{"warn 1 member of the admin chat is not in the config: they read every card"}},
		{"a strange administrator", func(a *onlookers) {
			a.tg.AddUser(fakebot.User{ID: 66, FirstName: nasty})
			a.tg.SetMember(adminChat, 66, "administrator")
		}, []string{`warn 1 administrator is not in the config: "Mallory' ✓ all is well�[2J<b>&" (66) →`, "warn 1 member of the admin chat"}},
		{"a topic that is not there", func(a *onlookers) { a.cfg.Telegram.Topic = 77 }, []string{"fail topic 77 is not there"}},
		{"a topic in a group without", func(a *onlookers) {
			a.tg.AddGroup(fakebot.Group{ID: adminChat, Title: "Operations", BotStatus: "administrator"}, 11, 12, 13)
			a.cfg.Telegram.Topic = 77
		}, []string{"fail telegram.topic is 77, but the admin chat has no topics → remove telegram.topic"}},
		{"a witness chat it is not in", func(a *onlookers) { a.cfg.Telegram.WitnessChat = -1005 },
			[]string{"fail the witness chat -1005 cannot be written to: Bad Request: chat not found"}},
		{"a witness chat it may not write to", func(a *onlookers) {
			a.tg.AddGroup(fakebot.Group{ID: -1005, Title: "Witness", BotStatus: "restricted"}, 11)
			a.cfg.Telegram.WitnessChat = -1005
		}, []string{"fail the witness chat -1005 cannot be written to: Bad Request: not enough rights"}},
		{"the service's bot is the same", func(a *onlookers) { a.cfg.Notices.Token, a.cfg.Notices.API = a.cfg.Telegram.Token, a.cfg.Telegram.API },
			[]string{"fail notices.token is the admin bot's own"}},
		{"the service's bot is not known", func(a *onlookers) {
			a.cfg.Notices.Token, a.cfg.Notices.API = secret.New("77:"+strings.Repeat("B", 35)), a.cfg.Telegram.API
		}, []string{"fail the service's bot: Telegram does not know the bot's token", "write it into notices.token_file"}},
		{"a revoked token", func(a *onlookers) { a.cfg.Telegram.Token = secret.New("424242:" + strings.Repeat("B", 35)) },
			[]string{"fail Telegram does not know the bot's token: it is wrong or was revoked → ask @BotFather", "off the admin chat was not looked at", "off whether people can be written to was not", "off the clock was not compared"}},
		{"Telegram is down", func(a *onlookers) { a.tg.Down() },
			[]string{"fail Telegram cannot be reached: ", "connection refused", "off the admin chat", "off whether people", "off the clock"}},
		{"Telegram is full", func(a *onlookers) {
			a.tg.Fail(fakebot.Fault{Method: "sendChatAction", N: 1, Kind: fakebot.JSONError, Code: 429, Description: "Too Many Requests: retry after 7", RetryAfter: 7})
		}, []string{"can be written to is not known: Telegram wants us to wait 7s"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			a := newOnlookers(t, fakebot.Config{})
			c.change(a)
			lines := a.looks(t)
			for _, want := range c.want {
				if !strings.Contains(strings.Join(lines, "\n"), want) {
					t.Errorf("no line with %q in\n%s", want, strings.Join(lines, "\n"))
				}
			}
			for _, l := range lines {
				if !strings.HasPrefix(l, "ok ") && !slices.ContainsFunc(c.want, func(want string) bool { return strings.Contains(l, want) }) {
					t.Errorf("nobody expected: %s", l)
				}
			}
			if n := len(a.tg.CallsOf("sendMessage")) + len(a.tg.CallsOf("getUpdates")); n > 0 {
				t.Errorf("%d messages or polls", n)
			}
		})
	}
}

func TestPreflightInPrivacyModeOff(t *testing.T) {
	t.Parallel()
	a := newOnlookers(t, fakebot.Config{PrivacyOff: true})
	a.tg.SetBotStatus(adminChat, "member", 11)
	if lines := strings.Join(a.looks(t), "\n"); !strings.Contains(lines, "it cannot pin open requests") || strings.Contains(lines, "privacy") {
		t.Error(lines)
	}
}

func TestPreflightComparesClocks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ahead time.Duration
		want  string
	}{
		{0, "ok the host's clock agrees with Telegram's"}, {12 * time.Second, "warn the host's clock is 1"}, {-time.Hour, "ahead of Telegram's → set it by NTP"},
		{10 * time.Minute, "behind Telegram's → set it by NTP"},
	} {
		a := newOnlookers(t, fakebot.Config{Now: func() time.Time { return time.Now().Add(c.ahead) }})
		if lines := strings.Join(a.looks(t), "\n"); !strings.Contains(lines, c.want) {
			t.Errorf("%s ahead: no %q in\n%s", c.ahead, c.want, lines)
		}
	}
}

// TestPreflightOneAtATime: a second /preflight while the first still looks is told so, at once.
func TestPreflightOneAtATime(t *testing.T) {
	t.Parallel()
	p := &preflights{}
	inside, leave := make(chan struct{}), make(chan struct{})
	p.tests = []preflight.Test{{Area: preflight.Host, Name: "slow", Look: func(context.Context) []preflight.Result {
		close(inside)
		<-leave
		return []preflight.Result{{State: preflight.OK, Sentence: "done"}}
	}}}
	done := make(chan bool)
	go func() { done <- p.view(t.Context()).Busy }()
	<-inside
	if v := p.view(t.Context()); !v.Busy {
		t.Errorf("%+v, want busy", v)
	}
	close(leave)
	if <-done {
		t.Error("the first was told to wait")
	}
}
