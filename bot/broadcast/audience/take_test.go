package audience

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"testing"
	"time"
)

func TestTakeCopiesIdsAndLanguages(t *testing.T) {
	w := makeWorld(t, users)
	before := time.Now().Add(-time.Millisecond)
	var told []int
	c, err := w.shelf.Take(t.Context(), w.source("SELECT telegram_id, language FROM users WHERE NOT is_banned;"), func(rows int) { told = append(told, rows) })
	if err != nil {
		t.Fatal(err)
	}
	if c.At.Before(before) || c.At.After(time.Now()) || !idForm.MatchString(c.ID) || len(c.Query) != 64 {
		t.Errorf("copy is %+v", c)
	}
	wantDiff(t, "copy", Copy{ID: c.ID, At: c.At, Users: 3, Languages: map[string]int{"en": 1, "ru": 1, "": 1}, Nulls: 1, Query: c.Query}, c)
	wantDiff(t, "people", map[int64]string{4711001: "en", 4711002: "ru", 4711003: ""}, people(t, w.shelf, c))
	wantDiff(t, "progress", []int{3}, told)
	body, err := json.Marshal(c)
	var again Copy
	if err != nil || json.Unmarshal(body, &again) != nil {
		t.Errorf("JSON: %v", err)
	}
	wantDiff(t, "copy through JSON", c, again)
	wantDiff(t, "copy of a new shelf", []Copy{c}, openShelf(t, w.shelf.dir).List())
	wantModes(t, w.shelf, c)
}

func wantModes(t *testing.T, s *Shelf, c Copy) {
	t.Helper()
	for path, want := range map[string]fs.FileMode{s.dir: 0o700, s.Path(c): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v; want %v", path, info.Mode(), err, want)
		}
	}
}

func TestTakeUnderstands(t *testing.T) {
	w := makeWorld(t, users+`
		CREATE TYPE tongue AS ENUM ('en', 'RU');
		CREATE DOMAIN telegram AS bigint CHECK (value > 0);
		CREATE SCHEMA hidden; CREATE TABLE hidden.users AS SELECT 99 AS telegram_id`)
	w.server.Exec(t, "postgres", w.db, "ALTER ROLE ops_read IN DATABASE "+w.db+" SET search_path = hidden, public")
	for _, row := range []struct {
		say, query string
		args       []any
		want       map[int64]string
	}{
		{"no language", "SELECT telegram_id FROM users WHERE id < 3", nil, map[int64]string{4711001: "", 4711002: ""}},
		{"a comment at its end", "SELECT telegram_id FROM users WHERE id = 1 -- only one", nil, map[int64]string{4711001: ""}},
		{"values", "SELECT telegram_id FROM users WHERE id = ANY($1) AND language = $2", []any{[]int64{1, 2}, "ru"}, map[int64]string{4711002: ""}},
		{"smaller numbers", "VALUES (7::int, 'en'), (8, 'ru')", nil, map[int64]string{7: "en", 8: "ru"}},
		{"the smallest", "SELECT 7::smallint", nil, map[int64]string{7: ""}},
		{"the largest id there may be", "SELECT 4503599627370495", nil, map[int64]string{4503599627370495: ""}},
		{"an enum", "VALUES (7, 'RU'::tongue)", nil, map[int64]string{7: "ru"}},
		{"a domain", "SELECT telegram_id::telegram FROM users WHERE id = 1", nil, map[int64]string{4711001: ""}},
		{"padded text", "SELECT 7, 'de'::char(5)", nil, map[int64]string{7: "de"}},
		{"each as it should be written", "VALUES (1, 'pt_BR'), (2, 'PT-br'), (3, 'zh-Hans-CN'), (4, ' fil ')", nil,
			map[int64]string{1: "pt-br", 2: "pt-br", 3: "zh-hans-cn", 4: "fil"}},
		{"what is no language", "VALUES (1, 'English'), (2, 'e'), (3, ''), (4, 'en-'), (5, 'en us'), (6, repeat('en-', 40)), (7, 'рус'), (8, NULL), (9, repeat('x', 500000))", nil,
			map[int64]string{1: "", 2: "", 3: "", 4: "", 5: "", 6: "", 7: "", 8: "", 9: ""}},
		{"one who comes twice: a language that is known", "VALUES (1, ''), (1, 'ru'), (2, 'en'), (2, NULL)", nil, map[int64]string{1: "ru", 2: "en"}},
		{"one who comes twice: the first language", "VALUES (1, 'ru'), (1, 'en'), (2, 'de'), (2, 'en')", nil, map[int64]string{1: "en", 2: "de"}},
		{"a CTE that reads", "WITH few AS (SELECT telegram_id FROM users WHERE id = 2) SELECT * FROM few", nil, map[int64]string{4711002: ""}},
		{"tables of public, whatever the role's own search_path is", "SELECT telegram_id FROM users WHERE id = 1", nil, map[int64]string{4711001: ""}},
	} {
		t.Run(row.say, func(t *testing.T) {
			c, err := w.shelf.Take(t.Context(), w.source(row.query, row.args...), nil)
			if err != nil {
				t.Fatal(err)
			}
			wantDiff(t, "people", row.want, people(t, w.shelf, c))
			if c.Users != len(row.want) {
				t.Errorf("%d users, want %d", c.Users, len(row.want))
			}
		})
	}
}

// TestTakeInAnyOrder has more rows than one batch, in no order, with people who come again in another batch.
func TestTakeInAnyOrder(t *testing.T) {
	w := makeWorld(t, "")
	const query = `SELECT CASE WHEN g <= 23000 THEN (g::bigint * 7919) % 23003 + 1 ELSE ((g - 23000)::bigint * 7919) % 23003 + 1 END,
		CASE WHEN g > 23000 THEN 'aa' WHEN g % 3 = 0 THEN 'ru' WHEN g % 3 = 1 THEN 'en' END FROM generate_series(1, 23010) g`
	var told []int
	c, err := w.shelf.Take(t.Context(), w.source(query), func(rows int) { told = append(told, rows) })
	if err != nil {
		t.Fatal(err)
	}
	want := map[int64]string{}
	for g := range int64(23000) {
		want[(g+1)*7919%23003+1] = []string{"ru", "en", ""}[(g+1)%3]
		if g < 10 {
			want[(g+1)*7919%23003+1] = "aa"
		}
	}
	if got := people(t, w.shelf, c); !maps.Equal(got, want) { // a diff of so many takes minutes
		t.Errorf("%d people, and not those %d there should be", len(got), len(want))
	}
	langs := map[string]int{}
	for _, l := range want {
		langs[l]++
	}
	wantDiff(t, "languages", langs, c.Languages)
	if len(told) != 3 || told[0] != progressEvery || told[2] != 23010 {
		t.Errorf("progress: %v", told)
	}
}
