package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"twokey/bot"
	"twokey/internal/config"
)

var unanswered = bot.Call{Request: 12, Action: "restart", Person: "ann", Service: "shop", Reason: "orders hang",
	Until: time.Date(2026, 11, 24, 12, 10, 0, 0, time.UTC)}

func TestEscalatePosts(t *testing.T) {
	var got map[string]string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || json.NewDecoder(r.Body).Decode(&got) != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	defer srv.Close()
	call, err := newEscalation(config.Config{Escalate: config.Escalate{HTTP: srv.URL}}, zerolog.Nop())
	if err == nil {
		err = call(t.Context(), unanswered)
	}
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"request": "12", "action": "restart", "who": "ann", "service": "shop", "until": "2026-11-24T12:10:00Z", "reason": "orders hang"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("posted (-want +got):\n%s", diff)
	}
}

// An address that sends us elsewhere is not followed, and no failure shows the address: it may hold a key.
func TestEscalateFailsQuietly(t *testing.T) {
	var followed bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if followed = followed || r.URL.Path == "/elsewhere"; r.URL.Path == "/key-4711" {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}
	}))
	defer srv.Close()
	for url, says := range map[string]string{srv.URL + "/key-4711": "it answered 307", "http://127.0.0.1:1/key-4711": "refused"} {
		var log strings.Builder
		call, err := newEscalation(config.Config{Escalate: config.Escalate{HTTP: url}}, zerolog.New(&log))
		if err != nil {
			t.Fatal(err)
		}
		err = call(t.Context(), unanswered)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", url, err, says)
		}
		if shown := log.String() + err.Error(); strings.Contains(shown, "key-4711") || !strings.Contains(log.String(), "nobody else could be called") {
			t.Errorf("%s: told %q", url, shown)
		}
	}
	if followed {
		t.Error("the redirect was followed")
	}
}

func TestEscalateRuns(t *testing.T) {
	out := filepath.Join(t.TempDir(), "paged")
	call, err := newEscalation(config.Config{Escalate: config.Escalate{Exec: []string{"/usr/bin/cp", "/dev/null", out}}}, zerolog.Nop())
	if err == nil {
		err = call(t.Context(), unanswered)
	}
	if _, missing := os.Stat(out); err != nil || missing != nil {
		t.Errorf("%v; the program ran: %v", err, missing == nil)
	}
	for why, argv := range map[string][]string{"a parameter that there is not": {"/usr/bin/cp", "{secret}"}, "no such program": {"/there/is/none"}} {
		if _, err := newEscalation(config.Config{Escalate: config.Escalate{Exec: argv}}, zerolog.Nop()); err == nil {
			t.Errorf("%s: it starts all the same", why)
		}
	}
	if call, err := newEscalation(config.Config{}, zerolog.Nop()); call != nil || err != nil {
		t.Errorf("with nobody to call: %v, and a call %v", err, call != nil)
	}
}
