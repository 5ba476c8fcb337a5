package metrics

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a server for a test, and wants it to end cleanly.
func serve(t *testing.T, s Snapshot) (address string) {
	t.Helper()
	server, err := Listen("127.0.0.1:0", "v9", func(context.Context) Snapshot { return s })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return server.Addr().String()
}

// get asks one thing.
func get(t *testing.T, method, address, path string) (code int, body string) {
	t.Helper()
	req, err := http.NewRequest(method, "http://"+address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestMetrics(t *testing.T) {
	bad, up, lost := 2, true, 6*time.Hour
	full := Snapshot{Requests: map[string]int{"pending": 2}, Ended: map[Outcome]uint64{{"restart", "succeeded"}: 7}, Seq: 1290, Owed: 1,
		TelegramUp: true, Contact: 1500 * time.Millisecond, OpenReviews: 3, Lockdown: true, BadChecks: &bad, Service: func(context.Context) *bool { return &up },
		Drills: []Drill{{Name: "database", Passed: time.Unix(1796000000, 0), Took: 271 * time.Second, Lost: &lost, Findings: 2}, {Name: "code", Overdue: true}}}
	_, body := get(t, "GET", serve(t, full), "/metrics")
	for _, want := range []string{`twokey_requests{status="pending"} 2`, `twokey_requests_total{action="restart",outcome="succeeded"} 7`, "twokey_journal_seq 1290",
		"twokey_journal_owed 1", "twokey_telegram_up 1", "twokey_telegram_seconds_since_contact 1.5", "twokey_open_reviews 3", "twokey_lockdown 1",
		"twokey_service_up 1", "twokey_last_check_bad 2", `twokey_build_info{go="go`, `version="v9"} 1`, "go_goroutines", "process_open_fds",
		`twokey_drill_last_success_timestamp_seconds{drill="database"} 1.796e+09`, `twokey_drill_duration_seconds{drill="database"} 271`,
		`twokey_drill_rpo_seconds{drill="database"} 21600`, `twokey_drill_overdue{drill="database"} 0`, `twokey_drill_overdue{drill="code"} 1`,
		`twokey_drill_open_findings{drill="database"} 2`} {
		if !strings.Contains(body, want) {
			t.Errorf("/metrics has no %q", want)
		}
	}
	if strings.Contains(body, `twokey_drill_duration_seconds{drill="code"}`) {
		t.Error("a drill that never passed has a duration")
	}
	unknown := Snapshot{Contact: -1, Service: func(context.Context) *bool { return nil }}
	_, body = get(t, "GET", serve(t, unknown), "/metrics")
	for _, not := range []string{"twokey_service_up", "twokey_last_check_bad", "twokey_telegram_seconds"} {
		if strings.Contains(body, not) {
			t.Errorf("/metrics has %s although it is not known", not)
		}
	}
}

func TestHealth(t *testing.T) {
	for _, tt := range []struct {
		say             string
		s               Snapshot
		healthy, ready  int
		unready, unwell string
	}{
		{"all is well", Snapshot{TelegramUp: true}, 200, 200, "ok\n", "ok\n"},
		{"telegram is away", Snapshot{}, 200, 503, "telegram is not connected\n", "ok\n"},
		{"the journal is owed something", Snapshot{TelegramUp: true, Owed: 1}, 503, 503, "the journal cannot be written\n", "the journal cannot be written\n"},
		{"somebody else wrote it", Snapshot{TelegramUp: true, Closed: true}, 503, 503, "the journal was changed by somebody else\n", "the journal was changed by somebody else\n"},
	} {
		address := serve(t, tt.s)
		if code, body := get(t, "GET", address, "/healthz"); code != tt.healthy || body != tt.unwell {
			t.Errorf("%s: /healthz = %d %q, want %d %q", tt.say, code, body, tt.healthy, tt.unwell)
		}
		if code, body := get(t, "GET", address, "/readyz"); code != tt.ready || body != tt.unready {
			t.Errorf("%s: /readyz = %d %q, want %d %q", tt.say, code, body, tt.ready, tt.unready)
		}
	}
}

func TestOnlyGET(t *testing.T) {
	address := serve(t, Snapshot{})
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS"} {
		if code, _ := get(t, method, address, "/metrics"); code != http.StatusMethodNotAllowed {
			t.Errorf("%s /metrics = %d, want 405", method, code)
		}
	}
	for _, path := range []string{"/", "/debug/pprof/", "/metrics/x"} {
		if code, _ := get(t, "GET", address, path); code != http.StatusNotFound {
			t.Errorf("GET %s = %d, want 404", path, code)
		}
	}
}

func TestTakenAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = Listen(l.Addr().String(), "v9", nil)
	if err == nil || !strings.Contains(err.Error(), "another program has this address") {
		t.Errorf("Listen on a taken address: %v", err)
	}
	if _, err = Listen("192.0.2.1:9464", "v9", nil); err == nil || !strings.Contains(err.Error(), "this machine does not have that address") {
		t.Errorf("Listen on a foreign address: %v", err)
	}
}

// TestEndsWhileSomebodyIsSlow ends a server that has a client which never finishes its question.
func TestEndsWhileSomebodyIsSlow(t *testing.T) {
	server, err := Listen("127.0.0.1:0", "v9", func(context.Context) Snapshot { return Snapshot{} })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	c, err := net.Dial("tcp", server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\n")
	if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
		t.Fatalf("the first question: %q, %v", line, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}
