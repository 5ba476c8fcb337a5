package backupdrill

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"twokey/drills"
	"twokey/internal/secret"
)

// look is one by its name.
func look(all []drills.Look, name string) drills.Look {
	for _, l := range all {
		if l.Name == name {
			return l
		}
	}
	return drills.Look{}
}

func TestLookBothWays(t *testing.T) {
	pg := cluster.Get(t)
	const nothing = ""
	for _, tt := range []struct {
		about       string
		make        func(t *testing.T, s *shop)
		name, state string
		text, hint  string // parts
	}{
		{"a backup of a minute", nil, "newest backup", drills.Green, "shop.dump is ", nothing},
		{"one that is too old", func(_ *testing.T, s *shop) { s.MaxAge = time.Nanosecond }, "newest backup", drills.Red, "and may be", "/backup"},
		{"none", func(t *testing.T, s *shop) { must(t, os.Remove(filepath.Join(s.folder, "shop.dump"))) }, "newest backup", drills.Red, "there is no backup", "/backup"},
		{"an empty one is the newest", func(t *testing.T, s *shop) {
			then := time.Now().Add(-20 * time.Second)
			must(t, os.Remove(filepath.Join(s.folder, "shop.dump")))
			s.dump(t, "shop_20240101_000000.sql")
			must(t, os.WriteFile(filepath.Join(s.folder, "newer.dump"), nil, 0o600))
			must(t, os.Chtimes(filepath.Join(s.folder, "newer.dump"), then, then))
		}, "newest backup", drills.Red, "newer.dump is empty", "/backup"},
		{"a link and a text are no backups", func(t *testing.T, s *shop) {
			must(t, os.Symlink("shop.dump", filepath.Join(s.folder, "latest.dump")))
			must(t, os.WriteFile(filepath.Join(s.folder, "README"), []byte("hello"), 0o600))
		}, "newest backup", drills.Green, "shop.dump is ", nothing},
		{"both roles get in", nil, "scratch server", drills.Green, "both roles get in", nothing},
		{"a wrong password", func(_ *testing.T, s *shop) {
			s.Scratch.Load = secret.New(strings.Replace(pg.URL("ops_load", "postgres"), "Pg", "pG", 1))
		}, "scratch server", drills.Red, "the password is wrong", "load_url"},
		{"no rights in production", nil, "production out of reach", drills.Green, "ops_load has no right on any table there", nothing},
		{"not even let in", func(t *testing.T, s *shop) {
			pg.Exec(t, "postgres", "postgres", "REVOKE CONNECT ON DATABASE "+s.name+" FROM PUBLIC")
		}, "production out of reach", drills.Green, "ops_load is not let in", nothing},
		{"a right on one column", func(t *testing.T, s *shop) { pg.Exec(t, "app", s.name, "GRANT SELECT (id) ON plans TO ops_load") },
			"production out of reach", drills.Red, "ops_load may use TABLE public.plans", "REVOKE ALL ON TABLE public.plans FROM \"ops_load\", PUBLIC"},
		{"everybody may write", func(t *testing.T, s *shop) { pg.Exec(t, "app", s.name, "GRANT INSERT ON plans TO PUBLIC") },
			"production out of reach", drills.Red, "ops_load may use TABLE public.plans", "PUBLIC"},
		{"it may become the owner", func(t *testing.T, s *shop) {
			pg.Exec(t, "postgres", "postgres", "ALTER ROLE ops_load NOINHERIT; GRANT app TO ops_load")
			t.Cleanup(func() { pg.Exec(t, "postgres", "postgres", "ALTER ROLE ops_load INHERIT; REVOKE app FROM ops_load") })
		}, "production out of reach", drills.Red, "through app", `REVOKE "app" FROM "ops_load"`},
		{"it reads everything", func(t *testing.T, s *shop) {
			pg.Exec(t, "postgres", "postgres", "GRANT pg_read_all_data TO ops_load")
			t.Cleanup(func() { pg.Exec(t, "postgres", "postgres", "REVOKE pg_read_all_data FROM ops_load") })
		}, "production out of reach", drills.Red, "through pg_read_all_data", `REVOKE "pg_read_all_data" FROM "ops_load"`},
		{"it is a superuser", func(t *testing.T, s *shop) {
			pg.Exec(t, "postgres", "postgres", "ALTER ROLE ops_load SUPERUSER")
			t.Cleanup(func() { pg.Exec(t, "postgres", "postgres", "ALTER ROLE ops_load NOSUPERUSER") })
		}, "production out of reach", drills.Red, "ops_load is a superuser", `ALTER ROLE "ops_load" NOSUPERUSER`},
		{"it may make things there", func(t *testing.T, s *shop) {
			pg.Exec(t, "postgres", s.name, "GRANT CREATE ON SCHEMA public TO PUBLIC")
		}, "production out of reach", drills.Red, "may create in SCHEMA public", "REVOKE CREATE ON SCHEMA public"},
		{"nobody says which is production", func(_ *testing.T, s *shop) { s.Production.Name = "" }, "production out of reach", drills.Red, "no exercise can be held", "address"},
		{"production is named as a scratch database", func(_ *testing.T, s *shop) { s.Production.Name = "drill_7" }, "production out of reach", drills.Red, "no exercise can be held", "address"},
		{"another server", func(_ *testing.T, s *shop) { s.Production = Production{"elsewhere", "4711"} }, "not production", drills.Green, "another one", nothing},
		{"the same server", func(t *testing.T, s *shop) {
			s.Production.SystemIdentifier = pg.Query(t, "postgres", "SELECT system_identifier FROM pg_control_system()")
		}, "not production", drills.Green, "the same server", nothing},
		{"the same server, and a wrong name", func(t *testing.T, s *shop) {
			s.Production = Production{"elsewhere", pg.Query(t, "postgres", "SELECT system_identifier FROM pg_control_system()")}
		}, "not production", drills.Red, "has no database elsewhere", "address"},
		{"nothing is known of production's server", nil, "not production", drills.Told, "nothing says whether", nothing},
		{"room enough", nil, "disk", drills.Told, "cannot be seen", nothing},
		{"room enough, and to be seen", func(t *testing.T, s *shop) { seeDisk(t, s, func() uint64 { return 1 << 50 }) }, "disk", drills.Green, "that are free", nothing},
		{"no room on the server", func(t *testing.T, s *shop) { seeDisk(t, s, func() uint64 { return 1 << 20 }) }, "disk", drills.Red, "on the server's disk", "make room"},
		{"no room for the copy", func(_ *testing.T, s *shop) { s.Floor = 1 << 60 }, "disk", drills.Red, "where backups are pinned", "make room"},
		{"nothing is left over", nil, "left over", drills.Green, "no scratch database", nothing},
		{"one of another exercise", func(t *testing.T, s *shop) {
			for _, name := range []string{"drill_99999", "drill_x"} {
				pg.Exec(t, "postgres", "postgres", "CREATE DATABASE "+name)
				t.Cleanup(func() { pg.Exec(t, "postgres", "postgres", "DROP DATABASE "+name) })
			}
		}, "left over", drills.Told, "other exercises: drill_99999", "drop them"},
	} {
		t.Run(strings.ReplaceAll(tt.about, " ", "_"), func(t *testing.T) {
			s := open(t, "0 hours")
			s.dump(t, "shop.dump", "-Fc")
			if tt.make != nil {
				tt.make(t, s)
			}
			l := look(s.Look(t.Context()), tt.name)
			if l.State != tt.state || !strings.Contains(l.Text, tt.text) || !strings.Contains(l.Hint, tt.hint) || tt.state == drills.Red && l.Hint == "" {
				t.Errorf("%+v\nwant %s %q %q", l, tt.state, tt.text, tt.hint)
			}
			if strings.Contains(l.Text+l.Hint, pg.Password()) {
				t.Error("the password is in it")
			}
		})
	}
}

// seeDisk lets the role know where the server's files are, and says how much is free there.
func seeDisk(t *testing.T, s *shop, free func() uint64) {
	s.pg.Exec(t, "postgres", "postgres", "GRANT pg_read_all_settings TO ops_restore")
	t.Cleanup(func() { s.pg.Exec(t, "postgres", "postgres", "REVOKE pg_read_all_settings FROM ops_restore") })
	s.Scratch.Free = func(string) (uint64, error) { return free(), nil }
}

// TestLookChangesNothing: it is in production once, as the role that has no rights there, and makes nothing.
func TestLookChangesNothing(t *testing.T) {
	s := open(t, "0 hours")
	s.dump(t, "shop.dump", "-Fc")
	bases := s.pg.Query(t, "postgres", "SELECT count(*) FROM pg_database")
	visits := len(s.visits(t, s.name))
	if red := drills.Looks(s.Look(t.Context())); len(red) > 0 {
		t.Errorf("%+v", red)
	}
	if now := s.visits(t, s.name)[visits:]; strings.Join(now, " ") != "ops_load" {
		t.Errorf("%v were in production", now)
	}
	if now := s.pg.Query(t, "postgres", "SELECT count(*) FROM pg_database"); now != bases {
		t.Errorf("there were %s databases, and are %s", bases, now)
	}
	s.nothingLeft(t)
}

func TestScript(t *testing.T) {
	s := open(t, "0 hours")
	s.dump(t, "shop.dump", "-Fc")
	script, err := s.Script(t.Context())
	must(t, err)
	proves := 0
	for i, step := range script {
		switch {
		case step.Auto != (i < len(keys)) || step.Auto && step.Key != keys[i]:
			t.Errorf("step %d is %+v", i, step)
		case step.Auto == (step.Ask != "") || strings.Count(step.Ask, "\n") > 2 || step.Within != 0:
			t.Errorf("%+v", step)
		case step.Proves:
			proves++
		}
	}
	if ask := script[5].Ask; proves != 1 || !strings.Contains(ask, "docs/restore.md") || !strings.Contains(ask, s.name) || !strings.Contains(ask, "shop.dump") {
		t.Errorf("%d prove; %q", proves, ask)
	}
	if last := script[len(script)-1]; !last.Optional {
		t.Errorf("%+v", last)
	}
}
