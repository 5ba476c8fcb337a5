package journal

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// SQLite ignores a pragma it does not know and a mode it cannot have.
func TestAWriterWithWrongPragmasIsRefused(t *testing.T) {
	for _, row := range []struct {
		why     string
		pragmas url.Values
		want    string
	}{
		{"as OpenSQLite has them", writerPragmas, ""},
		{"a misspelt journal mode", url.Values{"_jurnal_mode": {"WAL"}, "_synchronous": {"FULL"}}, "PRAGMA journal_mode is delete"},
		{"commits that a power cut loses", url.Values{"_journal_mode": {"WAL"}, "_synchronous": {"NORMAL"}}, "PRAGMA synchronous is 1"},
		{"no patience", url.Values{"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_pragma": {"busy_timeout(0)"}}, "PRAGMA busy_timeout is 0"},
	} {
		db, err := sql.Open("sqlite", dsn(filepath.Join(t.TempDir(), "x.db"), "rwc", row.pragmas))
		if err != nil {
			t.Fatal(err)
		}
		err = checkPragmas(t.Context(), db)
		if (row.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: checkPragmas = %v, want %q", row.why, err, row.want)
		}
		db.Close()
	}
}

func TestTheLockNamesACommandWithoutItsOptions(t *testing.T) {
	for want, args := range map[string][]string{
		"twokey":     {"/usr/bin/twokey"},
		"twokey run": {"twokey", "run", "--config", "x"},
		"t":          {"t", "--token=123:secret", "run"},
		"u":          {"u", "a\nb"},
		"v":          {"v", "/etc/secret"},
	} {
		if got := program(args); got != want {
			t.Errorf("program(%q) = %q, want %q", args, got, want)
		}
	}
}
