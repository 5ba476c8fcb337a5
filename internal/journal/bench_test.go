package journal_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"twokey/internal/journal"
	"twokey/internal/journal/journaltest"
)

// The figures that matter to people: a decision until it is durable (the disk
// of the machine counts), and a start with a long journal.

func BenchmarkUpdate(b *testing.B) {
	for name, store := range map[string]journal.Store{
		"memory": journal.NewMemory(),
		"sqlite": openSQLite(b, filepath.Join(b.TempDir(), "twokey.db")),
	} {
		b.Run(name, func(b *testing.B) {
			l, err := journal.Open(b.Context(), store, time.Now, &sum{}, &watcher{})
			if err != nil {
				b.Fatal(err)
			}
			var took []time.Duration
			n := l.Head().Seq
			for b.Loop() {
				n++
				began := time.Now()
				if _, err := l.Update(context.Background(), fmt.Sprint("tg:1:", n), draft(typical)); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			for _, p := range []int{50, 99} {
				b.ReportMetric(float64(took[len(took)*p/100].Microseconds()), fmt.Sprintf("µs/p%d", p))
			}
		})
	}
}

// typical makes a body of some 250 bytes.
const typical = "action restore, arguments as typed, the rule as it is now, who may approve, until when; " +
	"and the facts of the plan, of which there are several, each with a name and a value, a limit and a digest; some 250 bytes in all"

func BenchmarkOpen100000(b *testing.B) {
	path := filepath.Join(b.TempDir(), "twokey.db")
	fillSQLite(b, path, 100_000)
	store := openSQLite(b, path)
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			if r, err := journal.Verify(b.Context(), store); err != nil || r.Entries != 100_000 {
				b.Fatalf("%+v, %v", r, err)
			}
		}
	})
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s := &sum{}
			if _, err := journal.Open(b.Context(), store, time.Now, s); err != nil || s.total != 100_000 {
				b.Fatal(s.total, err)
			}
		}
	})
}

// fillSQLite makes a long journal, without a sync for every entry.
func fillSQLite(b *testing.B, path string, n int) {
	b.Helper()
	s, err := journal.OpenSQLite(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	insert, err := tx.Prepare("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		b.Fatal(err)
	}
	var head journal.Head
	for i := range n {
		e := journal.Seal(head, journaltest.Time.Add(time.Duration(i)*time.Minute), "added", "ann",
			fmt.Sprintf("tg:123456789:%d", i), fmt.Appendf(nil, `{"text":%q,"n":1}`, typical))
		if _, err := insert.Exec(e.Seq, e.Time.UnixMicro(), e.Kind, e.Actor, e.Cause, e.Body, e.Prev[:], e.Hash[:]); err != nil {
			b.Fatal(err)
		}
		head = e.Head()
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}
