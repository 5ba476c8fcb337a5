package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Messenger asks Telegram as one bot. Its errors are *Refusal.
type Messenger struct {
	Me      func(ctx context.Context) (Account, error)
	Chat    func(ctx context.Context, chat int64) (Room, error)
	Member  func(ctx context.Context, chat, account int64) (Member, error)
	Admins  func(ctx context.Context, chat int64) ([]Member, error)
	Count   func(ctx context.Context, chat int64) (int, error)
	Typing  func(ctx context.Context, chat int64, topic int) error // shows "typing…" for some seconds; sends nothing
	Webhook func(ctx context.Context) (host string, err error)
	Ahead   func() time.Duration // how far Telegram's clock is ahead of ours, after an answer
}

// Account is a user or a bot.
type Account struct {
	ID       int64
	Name     string // as they call themselves
	Username string // without @
	ReadsAll bool   // of the bot itself: privacy mode is off
}

// Room is a chat.
type Room struct {
	ID    int64
	Kind  string // private, group, supergroup, channel
	Title string
	Forum bool
}

// Member is somebody's place in a chat.
type Member struct {
	Account
	Present, Admin, Anonymous  bool
	CanPin, CanDelete, CanPost bool
}

// Trouble is why Telegram did not do as asked.
type Trouble string

// The troubles that are told apart.
const (
	Away    Trouble = "away"    // it could not be reached, or gave no answer
	Revoked Trouble = "revoked" // the token is none
	Gone    Trouble = "gone"    // nothing reaches this chat
	Moved   Trouble = "moved"   // the group is a supergroup with another id
	NoTopic Trouble = "no topic"
	Other   Trouble = "other"
)

// Refusal is an error of Telegram's.
type Refusal struct {
	Trouble Trouble
	Words   string // Telegram's own, without a token
	MovedTo int64
}

func (r *Refusal) Error() string { return string(r.Trouble) + ": " + r.Words }

func refusalOf(err error) Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return *r
	}
	return Refusal{Trouble: Other, Words: err.Error()}
}

// Human is somebody of the config.
type Human struct {
	Name     string
	Accounts []int64
}

// Stage is where people command, and who they are.
type Stage struct {
	Bot          Messenger
	Admin        int64 // the admin chat
	Topic        int
	Witness      int64 // 0: none
	People       []Human
	Notices      *Messenger // the service's own bot; nil: not configured
	NoticesAreBy int64      // its id, from its token
	BotID        int64
}

// Tests looks at Telegram: first whether it answers at all, then at everything at once.
func (s Stage) Tests() []Test {
	tests := []Test{{Area: Chat, Name: "bot", Look: s.look}}
	if s.Notices != nil {
		tests = append(tests, Test{Area: Chat, Name: "service's bot", Look: func(ctx context.Context) []Result {
			me, err := s.Notices.Me(ctx)
			return []Result{judgeNotices(me, err, s.BotID, s.NoticesAreBy)}
		}})
	}
	return tests
}

func (s Stage) look(ctx context.Context) []Result {
	me, err := s.Bot.Me(ctx)
	if err != nil {
		return append([]Result{judgeToken(refusalOf(err))}, s.unasked()...)
	}
	list := []Result{ok("bot", fmt.Sprintf("the bot is @%s, %s", me.Username, named(me.Name))), inHost(judgeClock(s.Bot.Ahead()))}
	tests := []Test{
		{Name: "webhook", Look: func(ctx context.Context) []Result {
			host, err := s.Bot.Webhook(ctx)
			return judgeWebhook(host, err)
		}},
		{Name: "admin chat", Look: func(ctx context.Context) []Result { return s.adminChat(ctx, me) }},
		{Name: "witness chat", Look: func(ctx context.Context) []Result { return s.witness(ctx, me.ID) }},
	}
	tests = append(tests, Test{Name: "people", Look: func(ctx context.Context) []Result { return s.private(ctx, me.Username) }})
	return append(list, gather(ctx, tests)...)
}

// private looks whether each person can be written to. Those who can are told in one line.
func (s Stage) private(ctx context.Context, bot string) []Result {
	var tests []Test
	for _, p := range s.People {
		for _, account := range p.Accounts {
			tests = append(tests, Test{Name: p.Name, Look: func(ctx context.Context) []Result {
				return []Result{judgePrivate(p, account, bot, s.Bot.Typing(ctx, account, 0))}
			}})
		}
	}
	var fine []string
	var list []Result
	for _, r := range gather(ctx, tests) {
		switch {
		case r.State != OK:
			list = append(list, r)
		case !slices.Contains(fine, r.Name):
			fine = append(fine, r.Name)
		}
	}
	fine = slices.DeleteFunc(fine, func(name string) bool {
		return slices.ContainsFunc(list, func(r Result) bool { return r.Name == name })
	})
	if len(fine) > 0 {
		list = append([]Result{ok("people", listed(fine, 20)+" can be written to in private")}, list...)
	}
	return list
}

func inHost(r Result) Result {
	r.Area = Host
	return r
}

// unasked are the results of what was not looked at.
func (s Stage) unasked() []Result {
	const because = "not looked at: the bot itself gets no answer"
	return []Result{off("admin chat", "the admin chat was "+because), off("people", "whether people can be written to was "+because),
		inHost(off("clock", "the clock was not compared: Telegram gave no answer"))}
}

func judgeToken(r Refusal) Result {
	switch r.Trouble {
	case Revoked:
		return fail("bot", "Telegram does not know the bot's token: it is wrong or was revoked", "ask @BotFather: /token, and write it into telegram.token_file")
	case Away:
		return fail("bot", "Telegram cannot be reached: "+r.Words, "see the host's network, a firewall or proxy, and telegram.api")
	}
	return fail("bot", "Telegram refuses: "+r.Words, "")
}

func judgeNotices(me Account, err error, bot, notices int64) Result {
	switch {
	case err != nil:
		r := judgeToken(refusalOf(err))
		r.Name, r.Sentence = "service's bot", "the service's bot: "+r.Sentence
		r.Hint = strings.ReplaceAll(r.Hint, "telegram.", "notices.")
		return r
	case notices == bot:
		return fail("service's bot", "notices.token is the admin bot's own: the service would be polled away from", "write the token of the service's bot")
	}
	return ok("service's bot", fmt.Sprintf("the service's bot is @%s, another than the admin bot", me.Username))
}

func judgeWebhook(host string, err error) []Result {
	if err != nil || host == "" {
		return nil
	}
	return []Result{warn("webhook", fmt.Sprintf("a webhook is set for this bot: its updates go to %s until twokey runs and removes it", named(host)),
		"is this token used elsewhere? then make another bot for twokey")}
}

// judgePrivate says whether somebody can be written to. Who never started the bot, or blocked it, has to act themselves.
func judgePrivate(p Human, account int64, bot string, err error) Result {
	who := p.Name
	if len(p.Accounts) > 1 {
		who = fmt.Sprintf("%s (account %d)", p.Name, account)
	}
	if err == nil {
		return ok(p.Name, "")
	}
	r := refusalOf(err)
	words := strings.ToLower(r.Words)
	switch start := fmt.Sprintf("%s: open https://t.me/%s and press Start", p.Name, bot); {
	case r.Trouble == Gone && strings.Contains(words, "blocked"):
		return fail(p.Name, who+" cannot be written to: they blocked the bot", start)
	case r.Trouble == Gone && strings.Contains(words, "deactivated"):
		return fail(p.Name, who+" cannot be written to: that account was deleted", "correct people."+p.Name+".telegram; who they are now, /id tells them")
	case r.Trouble == Gone && strings.Contains(words, "to the bot"):
		return fail(p.Name, who+" is a bot, and bots approve nothing", "correct the number in people")
	case r.Trouble == Gone:
		return fail(p.Name, who+" cannot be written to: they never started the bot, or the number is wrong", start)
	}
	return warn(p.Name, "whether "+who+" can be written to is not known: "+r.Words, "check again")
}
