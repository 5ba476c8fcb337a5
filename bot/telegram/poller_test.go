package telegram_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/bot/telegram"
)

// line is a Bot API server without a network, so that time can be synctest's:
// a queue of updates, forgotten as real ones are, and failures to come first.
type line struct {
	mu       sync.Mutex
	updates  []int64
	failures []http.HandlerFunc
	arrived  chan struct{}
	asked    []string // getUpdates as "offset", others by method
	times    []time.Time
}

func newLine(ids ...int64) *line { return &line{updates: ids} }

func (l *line) add(ids ...int64) {
	l.mu.Lock()
	l.updates = append(l.updates, ids...)
	l.mu.Unlock()
	l.arrived <- struct{}{}
}

func (l *line) fail(n int, h http.HandlerFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range n {
		l.failures = append(l.failures, h)
	}
}

// answers is an http.ResponseWriter in memory.
type answers struct {
	header http.Header
	status int
	body   strings.Builder
}

func (a *answers) Header() http.Header         { return a.header }
func (a *answers) WriteHeader(status int)      { a.status = status }
func (a *answers) Write(b []byte) (int, error) { return a.body.Write(b) }

func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	method := path.Base(r.URL.Path)
	a := &answers{header: http.Header{}, status: 200}
	h := l.note(method, form.Get("offset"))
	switch {
	case h != nil:
		h(a, r.Clone(r.Context()))
		if a.status == 0 {
			return nil, errors.New("connection refused")
		}
	case method == "getUpdates":
		list, err := l.wait(r.Context(), form)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(a, `{"ok":true,"result":[%s]}`, strings.Join(list, ","))
	default:
		io.WriteString(a, `{"ok":true,"result":true}`)
	}
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.body.String())), Request: r}, nil
}

func (l *line) note(method, offset string) http.HandlerFunc {
	l.mu.Lock()
	defer l.mu.Unlock()
	if method != "getUpdates" {
		l.asked = append(l.asked, method)
		return nil
	}
	l.asked, l.times = append(l.asked, offset), append(l.times, time.Now())
	if len(l.failures) == 0 {
		return nil
	}
	h := l.failures[0]
	l.failures = l.failures[1:]
	return h
}

func (l *line) wait(ctx context.Context, form url.Values) ([]string, error) {
	seconds, _ := strconv.Atoi(form.Get("timeout"))
	end := time.NewTimer(time.Duration(seconds) * time.Second)
	defer end.Stop()
	offset, _ := strconv.ParseInt(form.Get("offset"), 10, 64)
	for {
		l.mu.Lock()
		l.updates = slices.DeleteFunc(l.updates, func(id int64) bool { return id < offset })
		var list []string
		for _, id := range l.updates {
			list = append(list, fmt.Sprintf(`{"update_id":%d}`, id))
		}
		l.mu.Unlock()
		if len(list) > 0 {
			return list, nil
		}
		select {
		case <-l.arrived:
		case <-end.C:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func refuse(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(0) }

// bubble runs a Poller over l until the test's body returns.
type bubble struct {
	*telegram.Poller
	mu      *sync.Mutex // guards the rest; pass makes it fit for the test to read
	handled []int64
	states  []telegram.Link
	poison  []int64
	start   time.Time
}

func poll(t *testing.T, l *line, set func(*bubble), body func(*bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bubble{mu: &l.mu, start: time.Now()}
		l.arrived = make(chan struct{}, 100) // of this bubble
		b.Poller = &telegram.Poller{
			Client:   client(t, telegram.Config{HTTP: &http.Client{Transport: l}}),
			Handle:   func(_ context.Context, r telegram.Raw) error { return b.got(r) },
			OnState:  func(s telegram.State) { b.did(func() { b.states = append(b.states, s.Link) }) },
			OnPoison: func(r telegram.Raw, _ error) { b.did(func() { b.poison = append(b.poison, r.ID) }) },
		}
		if set != nil {
			set(b)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- b.Run(ctx) }()
		body(b)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

func (b *bubble) did(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

func (b *bubble) got(r telegram.Raw) error {
	b.did(func() { b.handled = append(b.handled, r.ID) })
	return nil
}

// pass lets d of the bubble's time go by.
func (b *bubble) pass(d time.Duration) {
	b.did(func() {}) // what the test read, it read before
	<-time.After(d)
	synctest.Wait()
	b.did(func() {}) // and what comes now is after what was done
}

func equal[T any](t *testing.T, what string, got, want T, opts ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, opts...); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestPollerConfirmsOnlyWhatIsHandled(t *testing.T) {
	l := newLine(10, 11)
	var release chan struct{}
	poll(t, l, func(b *bubble) {
		release = make(chan struct{})
		b.Handle = func(ctx context.Context, r telegram.Raw) error {
			if r.ID == 11 {
				select {
				case <-release:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return b.got(r)
		}
	}, func(b *bubble) {
		b.pass(time.Minute)
		equal(t, "asked while 11 is handled", l.asked, []string{""})
		equal(t, "waiting at Telegram", l.updates, []int64{10, 11})
		close(release)
		l.add(12)
		b.pass(time.Second)
		equal(t, "asked", l.asked, []string{"", "12", "13"})
		equal(t, "handled", b.handled, []int64{10, 11, 12})
		equal(t, "waiting at Telegram", l.updates, []int64{})
		equal(t, "states", b.states, []telegram.Link{telegram.LinkUp})
	})
}

func TestPollerStopsInTheMiddleAndLosesNothing(t *testing.T) {
	l := newLine(10, 11, 12)
	poll(t, l, func(b *bubble) {
		b.Handle = func(ctx context.Context, r telegram.Raw) error {
			if r.ID == 11 {
				<-ctx.Done()
				return ctx.Err()
			}
			return b.got(r)
		}
	}, func(b *bubble) { b.pass(time.Second) })
	equal(t, "waiting at Telegram", l.updates, []int64{10, 11, 12})
	poll(t, l, nil, func(b *bubble) {
		b.pass(time.Second)
		equal(t, "handled after the restart", b.handled, []int64{10, 11, 12})
		equal(t, "poison", b.poison, nil)
	})
}

func TestPollerPassesOverPoison(t *testing.T) {
	for _, about := range []string{"an error", "a panic"} {
		tries := 0
		poll(t, newLine(10, 11, 12), func(b *bubble) {
			b.Handle = func(_ context.Context, r telegram.Raw) error {
				if r.ID == 11 {
					if b.did(func() { tries++ }); about == "a panic" {
						panic("poison")
					}
					return errors.New("poison")
				}
				return b.got(r)
			}
		}, func(b *bubble) {
			b.pass(10 * time.Second)
			equal(t, about+": handled", b.handled, []int64{10, 12})
			equal(t, about+": reported", b.poison, []int64{11})
			equal(t, about+": tries", tries, 4)
		})
	}
}

func TestPollerRetriesAHandlerThatRecovers(t *testing.T) {
	tries := 0
	poll(t, newLine(10), func(b *bubble) {
		b.Handle = func(_ context.Context, r telegram.Raw) error {
			if tries++; tries < 3 {
				return errors.New("not yet")
			}
			return b.got(r)
		}
	}, func(b *bubble) {
		b.pass(10 * time.Second)
		equal(t, "handled", b.handled, []int64{10})
		equal(t, "poison", b.poison, nil)
	})
}

func TestPollerStartsWhileTelegramIsDown(t *testing.T) {
	l := newLine(10)
	l.fail(12, refuse)
	poll(t, l, nil, func(b *bubble) {
		b.pass(time.Second)
		equal(t, "states", b.states, []telegram.Link{telegram.LinkAway})
		b.pass(time.Hour)
		equal(t, "states", b.states, []telegram.Link{telegram.LinkAway, telegram.LinkUp})
		equal(t, "handled", b.handled, []int64{10})
		for i := 1; i <= 12; i++ {
			least, most := 400*time.Millisecond<<(i-1), 500*time.Millisecond<<(i-1)
			if i > 6 {
				least, most = 24*time.Second, 30*time.Second
			}
			if d := l.times[i].Sub(l.times[i-1]); d < least || d > most {
				t.Errorf("pause %d = %v, want %v to %v", i, d, least, most)
			}
		}
	})
}

func TestPollerBackAtOnce(t *testing.T) {
	l := newLine()
	l.fail(1, refuse)
	poll(t, l, nil, func(b *bubble) {
		b.pass(501 * time.Millisecond)
		equal(t, "a quiet line answers at once after a failure", b.states, []telegram.Link{telegram.LinkAway, telegram.LinkUp})
	})
}

func TestPollerOtherPoller(t *testing.T) {
	l := newLine(10)
	conflict := refusal(409, "Conflict: terminated by other getUpdates request", "")
	l.fail(3, conflict)
	poll(t, l, nil, func(b *bubble) {
		b.pass(time.Minute)
		equal(t, "handled in between", b.handled, []int64{10})
		equal(t, "still a conflict, told once", b.states, []telegram.Link{telegram.LinkConflict})
		l.fail(1, conflict)
		b.pass(time.Minute)
		equal(t, "and again not told", b.states, []telegram.Link{telegram.LinkConflict})
		b.pass(5 * time.Minute)
		equal(t, "alone at last", b.states, []telegram.Link{telegram.LinkConflict, telegram.LinkUp})
		if n := len(l.asked); n > 20 {
			t.Errorf("%d calls in seven minutes", n)
		}
	})
}

func TestPollerRemovesAWebhook(t *testing.T) {
	webhook := refusal(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first", "")
	l := newLine(10)
	l.fail(1, webhook)
	poll(t, l, nil, func(b *bubble) {
		b.pass(time.Second)
		equal(t, "asked", l.asked, []string{"", "deleteWebhook", "", "11"})
		equal(t, "one left from before is not news", b.states, []telegram.Link{telegram.LinkUp})
		l.fail(1, webhook)
		b.pass(5 * time.Minute)
		equal(t, "one set while we poll is", b.states, []telegram.Link{telegram.LinkUp, telegram.LinkConflict, telegram.LinkUp})
	})
}

func TestPollerWithARefusedToken(t *testing.T) {
	for _, h := range []http.HandlerFunc{refusal(401, "Unauthorized", ""), refusal(404, "Not Found", "")} {
		l := newLine(10)
		l.fail(3, h)
		poll(t, l, nil, func(b *bubble) {
			b.pass(3*time.Minute - time.Second)
			equal(t, "tried each minute, told once", b.states, []telegram.Link{telegram.LinkDenied})
			equal(t, "calls", len(l.asked), 3)
			b.pass(2 * time.Second)
			equal(t, "and it may come back", b.states, []telegram.Link{telegram.LinkDenied, telegram.LinkUp})
		})
	}
}

func TestPollerWaitsAsTold(t *testing.T) {
	l := newLine()
	l.fail(1, refusal(429, "Too Many Requests: retry after 17", `"retry_after":17`))
	poll(t, l, nil, func(b *bubble) {
		b.pass(time.Minute)
		if d := l.times[1].Sub(l.times[0]); d < 17*time.Second || d > 18*time.Second {
			t.Errorf("asked again after %v, told 17 s", d)
		}
	})
}

func TestPollerAfterAQuietWeek(t *testing.T) {
	l := newLine(1000)
	poll(t, l, nil, func(b *bubble) {
		b.pass(7 * 24 * time.Hour)
		l.add(5, 6) // Telegram went on from a random, smaller id
		b.pass(2 * time.Minute)
		equal(t, "handled", b.handled, []int64{1000, 5, 6})
		equal(t, "the last offset", l.asked[len(l.asked)-1], "7")
	})
}

func TestPollerTakesSmallerIDs(t *testing.T) {
	l := newLine(1000)
	poll(t, l, nil, func(b *bubble) {
		b.pass(time.Second)
		l.fail(1, answer(200, `{"ok":true,"result":[{"update_id":5}]}`))
		l.add(1001)
		b.pass(time.Second)
		// 1001 was not confirmed, so it comes again: Handle knows it.
		equal(t, "handled", b.handled, []int64{1000, 1001, 5, 1001})
		equal(t, "asked", l.asked, []string{"", "1001", "1002", "6", "1002"})
	})
}

func TestPollerStateTellsWhy(t *testing.T) {
	l := newLine()
	l.fail(2, refuse)
	var states []telegram.State
	poll(t, l, func(b *bubble) { b.OnState = func(s telegram.State) { b.did(func() { states = append(states, s) }) } }, func(b *bubble) {
		b.pass(time.Minute)
		if len(states) != 2 || states[0].Class != telegram.ClassRefused || states[0].Err == nil || !states[0].Since.Equal(b.start) {
			t.Errorf("states = %+v", states)
		}
		if states[1].Class != "" || states[1].Err != nil {
			t.Errorf("up for a reason: %+v", states[1])
		}
	})
}

// Updates that are none cannot be confirmed; they must not make a busy loop.
func TestPollerUpdatesWithoutIDs(t *testing.T) {
	l := newLine()
	l.fail(1000, func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]any{"ok": true, "result": []string{"x"}})
	})
	poll(t, l, nil, func(b *bubble) {
		b.pass(10 * time.Second)
		if len(l.asked) > 25 {
			t.Errorf("%d calls in 10 s", len(l.asked))
		}
	})
}
