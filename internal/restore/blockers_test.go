package restore_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"twokey/internal/restore"
	"twokey/internal/secret"
)

// TestWhatIsInTheWay: each is told by name with what to do, by Look and by Swap, and Swap changes nothing.
func TestWhatIsInTheWay(t *testing.T) {
	s := open(t, cluster.Get(t))
	live := s.cheapCopy(t)
	name, kept := s.names()
	if len(live.Blockers) > 0 || !live.Can.Swap || len(live.Can.Missing) > 0 {
		t.Fatalf("%+v", live)
	}
	super, err := pgx.Connect(t.Context(), s.pg.URL("postgres", s.name)+"&application_name=monitor")
	must(t, err)
	super.Close(t.Context())
	sql := func(database, sql string) func() { return func() { s.pg.Exec(t, "postgres", database, sql) } }
	role := fmt.Sprintf("other%d", s.id)
	for _, tt := range []struct {
		about      string
		do, undo   func()
		want, hint string
	}{
		{"a prepared transaction", sql(s.name, "BEGIN; CREATE TABLE two_phase (); PREPARE TRANSACTION 'gid 7'"), sql(s.name, "ROLLBACK PREPARED 'gid 7'"),
			"there is a prepared transaction gid 7 in $db", "ROLLBACK PREPARED"},
		{"a subscription", sql(s.name, "CREATE SUBSCRIPTION feed CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false)"),
			sql(s.name, "ALTER SUBSCRIPTION feed SET (slot_name = NONE); DROP SUBSCRIPTION feed"), "$db has the subscription feed", "DROP SUBSCRIPTION"},
		{"a superuser's session", func() {
			super, err = pgx.Connect(t.Context(), s.pg.URL("postgres", s.name)+"&application_name=monitor")
			must(t, err)
		},
			func() { super.Close(context.Background()) }, "superuser postgres (monitor, process ", "close that session"},
		{"somebody's settings", sql(s.name, "CREATE ROLE "+role+"; ALTER ROLE "+role+" IN DATABASE "+s.name+" SET work_mem = '1MB'"), sql(s.name, "ALTER ROLE "+role+" IN DATABASE "+s.name+" RESET ALL"),
			"role " + role + " has settings of its own in the database", "GRANT that role"},
		{"a superuser's setting", sql(s.name, "ALTER DATABASE "+s.name+" SET log_min_duration_statement = 1000"), sql(s.name, "ALTER DATABASE "+s.name+" RESET ALL"),
			"the database has the setting log_min_duration_statement", "GRANT SET ON PARAMETER"},
		{"somebody's table", sql(s.name, "ALTER TABLE reports.daily OWNER TO "+role), sql(s.name, "ALTER TABLE reports.daily OWNER TO app"),
			role + " owns things or default privileges in $db", `GRANT "` + role + `" TO "ops_restore"`},
		{"somebody's default privileges", sql(s.name, "ALTER DEFAULT PRIVILEGES FOR ROLE "+role+" GRANT SELECT ON TABLES TO app"), sql(s.name, "DROP OWNED BY "+role),
			role + " owns things or default privileges in $db", `GRANT "` + role + `" TO "ops_restore"`},
		{"a prepared transaction in the copy", sql(name, "BEGIN; CREATE TABLE two_phase (); PREPARE TRANSACTION 'gid 8'"), sql(name, "ROLLBACK PREPARED 'gid 8'"), "", ""},
		{"one that has the name", sql("postgres", "CREATE DATABASE "+kept), sql("postgres", "DROP DATABASE "+kept), "", ""},
	} {
		t.Run(tt.about, func(t *testing.T) {
			tt.do()
			defer func() { tt.undo(); s.quiet(t) }()
			looked, err := s.Look(t.Context())
			must(t, err)
			if tt.want != "" && (len(looked.Blockers) != 1 || !strings.Contains(looked.Blockers[0].Sentence, strings.ReplaceAll(tt.want, "$db", s.name)) || !strings.Contains(looked.Blockers[0].Hint, tt.hint)) {
				t.Errorf("%+v", looked.Blockers)
			}
			blocked := s
			blocked.Passed = func(step string) error { t.Errorf("the switch went as far as %q", step); return nil }
			_, err = blocked.Swap(t.Context(), live, name, kept)
			var e *restore.Error
			if !errors.As(err, &e) || !strings.HasPrefix(e.Sentence, "no switch: ") || e.Hint == "" {
				t.Errorf("%v", err)
			}
		})
	}
	s.whole(t, false)
	must(t, s.pgReady(t, live, name, kept))
}

// quiet waits until no superuser of the tests is in the service's database.
func (s shop) quiet(t *testing.T) {
	for s.pg.Query(t, "postgres", "SELECT count(*) FROM pg_stat_activity WHERE usename = 'postgres' AND datname = '"+s.name+"'") != "0" {
	}
}

func (s shop) pgReady(t *testing.T, live restore.Live, name, kept string) error {
	_, err := s.Swap(t.Context(), live, name, kept)
	return err
}

// TestALogicalSlot: it is told by name, it stays with the database from before, and that one is not dropped over it.
func TestALogicalSlot(t *testing.T) {
	s := open(t, cluster.Get(t))
	slot := "slot_" + s.name
	s.pg.Query(t, s.name, "SELECT slot_name FROM pg_create_logical_replication_slot('"+slot+"', 'pgoutput')")
	t.Cleanup(func() {
		s.pg.Query(t, "postgres", "SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots WHERE slot_name = '"+slot+"'")
	})
	s.quiet(t)
	live := s.cheapCopy(t)
	if len(live.Slots) != 1 || live.Slots[0] != slot || len(live.Blockers) > 0 || !strings.Contains(live.Notes[0], "the logical slot "+slot+" stays with the database from before") {
		t.Errorf("%+v", live)
	}
	name, kept := s.names()
	_, err := s.Swap(t.Context(), live, name, kept)
	must(t, err)
	if got := s.pg.Query(t, "postgres", "SELECT database FROM pg_replication_slots WHERE slot_name = '"+slot+"'"); got != kept {
		t.Errorf("the slot is with %s", got)
	}
	err = s.DropKept(t.Context(), s.name, s.id)
	var e *restore.Error
	if !errors.As(err, &e) || !strings.Contains(e.Sentence, slot) || !strings.Contains(e.Hint, "pg_drop_replication_slot") {
		t.Errorf("%v", err)
	}
}

// TestWithoutTheRights: what is missing is told by role, and no copy is made.
func TestWithoutTheRights(t *testing.T) {
	s := open(t, cluster.Get(t))
	weak, strong := fmt.Sprintf("weak%d", s.id), fmt.Sprintf("strong%d", s.id)
	s.pg.Exec(t, "postgres", "postgres", fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'; CREATE ROLE %s LOGIN PASSWORD '%[2]s'; GRANT app TO %[3]s", weak, s.pg.Password(), strong))
	t.Cleanup(func() { s.pg.Exec(t, "postgres", "postgres", "DROP ROLE "+weak+", "+strong) })
	s.Admin, s.Load = secret.New(s.pg.URL(weak, "postgres")), secret.New(s.pg.URL(strong, "postgres"))
	live := s.look(t)
	for _, want := range []string{weak + " may not create databases (CREATEDB)", weak + " may not end others' sessions (pg_signal_backend)", weak + " has not the rights of app, who owns the database",
		weak + " has not the rights of " + strong + ", who loads backups", strong + " has the rights of app, who owns the database: what is in a backup could reach it"} {
		if !strings.Contains(strings.Join(live.Can.Missing, "\n"), want) {
			t.Errorf("%q is not in %q", want, live.Can.Missing)
		}
	}
	name, _ := s.names()
	if err := s.Create(t.Context(), live, name); live.Can.Swap || err == nil || !strings.Contains(err.Error(), "no copy can be made beside") {
		t.Errorf("%v", err)
	}
	s.Admin = secret.New(s.pg.URL("postgres", "postgres"))
	if live := s.look(t); live.Can.Swap || !strings.Contains(strings.Join(live.Can.Missing, "\n"), "postgres is a superuser") {
		t.Errorf("%q", live.Can.Missing)
	}
}

// TestAnotherDatabaseThanTheOneThatWasLookedAt: addresses that lead elsewhere, and a database that was made anew.
func TestAnotherDatabaseThanTheOneThatWasLookedAt(t *testing.T) {
	s := open(t, cluster.Get(t))
	live := s.cheapCopy(t)
	name, kept := s.names()
	if id := live.Identity; id.Name != s.name || id.Host != s.pg.Host || id.Port != s.pg.Port || id.OID == 0 || id.System == "" {
		t.Errorf("%+v", id)
	}
	other := live
	other.Identity.OID++
	if _, err := s.Swap(t.Context(), other, name, kept); err == nil || !strings.Contains(err.Error(), "is another database now") {
		t.Errorf("%v", err)
	}
	other = live
	other.In = live.Identity.OID
	if _, err := s.Swap(t.Context(), other, name, kept); err == nil || !strings.Contains(err.Error(), name+" is another database now") {
		t.Errorf("%v", err)
	}
	elsewhere := s
	elsewhere.Service = func() (secret.Value, error) { return secret.New(s.pg.URL("app", "nosuch")), nil }
	if _, err := elsewhere.Look(t.Context()); err == nil || strings.Contains(err.Error(), "Pg/test") {
		t.Errorf("%v", err)
	}
	elsewhere = s
	elsewhere.Read = secret.New(strings.Replace(s.pg.URL("ops_read", s.name), url.QueryEscape("Pg/"), "pG", 1))
	if _, err := elsewhere.Look(t.Context()); err == nil || !strings.Contains(err.Error(), "the password is wrong") || strings.Contains(err.Error(), "4711") {
		t.Errorf("%v", err)
	}
	for _, bad := range [][2]string{{s.name, kept}, {name, s.name}, {name, name}, {"nosuch", kept}, {name, strings.Repeat("k", 64)}} {
		if _, err := s.Swap(t.Context(), live, bad[0], bad[1]); err == nil {
			t.Errorf("a switch with %v", bad)
		}
	}
	for _, bad := range []string{s.name, name, strings.Repeat("c", 64)} {
		if err := s.Create(t.Context(), live, bad); err == nil {
			t.Errorf("a copy named %s", bad)
		}
	}
	if _, err := s.Adopt(t.Context(), live, s.name); err == nil {
		t.Error("the present database was adopted")
	}
	s.whole(t, false)
}

// TestAClosedDatabaseIsNotSwitched: who closed it had a reason, and a switch would open it.
func TestAClosedDatabaseIsNotSwitched(t *testing.T) {
	s := open(t, cluster.Get(t))
	live := s.cheapCopy(t)
	name, kept := s.names()
	s.pg.Exec(t, "postgres", "postgres", "ALTER DATABASE "+s.name+" ALLOW_CONNECTIONS false")
	if _, err := s.Swap(t.Context(), live, name, kept); err == nil || !strings.Contains(err.Error(), "no switch: database "+s.name+" lets nobody in") {
		t.Errorf("%v", err)
	}
	st, err := s.Standing(t.Context(), s.name, s.id)
	if err != nil || st.Stand != restore.CopyReady || st.LiveOpen {
		t.Errorf("%+v %v", st, err)
	}
	must(t, s.Repair(t.Context(), st))
	if got := s.pg.Query(t, "postgres", "SELECT datallowconn FROM pg_database WHERE datname = '"+s.name+"'"); got != "f" {
		t.Error("Repair opened what no switch of ours closed")
	}
}
