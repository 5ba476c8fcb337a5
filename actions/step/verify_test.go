package step

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"twokey/internal/proc"
	"twokey/internal/secret"
)

// verified runs a step and gives what it found.
func verified(ctx context.Context, t *testing.T, v Verify, site Site, env Env) ([]Finding, error) {
	t.Helper()
	k, err := v.Load(site)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	if k, err = Decode("verify", body); err != nil { // what runs is what the journal kept
		t.Fatal(err)
	}
	var list []Finding
	calls := 0
	env.Found = func(l []Finding) { list = l; calls++ }
	err = k.Run(ctx, env)
	if calls > 1 {
		t.Errorf("findings were told %d times", calls)
	}
	return list, err
}

// states are the findings in a line each.
func states(list []Finding) []string {
	var all []string
	for _, f := range list {
		all = append(all, f.Name+" "+string(f.State))
	}
	return all
}

func refusedBy(t *testing.T, err error) Failure {
	t.Helper()
	var f *Failure
	if !errors.As(err, &f) {
		t.Fatalf("error %v is no Failure", err)
	}
	return *f
}

var mixed = []Check{
	sqlNamed("users", "SELECT count(*) FROM users", "> 0"),
	sqlNamed("orphaned deposits", "SELECT 3", "= 0"),
	sqlNamed("withdrawals", "SELECT count(*) FROM withdrawals", "> 0"),
	sqlNamed("deposits", "SELECT count(*) FROM deposits", ""),
	{Name: "/start", Ask: "Does it answer?"},
	sqlNamed("more users", "SELECT count(*) FROM users", "= 3"),
}

func sqlNamed(name, sql, expect string) Check {
	c := sqlCheck(sql, expect)
	c.Name = name
	return c
}

func TestVerifyTellsEverythingInTheConfigsOrder(t *testing.T) {
	_, _, env := shop(t)
	var lines []string
	env.Progress = func(line string) { lines = append(lines, line) }
	list, err := verified(t.Context(), t, Verify{Report: true, People: true}, Site{Checks: mixed}, env)
	if err != nil {
		t.Errorf("a report failed: %v", err)
	}
	want := []string{"users green", "orphaned deposits red", "withdrawals red", "deposits told", "more users green", "/start open"}
	if diff := cmp.Diff(want, states(list)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if want := []string{"1 of 5 checks", "2 of 5 checks", "3 of 5 checks", "4 of 5 checks", "5 of 5 checks"}; !cmp.Equal(lines, want) {
		t.Errorf("progress %q, want %q", lines, want)
	}
	list, err = verified(t.Context(), t, Verify{}, Site{Checks: mixed}, env)
	if want := "2 of 5 checks are red: orphaned deposits (3, want = 0), withdrawals (the database has no table withdrawals)"; refusedBy(t, err).Sentence != want {
		t.Errorf("failure %q, want %q", refusedBy(t, err).Sentence, want)
	}
	if len(list) != 5 {
		t.Errorf("a failed one told %q", states(list))
	}
}

func TestVerifyNamesAFewOnly(t *testing.T) {
	var bad []Finding
	for i := range 7 {
		bad = append(bad, Finding{Name: fmt.Sprint("c", i), State: Red})
	}
	if got, want := describe(bad), "c0, c1, c2, c3, c4, and 2 more"; got != want {
		t.Errorf("describe = %q, want %q", got, want)
	}
	if got, want := count(1, 1)+" "+count(1, 3), "1 of 1 check is 1 of 3 checks is"; got != want {
		t.Errorf("count = %q, want %q", got, want)
	}
}

// TestVerifyLooksAtSeveralAtOnceButNotAtAll: a service under repair is not burdened more.
func TestVerifyLooksAtSeveralAtOnceButNotAtAll(t *testing.T) {
	var mu sync.Mutex
	now, most := 0, 0
	full := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		now++
		most = max(most, now)
		if now == verifyAtOnce {
			close(full)
		}
		mu.Unlock()
		<-full
		mu.Lock()
		now = -1000 // nobody fills it again
		mu.Unlock()
	}))
	defer srv.Close()
	var checks []Check
	for i := range 3 * verifyAtOnce {
		checks = append(checks, Check{Name: fmt.Sprint(i), HTTP: srv.URL})
	}
	list, err := verified(t.Context(), t, Verify{}, Site{Checks: checks}, Env{})
	if err != nil || len(list) != len(checks) {
		t.Errorf("%v, %q", err, states(list))
	}
	if most != verifyAtOnce {
		t.Errorf("%d at once, want %d", most, verifyAtOnce)
	}
}

func TestVerifyThatIsCutShortSaysNothingIsRed(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	entered := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	}))
	defer srv.Close()
	go func() { <-entered; cancel() }()
	list, err := verified(ctx, t, Verify{Report: true}, Site{Checks: []Check{{Name: "a", HTTP: srv.URL}}}, Env{})
	if list != nil || refusedBy(t, err).Sentence != "looking whether the service is well was cut short" || !errors.Is(err, context.Canceled) {
		t.Errorf("%q, %v", states(list), err)
	}
}

func TestHTTPCheck(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ok":
			w.WriteHeader(http.StatusNoContent)
		case "/moved":
			http.Redirect(w, r, "/ok", http.StatusFound)
		default:
			http.Error(w, "card 4111-1111 of ann", http.StatusInternalServerError)
		}
	}))
	defer srv.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	for _, tt := range []struct {
		address string
		want    Finding
	}{
		{srv.URL + "/ok?key=hunter2", Finding{State: Green, Value: "204 No Content"}},
		{srv.URL + "/moved?key=hunter2", Finding{State: Red, Value: "302 Found"}},
		{srv.URL + "/broken?key=hunter2", Finding{State: Red, Value: "500 Internal Server Error"}},
		{"http://" + gone.Addr().String() + "/?key=hunter2", Finding{State: Red, Why: "it does not answer"}},
		{"http://nowhere.invalid/?key=hunter2", Finding{State: Red, Why: "its host has no address"}},
	} {
		tt.want.Name = "page"
		if got := lookHTTP(t.Context(), Env{}, Check{Name: "page", HTTP: tt.address}); !cmp.Equal(got, tt.want) {
			t.Errorf("lookHTTP(%q) = %+v, want %+v", tt.address, got, tt.want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if got := lookHTTP(ctx, Env{}, Check{Name: "page", HTTP: "http://" + hanging(t)}); got.State != Red || got.Why != "it did not answer in time" {
		t.Errorf("one that hangs: %+v", got)
	}
}

func TestUnlockNeedsEachRedCheckAcceptedByName(t *testing.T) {
	pg, db, env := shop(t)
	plan := func(accept string) ([]Fact, error) {
		k, err := Verify{Lift: true, Accept: "{accept}"}.Load(Site{Checks: mixed})
		if err != nil {
			t.Fatal(err)
		}
		if k, err = k.Bind(map[string]string{"accept": accept}); err != nil {
			t.Fatal(err)
		}
		return k.Plan(t.Context(), env)
	}
	_, err := plan("")
	got := refusedBy(t, err)
	if want := "2 checks are red and not accepted: orphaned deposits (3, want = 0), withdrawals (the database has no table withdrawals)"; got.Sentence != want {
		t.Errorf("sentence %q, want %q", got.Sentence, want)
	}
	if !strings.Contains(got.Hint, "/unlock accept=orphaned_deposits,withdrawals because …") {
		t.Errorf("hint %q", got.Hint)
	}
	_, err = plan("Withdrawals")
	if got := refusedBy(t, err); !strings.HasPrefix(got.Sentence, "1 check is red and not accepted: orphaned") || !strings.Contains(got.Hint, "accept=withdrawals,orphaned_deposits ") {
		t.Errorf("with one accepted: %+v", got)
	}
	_, err = plan("orphaned_deposits,withdrawal")
	if got := refusedBy(t, err); got.Sentence != "there is no check named withdrawal to accept" || !strings.Contains(got.Hint, "withdrawals") {
		t.Errorf("with one that is not there: %+v", got)
	}
	facts, err := plan("orphaned_deposits, withdrawals")
	if err != nil {
		t.Fatal(err)
	}
	pg.Exec(t, "app", db, "CREATE TABLE withdrawals AS SELECT 1")
	better, err := plan("orphaned_deposits, withdrawals")
	if err != nil {
		t.Fatal(err)
	}
	pinned := cmpopts.IgnoreSliceElements(func(f Fact) bool { return f.Kind == Shown })
	want := []Fact{{Name: "accepted although red: orphaned deposits", Kind: Pinned, Value: "accepted"}, {Name: "accepted although red: withdrawals", Kind: Pinned, Value: "accepted"}}
	if diff := cmp.Diff(want, facts, pinned); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(facts, better, pinned); diff != "" {
		t.Errorf("one that got better is another plan:\n%s", diff)
	}
	// By the time it runs, another one is red.
	pg.Exec(t, "app", db, "TRUNCATE users, deposits")
	_, err = verified(t.Context(), t, Verify{Lift: true, Accept: "orphaned_deposits,withdrawals"}, Site{Checks: mixed}, env)
	if got := refusedBy(t, err).Sentence; got != "2 checks are red and not accepted: users (0, want > 0), more users (0, want = 3)" {
		t.Errorf("at its start: %q", got)
	}
}

func TestVerifyIsRefused(t *testing.T) {
	for _, v := range []Verify{{Lift: true, Report: true}, {Accept: "a"}, {Lift: true, Accept: "a{b}"}, {Within: -1}} {
		if _, err := v.Load(Site{}); err == nil {
			t.Errorf("%+v was loaded", v)
		}
	}
	k, err := Verify{Lift: true, Accept: "{accept}"}.Load(Site{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Bind(nil); err == nil {
		t.Error("a placeholder without an argument was bound")
	}
	bound, err := k.Bind(map[string]string{"accept": "{accept}"})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := bound.Bind(nil); err != nil || len(again.(Parametric).Placeholders()) != 0 {
		t.Errorf("a bound step has placeholders: %v", err)
	}
}

// TestStable: what a manager calls running may be starting again and again.
func TestStable(t *testing.T) {
	now := time.Now()
	up := func(pid, restarts, alone int, age time.Duration) []unit {
		return []unit{{Name: "shop", ID: "0", State: "online", Up: true, Procs: []proc.Process{{PID: pid, Start: uint64(pid)}}, Restarts: restarts, Alone: alone, Since: now.Add(-age)}}
	}
	for _, tt := range []struct {
		why         string
		first, last []unit
		want        Finding
	}{
		{"young, but it stays", up(7, 3, 0, 2*time.Second), up(7, 3, 0, 2*time.Second), Finding{State: Green, Value: "up for 2 s"}},
		{"old", up(7, 57, 9, 3*time.Hour), up(7, 57, 9, 3*time.Hour), Finding{State: Green, Value: "up for 3 h"}},
		{"another process", up(7, 3, 0, time.Second), up(8, 3, 0, 0), Finding{State: Red, Value: "crashing", Why: "shop keeps crashing: it was started once more while I looked"}},
		{"restarts", up(7, 3, 0, time.Second), up(9, 10, 0, 0), Finding{State: Red, Value: "crashing", Why: "shop keeps crashing: it was started 7 times while I looked"}},
		{"nobody asked for this start", up(7, 3, 1, 12*time.Second), up(7, 3, 1, 12*time.Second), Finding{State: Red, Value: "crashing", Why: "shop ended by itself and was started again 12 s ago"}},
		{"nor for these", up(7, 3, 7, 12*time.Second), up(7, 3, 7, 12*time.Second), Finding{State: Red, Value: "crashing", Why: "shop keeps crashing: it ended by itself 7 times since somebody started it, the last time 12 s ago"}},
		{"waits to be started again", up(7, 3, 0, time.Second), []unit{{Name: "shop", ID: "0", State: "waiting restart", Up: true, Restarts: 3}}, Finding{State: Red, Value: "down", Why: "shop is waiting restart"}},
		{"a manager that tells no processes", []unit{{Name: "shop", ID: "shop", Up: true, Blind: true}}, []unit{{Name: "shop", ID: "shop", Up: true, Blind: true}}, Finding{State: Green, Value: "up"}},
	} {
		tt.want.Name = processCheck
		if got := stable(Finding{Name: processCheck}, tt.first, tt.last, now); !cmp.Equal(got, tt.want) {
			t.Errorf("%s: %+v, want %+v", tt.why, got, tt.want)
		}
	}
}

// TestVerifyOfARealPM2: a crash loop that pm2 calls online is red; so is a service that is down, when it should be up.
func TestVerifyOfARealPM2(t *testing.T) {
	w := newPM2(t, nil)
	port := w.app("well")
	w.app("loop", "faint")
	health := func(s Site) Site {
		s.Health = Health{URL: fmt.Sprintf("http://127.0.0.1:%d/", port)}
		return s
	}
	one := func(v Verify, s Site, env Env) (string, error) {
		list, err := verified(t.Context(), t, v, s, env)
		var all []string
		for _, f := range list {
			all = append(all, strings.TrimSpace(fmt.Sprint(f.Name, " ", f.State, " ", f.Why)))
		}
		return strings.Join(all, "; "), err
	}
	if got, err := one(Verify{}, health(w.site("well")), Env{}); got != "process green; health green" || err != nil {
		t.Errorf("a service that is well: %q, %v", got, err)
	}
	pm2Says := func() string {
		p := w.step("{do: stop}", w.site("loop"))
		m, _ := p.Service.manager()
		units, err := m.look(t.Context(), Env{})
		if err != nil {
			t.Fatal(err)
		}
		return units[0].State
	}
	eventually(t, "the crashing service is red although pm2 says online", func() bool {
		got, err := one(Verify{Report: true}, w.site("loop"), Env{})
		return err == nil && strings.HasPrefix(got, "process red loop ended by itself and was started again ") && pm2Says() == "online"
	})
	if got, err := one(Verify{}, health(w.site("well")), Env{Locked: true}); got != "process red it runs although there is a lockdown" || err == nil {
		t.Errorf("up under a lockdown: %q, %v", got, err)
	}
	if got, err := one(Verify{Down: true}, health(w.site("well")), Env{}); got != "process red it runs although it was stopped" || err == nil {
		t.Errorf("up, and it should be down: %q, %v", got, err)
	}
	w.pm2("stop", "well")
	for _, tt := range []struct {
		v     Verify
		env   Env
		want  string
		fails bool
	}{
		{Verify{Report: true}, Env{}, "process red well is stopped; health red the service does not answer", false},
		{Verify{Up: true}, Env{}, "process red well is stopped; health red the service does not answer", true},
		{Verify{}, Env{}, "process told", false},
		{Verify{}, Env{Locked: true}, "process green", false},
		{Verify{Lift: true}, Env{}, "process green", false},
		{Verify{Report: true, Down: true}, Env{}, "process green", false},
	} {
		if got, err := one(tt.v, health(w.site("well")), tt.env); got != tt.want || (err != nil) != tt.fails {
			t.Errorf("stopped, %+v, locked %v: %q, %v; want %q", tt.v, tt.env.Locked, got, err, tt.want)
		}
	}
	if got, _ := one(Verify{Report: true}, w.site("nobody"), Env{}); got != "process broken pm2 has no service named nobody; it has loop, well" {
		t.Errorf("a service nobody knows: %q", got)
	}
}

func TestVerifyHasNoSecretInTheJournal(t *testing.T) {
	_, _, env := shop(t)
	k, err := Verify{}.Load(Site{Checks: mixed})
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(k)
	if err != nil || strings.Contains(string(body), "postgres://") {
		t.Errorf("%s, %v", body, err)
	}
	env.ReadURL = secret.New("postgres://ops_read:hunter2hunter2@127.0.0.1:1/x")
	list, err := verified(t.Context(), t, Verify{}, Site{Checks: mixed}, env)
	told, _ := json.Marshal(list)
	for _, s := range []string{string(told), err.Error(), fmt.Sprintf("%+v", refusedBy(t, err))} {
		if strings.Contains(s, "hunter2") || strings.Contains(s, "127.0.0.1") {
			t.Errorf("it says %s", s)
		}
	}
}
