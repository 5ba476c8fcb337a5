package restore_test

import (
	"fmt"
	"strings"
	"testing"

	"twokey/internal/restore"
)

// halved makes a database of the name as a DROP that was cut off leaves it. The server marks it, and closed it before.
func (s shop) halved(t *testing.T, name, owner string) {
	t.Helper()
	s.pg.Exec(t, "postgres", "postgres", "CREATE DATABASE "+name+" OWNER "+owner)
	s.pg.Exec(t, "postgres", "postgres", "UPDATE pg_database SET datconnlimit = -2 WHERE datname = '"+name+"'")
	if _, err := dial(t, s.pg.URL("postgres", name)); err == nil || !strings.Contains(err.Error(), "invalid database") {
		t.Fatalf("the server lets somebody in: %v", err)
	}
}

func (s shop) there(t *testing.T, name string) bool {
	t.Helper()
	return s.pg.Query(t, "postgres", "SELECT count(*) FROM pg_database WHERE datname = '"+name+"'") == "1"
}

// TestDroppingIsFinished: what a crash left of a DROP can be dropped, also with what nobody can read any more in it.
func TestDroppingIsFinished(t *testing.T) {
	s := open(t, cluster.Get(t))
	name, kept := s.names()
	copied := func() error { return s.DropCopy(t.Context(), s.name, s.id) }
	before := func() error { return s.DropKept(t.Context(), s.name, s.id) }
	for _, tt := range []struct {
		why   string
		name  string
		owner string
		also  string // done before the mark
		drop  func() error
	}{
		{"a copy that was not finished", name, "ops_load", "", copied},
		{"a finished copy", name, "app", "", copied},
		{"one that was closed before it was dropped", name, "app", "ALTER DATABASE %s ALLOW_CONNECTIONS false", copied},
		{"one from before", kept, "app", "ALTER DATABASE %s ALLOW_CONNECTIONS false", before},
	} {
		t.Run(tt.why, func(t *testing.T) {
			s.pg.Exec(t, "postgres", "postgres", "CREATE DATABASE "+tt.name+" OWNER "+tt.owner)
			if tt.also != "" {
				s.pg.Exec(t, "postgres", "postgres", fmt.Sprintf(tt.also, tt.name))
			}
			s.pg.Exec(t, "postgres", "postgres", "UPDATE pg_database SET datconnlimit = -2 WHERE datname = '"+tt.name+"'")
			must(t, tt.drop())
			if s.there(t, tt.name) {
				t.Error("it is still there")
			}
			must(t, tt.drop()) // twice is quiet
		})
	}
	t.Run("a slot whose reader cannot come any more", func(t *testing.T) {
		s.pg.Exec(t, "postgres", "postgres", "CREATE DATABASE "+kept+" OWNER app")
		s.pg.Exec(t, "postgres", kept, fmt.Sprintf("SELECT pg_create_logical_replication_slot('left_%d', 'pgoutput')", s.id))
		if err := before(); !strings.Contains(sentence(err), "would take the logical slot") {
			t.Errorf("whole: %v", err)
		}
		s.pg.Exec(t, "postgres", "postgres", "UPDATE pg_database SET datconnlimit = -2 WHERE datname = '"+kept+"'")
		must(t, before())
		if s.there(t, kept) {
			t.Error("it is still there")
		}
	})
}

// TestHalfDroppedIsSaid: it is neither lent, nor switched to, nor taken for a copy; and it keeps nobody from the others.
func TestHalfDroppedIsSaid(t *testing.T) {
	s := open(t, cluster.Get(t))
	live := s.look(t)
	copied, kept := s.names()
	_, other := restore.Names(s.name, s.id+9000)
	s.halved(t, kept, "app")
	s.pg.Exec(t, "postgres", "postgres", "CREATE DATABASE "+other+" OWNER app") // was lent when we crashed

	if is, err := s.StandingOfUndo(t.Context(), s.name, s.id, s.id+1); err != nil || is.Stand != restore.HalfDropped {
		t.Errorf("way back: %+v %v", is, err)
	}
	_, aside := restore.Names(s.name, s.id+1)
	if _, err := s.Undo(t.Context(), live, kept, aside); !strings.Contains(sentence(err), "was cut off half way, and nothing of it is left") {
		t.Errorf("way back: %v", err)
	}
	if _, err := s.Lend(t.Context(), s.name, kept); !strings.Contains(sentence(err), "cannot be read: its dropping was cut off half way") {
		t.Errorf("lent: %v", err)
	}
	closed, err := s.CloseKept(t.Context(), s.name)
	if must(t, err); len(closed) != 1 || closed[0] != other {
		t.Errorf("closed: %q", closed)
	}

	s.halved(t, copied, "app")
	all, err := s.Kept(t.Context(), s.name)
	must(t, err)
	for _, k := range all {
		if k.Half != (k.Name != other) || k.Open {
			t.Errorf("%+v", k)
		}
	}
	if len(all) != 3 {
		t.Errorf("%+v", all)
	}
	if _, err := s.Swap(t.Context(), live, copied, aside); !strings.Contains(sentence(err), "was cut off half way") {
		t.Errorf("switch: %v", err)
	}
	dropped, err := s.FinishDrops(t.Context(), s.name)
	if must(t, err); len(dropped) != 1 || dropped[0] != copied || s.there(t, copied) {
		t.Errorf("dropped: %q", dropped)
	}
	if !s.there(t, kept) || !s.there(t, other) {
		t.Error("one from before was dropped, and nobody asked for it")
	}
	if is, err := s.Standing(t.Context(), s.name, s.id); err != nil || is.Stand != restore.WasSwitched {
		t.Errorf("%+v %v", is, err)
	}
	must(t, s.DropKept(t.Context(), s.name, s.id))
	s.halved(t, copied, "ops_load")
	if is, err := s.Standing(t.Context(), s.name, s.id); err != nil || is.Stand != restore.HalfDropped {
		t.Errorf("%+v %v", is, err)
	}
}
