package telegram_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/bot/telegram"
)

const (
	ann   = int64(11)    // a private chat
	group = int64(-1001) // a group
)

// traffic runs turns through Lanes in a bubble and notes when each began.
type traffic struct {
	*telegram.Lanes
	t     *testing.T
	start time.Time
	mu    sync.Mutex
	all   sync.WaitGroup
	began []event
	ended map[string]error
	moved []string
}

type event struct {
	name string
	chat int64
	at   time.Duration
}

func jam(t *testing.T, body func(*traffic)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		tr := &traffic{t: t, start: time.Now(), ended: map[string]error{}}
		tr.Lanes = telegram.NewLanes(nil, func(old, new int64) { tr.moved = append(tr.moved, fmt.Sprint(old, "→", new)) })
		body(tr)
		tr.all.Wait()
	})
}

// do queues a turn; results are what its tries return, then nil.
func (tr *traffic) do(name string, turn telegram.Turn, results ...error) {
	tr.doCtx(tr.t.Context(), name, turn, 0, results...)
}

func (tr *traffic) doCtx(ctx context.Context, name string, turn telegram.Turn, takes time.Duration, results ...error) {
	tr.all.Go(func() {
		try := 0
		err := tr.Do(ctx, turn, func(ctx context.Context, chat int64) error {
			tr.mu.Lock()
			tr.began = append(tr.began, event{name, chat, time.Since(tr.start)})
			tr.mu.Unlock()
			if takes > 0 {
				<-time.After(takes)
			}
			if try++; try <= len(results) {
				return results[try-1]
			}
			return nil
		})
		tr.mu.Lock()
		tr.ended[name] = err
		tr.mu.Unlock()
	})
	synctest.Wait() // queued, in the order of the test
}

func (tr *traffic) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (tr *traffic) names() []string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	var names []string
	for _, e := range tr.began {
		names = append(names, e.name)
	}
	return names
}

// times are when the tries of name began, in tenths of seconds.
func (tr *traffic) times(name string) []string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	var times []string
	for _, e := range tr.began {
		if e.name == name {
			times = append(times, fmt.Sprintf("%.1f", e.at.Seconds()))
		}
	}
	return times
}

func (tr *traffic) end(name string) error {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.ended[name]
}

func class(c telegram.Class) error { return &telegram.Error{Method: "sendMessage", Class: c} }

func limited(d time.Duration) error {
	return &telegram.Error{Method: "sendMessage", Code: 429, Class: telegram.ClassRateLimited, RetryAfter: d}
}

func newTo(chat int64) telegram.Turn { return telegram.Turn{Chat: chat} }

func TestLanesPaceOfOneChat(t *testing.T) {
	jam(t, func(tr *traffic) {
		for range 6 {
			tr.do("a", newTo(ann))
		}
		tr.all.Wait()
		equal(t, "three at once, then one a second", tr.times("a"), []string{"0.0", "0.0", "0.0", "1.0", "2.0", "3.0"})
	})
}

func TestLanesPaceOfAGroup(t *testing.T) {
	jam(t, func(tr *traffic) {
		for i := range 70 {
			tr.do(fmt.Sprint(i), telegram.Turn{Chat: group, Priority: telegram.PriorityNew, Message: i % 2 * (i + 1)})
		}
		tr.all.Wait()
		for i, e := range tr.began {
			if i >= 20 && e.at-tr.began[i-20].at < time.Minute {
				t.Errorf("message %d at %v, 20 before it at %v", i, e.at, tr.began[i-20].at)
			}
		}
		if last := tr.began[69].at; last > 3*time.Minute+20*time.Second {
			t.Errorf("70 messages took %v: slower than need be", last)
		}
	})
}

func TestLanesGlobalPace(t *testing.T) {
	jam(t, func(tr *traffic) {
		for i := range int64(90) {
			tr.do("a", newTo(1000+i))
		}
		tr.all.Wait()
		if tr.began[29].at != 0 || tr.began[30].at == 0 {
			t.Errorf("message 30 at %v, 31 at %v; want 30 at once", tr.began[29].at, tr.began[30].at)
		}
		if last := tr.began[89].at; last < 1900*time.Millisecond || last > 2200*time.Millisecond {
			t.Errorf("60 more took %v, want 2 s", last)
		}
	})
}

// A pin is no message: it goes when a full minute's budget is spent, and takes nothing from it. A pause holds for it, too.
func TestLanesAPinTakesNoRoom(t *testing.T) {
	jam(t, func(tr *traffic) {
		pin := telegram.Turn{Chat: group, Mute: true}
		for i := range 30 {
			tr.do(fmt.Sprint("pin", i), pin)
		}
		for range 20 {
			tr.do("message", newTo(group))
		}
		tr.pass(50 * time.Second)
		tr.do("late pin", pin)
		tr.do("late message", newTo(group))
		tr.pass(time.Second)
		if got := tr.times("late pin"); len(got) != 1 || len(tr.times("message")) != 20 || len(tr.times("late message")) != 0 {
			t.Errorf("pin at %v, messages at %v, the one too many at %v", got, tr.times("message"), tr.times("late message"))
		}
		tr.pass(time.Minute)
		tr.do("limited", newTo(group), limited(time.Minute))
		tr.pass(time.Second)
		tr.do("paused pin", pin)
		tr.pass(30 * time.Second)
		if got := tr.times("paused pin"); len(got) != 0 {
			t.Errorf("a pin at %v in a pause", got)
		}
	})
}

func TestLanesTheUrgentGoFirst(t *testing.T) {
	jam(t, func(tr *traffic) {
		for range 3 {
			tr.do("burst", newTo(ann))
		}
		tr.do("progress", telegram.Turn{Chat: ann, Priority: telegram.PriorityProgress, Message: 1})
		tr.do("interrupted", telegram.Turn{Chat: ann, Priority: telegram.PriorityInterrupted, Message: 2})
		tr.do("final", telegram.Turn{Chat: ann, Priority: telegram.PriorityFinal, Message: 3})
		tr.do("new 1", newTo(ann))
		tr.do("new 2", newTo(ann))
		tr.all.Wait()
		equal(t, "order", tr.names()[3:], []string{"new 1", "new 2", "final", "interrupted", "progress"})
	})
}

func TestLanesProgressLeavesRoom(t *testing.T) {
	jam(t, func(tr *traffic) {
		for i := range 40 {
			tr.do("progress", telegram.Turn{Chat: group, Priority: telegram.PriorityProgress, Message: i + 1})
		}
		tr.pass(55 * time.Second)
		equal(t, "progress in a minute", len(tr.times("progress")), 12)
		tr.do("new", newTo(group))
		equal(t, "a new card", tr.times("new"), []string{"55.0"})
		for i := range 7 {
			tr.do("more", telegram.Turn{Chat: group, Message: 100 + i})
		}
		tr.pass(4900 * time.Millisecond)
		equal(t, "and some more", len(tr.times("more")) >= 6, true)
	})
}

func TestLanesNewestEditWins(t *testing.T) {
	edit := func(p telegram.Priority) telegram.Turn {
		return telegram.Turn{Chat: group, Priority: p, Message: 7}
	}
	jam(t, func(tr *traffic) {
		for range 3 {
			tr.do("burst", newTo(group))
		}
		tr.do("10 %", edit(telegram.PriorityProgress))
		tr.do("other", telegram.Turn{Chat: group, Priority: telegram.PriorityProgress, Message: 8})
		tr.do("20 %", edit(telegram.PriorityProgress))
		tr.do("done", edit(telegram.PriorityFinal))
		tr.do("and noted", edit(telegram.PriorityProgress))
		tr.all.Wait()
		equal(t, "of the edits of one message the last, as urgent as the most", tr.names()[3:], []string{"and noted", "other"})
		for _, name := range []string{"10 %", "20 %", "done"} {
			if !errors.Is(tr.end(name), telegram.ErrSuperseded) {
				t.Errorf("%s: %v, want superseded", name, tr.end(name))
			}
		}
	})
}

func TestLanesOneEditOfAMessageAtATime(t *testing.T) {
	edit := telegram.Turn{Chat: ann, Priority: telegram.PriorityFinal, Message: 7}
	jam(t, func(tr *traffic) {
		tr.doCtx(tr.t.Context(), "slow", edit, 20*time.Second)
		tr.do("next", edit)
		tr.do("new", newTo(ann))
		tr.all.Wait()
		equal(t, "the next edit waits for the slow one", tr.times("next"), []string{"20.0"})
		equal(t, "a new card does not", tr.times("new"), []string{"0.0"})
	})
}

func TestLanesAFailedEditGivesWayToANewer(t *testing.T) {
	edit := telegram.Turn{Chat: ann, Priority: telegram.PriorityProgress, Message: 7}
	jam(t, func(tr *traffic) {
		tr.doCtx(tr.t.Context(), "old", edit, time.Second, class(telegram.ClassUnknown))
		tr.do("newer", edit)
		tr.all.Wait()
		equal(t, "calls", tr.names(), []string{"old", "newer"})
		if !errors.Is(tr.end("old"), telegram.ErrSuperseded) {
			t.Errorf("old: %v", tr.end("old"))
		}
	})
}

func TestLanesRateLimits(t *testing.T) {
	jam(t, func(tr *traffic) {
		tr.do("a", newTo(1), limited(40*time.Second))
		tr.do("a again", newTo(1))
		for i := range int64(61) {
			tr.do("others", newTo(100+i))
		}
		tr.pass(3 * time.Second)
		equal(t, "others", len(tr.times("others")), 61)
		if last := tr.began[len(tr.began)-1].at; last < 2*time.Second {
			t.Errorf("61 others took %v, want half the pace", last)
		}
		tr.pass(2 * time.Second)
		tr.do("b", newTo(2), limited(10*time.Second))
		tr.pass(time.Second)
		tr.do("c", newTo(3))
		tr.all.Wait()
		equal(t, "the first chat waits as told", tr.times("a"), []string{"0.0", "40.1"})
		equal(t, "all of the chat does", tr.times("a again"), []string{"40.1"})
		equal(t, "after a second chat's, all wait for both", tr.times("c"), []string{"40.1"})
		equal(t, "the second, too", tr.times("b")[1], "40.1")
		at := time.Since(tr.start)
		for i := range int64(60) {
			tr.do("after", newTo(1000+i))
		}
		tr.all.Wait()
		if took := time.Since(tr.start) - at; took > 2100*time.Millisecond {
			t.Errorf("60 after it took %v, want the full pace", took)
		}
	})
}

func TestLanesRetryWhatWasNotSent(t *testing.T) {
	refused := class(telegram.ClassRefused)
	jam(t, func(tr *traffic) {
		tr.do("back", newTo(ann), refused, refused, refused)
		tr.all.Wait()
		if n, err := len(tr.times("back")), tr.end("back"); n != 4 || err != nil {
			t.Errorf("%d calls, %v; want 4, nil", n, err)
		}
		ctx, cancel := context.WithTimeout(tr.t.Context(), time.Minute)
		defer cancel()
		tr.doCtx(ctx, "down", newTo(12), 0, slices.Repeat([]error{refused}, 1000)...)
		tr.all.Wait()
		err := tr.end("down")
		if telegram.ClassOf(err) != telegram.ClassRefused || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, refused) {
			t.Errorf("given up with %v", err)
		}
		if n := len(tr.times("down")); n < 6 || n > 10 {
			t.Errorf("%d calls in a minute", n)
		}
	})
}

func TestLanesUnknownOutcomes(t *testing.T) {
	unknown := class(telegram.ClassUnknown)
	three := []error{unknown, unknown, unknown}
	tests := []struct {
		about string
		turn  telegram.Turn
		calls int
		want  telegram.Class
	}{
		{"a notice is never sent twice", telegram.Turn{Chat: ann}, 1, telegram.ClassUnknown},
		{"a card is, up to twice", telegram.Turn{Chat: ann, Again: telegram.AgainResend}, 3, telegram.ClassUnknown},
		{"an edit is repeated until it is known", telegram.Turn{Chat: ann, Message: 3}, 4, ""},
	}
	for _, tt := range tests {
		jam(t, func(tr *traffic) {
			tr.do("it", tt.turn, three...)
			tr.all.Wait()
			if n, got := len(tr.times("it")), telegram.ClassOf(tr.end("it")); n != tt.calls || got != tt.want {
				t.Errorf("%s: %d calls, class %q; want %d, %q", tt.about, n, got, tt.calls, tt.want)
			}
		})
	}
}

func TestLanesReturnWhatCannotBeMended(t *testing.T) {
	for _, c := range []telegram.Class{telegram.ClassGone, telegram.ClassChatGone, telegram.ClassParse, telegram.ClassBug,
		telegram.ClassRights, telegram.ClassUnauthorized, telegram.ClassDiscarded, telegram.ClassThreadGone} {
		jam(t, func(tr *traffic) {
			tr.do("it", telegram.Turn{Chat: ann, Again: telegram.AgainResend}, class(c))
			tr.all.Wait()
			if n, got := len(tr.times("it")), telegram.ClassOf(tr.end("it")); n != 1 || got != c {
				t.Errorf("%s: %d calls, class %q", c, n, got)
			}
		})
	}
}

func TestLanesGivingUpWhileWaiting(t *testing.T) {
	jam(t, func(tr *traffic) {
		for range 3 {
			tr.do("burst", newTo(ann))
		}
		ctx, cancel := context.WithCancel(tr.t.Context())
		tr.doCtx(ctx, "given up", newTo(ann), 0)
		tr.do("behind it", telegram.Turn{Chat: ann, Priority: telegram.PriorityFinal})
		cancel()
		tr.all.Wait()
		err := tr.end("given up")
		if telegram.ClassOf(err) != telegram.ClassRefused || !errors.Is(err, context.Canceled) || len(tr.times("given up")) != 0 {
			t.Errorf("given up: %v after %d calls", err, len(tr.times("given up")))
		}
		equal(t, "it is in nobody's way", tr.times("behind it"), []string{"1.0"})
	})
}

func TestLanesFollowAGroupThatMoved(t *testing.T) {
	moved := &telegram.Error{Class: telegram.ClassMigrated, MigrateTo: -1002}
	jam(t, func(tr *traffic) {
		tr.do("new", newTo(-5), moved)
		tr.do("later", newTo(-5))
		tr.do("edit", telegram.Turn{Chat: -5, Message: 3})
		tr.do("first edit", telegram.Turn{Chat: -6, Message: 3}, &telegram.Error{Class: telegram.ClassMigrated, MigrateTo: -1006})
		tr.all.Wait()
		equal(t, "calls", tr.began, []event{{"new", -5, 0}, {"new", -1002, 0}, {"later", -1002, 0}, {"first edit", -6, 0}}, cmp.AllowUnexported(event{}))
		equal(t, "told once", tr.moved, []string{"-5→-1002", "-6→-1006"})
		for _, name := range []string{"edit", "first edit"} {
			if got := telegram.ClassOf(tr.end(name)); got != telegram.ClassMigrated {
				t.Errorf("%s: %v; a message's number means another message in the new group", name, tr.end(name))
			}
		}
		tr.Moved(-1002, -5) // nonsense, which must not make it go in circles
		tr.do("again", newTo(-1002))
		tr.all.Wait()
		equal(t, "the end of the line", tr.began[len(tr.began)-1].chat, int64(-5))
	})
}

// Whatever comes, the limits are kept, no two edits of a message run at once,
// and the last edit of each that ran is the last that was asked for.
func TestLanesAnyTraffic(t *testing.T) {
	for seed := range uint64(30) {
		jam(t, func(tr *traffic) {
			r := rand.New(rand.NewPCG(seed, 1))
			type key struct {
				chat    int64
				message int
			}
			lastAsked, lastRun, running := map[key]int{}, map[key]int{}, map[key]bool{}
			starts := map[int64][]time.Time{}
			for i := range 150 {
				turn := telegram.Turn{Chat: []int64{ann, group, -1002}[r.IntN(3)], Priority: telegram.Priority(r.IntN(4)), Message: r.IntN(4)}
				takes, fail := time.Duration(r.IntN(3000))*time.Millisecond, r.IntN(10)
				k := key{turn.Chat, turn.Message}
				lastAsked[k] = i
				tr.all.Go(func() {
					tries := 0
					err := tr.Do(tr.t.Context(), turn, func(context.Context, int64) error {
						tr.mu.Lock()
						if running[k] && k.message != 0 {
							t.Errorf("seed %d: two edits of %v at once", seed, k)
						}
						running[k], lastRun[k] = true, i
						starts[turn.Chat] = append(starts[turn.Chat], time.Now())
						tr.mu.Unlock()
						<-time.After(takes)
						tr.mu.Lock()
						running[k] = false
						tr.mu.Unlock()
						if tries++; tries == 1 && fail < 3 {
							return []error{limited(3 * time.Second), class(telegram.ClassRefused), class(telegram.ClassGone)}[fail]
						}
						return nil
					})
					if err != nil && !errors.Is(err, telegram.ErrSuperseded) && telegram.ClassOf(err) != telegram.ClassGone {
						t.Errorf("seed %d: %v", seed, err)
					}
				})
				synctest.Wait()
				tr.pass(time.Duration(r.IntN(2000)) * time.Millisecond)
			}
			tr.all.Wait()
			for k, asked := range lastAsked {
				if k.message != 0 && lastRun[k] != asked {
					t.Errorf("seed %d: %v shows %d, asked for %d", seed, k, lastRun[k], asked)
				}
			}
			for chat, at := range starts {
				for i := range at {
					if i >= 4 && at[i].Sub(at[i-4]) < time.Second-time.Millisecond {
						t.Errorf("seed %d: five to %d within %v", seed, chat, at[i].Sub(at[i-4]))
					}
					if chat < 0 && i >= 20 && at[i].Sub(at[i-20]) < time.Minute {
						t.Errorf("seed %d: 21 to group %d within %v", seed, chat, at[i].Sub(at[i-20]))
					}
				}
			}
		})
	}
}

func TestLanesSendMendsTheAddress(t *testing.T) {
	var calls []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		calls = append(calls, r.Form.Get("chat_id")+" thread "+r.Form.Get("message_thread_id")+" reply "+r.Form.Get("reply_parameters"))
		switch {
		case r.Form.Get("chat_id") == "-5":
			refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", `"migrate_to_chat_id":-1002`)(w, r)
		case r.Form.Get("message_thread_id") != "":
			refusal(400, "Bad Request: message thread not found", "")(w, r)
		default:
			fmt.Fprint(w, `{"ok":true,"result":{"message_id":42}}`)
		}
	})
	l := telegram.NewLanes(c, nil)
	got, err := l.Send(t.Context(), telegram.PriorityNew, telegram.Out{ChatID: -5, HTML: "x", ReplyTo: 3, ThreadID: 4})
	if want := (telegram.Sent{ChatID: -1002, MessageID: 42}); err != nil || got != want {
		t.Errorf("Send = %+v, %v; want %+v", got, err, want)
	}
	equal(t, "calls of a group that moved", calls, []string{`-5 thread 4 reply {"message_id":3,"allow_sending_without_reply":true}`, "-1002 thread  reply "})
	calls = nil
	if _, err := l.Send(t.Context(), telegram.PriorityNew, telegram.Out{ChatID: -9, HTML: "x", ThreadID: 4}); err != nil {
		t.Error(err)
	}
	equal(t, "calls when the topic is gone", calls, []string{"-9 thread 4 reply ", "-9 thread  reply "})
	if err := l.Edit(t.Context(), telegram.PriorityFinal, 3, telegram.Out{ChatID: -9, HTML: "x"}); err != nil {
		t.Error(err)
	}
	if _, err := l.Document(t.Context(), telegram.PriorityFinal, telegram.Out{ChatID: 9}, "a.txt", []byte("x")); err != nil {
		t.Error(err)
	}
}
