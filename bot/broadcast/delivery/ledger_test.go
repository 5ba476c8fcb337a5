package delivery_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/bot/broadcast/delivery"
	"twokey/bot/telegram/fakebot"
)

// still is a world in which nothing is sent.
func still(t *testing.T) *world {
	t.Helper()
	return newWorld(t, fakebot.New(fakebot.Config{}), memory(t))
}

// endsAfter is a context that ends after it was looked at n times.
type endsAfter struct {
	context.Context
	left *atomic.Int64
}

func (c endsAfter) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return c.Context.Err()
}

// TestPrepareGoesOn where it was interrupted, and does nothing twice.
func TestPrepareGoesOn(t *testing.T) {
	w := still(t)
	j := w.job(1, w.audience(1, 1234))
	for n := 1; ; n++ {
		var left atomic.Int64
		left.Store(int64(n))
		total, err := w.ledger.Prepare(endsAfter{w.t.Context(), &left}, j)
		got := w.totals(1)
		if got.Queued != got.Total || got.Total > 1234 || got.Prepared != (err == nil) || got.Prepared && n < 5 {
			t.Fatalf("interrupted at %d: %+v, %v", n, got, err)
		}
		if err == nil {
			w.wants("total", total, 1234)
			break
		}
		w.reopen()
	}
	before, err := w.ledger.Digest(w.t.Context(), 1)
	w.must(err)
	for range 2 {
		w.prepare(j)
		w.reopen()
	}
	after, err := w.ledger.Digest(w.t.Context(), 1)
	w.must(err)
	w.wants("the rows after that", after, before)
	w.wants("a user's row", w.list(1)[1231], line{lang: "pt-br", state: "queued"})
}

// TestPrepareRefuses what is no job, or another one than the ledger has.
func TestPrepareRefuses(t *testing.T) {
	w := still(t)
	people := w.audience(1, 3)
	w.prepare(w.job(1, people))
	for say, change := range map[string]func(*delivery.Job){
		"another bot":                     func(j *delivery.Job) { j.Bot = 5 },
		"another operation":               func(j *delivery.Job) { j.Op, j.Of, j.Audience = delivery.OpEdit, 1, "" },
		"no id":                           func(j *delivery.Job) { j.ID = 0 },
		"no operation":                    func(j *delivery.Job) { j.Op = "" },
		"nobody":                          func(j *delivery.Job) { j.ID, j.Audience = 2, "" },
		"two kinds of recipients":         func(j *delivery.Job) { j.ID, j.Earlier = 2, []uint64{1} },
		"a send about another job":        func(j *delivery.Job) { j.ID, j.Audience, j.Of = 2, "", 1 },
		"no text in the default language": func(j *delivery.Job) { j.ID, j.Default = 2, "fr" },
		"an edit with a picture": func(j *delivery.Job) {
			*j = delivery.Job{ID: 2, Op: "edit", Of: 1, Texts: j.Texts, Default: "en", Photo: &delivery.Photo{}}
		},
		"an edit of what nobody has sent":    func(j *delivery.Job) { *j = delivery.Job{ID: 2, Op: "delete", Of: 7} },
		"a copy of the audience that is not": func(j *delivery.Job) { j.ID, j.Audience = 2, people+".old" },
	} {
		j := w.job(1, people)
		change(&j)
		if _, err := w.ledger.Prepare(w.t.Context(), j); err == nil {
			t.Errorf("%s: was prepared", say)
		}
	}
	w.wants("the job", w.totals(1), delivery.Totals{Total: 3, Queued: 3, Prepared: true})
	w.wants("no job", w.totals(7), delivery.Totals{})
}

// TestTheFileRefusesOtherMoves: the state machine is in the schema, so no program can send twice by a slip.
func TestTheFileRefusesOtherMoves(t *testing.T) {
	w := still(t)
	w.prepare(w.job(1, w.audience(1, 20)))
	db, err := sql.Open("sqlite", w.path)
	w.must(err)
	defer db.Close()
	may := map[string]string{"queued": "sending cancelled", "sending": "sent blocked gone failed late unknown queued", "unknown": "queued",
		"sent": "", "blocked": "", "gone": "", "failed": "", "late": "", "skipped": "", "cancelled": ""}
	way := map[string]string{"queued": "", "sending": "sending", "unknown": "sending unknown", "sent": "sending sent", "blocked": "sending blocked",
		"gone": "sending gone", "failed": "sending failed", "late": "sending late", "cancelled": "cancelled"}
	user := 0
	for from, steps := range way {
		user++
		for _, step := range strings.Fields(steps) {
			if _, err := db.Exec(`UPDATE recipient SET state = ? WHERE user = ?`, step, user); err != nil {
				t.Errorf("the way to %s: %v", from, err)
			}
		}
		for to := range may {
			tx, err := db.Begin()
			w.must(err)
			_, err = tx.Exec(`UPDATE recipient SET state = ? WHERE user = ?`, to, user)
			w.must(tx.Rollback())
			if want := strings.Contains(" "+may[from]+" ", " "+to+" "); (err == nil) != want {
				t.Errorf("from %s to %s: %v", from, to, err)
			}
		}
	}
	for _, state := range []string{"sending", "sent", "unknown", "other"} {
		if _, err := db.Exec(`INSERT INTO recipient (job, user, lang, state, at) VALUES (1, 99, '', ?, 0)`, state); err == nil {
			t.Errorf("a delivery began as %s", state)
		}
	}
	w.wants("the tallies", w.totals(1), w.counted(1))
}

// TestRecover: what was being sent is unknown; of all jobs, also more than one transaction takes.
func TestRecover(t *testing.T) {
	w := still(t)
	w.prepare(w.job(1, w.audience(1, 500)))
	w.prepare(w.job(2, w.audience(1, 500)))
	w.change(`UPDATE recipient SET state = 'sending' WHERE user <= 250 / job`)
	w.reopen()
	w.wants("the first", w.totals(1), delivery.Totals{Total: 500, Unknown: 250, Queued: 250, Prepared: true})
	w.wants("the second", w.totals(2), delivery.Totals{Total: 500, Unknown: 125, Queued: 375, Prepared: true})
	w.wants("a row", w.list(1)[9], line{lang: "en", state: "unknown", why: "the program ended while it was on its way"})
}

// TestListAndDigest: the list is in order, complete and plain; another row is another digest.
func TestListAndDigest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := still(t)
		w.prepare(w.job(1, w.audience(1, 2500)))
		w.prepare(w.job(2, w.audience(1, 2499)))
		var out bytes.Buffer
		w.must(w.ledger.List(t.Context(), 1, &out))
		head := "id,language,state,message,at,why\n1,pt-br,queued,,2000-01-01T00:00:00.000Z,\n2,,queued,,2000-01-01T00:00:00.000Z,\n"
		if !strings.HasPrefix(out.String(), head) || strings.Count(out.String(), "\n") != 2501 {
			t.Errorf("the list is %d lines and begins %q", strings.Count(out.String(), "\n"), out.String()[:100])
		}
		one, err := w.ledger.Digest(t.Context(), 1)
		w.must(err)
		two, err := w.ledger.Digest(t.Context(), 2)
		w.must(err)
		if one == two || len(one) != 64 {
			t.Errorf("digests %q and %q", one, two)
		}
		if err := w.ledger.List(t.Context(), 1, fullDisk{}); !errors.Is(err, errFull) {
			t.Errorf("List to a full disk = %v", err)
		}
	})
}

var errFull = errors.New("no room")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

// TestRatesOfALongPause: stretches get longer, the quiet ones are there, and nobody is missing.
func TestRatesOfALongPause(t *testing.T) {
	bubble(t, func(w *world) {
		j := w.job(1, w.people(100))
		w.prepare(j)
		ctx, cancel := context.WithTimeout(w.t.Context(), 2*time.Second)
		defer cancel()
		_ = w.sender.Send(ctx, j, nil)
		time.Sleep(5 * time.Hour)
		w.must(w.send(j))
		samples, err := w.ledger.Rates(w.t.Context(), 1)
		w.must(err)
		sent, quiet := 0, 0
		for i, s := range samples {
			if sent += s.Sent; s.Sent == 0 {
				quiet++
			}
			if i > 0 && s.At.Sub(samples[i-1].At) != time.Minute {
				t.Errorf("a stretch of %s", s.At.Sub(samples[i-1].At))
			}
		}
		if sent != 100 || len(samples) < 300 || quiet < len(samples)-3 {
			t.Errorf("%d samples with %d sent, %d of them quiet", len(samples), sent, quiet)
		}
		none, err := w.ledger.Rates(w.t.Context(), 9)
		w.wants("of no job", fmt.Sprint(none, err), "[] <nil>")
	})
}

// TestOpen makes a private file and refuses what is none of ours.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state", "notices 100%.db")
	l, err := delivery.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{path, path + "-wal", path + "-shm", path + ".lock"} {
		if info, err := os.Stat(f); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", f, info, err)
		}
	}
	if _, err := delivery.Open(path); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second process: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	for _, row := range []struct {
		say  string
		make func(path string) error
		want string
	}{
		{"empty", func(path string) error { return os.WriteFile(path, nil, 0o600) }, "cut off"},
		{"another program's", func(path string) error { return writeAudience(path, 1, 2) }, "another program"},
		{"a text", func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("dear diary\n"), 999), 0o600) }, "no ledger"},
		{"gone, but its WAL is there", func(path string) error { return os.WriteFile(path+"-wal", []byte("x"), 0o600) }, "is gone"},
		{"of a newer version", func(path string) error {
			l, err := delivery.Open(path)
			if err != nil {
				return err
			}
			_ = l.Close()
			db, err := sql.Open("sqlite", path)
			if err != nil {
				return err
			}
			_, err = db.Exec("PRAGMA user_version = 9")
			return errors.Join(err, db.Close())
		}, "layout 9"},
	} {
		path := filepath.Join(dir, row.say)
		if err := row.make(path); err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadFile(path)
		for range 2 { // the lock is let go of
			if _, err := delivery.Open(path); err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: Open = %v, want %q", row.say, err, row.want)
			}
		}
		if after, _ := os.ReadFile(path); !cmp.Equal(before, after) {
			t.Errorf("%s: it was changed", row.say)
		}
	}
}

// TestALedgerThatCannotBeWritten: what is known is kept until it can be written, nothing more leaves, and nobody gets it twice.
func TestALedgerThatCannotBeWritten(t *testing.T) {
	bubble(t, func(w *world) {
		j := w.job(1, w.people(100))
		w.prepare(j)
		var reported []string
		w.sender.Report = func(err error) { reported = append(reported, err.Error()) }
		db, err := sql.Open("sqlite", w.path)
		w.must(err)
		defer db.Close()
		time.AfterFunc(time.Second, func() {
			_, _ = db.Exec(`CREATE TRIGGER full BEFORE UPDATE ON recipient BEGIN SELECT RAISE(ABORT, 'no room'); END`)
		})
		time.AfterFunc(time.Minute, func() { _, _ = db.Exec(`DROP TRIGGER full`) })
		w.must(w.send(j))
		w.wants("totals", w.totals(1), delivery.Totals{Total: 100, Sent: 100, Prepared: true})
		w.once(1)
		if len(reported) == 0 || !strings.Contains(reported[0], "no room") {
			t.Errorf("reported: %q", reported)
		}
	})
}
