package backupdrill

import (
	"strings"
	"testing"
	"time"

	"twokey/drills"
	"twokey/internal/backup"
)

// TestNewestRow: what says how new a backup is, and what does not.
func TestNewestRow(t *testing.T) {
	s := open(t, "0 hours")
	s.dump(t, "shop.dump", "-Fc")
	_, err := s.until(t, keyScratch)
	must(t, err)
	base := s.name
	drill := "drill_" + strings.TrimPrefix(base, "shop")
	made := time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)
	berlin, err := time.LoadLocation("Europe/Berlin")
	must(t, err)
	for _, tt := range []struct {
		about, table string // SQL that fills the only schema
		fresh        string
		zone         *time.Location
		maxAge       time.Duration
		newest       string // and where
		state, why   string
	}{
		{about: "with a zone", table: "CREATE TABLE a (created_at timestamptz); INSERT INTO a VALUES ('2026-11-24 05:30+02')",
			newest: "2026-11-24T03:30:00Z a.created_at", state: drills.Green},
		{about: "without one, it is the service's", table: "CREATE TABLE a (\"updatedAt\" timestamp); INSERT INTO a VALUES ('2026-11-24 04:30')", zone: berlin,
			newest: "2026-11-24T03:30:00Z a.updatedAt", state: drills.Green},
		{about: "the newest of several", table: "CREATE TABLE a (created_at timestamptz, updated_at timestamptz); INSERT INTO a VALUES ('2026-11-24 01:00Z', '2026-11-24 02:00Z')",
			newest: "2026-11-24T02:00:00Z a.updated_at", state: drills.Green},
		{about: "what is later than the backup is no row of it", table: "CREATE TABLE a (created_at timestamptz); INSERT INTO a VALUES ('2026-11-24 05:00Z'), ('2026-11-24 03:00Z')",
			newest: "2026-11-24T03:00:00Z a.created_at", state: drills.Green},
		{about: "but for the moments that a dump takes", table: "CREATE TABLE a (created_at timestamptz); INSERT INTO a VALUES ('2026-11-24 04:00:03Z')",
			newest: "2026-11-24T04:00:03Z a.created_at", state: drills.Green},
		{about: "a day and a bit is the most", table: "CREATE TABLE a (created_at timestamptz); INSERT INTO a VALUES ('2026-11-23 01:59Z')",
			newest: "2026-11-23T01:59:00Z a.created_at", state: drills.Red, why: "1 day 2 hours older than the backup, and may be 1 day 2 hours"},
		{about: "unless more may be", table: "CREATE TABLE a (created_at timestamptz); INSERT INTO a VALUES ('2026-11-23 01:59Z')", maxAge: 48 * time.Hour,
			newest: "2026-11-23T01:59:00Z a.created_at", state: drills.Green},
		{about: "or less", table: "CREATE TABLE a (created_at timestamptz); INSERT INTO a VALUES ('2026-11-24 01:59Z')", maxAge: 2 * time.Hour,
			newest: "2026-11-24T01:59:00Z a.created_at", state: drills.Red, why: "the backup is stale"},
		{about: "dates say nothing", table: "CREATE TABLE a (created_on date); INSERT INTO a VALUES ('2026-11-24')", state: drills.Told, why: "give a query"},
		{about: "nor do other times", table: "CREATE TABLE a (pays_at timestamptz); INSERT INTO a VALUES ('2026-11-24 03:00Z')", state: drills.Told, why: "give a query"},
		{about: "no rows at all", table: "CREATE TABLE a (created_at timestamptz)", state: drills.Red, why: "no row says that it was made before"},
		{about: "only endless ones", table: "CREATE TABLE a (created_at timestamptz); INSERT INTO a VALUES ('infinity'), ('-infinity')", state: drills.Red, why: "no row says"},
		{about: "partitions are their table's", table: "CREATE TABLE a (created_at timestamptz) PARTITION BY RANGE (created_at); CREATE TABLE a1 PARTITION OF a DEFAULT; INSERT INTO a VALUES ('2026-11-24 03:00Z')",
			newest: "2026-11-24T03:00:00Z a.created_at", state: drills.Green},
		{about: "another schema", table: "CREATE SCHEMA b; CREATE TABLE b.a (created timestamptz); INSERT INTO b.a VALUES ('2026-11-24 03:00Z')",
			newest: "2026-11-24T03:00:00Z b.a.created", state: drills.Green},
		{about: "a query of the config's", table: "CREATE TABLE a (pays_at timestamptz); INSERT INTO a VALUES ('2026-11-24 03:00Z')", fresh: "SELECT max(pays_at) FROM a",
			newest: "2026-11-24T03:00:00Z the query fresh", state: drills.Green},
		{about: "milliseconds since 1970", table: "CREATE TABLE a (ms bigint); INSERT INTO a VALUES (1795489200000)", fresh: "SELECT max(ms) FROM a",
			newest: "2026-11-24T03:00:00Z the query fresh", state: drills.Green},
		{about: "a query that does not work", fresh: "SELECT max(x) FROM b", state: drills.Red, why: `relation "b" does not exist`},
		{about: "one that gives nothing", fresh: "SELECT now() WHERE false", state: drills.Red, why: "gives no rows"},
		{about: "one that gives NULL", fresh: "SELECT NULL::timestamptz", state: drills.Red, why: "gives NULL"},
		{about: "one that gives a text", fresh: "SELECT 'yesterday'", state: drills.Red, why: "gives no time"},
		{about: "one that gives a time to come", fresh: "SELECT timestamptz '2026-12-24 03:00Z'", state: drills.Red, why: "after the backup was made: is timezone of service.backups that of its clock?"},
		{about: "one that would write", fresh: "DROP SCHEMA public CASCADE", state: drills.Red, why: "not a query"},
		{about: "one that would write, as a query", table: "CREATE TABLE a ()", fresh: "WITH x AS (DELETE FROM a RETURNING 1) SELECT now() FROM x", state: drills.Red, why: "SQLSTATE 25006"},
		{about: "two of them", fresh: "SELECT now(); SELECT now()", state: drills.Red, why: "multiple commands"},
	} {
		t.Run(strings.ReplaceAll(tt.about, " ", "_"), func(t *testing.T) {
			s.pg.Exec(t, "ops_load", drill, "DROP SCHEMA IF EXISTS public, b CASCADE; CREATE SCHEMA public; "+tt.table)
			s.Fresh, s.MaxAge, s.Shelf.Zone = tt.fresh, tt.maxAge, tt.zone
			one := s.step(s.env(keyVerify))
			must(t, one.fresh(t.Context(), pinned{Name: "shop.dump", File: backup.Pinned{Made: made}}))
			got := ""
			if n := one.found.Newest; n != nil {
				got = n.At.Format(time.RFC3339) + " " + n.Where
			}
			if c := find(one.found, freshName); got != tt.newest || c.State != tt.state || !strings.Contains(c.Why, tt.why) {
				t.Errorf("%q, %+v\nwant %q, %s %q", got, c, tt.newest, tt.state, tt.why)
			}
		})
	}
	s.cleaned(t)
}

// TestChecks: what a config's check comes to, and what of it is shown.
func TestChecks(t *testing.T) {
	s := open(t, "0 hours")
	s.dump(t, "shop.dump", "-Fc")
	_, err := s.until(t, keyLoad)
	must(t, err)
	for _, tt := range []struct {
		about, sql   string
		judge        func(string) (string, string)
		state, shown string
	}{
		{"it is as expected", "SELECT count(*) FROM deposits", moreThan("1999"), drills.Green, "2000"},
		{"it is not", "SELECT count(*) FROM deposits", moreThan("2000"), drills.Red, "2000"},
		{"nothing is expected", "SELECT count(*) FROM deposits", nil, drills.Told, "2000"},
		{"a state that is none is red", "SELECT 1", func(string) (string, string) { return "fine", "" }, drills.Red, "1"},
		{"a person's data is not shown", `SELECT email FROM "Users" LIMIT 1`, nil, drills.Told, "1 row"},
		{"nor are rows", `SELECT id FROM "Users"`, nil, drills.Told, "several rows"},
		{"it names what is not there", "SELECT count(*) FROM withdrawals", moreThan("0"), drills.Red, ""},
	} {
		t.Run(strings.ReplaceAll(tt.about, " ", "_"), func(t *testing.T) {
			s.Checks = []Check{{Name: "check", SQL: tt.sql, Judge: tt.judge}}
			one := s.step(s.env(keyVerify))
			must(t, one.checks(t.Context(), pinned{}))
			if c := one.found.Checks[0]; c.State != tt.state || c.Value != tt.shown {
				t.Errorf("%+v, want %s %q", c, tt.state, tt.shown)
			}
		})
	}
	s.Checks = []Check{{Name: "red", SQL: "SELECT 1", Judge: moreThan("2")}}
	found, err := s.do(t, keyVerify)
	if err == nil || !strings.Contains(found.Why, "red: red (1, want > 2)") || found.Newest == nil {
		t.Errorf("%v %+v", err, found)
	}
	s.cleaned(t)
}
