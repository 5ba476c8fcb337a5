package backupdrill

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"twokey/drills"
)

// visits are the connections that the server's log says there were to a database, by role.
func (s *shop) visits(t *testing.T, database string) (roles []string) {
	t.Helper()
	authorized := regexp.MustCompile(`connection authorized: user=(\S+) database=` + database + `\b`)
	for _, m := range authorized.FindAllStringSubmatch(s.pg.Log(), -1) {
		roles = append(roles, m[1])
	}
	return roles
}

// touched is what the server counts of a database: who reads or writes in it, and which it is.
func (s *shop) touched(t *testing.T) string {
	t.Helper()
	return s.pg.Query(t, "postgres", fmt.Sprintf(`SELECT concat_ws(' ', d.oid, d.datallowconn, d.datconnlimit, d.datacl, shobj_description(d.oid, 'pg_database'),
			s.sessions, s.tup_inserted, s.tup_updated, s.tup_deleted)
		FROM pg_database d JOIN pg_stat_database s ON s.datid = d.oid WHERE d.datname = '%s'`, s.name))
}

// TestAGoodBackup: the whole way, in each format that is restored in a way of its own. Nobody of ours is in production meanwhile.
func TestAGoodBackup(t *testing.T) {
	for name, make := range map[string]func(*testing.T, *shop){
		"custom":         func(t *testing.T, s *shop) { s.dump(t, "shop.dump", "-Fc") },
		"directory":      func(t *testing.T, s *shop) { s.dump(t, "shop.dir", "-Fd") },
		"plain, gzipped": func(t *testing.T, s *shop) { gzipped(t, s.dump(t, "shop.sql")) },
		"tar":            func(t *testing.T, s *shop) { s.dump(t, "shop.tar", "-Ft") },
		"made by twokey": func(t *testing.T, s *shop) { s.made(t, "twokey_1") },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, "0 hours")
			make(t, s)
			s.MaxAge = 2 * time.Hour
			before, visits := s.touched(t), len(s.visits(t, s.name))
			found, err := s.until(t, keyVerify)
			if err != nil {
				t.Fatalf("%v\n%+v\n%s", err, found, s.printed.String())
			}
			n := found.Newest
			if n == nil || n.Where != "deposits.created_at" || s.started.Sub(n.At) > 3*time.Minute || s.started.Sub(n.At) < 0 {
				t.Errorf("the newest row is %+v", n)
			}
			if !strings.HasPrefix(found.Line, "2 505 rows in 4 tables, as in the backup; the newest is of ") {
				t.Errorf("it says %q", found.Line)
			}
			for _, check := range []string{"rows", "keys and sequences", "migrations", "users", freshName} {
				if c := find(found, check); c.State != drills.Green {
					t.Errorf("check %s: %+v", check, c)
				}
			}
			for _, c := range found.Checks {
				if c.State == drills.Red {
					t.Errorf("%+v", c)
				}
			}
			found, err = s.do(t, keyDrop)
			if err != nil || !strings.Contains(found.Line, "is gone") {
				t.Errorf("%v %+v", err, found)
			}
			s.nothingLeft(t)
			s.cleaned(t)
			if after := s.touched(t); after != before {
				t.Errorf("production was %s, and is %s", before, after)
			}
			if now := s.visits(t, s.name); len(now) != visits {
				t.Errorf("%v were in production", now[visits:])
			}
			if len(s.visits(t, fmt.Sprintf("drill_%d", s.id))) == 0 {
				t.Error("the log tells of nobody, so it proves nothing")
			}
			for _, role := range s.visits(t, fmt.Sprintf("drill_%d", s.id)) {
				if role != "ops_load" {
					t.Errorf("%s was in the scratch database", role)
				}
			}
			if strings.Contains(s.printed.String(), s.pg.Password()) {
				t.Error("a password was printed")
			}
		})
	}
}

func TestAScratchDatabaseTellsWhichItIs(t *testing.T) {
	s := open(t, "0 hours")
	s.dump(t, "shop.dump", "-Fc")
	found, err := s.until(t, keyScratch)
	must(t, err)
	name := fmt.Sprintf("drill_%d", s.id)
	if !strings.HasPrefix(found.Line, name+" is made (UTF8, sorts by C) and marked, and is not "+s.name) {
		t.Errorf("it says %q", found.Line)
	}
	mark := s.pg.Query(t, "postgres", "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '"+name+"'")
	if want := fmt.Sprintf("twokey drill %s/%d %s", journal, s.id, s.before[keyScratch].Scope[1].Value); mark != want {
		t.Errorf("its mark is %q, want %q", mark, want)
	}
	// Somebody else made one of the same name since.
	s.pg.Exec(t, "postgres", "postgres", "DROP DATABASE "+name)
	s.pg.Exec(t, "postgres", "postgres", "CREATE DATABASE "+name+" OWNER ops_load")
	found, err = s.do(t, keyLoad)
	if err == nil || !strings.Contains(found.Why, "the mark that this exercise wrote is not in "+name) {
		t.Errorf("%v %+v", err, found)
	}
	s.cleaned(t)
}

// TestABackupThatIsNoGood: each is refused where it can be noticed, and the sentence names what is wrong.
func TestABackupThatIsNoGood(t *testing.T) {
	cut := func(t *testing.T, path string, percent int64) {
		info, err := os.Stat(path)
		must(t, err)
		must(t, os.Truncate(path, info.Size()*percent/100))
		settle(t, path)
	}
	for _, tt := range []struct {
		about   string
		make    func(*testing.T, *shop)
		step    string
		why     string // a part of the sentence
		finding string
	}{
		{"there is none", func(*testing.T, *shop) {}, keyBackup, "there is no backup", "there is no backup to go back to"},
		{"the newest is cut, and an older one is good", func(t *testing.T, s *shop) {
			s.dump(t, "shop_20240101_000000.sql")
			cut(t, s.dump(t, "newest.dump", "-Fc"), 60)
		}, keyBackup, "the newest backup, newest.dump: backup", "the newest backup, newest.dump: backup"},
		{"the newest is empty, and an older one is good", func(t *testing.T, s *shop) {
			s.dump(t, "shop_20240101_000000.sql")
			must(t, os.WriteFile(filepath.Join(s.folder, "newest.dump"), nil, 0o600))
			must(t, os.Chtimes(filepath.Join(s.folder, "newest.dump"), time.Now().Add(-20*time.Second), time.Now().Add(-20*time.Second)))
		}, keyBackup, "the newest backup, newest.dump: backup", "is empty"},
		{"a cut one in gzip", func(t *testing.T, s *shop) { cut(t, gzipped(t, s.dump(t, "shop.sql")), 70) }, keyBackup, "is cut", "is cut"},
		{"a plain one that was cut and then gzipped", func(t *testing.T, s *shop) {
			p := s.dump(t, "shop.sql")
			cut(t, p, 50)
			gzipped(t, p)
		}, keyBackup, "is cut", "is cut"},
		{"one that was changed after it was made", func(t *testing.T, s *shop) {
			f := s.made(t, "twokey_1")
			text, err := os.ReadFile(f.Path)
			must(t, err)
			text[len(text)-1] ^= 1
			must(t, os.WriteFile(f.Path, text, 0o600))
			settle(t, f.Path)
		}, keyBackup, "is not the file that its manifest is about", "is not the file that its manifest is about"},
		{"a fresh file of a stale database", func(t *testing.T, s *shop) {
			s.pg.Exec(t, "app", s.name, `UPDATE deposits SET created_at = created_at - interval '3 days'; UPDATE "Users" SET "createdAt" = "createdAt" - interval '3 days'`)
			s.dump(t, "shop.dump", "-Fc")
		}, keyVerify, "deposits.created_at is 3 days 0 hours older than the backup, and may be 1 day 2 hours: the backup is stale", "3 days 0 hours older than the backup"},
		{"one of an empty database", func(t *testing.T, s *shop) {
			s.pg.Exec(t, "app", s.name, `TRUNCATE "Users", deposits`)
			s.dump(t, "shop.dump", "-Fc")
		}, keyVerify, "users (0, want > 400)", ""},
		{"one whose manifest says another count", func(t *testing.T, s *shop) {
			f := s.made(t, "twokey_1")
			m := f.Path + ".manifest.json"
			text, err := os.ReadFile(m)
			must(t, err)
			changed := strings.Replace(string(text), `"rows": 2000`, `"rows": 2001`, 1)
			if changed == string(text) {
				t.Fatalf("no count in %s", text)
			}
			must(t, os.WriteFile(m, []byte(changed), 0o600))
			settle(t, m)
		}, keyVerify, "rows of public.deposits in the backup (2000, when it was made there were 2001)", ""},
		{"one that lists no migrations", func(t *testing.T, s *shop) { s.dump(t, "shop.dump", "-Fc", "-T", "migrations") }, keyVerify,
			"migrations (the backup does not have the table migrations)", ""},
		{"one of some tables, after one of all", func(t *testing.T, s *shop) {
			m := s.made(t, "twokey_1").Path + ".manifest.json"
			text, err := os.ReadFile(m)
			must(t, err)
			older := regexp.MustCompile(`"made": "20..`).ReplaceAllString(string(text), `"made": "2020`)
			must(t, os.WriteFile(m, []byte(older), 0o600))
			s.dump(t, "shop.dump", "-Fc", "-t", `"Users"`, "-t", "migrations")
			s.MaxAge = 0
			found, err := s.do(t, keyBackup)
			must(t, err)
			if c := find(found, "tables"); c.State != drills.Told || strings.Join(found.Findings, "") != "the newest backup, shop.dump, does not have public.deposits, public.plans, which twokey_1 has" {
				t.Errorf("%+v %q", c, found.Findings)
			}
			s.Checks = []Check{{Name: "deposits", SQL: "SELECT count(*) FROM deposits"}}
		}, keyVerify, `deposits (relation "deposits" does not exist)`, ""},
		{"one whose sequence stands too low", func(t *testing.T, s *shop) {
			s.pg.Exec(t, "app", s.name, "SELECT setval('deposits_id_seq', 5)")
			s.dump(t, "shop.dump", "-Fc")
		}, keyVerify, "sequence public.deposits_id_seq (1, stands at 5", ""},
	} {
		t.Run(strings.ReplaceAll(tt.about, " ", "_"), func(t *testing.T) {
			s := open(t, "0 hours")
			tt.make(t, s)
			found, err := s.until(t, tt.step)
			if err == nil || !strings.Contains(found.Why, tt.why) || found.Hint == "" {
				t.Errorf("%v\nwhy %q\nhint %q\nwant %q", err, found.Why, found.Hint, tt.why)
			}
			if all := strings.Join(found.Findings, "\n"); !strings.Contains(all, tt.finding) || tt.finding == "" && all != "" {
				t.Errorf("findings %q, want %q", all, tt.finding)
			}
			s.cleaned(t)
		})
	}
}

// TestRowsThatDidNotComeBack: what is in the scratch database is counted, not what the load said.
func TestRowsThatDidNotComeBack(t *testing.T) {
	s := open(t, "0 hours")
	s.dump(t, "shop.dump", "-Fc")
	_, err := s.until(t, keyLoad)
	must(t, err)
	s.pg.Exec(t, "postgres", fmt.Sprintf("drill_%d", s.id), `DELETE FROM deposits WHERE id = 7; DROP TABLE plans; DELETE FROM migrations WHERE id = 2`)
	found, err := s.do(t, keyVerify)
	for _, want := range []string{"rows of public.deposits (1999, the backup has 2000)", "table public.plans (it did not come back)"} {
		if err == nil || !strings.Contains(found.Why, want) {
			t.Errorf("%v: %q, want %q", err, found.Why, want)
		}
	}
	if c := find(found, "migrations"); c.State != drills.Red || !strings.Contains(c.Why, "Second2, is not listed") {
		t.Errorf("%+v", c)
	}
	s.cleaned(t)
}

// TestWhatOnlyASuperuserMayMakeIsLeftOut as a proof of a backup does, and is told.
func TestWhatOnlyASuperuserMayMakeIsLeftOut(t *testing.T) {
	for name, make := range map[string]func(*testing.T, *shop){
		"archive": func(t *testing.T, s *shop) { s.dump(t, "shop.dump", "-Fc") },
		"plain":   func(t *testing.T, s *shop) { s.dump(t, "shop.sql") },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, "0 hours")
			s.pg.Exec(t, "postgres", s.name, `CREATE EXTENSION amcheck; ALTER TABLE plans ENABLE ROW LEVEL SECURITY; ALTER TABLE plans FORCE ROW LEVEL SECURITY;
				CREATE POLICY mine ON plans USING (id = 1)`)
			make(t, s)
			found, err := s.until(t, keyLoad)
			if err != nil || !strings.Contains(fmt.Sprint(found.Checks), "EXTENSION amcheck of the backup is not in the copy") {
				t.Errorf("%v %+v", err, found)
			}
			if found, err = s.do(t, keyVerify); err != nil {
				t.Errorf("%v %+v", err, found)
			}
			s.cleaned(t)
		})
	}
}

// TestEncodings: what the backup says its letters are in counts, whatever the server's own is.
func TestEncodings(t *testing.T) {
	for _, encoding := range []string{"LATIN1", "SQL_ASCII", "UTF8"} {
		t.Run(encoding, func(t *testing.T) {
			s := open(t, "0 hours")
			other := s.name + "_" + strings.ToLower(encoding)
			s.pg.Exec(t, "postgres", "postgres", fmt.Sprintf("CREATE DATABASE %s OWNER app ENCODING '%s' LOCALE 'C' TEMPLATE template0", other, encoding))
			t.Cleanup(func() { s.pg.Exec(t, "postgres", "postgres", "DROP DATABASE "+other+" WITH (FORCE)") })
			letter := map[string]string{"LATIN1": "chr(233)", "UTF8": "chr(233)", "SQL_ASCII": `E'\351'`}[encoding] // the last is no UTF-8
			s.pg.Exec(t, "app", other, `CREATE TABLE migrations (id int, name text); CREATE TABLE t (name text, created_at timestamptz DEFAULT now());
				INSERT INTO t VALUES ('caf' || `+letter+`)`)
			s.Checks = []Check{{Name: "letters", SQL: "SELECT octet_length(name) FROM t", Judge: func(v string) (string, string) {
				if v != map[string]string{"LATIN1": "4", "SQL_ASCII": "4", "UTF8": "5"}[encoding] {
					return drills.Red, "other letters"
				}
				return drills.Green, ""
			}}}
			name := s.name
			s.name = other
			s.dump(t, "shop.dump", "-Fc")
			s.name = name
			found, err := s.until(t, keyVerify)
			if err != nil {
				t.Errorf("%v %+v", err, found)
			}
			if got := s.pg.Query(t, fmt.Sprintf("drill_%d", s.id), "SHOW server_encoding"); got != encoding {
				t.Errorf("it is %s", got)
			}
			s.cleaned(t)
		})
	}
}
