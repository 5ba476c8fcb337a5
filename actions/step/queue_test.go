package step

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"twokey/internal/redistest"
	"twokey/internal/secret"
)

// queueSite is a service with queues and a bot.
var queueSite = Site{Queues: QueueConfig{Pattern: "bull:*:wait", Bot: true}}

func settle(t *testing.T, how string) Queue {
	t.Helper()
	k, err := mustLoad(t, "queue", `{do: settle, with: "{queues}"}`, queueSite).Bind(map[string]string{"queues": how})
	ok(t, err)
	roundTrip(t, "queue", k)
	q, _ := k.(*Queue)
	return *q
}

// users are those who have sent commands to the service's bot.
type users struct {
	Commands
	err     error
	dropped bool
}

func (u *users) env(redis string) Env {
	return Env{Run: 7, Waiting: Waiting{Redis: secret.New(redis),
		Commands: func(context.Context) (Commands, error) { return u.Commands, u.err },
		Forget:   func(context.Context) error { u.dropped = true; return u.err }}}
}

func names(facts []Fact) []string {
	var all []string
	for _, f := range facts {
		if f.Kind != Shown {
			panic("what waits is only shown: it changes every moment")
		}
		all = append(all, f.Name)
	}
	return all
}

func TestQueueAsItIsLoaded(t *testing.T) {
	for _, bad := range []string{`{do: show, with: keep}`, `{do: settle}`, `{do: settle, with: away}`, `{do: look}`, `{do: settle, with: "x{queues}"}`} {
		if _, err := load(t, "queue", bad, queueSite); err == nil {
			t.Errorf("%s is loaded", bad)
		}
	}
	if _, err := mustLoad(t, "queue", `{do: settle, with: "{queues}"}`, queueSite).Bind(map[string]string{"queues": "burn"}); err == nil {
		t.Error("is bound to what it does not know")
	}
	for how, want := range map[string]string{"keep": "keep what waits in queues", "pause": "pause the queues", "drop": "put aside what waits in queues"} {
		if about := settle(t, how).About(); about.Title != want || about.Effect != Change {
			t.Errorf("%s: %+v", how, about)
		}
	}
	if (Queue{}).Applies(Site{}) || !(Queue{}).Applies(Site{Queues: QueueConfig{Bot: true}}) {
		t.Error("applies where the config names nothing, or not where it names a bot")
	}
}

func TestQueueTellsWhatWaits(t *testing.T) {
	s := redistest.Start(t)
	u := &users{Commands: Commands{Number: 1}}
	facts, err := settle(t, "keep").Plan(t.Context(), u.env(s.URL()))
	ok(t, err)
	if diff := cmp.Diff([]string{"no jobs wait in bull:*:wait", "1 command of a user waits at Telegram"}, names(facts)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i := range 12 {
		for range i + 1 {
			s.Must(t, "RPUSH", fmt.Sprintf("bull:q%02d:wait", i), "x")
		}
	}
	u.Commands = Commands{Number: 3, Webhook: true}
	facts, err = settle(t, "drop").Plan(t.Context(), u.env(s.URL()))
	ok(t, err)
	got := names(facts)
	if len(got) != maxQueues+2 || got[0] != "12 jobs wait in bull:q11:wait" || got[maxQueues] != "10 jobs in 4 more lists" ||
		got[maxQueues+1] != "3 commands of users wait at Telegram, and will not be dropped: the bot's webhook would go with them" {
		t.Errorf("%q", got)
	}
}

func TestQueueKeepsPausesDrops(t *testing.T) {
	for how, want := range map[string][]string{
		"keep":  {"bull:pay:active", "bull:pay:wait"},
		"pause": {"bull:pay:active", "bull:pay:meta", "bull:pay:meta-paused", "bull:pay:paused"},
		"drop":  {"twokey:7:bull:pay:active", "twokey:7:bull:pay:wait"},
	} {
		s := redistest.Start(t)
		s.Must(t, "RPUSH", "bull:pay:wait", 1, 2)
		s.Must(t, "RPUSH", "bull:pay:active", 3)
		u := &users{Commands: Commands{Number: 3}}
		env, out := u.env(s.URL()), &bytes.Buffer{}
		env.Output = out
		_, err := settle(t, how).Plan(t.Context(), env)
		ok(t, err)
		if got := s.Must(t, "LLEN", "bull:pay:wait"); got != "2" || u.dropped {
			t.Errorf("%s: planning moved something", how)
		}
		ok(t, settle(t, how).Run(t.Context(), env))
		if diff := cmp.Diff(want, sorted(s.Must(t, "KEYS", "*"))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", how, diff)
		}
		if u.dropped != (how == "drop") {
			t.Errorf("%s: users' commands dropped: %v", how, u.dropped)
		}
		if said := out.String(); strings.Contains(said, "twokey:7:bull:pay:wait") != (how == "drop") {
			t.Errorf("%s: the output says %q", how, said)
		}
	}
}

func sorted(reply string) []string {
	all := strings.Fields(strings.Trim(reply, "[]"))
	slices.Sort(all)
	return all
}

// TestQueueOfAWebhookKeepsIt: Telegram forgets what waits only together with where it brings it.
func TestQueueOfAWebhookKeepsIt(t *testing.T) {
	s := redistest.Start(t)
	u := &users{Commands: Commands{Number: 3, Webhook: true}}
	ok(t, settle(t, "drop").Run(t.Context(), u.env(s.URL())))
	if u.dropped {
		t.Error("the webhook is gone")
	}
}

func TestQueueThatCannotBeSeen(t *testing.T) {
	const away = "redis://:hunter2-4711@127.0.0.1:1"
	u := &users{err: errors.New("no route to host")}
	facts, err := settle(t, "keep").Plan(t.Context(), u.env(away))
	ok(t, err)
	if diff := cmp.Diff([]string{"the queues cannot be seen: nobody listens at the address of Redis", "the users' commands cannot be seen: telegram does not say how many wait"}, names(facts)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	ok(t, settle(t, "keep").Run(t.Context(), u.env(away)))
	for _, how := range []string{"pause", "drop"} {
		_, planned := settle(t, how).Plan(t.Context(), u.env(away))
		ran := settle(t, how).Run(t.Context(), u.env(away))
		for _, err := range []error{planned, ran} {
			var f *Failure
			if !errors.As(err, &f) || !strings.Contains(f.Sentence, "nobody listens at the address of Redis") || f.Hint == "" {
				t.Errorf("%s: %v", how, err)
			}
			if strings.Contains(fmt.Sprintf("%+v", err), "hunter2") {
				t.Errorf("%s tells the password: %v", how, err)
			}
		}
	}
}

func TestQueueThatBullDidNotMakeIsNotPaused(t *testing.T) {
	for _, c := range []QueueConfig{{Bot: true}, {Pattern: "jobs:*"}} {
		q := settle(t, "pause")
		q.Config = &c
		if _, err := q.Plan(t.Context(), (&users{}).env("redis://127.0.0.1:1")); err == nil || !strings.Contains(err.Error(), "no queues that can be paused") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
