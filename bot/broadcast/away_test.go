package broadcast

import (
	"path/filepath"
	"strings"
	"testing"

	"twokey/actions/step"
	"twokey/bot/broadcast/audience"
	"twokey/internal/pgtest"
	"twokey/internal/secret"
)

// TestUsersAreToldThatTheDatabaseIsAway: with the database down the last copy is used, and it is said; a query that is wrong is
// no reason to use an old list.
func TestUsersAreToldThatTheDatabaseIsAway(t *testing.T) {
	pg, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pg.Stop)
	name := pg.Database(t, "shop")
	pg.Exec(t, "app", name, "CREATE TABLE users (telegram_id bigint PRIMARY KEY, vip boolean); INSERT INTO users VALUES (1, true), (2, false), (3, true)")
	shelf, err := audience.Open(filepath.Join(t.TempDir(), "audience"))
	if err != nil {
		t.Fatal(err)
	}
	lists := Lists{Shelf: shelf, Source: audience.Source{URL: secret.New(pg.URL("app", name)), Query: "SELECT telegram_id FROM users"},
		Segments: map[string]string{"vip": "SELECT telegram_id FROM users WHERE vip"}}
	if _, _, err := (Lists{Shelf: shelf, Source: audience.Source{URL: secret.New("postgres://x@127.0.0.1:1/x"), Query: "SELECT 1"}}).Fresh(t.Context()); err == nil {
		t.Error("without any copy, there is one")
	}
	first, warning, err := lists.Fresh(t.Context())
	if err != nil || warning != "" || first.Users != 3 {
		t.Fatalf("%+v %q %v", first, warning, err)
	}
	some, err := lists.Narrow(t.Context(), first, step.Notice{To: "vip"})
	if err != nil || some.Users != 2 || some.Of != first.ID {
		t.Errorf("%+v %v", some, err)
	}
	if _, err := lists.Narrow(t.Context(), first, step.Notice{To: "nobody"}); err == nil || !strings.Contains(err.Error(), `no segment "nobody"`) {
		t.Errorf("%v", err)
	}
	wrong := lists
	wrong.Source.Query = "SELECT nothing FROM users"
	if _, _, err := wrong.Fresh(t.Context()); err == nil {
		t.Error("a wrong query gives an old list")
	}
	pg.Kill()
	t.Cleanup(func() {
		if err := pg.Restart(); err != nil {
			t.Error(err)
		}
	})
	again, warning, err := lists.Fresh(t.Context())
	if err != nil || again.ID != first.ID || !strings.Contains(warning, "cannot be asked") {
		t.Errorf("%+v %q %v", again, warning, err)
	}
	if change, err := lists.Unlike(t.Context(), "gone", again); change.Share() != 0 || err != nil {
		t.Errorf("a copy that is not there any more: %v %v", change, err)
	}
}
