package rows

import (
	"context"
	"testing"
)

func TestAFrozenDatabaseIsAsItWas(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'a'), (2, 'b')")
	o := some()
	f, err := Freeze(t.Context(), w.readB(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w.inB(t, "INSERT INTO users VALUES (3, 'later'); UPDATE users SET name = 'other' WHERE id = 1; DELETE FROM users WHERE id = 2")
	then, err := Compare(t.Context(), w.readA(), f.Side(), o)
	if err != nil {
		t.Fatal(err)
	}
	now, err := Compare(t.Context(), w.readA(), w.readB(), o)
	if err != nil {
		t.Fatal(err)
	}
	if then.Totals() != (Totals{}) || now.Totals() != (Totals{OnlyA: 1, OnlyB: 1, Changed: 1}) {
		t.Errorf("as it was: %+v, as it is: %+v", then.Totals(), now.Totals())
	}
	_ = f.Close()
	if _, err := Compare(context.Background(), w.readA(), f.Side(), o); err == nil {
		t.Error("a moment that was let go of can still be read")
	}
}
