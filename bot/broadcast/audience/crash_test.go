package audience

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"twokey/internal/pgtest"
	"twokey/internal/secret"
)

const (
	childDir   = "AUDIENCE_TEST_DIR"
	childURL   = "AUDIENCE_TEST_URL"
	childQuery = "AUDIENCE_TEST_QUERY"
	childStep  = "AUDIENCE_TEST_STEP"  // where it kills itself
	childLimit = "AUDIENCE_TEST_LIMIT" // files may not grow beyond 1 MB
)

// child takes one copy, and says how far it is.
func child(dir string) error {
	s, err := Open(dir)
	if err != nil {
		return err
	}
	if os.Getenv(childLimit) != "" {
		signal.Ignore(syscall.SIGXFSZ) // then write(2) fails with EFBIG
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}); err != nil {
			return err
		}
	}
	s.batch = testBatch
	s.reached = func(step string) {
		if step == os.Getenv(childStep) {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}
	src := Source{URL: secret.New(os.Getenv(childURL)), Query: os.Getenv(childQuery), Within: 10 * time.Minute}
	c, err := s.Take(context.Background(), src, func(rows int) { fmt.Println("rows", rows) })
	if err != nil {
		return err
	}
	fmt.Println("done", c.ID)
	return nil
}

func (w world) child(ctx context.Context, query string, env ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+w.shelf.dir, childURL+"="+w.server.URL(w.role, w.db), childQuery+"="+query)
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// takeAndKill runs a process that takes a copy, and kills it with SIGKILL when it has said so many lines.
func (w world) takeAndKill(t *testing.T, query string, lines int) {
	t.Helper()
	cmd := w.child(t.Context(), query)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said, n := bufio.NewScanner(out), 0
	for said.Scan() {
		if !strings.HasPrefix(said.Text(), "rows ") && n < lines {
			t.Fatalf("the child said %q", said.Text())
		}
		if n++; n == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // "signal: killed"
	if n < lines {
		t.Fatalf("the child ended after %d lines", n)
	}
}

// stuck gives rows, more than a batch, and then never another. The server keeps the last few of them to itself.
const stuck = `SELECT g FROM generate_series(1::bigint, 40000) g UNION ALL SELECT 7 FROM pg_sleep(3600)`

// endless gives rows all the time; they are wide, so that few are on their way at once.
const endless = "SELECT generate_series(1::bigint, 9000000000), repeat('x', 1000)"

func TestSIGKILLInTheMiddle(t *testing.T) {
	w := makeWorld(t, users)
	old := w.take(t, "SELECT telegram_id, language FROM users WHERE id < 3")
	who := people(t, w.shelf, old)
	w.takeAndKill(t, stuck, 3)
	if left, _ := w.shelf.names(partial); len(left) != 1 {
		t.Errorf("half-made: %v; want one", left)
	}
	wantDiff(t, "list, also before the sweep", []Copy{old}, w.shelf.List())
	again := openShelf(t, w.shelf.dir)
	unchanged(t, again, old, who)
	w.noSessions(t) // nothing of it goes on in the server
	next := w.take(t, "SELECT telegram_id FROM users WHERE id = 1")
	wantDiff(t, "list", []Copy{next, old}, again.List())
}

// TestSIGKILLAtTheEnd kills when all rows have come, at each step of the end: the copy is there as a whole, or not at all.
func TestSIGKILLAtTheEnd(t *testing.T) {
	w := makeWorld(t, "")
	old := w.take(t, "VALUES (1, 'en'), (2, 'ru')")
	for _, row := range []struct {
		step  string
		there bool
	}{{"written", false}, {"synced", false}, {"named", true}} {
		out, err := w.child(t.Context(), "SELECT g, 'en' FROM generate_series(1, 25000) g", childStep+"="+row.step).CombinedOutput()
		if err == nil || err.Error() != "signal: killed" {
			t.Fatalf("%s: the child said %q, %v", row.step, out, err)
		}
		s := openShelf(t, w.shelf.dir)
		list := s.List()
		if there := len(list) == 2; there != row.there || len(files(t, s)) != len(list) {
			t.Errorf("killed when it was %s: %v, of files %v", row.step, list, files(t, s))
		}
		for _, c := range list[:len(list)-1] {
			if got := len(people(t, s, c)); got != 25_000 || c.Users != got {
				t.Errorf("killed when it was %s: a copy says %d users and has %d", row.step, c.Users, got)
			}
		}
		wantDiff(t, "the older copy", old, list[len(list)-1])
	}
}

// TestSIGKILLAtAnyMoment kills anywhere in the middle of rows, and just when they have all come.
func TestSIGKILLAtAnyMoment(t *testing.T) {
	w := makeWorld(t, "")
	old := w.take(t, "VALUES (1, 'en'), (2, 'ru')")
	for range 8 {
		const rows, lines = 40_000, 4 + 1
		at := 1 + rand.IntN(lines)
		w.takeAndKill(t, fmt.Sprintf("SELECT g, 'en' FROM generate_series(1, %d) g", rows), at)
		s := openShelf(t, w.shelf.dir)
		list := s.List()
		wantDiff(t, "the older copy", old, list[len(list)-1])
		for _, c := range list[:len(list)-1] {
			if got := len(people(t, s, c)); got != rows || c.Users != rows {
				t.Errorf("killed at line %d: a copy says %d users and has %d; want %d", at, c.Users, got, rows)
			}
		}
		if left := files(t, s); len(left) != len(list) {
			t.Errorf("killed at line %d: files %v, and %d copies", at, left, len(list))
		}
	}
}

func TestCancelInTheMiddle(t *testing.T) {
	w := makeWorld(t, users)
	old := w.take(t, "SELECT telegram_id, language FROM users WHERE id < 3")
	who := people(t, w.shelf, old)
	for _, query := range []string{stuck, endless} {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := w.shelf.Take(ctx, w.source(query), func(rows int) {
			if rows == 30_000 {
				cancel()
			}
		})
		if e := says(t, err, false, "it was cancelled", "ask again"); !errors.Is(e, context.Canceled) {
			t.Errorf("the cause is %v", e.Cause)
		}
		unchanged(t, w.shelf, old, who)
		w.noSessions(t)
	}
	// Also when all rows have come.
	ctx, cancel := context.WithCancel(t.Context())
	_, err := w.shelf.Take(ctx, w.source("SELECT telegram_id FROM users"), func(int) { cancel() })
	says(t, err, false, "it was cancelled", "ask again")
	unchanged(t, w.shelf, old, who)
}

func TestServerKilledInTheMiddle(t *testing.T) {
	w := makeWorld(t, "")
	server, err := pgtest.Start() // our own: the others' goes on
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	w.server, w.db, w.role = server, "postgres", "postgres"
	old := w.take(t, "VALUES (1, 'en'), (2, 'ru')")
	who := people(t, w.shelf, old)
	_, err = w.shelf.Take(t.Context(), w.source(endless), func(rows int) {
		if rows == 30_000 {
			server.Kill()
		}
	})
	says(t, err, true, "the connection to the database broke", "look whether the database runs")
	unchanged(t, w.shelf, old, who)
	_, err = w.shelf.Take(t.Context(), w.source("SELECT 1"), nil)
	says(t, err, true, "nothing listens where the database should be", "look whether it runs")
	if c, ok := w.shelf.Latest(); !ok || c.ID != old.ID {
		t.Error("with the database away there is no last copy")
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	w.take(t, "SELECT 3")
}

func TestSessionEndedFromOutside(t *testing.T) {
	w := makeWorld(t, "")
	for _, row := range []struct {
		with, sentence string
		away           bool
	}{
		{"pg_terminate_backend", "ended from outside", true},
		{"pg_cancel_backend", "took too long and was ended", false},
	} {
		_, err := w.shelf.Take(t.Context(), w.source(stuck), func(rows int) {
			if rows == 30_000 {
				w.server.Query(t, "postgres", "SELECT "+row.with+"(pid) FROM pg_stat_activity WHERE application_name = 'twokey' AND datname = '"+w.db+"'")
			}
		})
		says(t, err, row.away, row.sentence, "")
	}
	wantDiff(t, "files", []string(nil), files(t, w.shelf))
}

// TestNoRoom: the kernel refuses to let files grow, as on a full disk.
func TestNoRoom(t *testing.T) {
	w := makeWorld(t, users)
	old := w.take(t, "SELECT telegram_id, language FROM users WHERE id < 3")
	who := people(t, w.shelf, old)
	out, err := w.child(t.Context(), "SELECT g, 'en' FROM generate_series(1, 200000) g", childLimit+"=1").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "copy of the audience") {
		t.Errorf("the child said %q, %v", out, err)
	}
	unchanged(t, w.shelf, old, who)
}

// TestSweepLeavesWhatIsBeingMade: another shelf on the same folder is opened while a copy is made.
func TestSweepLeavesWhatIsBeingMade(t *testing.T) {
	w := makeWorld(t, "")
	c, err := w.shelf.Take(t.Context(), w.source("SELECT g FROM generate_series(1, 10000) g"), func(rows int) {
		other := openShelf(t, w.shelf.dir)
		if err := other.Keep(); err != nil {
			t.Error(err)
		}
		if list := other.List(); list != nil {
			t.Errorf("half-made copies are listed: %v", list)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	wantDiff(t, "list", []Copy{c}, w.shelf.List())
}
