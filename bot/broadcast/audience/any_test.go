package audience

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOfAny: whom a restore affected may be only in a copy from before; whoever is in none of the copies is not written to.
func TestOfAny(t *testing.T) {
	s, err := Open(t.TempDir() + "/audience")
	if err != nil {
		t.Fatal(err)
	}
	of := func(people ...person) Copy {
		c, err := s.write(context.Background(), Copy{At: s.now().UTC()}, "", nil, func(w *writer) (int, error) {
			for _, p := range people {
				if err := w.add(p); err != nil {
					return 0, err
				}
			}
			return 0, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	now, before := of(person{1, "en"}, person{2, ""}, person{3, "ru"}), of(person{2, "de"}, person{3, "fr"}, person{4, "uk"}, person{5, "en"})
	c, err := s.OfAny(context.Background(), "affected", ids(2, 3, 4, 9), now, before)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", address(s.Path(c), readOnly))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	got := map[int64]string{}
	rows, err := db.Query("SELECT id, lang FROM person")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var p person
		if err := rows.Scan(&p.id, &p.lang); err != nil {
			t.Fatal(err)
		}
		got[p.id] = p.lang
	}
	if diff := cmp.Diff(map[int64]string{2: "de", 3: "ru", 4: "uk"}, got); diff != "" {
		t.Error(diff)
	}
	if c.Of != now.ID || c.Users != 3 || c.Segment != "affected" {
		t.Errorf("%+v", c)
	}
	broken := func(yield func(int64, error) bool) { yield(0, errors.New("gone")) }
	if _, err := s.OfAny(context.Background(), "affected", broken, now); err == nil {
		t.Error("a list that could not be read to its end is taken")
	}
}
