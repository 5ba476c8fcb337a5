package delivery

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryTurnFindsItsRows by an index: with a million rows, a scan would be a second of every turn.
func TestEveryTurnFindsItsRows(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "notices.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for say, text := range map[string]string{
		"record": recordSQL, "claim": claimSQL, "fill": fillSQL, "remember": rememberSQL,
		"recover": recoverSQL("job = recipient.job"), "recover a job": recoverSQL("job = ?2"), "drop": dropSQL(), "requeue": requeueSQL(),
	} {
		rows, err := l.read.Query("EXPLAIN QUERY PLAN "+text, 1, 2, 3, 4, 5, 6, 7, 8)
		if err != nil {
			t.Fatalf("%s: %v", say, err)
		}
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			if whole := strings.HasPrefix(detail, "SCAN recipient") || strings.HasSuffix(detail, "PRIMARY KEY (job=?)"); whole && !strings.Contains(detail, "INDEX recipient_") {
				t.Errorf("%s: %s", say, detail)
			}
		}
		rows.Close()
	}
}
