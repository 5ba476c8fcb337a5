package audience

import (
	"testing"
)

// million is an audience as a database gives it: a table of wide rows, in no order of their ids.
const million = `CREATE TABLE users AS SELECT g AS id, (g::bigint * 2654435761) % 6999999989 + 1 AS telegram_id,
	(ARRAY['en', 'ru', 'pt-br', 'de', NULL])[1 + g % 5] AS language, false AS is_banned, md5(g::text) AS name FROM generate_series(1, 1000000) g`

// BenchmarkTakeMillion prints what a copy of a million users costs beside what it may. Memory is the whole process's, that of
// the tests included.
func BenchmarkTakeMillion(b *testing.B) {
	w := makeWorld(b, million)
	for b.Loop() {
		f, err := Bench(b.Context(), w.shelf, w.source("SELECT telegram_id, language FROM users WHERE NOT is_banned"))
		if err != nil {
			b.Fatal(err)
		}
		if f.Users < 999_000 {
			b.Fatalf("%d users", f.Users)
		}
		b.ReportMetric(f.Took.Seconds(), "s/copy(aim≤15)")
		b.ReportMetric(f.PeakMB, "MB(aim≤80)")
		b.Logf("%d users: %.2f s (aim ≤ 15 s), peak %.1f MB (aim ≤ 80 MB)", f.Users, f.Took.Seconds(), f.PeakMB)
	}
}
