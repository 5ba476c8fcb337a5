package queues

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/internal/redistest"
	"twokey/internal/secret"
)

func start(t *testing.T) (*redistest.Server, Redis) {
	t.Helper()
	s := redistest.Start(t)
	return s, Redis{URL: secret.New(s.URL())}
}

func TestLookFindsWhatOutlivesARestore(t *testing.T) {
	s, r := start(t)
	s.Must(t, "RPUSH", "bull:pay:wait", 1, 2, 3)
	s.Must(t, "RPUSH", "bull:pay:active", 4)
	s.Must(t, "ZADD", "bull:pay:delayed", 1, 5)
	s.Must(t, "ZADD", "bull:pay:prioritized", 1, 6)
	s.Must(t, "RPUSH", "bull:pay:completed", 7)
	s.Must(t, "HSET", "bull:odd:wait", "a", "b") // the data of a job that is called wait
	s.Must(t, "RPUSH", "other:pay:wait", 8)
	s.Must(t, "RPUSH", "twokey:7:bull:pay:wait", 9, 10)
	for i := range 3000 { // more than SCAN gives at once
		s.Must(t, "SET", fmt.Sprintf("bull:pay:%d", i), "x")
	}
	got, err := r.Look(t.Context(), "bull:*:wait")
	want := []List{{"bull:pay:wait", 3}, {"bull:pay:active", 1}, {"bull:pay:delayed", 1}, {"bull:pay:prioritized", 1}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got[0].Queue() != "bull:pay" || got[0].State() != "wait" || got[0].Aside() {
		t.Errorf("%+v", got[0])
	}
	got, err = r.LookAside(t.Context(), "bull:*:wait")
	if diff := cmp.Diff([]List{{"twokey:7:bull:pay:wait", 2}}, got); diff != "" || err != nil || !got[0].Aside() {
		t.Errorf("aside: %v (-want +got):\n%s", err, diff)
	}
	// What was put aside is no queue, whatever the pattern is, and another pattern stands for itself.
	got, err = r.Look(t.Context(), "*pay:wait")
	waiting := slices.DeleteFunc(got, func(l List) bool { return l.State() != "wait" })
	if diff := cmp.Diff([]List{{"bull:pay:wait", 3}, {"other:pay:wait", 1}}, waiting); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if all := s.Must(t, "INFO", "commandstats"); strings.Contains(all, "cmdstat_keys:") {
		t.Errorf("KEYS holds up everybody:\n%s", all)
	}
}

func TestTooManyListsAreAMistake(t *testing.T) {
	s, r := start(t)
	for i := range maxLists + 1 {
		s.Must(t, "RPUSH", fmt.Sprintf("bull:q%d:wait", i), 1)
	}
	if _, err := r.Look(t.Context(), "bull:*:wait"); err == nil || !strings.Contains(err.Error(), "more than 1000 keys") {
		t.Error(err)
	}
}

// TestPauseIsBulls compares what is there with what Bull's pause-6.lua leaves.
func TestPauseIsBulls(t *testing.T) {
	s, r := start(t)
	s.Must(t, "RPUSH", "bull:pay:wait", "new", "old")
	for range 2 { // the second time changes nothing
		if err := r.Pause(t.Context(), "bull:pay"); err != nil {
			t.Fatal(err)
		}
		want := []string{"0", "[new old]", "1", "1"}
		got := []string{s.Must(t, "EXISTS", "bull:pay:wait"), s.Must(t, "LRANGE", "bull:pay:paused", 0, -1),
			s.Must(t, "GET", "bull:pay:meta-paused"), s.Must(t, "HGET", "bull:pay:meta", "paused")}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestPauseLosesNothingThatWasPausedBefore(t *testing.T) {
	s, r := start(t)
	s.Must(t, "RPUSH", "bull:pay:paused", "2", "1") // Bull takes from the right
	s.Must(t, "RPUSH", "bull:pay:wait", "4", "3")
	if err := r.Pause(t.Context(), "bull:pay"); err != nil {
		t.Fatal(err)
	}
	if got := s.Must(t, "LRANGE", "bull:pay:paused", 0, -1); got != "[4 3 2 1]" {
		t.Error(got)
	}
}

func TestPutAsideNeverDestroys(t *testing.T) {
	s, r := start(t)
	for i, want := range []string{"twokey:7:bull:pay:wait", "twokey:7.2:bull:pay:wait"} {
		s.Must(t, "RPUSH", "bull:pay:wait", i)
		to, err := r.PutAside(t.Context(), "bull:pay:wait", 7)
		if err != nil || to != want {
			t.Fatalf("to %q: %v", to, err)
		}
		if got := s.Must(t, "LRANGE", to, 0, -1); got != fmt.Sprintf("[%d]", i) {
			t.Errorf("%s holds %s", to, got)
		}
	}
	if to, err := r.PutAside(t.Context(), "bull:pay:wait", 7); to != "" || err != nil {
		t.Errorf("nothing was there: %q, %v", to, err)
	}
	if got := s.Must(t, "LRANGE", "twokey:7:bull:pay:wait", 0, -1); got != "[0]" {
		t.Errorf("the first holds %s", got)
	}
}

// TestErrorsSayWhyAndNotWhere: no address, no password, whatever is wrong.
func TestErrorsSayWhyAndNotWhere(t *testing.T) {
	s, _ := start(t)
	u, _ := url.Parse(s.URL())
	host := u.Host
	for _, c := range []struct{ address, want string }{
		{"redis://:" + "hunter2-4711" + "@" + host, "Redis does not take the password of its URL"},
		{"redis://" + host, "Redis does not take the password of its URL"},
		{"redis://:hunter2-4711@127.0.0.1:1", "nobody listens at the address of Redis"},
		{"redis://:hunter2-4711@nowhere.invalid", "the host of Redis has no address"},
		{"redis://:hunter2-4711@127.0.0.1:1:2%/", "Redis does not answer"},
		{s.URL() + "99", "Redis answers with the error ERR"},
	} {
		_, err := Redis{URL: secret.New(c.address)}.Look(t.Context(), "bull:*:wait")
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.address, err, c.want)
		}
		if said := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(said, "hunter2") || strings.Contains(said, host) {
			t.Errorf("told: %s", said)
		}
	}
}

func TestOneThatHangsIsNotWaitedFor(t *testing.T) {
	s, r := start(t)
	if err := s.Hang(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_, err := r.Look(context.Background(), "bull:*:wait")
	if err == nil || err.Error() != "Redis did not answer in time" || time.Since(began) > 2*within {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}
