package restore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"twokey/internal/restore"
	"twokey/internal/secret"
)

// scratchOf is what an exercise of the tests works with.
func (s shop) scratch(t *testing.T) (restore.Scratch, restore.ScratchName) {
	t.Helper()
	name := restore.ScratchOf(s.id)
	t.Cleanup(func() {
		if s.pg.Query(t, "postgres", "SELECT count(*) FROM pg_database WHERE datname = '"+name.String()+"'") == "1" {
			s.pg.Exec(t, "postgres", "postgres", "UPDATE pg_database SET datconnlimit = -1 WHERE datname = '"+name.String()+"'")
			s.pg.Exec(t, "postgres", "postgres", "DROP DATABASE "+name.String()+" WITH (FORCE)")
		}
	})
	return restore.Scratch{Admin: s.Admin, Load: s.Load, Tools: s.Tools, Tag: s.Tag, Whose: fmt.Sprintf("j/%d", s.id)}, name
}

func TestScratchNames(t *testing.T) {
	if got := restore.ScratchOf(12).String(); got != "drill_12" {
		t.Errorf("%s", got)
	}
	for name, want := range map[string]bool{"drill_12": true, "drill_0": true, "drill_": false, "drill_012": false, "drill_x": false, "shop": false, "drill_1; DROP": false} {
		if restore.IsScratch(name) != want {
			t.Errorf("%s: %t", name, !want)
		}
	}
	if got := (restore.ScratchName{}).String(); !restore.IsScratch(got) {
		t.Errorf("the zero name is %s", got)
	}
}

// TestScratchNeverLeavesPostgres: whatever database admin_url names, it is not entered.
func TestScratchNeverLeavesPostgres(t *testing.T) {
	s := open(t, cluster.Get(t))
	scratch, name := s.scratch(t)
	for _, address := range []string{s.pg.URL("ops_restore", s.name), s.pg.URL("ops_restore", "postgres") + "&dbname=" + s.name,
		fmt.Sprintf("host=%s port=%d user=ops_restore password='%s' sslmode=disable dbname=%s", s.pg.Host, s.pg.Port, s.pg.Password(), s.name)} {
		scratch.Admin = secret.New(address)
		before := s.pg.Query(t, "postgres", "SELECT sessions FROM pg_stat_database WHERE datname = '"+s.name+"'")
		_, err := scratch.Create(t.Context(), name, "UTF8")
		must(t, err)
		must(t, scratch.Mark(t.Context(), name, "nonce"))
		_, err = scratch.Prove(t.Context(), name, restore.Production{Name: s.name}, "nonce")
		must(t, err)
		must(t, scratch.Drop(t.Context(), name))
		must(t, scratch.Gone(t.Context(), name, s.Tag))
		if after := s.pg.Query(t, "postgres", "SELECT sessions FROM pg_stat_database WHERE datname = '"+s.name+"'"); after != before {
			t.Errorf("%s sessions, and then %s", before, after)
		}
	}
}

// TestScratchTakesNothingFromOurEnvironment: an address that leaves open whom it reaches is none.
func TestScratchTakesNothingFromOurEnvironment(t *testing.T) {
	s := open(t, cluster.Get(t))
	scratch, name := s.scratch(t)
	for key, value := range map[string]string{"PGHOST": s.pg.Host, "PGPORT": fmt.Sprint(s.pg.Port), "PGUSER": "ops_restore", "PGPASSWORD": s.pg.Password(), "PGDATABASE": s.name} {
		t.Setenv(key, value)
	}
	conn, err := dial(t, "postgres:///") // pgx takes all of it from there
	must(t, err)
	_ = conn.Close(context.Background())
	for _, address := range []string{"postgres:///postgres", "postgres://ops_restore@/postgres", "postgres://" + s.pg.Host + "/postgres", "dbname=postgres", "host=" + s.pg.Host, ""} {
		scratch.Admin = secret.New(address)
		if _, err := scratch.Create(t.Context(), name, "UTF8"); !strings.Contains(sentence(err), "the address in admin_url cannot be read") {
			t.Errorf("%q: %v", address, err)
		}
	}
	scratch.Admin, scratch.Load = s.Admin, secret.New("postgres:///")
	if err := scratch.Mark(t.Context(), name, "nonce"); !strings.Contains(sentence(err), "the address in load_url cannot be read") {
		t.Errorf("%v", err)
	}
	if _, err := scratch.Conn(t.Context(), name, "", stepTime); !strings.Contains(sentence(err), "the address in load_url cannot be read") {
		t.Errorf("%v", err)
	}
}

// stepTime is enough for a look.
const stepTime = time.Minute

// sentence is why something was refused.
func sentence(err error) string {
	var e *restore.Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	return e.Sentence
}

func TestScratchRefusesWhatIsNotItsOwn(t *testing.T) {
	s := open(t, cluster.Get(t))
	scratch, name := s.scratch(t)
	admin := func(format string, args ...any) { s.pg.Exec(t, "postgres", "postgres", fmt.Sprintf(format, args...)) }
	for _, tt := range []struct {
		about string
		make  func()
		want  string // why it is not dropped; empty: it is
	}{
		{"somebody made one of the name", func() { admin("CREATE DATABASE %s", name) }, "belongs to postgres: twokey did not make it"},
		{"another twokey has one of the same number", func() {
			admin("CREATE DATABASE %s OWNER ops_load", name)
			admin("COMMENT ON DATABASE %s IS 'twokey drill k/%d x'", name, s.id)
		}, "is marked as another's"},
		{"one of a longer number", func() {
			admin("CREATE DATABASE %s OWNER ops_load", name)
			admin("COMMENT ON DATABASE %s IS 'twokey drill j/%d1 x'", name, s.id)
		}, "is marked as another's"},
		{"one that was not marked yet", func() { admin("CREATE DATABASE %s OWNER ops_load", name) }, ""},
		{"one whose DROP was ended half way", func() {
			admin("CREATE DATABASE %s OWNER ops_load", name)
			admin("UPDATE pg_database SET datconnlimit = -2 WHERE datname = '%s'", name)
		}, ""},
		{"one that somebody is in", func() {
			admin("CREATE DATABASE %s OWNER ops_load", name)
			_, err := dial(t, s.pg.URL("ops_load", name.String()))
			must(t, err)
		}, ""},
	} {
		t.Run(tt.about, func(t *testing.T) {
			tt.make()
			if _, err := scratch.Create(t.Context(), name, "UTF8"); !strings.Contains(sentence(err), "could not be made") {
				t.Errorf("it was made again: %v", err)
			}
			err := scratch.Drop(t.Context(), name)
			if tt.want == "" {
				must(t, err)
				must(t, scratch.Gone(t.Context(), name, s.Tag))
				return
			}
			if !strings.Contains(sentence(err), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
			if err := scratch.Gone(t.Context(), name, s.Tag); !strings.Contains(sentence(err), "is left: database "+name.String()) {
				t.Errorf("it is said to be gone: %v", err)
			}
			admin("DROP DATABASE %s", name)
		})
	}
}

// TestScratchIsProvenNotToBeProduction by what both roles see, not by its name.
func TestScratchIsProvenNotToBeProduction(t *testing.T) {
	s := open(t, cluster.Get(t))
	scratch, name := s.scratch(t)
	if _, err := scratch.Prove(t.Context(), name, restore.Production{Name: s.name}, "nonce"); err == nil {
		t.Error("one that is not there is proven")
	}
	_, err := scratch.Create(t.Context(), name, "UTF8")
	must(t, err)
	must(t, scratch.Mark(t.Context(), name, "nonce"))
	if seen, err := scratch.Prove(t.Context(), name, restore.Production{Name: s.name}, "nonce"); err != nil || seen.Name != name.String() || seen.OID == 0 || seen.System == "" {
		t.Errorf("%+v %v", seen, err)
	}
	for about, not := range map[string]restore.Production{"its name is production's": {Name: name.String()}} {
		if _, err := scratch.Prove(t.Context(), name, not, "nonce"); !strings.Contains(sentence(err), "is not a scratch database") {
			t.Errorf("%s: %v", about, err)
		}
	}
	if _, err := scratch.Prove(t.Context(), name, restore.Production{Name: s.name}, "other"); !strings.Contains(sentence(err), "the mark that this exercise wrote is not in") {
		t.Errorf("another mark: %v", err)
	}
	for _, other := range []string{"ops_read", "app"} { // who may connect to any other
		if conn, err := pgx.Connect(t.Context(), s.pg.URL(other, name.String())); err == nil {
			_ = conn.Close(context.Background())
			t.Errorf("%s gets into it", other)
		}
	}
	// load_url is about another server, which has one of the same name.
	elsewhere := durable.Get(t)
	elsewhere.Roles(t, elsewhere.Database(t, "elsewhere"))
	elsewhere.Exec(t, "postgres", "postgres", "CREATE DATABASE "+name.String()+" OWNER ops_load")
	t.Cleanup(func() { elsewhere.Exec(t, "postgres", "postgres", "DROP DATABASE "+name.String()) })
	scratch.Load = secret.New(elsewhere.URL("ops_load", "postgres"))
	must(t, scratch.Mark(t.Context(), name, "nonce"))
	if _, err := scratch.Prove(t.Context(), name, restore.Production{Name: s.name}, "nonce"); !strings.Contains(sentence(err), "lead to different servers") {
		t.Errorf("two servers: %v", err)
	}
	if _, err := scratch.Server(t.Context()); !strings.Contains(sentence(err), "lead to different servers") {
		t.Errorf("two servers: %v", err)
	}
}

// TestScratchKeepsLettersAsTheBackup: the encoding is the backup's in any case, and the order that of the first which goes with it.
func TestScratchKeepsLettersAsTheBackup(t *testing.T) {
	s := open(t, cluster.Get(t))
	scratch, name := s.scratch(t)
	for _, tt := range []struct {
		about, encoding string
		likes           []restore.Like
		want            string
	}{
		{"nothing is known", "UTF8", nil, "UTF8 C"},
		{"as production", "UTF8", []restore.Like{{Encoding: "UTF8", Collate: "C.UTF-8", CType: "C.UTF-8", Provider: "c"}}, "UTF8 C.UTF-8"},
		{"production has another encoding", "LATIN1", []restore.Like{{Encoding: "UTF8", Collate: "C.UTF-8", CType: "C.UTF-8", Provider: "c"}}, "LATIN1 C"},
		{"a locale that the server does not have", "UTF8", []restore.Like{{Encoding: "UTF8", Collate: "xx_YY", CType: "xx_YY", Provider: "c"}}, "UTF8 C"},
		{"one that does not go with it", "LATIN1", []restore.Like{{Encoding: "LATIN1", Collate: "C.UTF-8", CType: "C.UTF-8", Provider: "c"}}, "LATIN1 C"},
		{"written otherwise", "utf-8", []restore.Like{{Encoding: "UTF8", Collate: "C.UTF-8", CType: "C.UTF-8", Provider: "c"}}, "UTF8 C.UTF-8"},
		{"no encoding at all", "SQL_ASCII", nil, "SQL_ASCII C"},
	} {
		t.Run(tt.about, func(t *testing.T) {
			_, err := scratch.Create(t.Context(), name, tt.encoding, tt.likes...)
			must(t, err)
			got := s.pg.Query(t, "postgres", "SELECT pg_encoding_to_char(encoding) || ' ' || datcollate FROM pg_database WHERE datname = '"+name.String()+"'")
			if got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
			must(t, scratch.Drop(t.Context(), name))
		})
	}
	if _, err := scratch.Create(t.Context(), name, "KLINGON"); !strings.Contains(sentence(err), "could not be made") {
		t.Errorf("%v", err)
	}
}

// TestScratchSpace: never less than 2.2 times the backup.
func TestScratchSpace(t *testing.T) {
	s := open(t, cluster.Get(t))
	scratch, _ := s.scratch(t)
	as, err := s.Space(t.Context(), s.name)
	must(t, err)
	for dump, want := range map[int64]int64{0: as.Needed, 100e9: 220e9} {
		if p, err := scratch.Space(t.Context(), s.name, dump); err != nil || p.Needed != want {
			t.Errorf("%d: %+v %v, want %d", dump, p, err, want)
		}
	}
	if p, err := scratch.Space(t.Context(), "elsewhere", 100e9); err != nil || p.Needed != 220e9 {
		t.Errorf("%+v %v", p, err)
	}
}
