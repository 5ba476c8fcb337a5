package restore_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"twokey/internal/pgtools"
	"twokey/internal/restore"
)

func tail(err error) string {
	var tool *pgtools.Error
	if errors.As(err, &tool) {
		return "\n" + strings.Join(tool.Tail, "\n")
	}
	return ""
}

// TestTheWholeWay: a table is emptied, the backup comes back, and the way back is the same switch.
func TestTheWholeWay(t *testing.T) {
	s := open(t, cluster.Get(t))
	file := s.dump(t, "-Fc")
	s.pg.Exec(t, "app", s.name, "TRUNCATE deposits; INSERT INTO users VALUES (501, 'late@example.com')")
	live := s.copied(t, file)
	name, kept := s.names()
	before := live.Identity.OID
	done, err := s.Swap(t.Context(), live, name, kept)
	must(t, err)
	if done.Out != before || done.Kept != kept || done.Closed <= 0 {
		t.Errorf("%+v", done)
	}
	if n := s.query(t, "SELECT count(*) FROM deposits"); n != "2000" {
		t.Errorf("%s deposits after the switch", n)
	}
	s.pg.Exec(t, "app", s.name, "INSERT INTO users VALUES (501, 'new@example.com')")
	found, err := s.Kept(t.Context(), s.name)
	must(t, err)
	if len(found) != 1 || found[0].Name != kept || found[0].Run != s.id || found[0].Open || found[0].Size < 1e6 {
		t.Errorf("kept: %+v", found)
	}
	_, aside := restore.Names(s.name, 9000+s.id)
	_, err = s.Undo(t.Context(), s.look(t), kept, aside)
	must(t, err)
	if got := s.query(t, "SELECT count(*) || ' ' || (SELECT email FROM users WHERE id = 501) FROM deposits"); got != "0 late@example.com" {
		t.Errorf("after the way back: %s", got)
	}
	if st, err := s.StandingOfUndo(t.Context(), s.name, s.id, 9000+s.id); err != nil || st.Stand != restore.WasSwitched || !st.LiveOpen {
		t.Errorf("%+v %v", st, err)
	}
	must(t, s.DropKept(t.Context(), s.name, 9000+s.id))
	must(t, s.DropKept(t.Context(), s.name, 9000+s.id)) // twice is quiet
	if found, err = s.Kept(t.Context(), s.name); err != nil || len(found) != 0 {
		t.Errorf("%+v %v", found, err)
	}
}

func TestEveryFormat(t *testing.T) {
	s := open(t, cluster.Get(t))
	name, _ := s.names()
	live := s.look(t)
	streamed := func(file string) restore.Source {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return restore.Source{Stream: struct{ io.Reader }{f}}
	}
	path := func(file string) restore.Source { return restore.Source{Path: file} }
	for _, tt := range []struct {
		about string
		args  []string
		from  func(string) restore.Source
		jobs  int
	}{
		{"custom, two at once", []string{"-Fc"}, path, 2},
		{"custom, as a stream", []string{"-Fc", "-Z0"}, streamed, 2},
		{"folder", []string{"-Fd", "-j2"}, path, 2},
		{"tar", []string{"-Ft"}, path, 0},
		{"one schema, made with -C and --clean", []string{"-Fc", "-C", "--clean", "-n", "public"}, path, 0},
		{"plain", nil, nil, 0},
		{"plain with -O -x and --inserts", []string{"-O", "-x", "--inserts"}, nil, 0},
	} {
		t.Run(tt.about, func(t *testing.T) {
			file := s.dump(t, tt.args...)
			must(t, s.Create(t.Context(), live, name))
			var err error
			var calls, last, of int
			if tt.from == nil {
				f, _ := os.Open(file)
				defer f.Close()
				_, err = s.LoadPlain(t.Context(), name, f, restore.Options{})
			} else {
				var loaded restore.Loaded
				loaded, err = s.LoadArchive(t.Context(), name, tt.from(file), restore.Options{Jobs: tt.jobs, MaintenanceMemory: "64MB"},
					func(done, n int, _ string) { calls, last, of = calls+1, done, n })
				if calls == 0 || last > of || of != loaded.Entries || last < of*3/4 {
					t.Errorf("progress: %d calls, %d of %d", calls, last, of)
				}
			}
			must(t, err)
			must(t, s.Prepare(t.Context(), live, name, []string{"UPDATE users SET email = NULL WHERE id = 1"}))
			_, err = s.Adopt(t.Context(), live, name)
			must(t, err)
			got := s.pg.Query(t, name, "SELECT (SELECT count(*) FROM users WHERE email IS NOT NULL) || ' ' || count(*) || ' ' || max(total(7)) || ' ' || nextval('deposits_id_seq') FROM deposits")
			if got != "499 2000 3028.00 2001" {
				t.Errorf("the copy has %s", got)
			}
			if got := s.pg.Query(t, name, "SELECT string_agg(DISTINCT pg_get_userbyid(relowner), ' ') FROM pg_class WHERE relnamespace = 'public'::regnamespace"); got != "app" {
				t.Errorf("things belong to %s", got)
			}
			must(t, s.DropCopy(t.Context(), s.name, s.id))
		})
	}
}
