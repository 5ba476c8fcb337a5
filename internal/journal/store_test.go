package journal_test

import (
	"path/filepath"
	"testing"

	"twokey/internal/journal"
	"twokey/internal/journal/journaltest"
)

func TestMemory(t *testing.T) {
	journaltest.TestStore(t, func(t *testing.T) journal.Store { return journal.NewMemory() })
}

func TestSQLite(t *testing.T) {
	journaltest.TestStore(t, func(t *testing.T) journal.Store {
		return openSQLite(t, filepath.Join(t.TempDir(), "twokey.db"))
	})
}

func TestFaultyWithoutFaults(t *testing.T) {
	journaltest.TestStore(t, func(t *testing.T) journal.Store { return journaltest.NewFaulty(journal.NewMemory()) })
}

func openSQLite(t testing.TB, path string) *journal.SQLite {
	t.Helper()
	s, err := journal.OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}
