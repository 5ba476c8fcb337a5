package restore_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"twokey/internal/restore"
)

// shape is all that must be the same in the copy as in the present database, but for its rows.
const shape = `
SELECT concat_ws(E'\n', pg_get_userbyid(d.datdba), (SELECT string_agg(x::text, ' ' ORDER BY x::text) FROM unnest(d.datacl) x), d.datconnlimit, shobj_description(d.oid, 'pg_database'),
  (SELECT string_agg(setrole::regrole || c, ' ' ORDER BY setrole::regrole::text, c) FROM pg_db_role_setting, unnest(setconfig) c WHERE setdatabase = d.oid),
  d.encoding, d.datcollate, d.datctype, d.datlocprovider, d.daticulocale, d.dattablespace,
  (SELECT string_agg(concat(c.oid::regclass, pg_get_userbyid(c.relowner), (SELECT string_agg(x::text, ',' ORDER BY x::text) FROM unnest(relacl) x)), ' ' ORDER BY c.oid::regclass::text) FROM pg_class c
    WHERE c.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'reports')) AND c.relkind <> 'i'),
  (SELECT string_agg(concat(attrelid::regclass, attname, attacl::text), ' ' ORDER BY attrelid::regclass::text, attname) FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid > 16384),
  (SELECT string_agg(concat(nspname, pg_get_userbyid(nspowner), (SELECT string_agg(x::text, ',' ORDER BY x::text) FROM unnest(nspacl) x)), ' ' ORDER BY nspname) FROM pg_namespace WHERE nspname IN ('public', 'reports')),
  (SELECT string_agg(concat(p.oid::regprocedure, pg_get_userbyid(proowner), proacl::text), ' ' ORDER BY p.oid::regprocedure::text) FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND p.oid > 16384
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = p.oid AND e.deptype = 'e')),
  (SELECT string_agg(concat(t.oid::regtype, pg_get_userbyid(typowner), typacl::text), ' ' ORDER BY t.oid::regtype::text) FROM pg_type t WHERE typnamespace = 'public'::regnamespace),
  (SELECT string_agg(concat(defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype, defaclacl::text), ' ' ORDER BY defaclrole::regrole::text, defaclnamespace, defaclobjtype) FROM pg_default_acl),
  (SELECT string_agg(i.type || i.identity || d.refobjid::regrole, ' ' ORDER BY i.type, i.identity) FROM pg_shdepend d, pg_identify_object(d.classid, d.objid, 0) i
    WHERE deptype = 'o' AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())),
  (SELECT string_agg(extname || extversion || pg_get_userbyid(extowner), ' ' ORDER BY extname) FROM pg_extension WHERE extname <> 'plpgsql'))
FROM pg_database d WHERE d.datname = current_database()`

// dress gives a database all that a rename would leave behind, and things of two owners.
func (s shop) dress(t *testing.T) {
	t.Helper()
	s.pg.Exec(t, "postgres", s.name, strings.ReplaceAll(`
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reporting') THEN CREATE ROLE reporting LOGIN; CREATE ROLE analyst; END IF; END $$;
GRANT reporting TO ops_restore;
GRANT app TO ops_restore;
ALTER SCHEMA reports OWNER TO reporting; ALTER TABLE reports.daily OWNER TO reporting;
ALTER DATABASE $db SET search_path = "$user", public, "odd; name";
ALTER DATABASE $db SET work_mem = '5MB';
ALTER DATABASE $db SET app.motto = 'it''s a \ "quote"';
ALTER ROLE app IN DATABASE $db SET statement_timeout = '61s';
ALTER ROLE reporting IN DATABASE $db SET default_transaction_read_only = on;
ALTER DATABASE $db CONNECTION LIMIT 77;
COMMENT ON DATABASE $db IS 'the shop''s; \ keep';
REVOKE ALL ON DATABASE $db FROM PUBLIC;
GRANT CONNECT ON DATABASE $db TO reporting, ops_read;
GRANT TEMPORARY ON DATABASE $db TO analyst WITH GRANT OPTION`, "$db", s.name))
	s.pg.Exec(t, "app", s.name, `
CREATE EXTENSION citext;
GRANT SELECT ON users TO reporting; GRANT UPDATE (email) ON users TO analyst WITH GRANT OPTION;
GRANT USAGE ON SEQUENCE deposits_id_seq TO reporting;
REVOKE EXECUTE ON FUNCTION total(int) FROM PUBLIC; GRANT EXECUTE ON FUNCTION total(int) TO analyst;
REVOKE USAGE ON TYPE state FROM PUBLIC; GRANT USAGE ON SCHEMA public TO analyst;
SELECT lo_from_bytea(4711, 'x');
CREATE DOMAIN money2 AS numeric CHECK (VALUE > 0); CREATE TYPE pair AS (a int, b int); CREATE MATERIALIZED VIEW sums AS SELECT 1 AS one;
CREATE PROCEDURE proc(n int) LANGUAGE sql AS 'SELECT 1'; CREATE AGGREGATE agg(int) (SFUNC = int4pl, STYPE = int);
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq); CREATE COLLATION coll FROM "C"; CREATE STATISTICS stat ON id, user_id FROM deposits;
CREATE TEXT SEARCH CONFIGURATION conf (COPY = simple); CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = simple);
CREATE TABLE parts (n int) PARTITION BY LIST (n); CREATE TABLE parts1 PARTITION OF parts FOR VALUES IN (1);
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO reporting;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`)
	s.pg.Exec(t, "postgres", s.name, strings.ReplaceAll(`GRANT CREATE ON SCHEMA public TO reporting;
ALTER LARGE OBJECT 4711 $to; ALTER DOMAIN money2 $to; ALTER TYPE pair $to; ALTER MATERIALIZED VIEW sums $to; ALTER PROCEDURE proc $to; ALTER AGGREGATE agg(int) $to;
ALTER OPERATOR === (int, int) $to; ALTER COLLATION coll $to; ALTER STATISTICS stat $to; ALTER TEXT SEARCH CONFIGURATION conf $to; ALTER TEXT SEARCH DICTIONARY dict $to;
ALTER TABLE parts1 $to; ALTER VIEW paid $to; ALTER TYPE state $to; ALTER FUNCTION total $to`, "$to", "OWNER TO reporting"))
}

// TestAllIsCarriedOver: with the archive's own grants, without any in it, and from plain SQL.
func TestAllIsCarriedOver(t *testing.T) {
	s := open(t, cluster.Get(t))
	s.dress(t)
	name, _ := s.names()
	want := s.query(t, shape)
	other := restore.Names // another copy, which loads at the same time
	busy, _ := other(s.name, s.id+5000)
	if b := s.look(t).Blockers; len(b) != 1 || b[0].Sentence != "the database has the setting app.motto, which only a superuser may set" {
		t.Errorf("%v", b)
	}
	s.pg.Exec(t, "postgres", "postgres", "GRANT SET ON PARAMETER app.motto TO ops_restore")
	live := s.look(t)
	must(t, s.Create(t.Context(), live, busy))
	for about, args := range map[string][]string{"as it is": {"-Fc"}, "without owners and grants": {"-Fc", "-O", "-x"}, "plain": nil} {
		t.Run(about, func(t *testing.T) {
			if len(live.Blockers) > 0 {
				t.Errorf("%v", live.Blockers)
			}
			file := s.dump(t, args...)
			must(t, s.Create(t.Context(), live, name))
			if args == nil {
				_, err := s.LoadPlain(t.Context(), name, reader(t, file), restore.Options{})
				must(t, err)
			} else {
				_, err := s.LoadArchive(t.Context(), name, restore.Source{Path: file}, restore.Options{}, nil)
				must(t, err)
			}
			if got := s.pg.Query(t, "postgres", fmt.Sprintf("SELECT has_database_privilege('reporting', '%s', 'CONNECT')", name)); got != "f" {
				t.Error("others may connect to a copy that is not finished")
			}
			// What a backup may do as the owner of its copy must not outlive it.
			s.pg.Exec(t, "ops_load", name, strings.ReplaceAll(`ALTER DATABASE $db SET search_path = evil; ALTER DATABASE $db SET role = ops_load; ALTER ROLE ops_load IN DATABASE $db SET work_mem = '1MB';
				GRANT ALL ON DATABASE $db TO PUBLIC, analyst; ALTER DATABASE $db CONNECTION LIMIT 0; ALTER DATABASE $db IS_TEMPLATE true; COMMENT ON DATABASE $db IS 'mine'`, "$db", name))
			s.pg.Exec(t, "postgres", "postgres", "ALTER DATABASE "+name+" CONNECTION LIMIT -1")
			adopted, err := s.Adopt(t.Context(), live, name)
			must(t, err)
			if got := s.pg.Query(t, name, shape); got != want {
				t.Errorf("the copy is\n%s\nand the present one\n%s\n%v", got, want, adopted.Notes)
			}
			if got := s.pg.Query(t, "postgres", fmt.Sprintf("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '%s'", busy)); got != "ops_load" {
				t.Errorf("the other copy belongs to %s now", got)
			}
			must(t, s.DropCopy(t.Context(), s.name, s.id))
		})
	}
}

// TestGrantsOfTheBackup: what it granted comes back, what is granted now and was not then is told, and so is a role that is no more.
func TestGrantsOfTheBackup(t *testing.T) {
	s := open(t, cluster.Get(t))
	gone := fmt.Sprintf("gone%d", s.id)
	s.pg.Exec(t, "postgres", s.name, "CREATE ROLE "+gone+"; CREATE ROLE then"+gone+"; GRANT SELECT ON users TO "+gone+", then"+gone)
	file := s.dump(t, "-Fc")
	s.pg.Exec(t, "postgres", s.name, "DROP OWNED BY "+gone+", then"+gone+"; DROP ROLE "+gone+"; GRANT SELECT ON deposits TO ops_restore")
	live := s.look(t)
	name, _ := s.names()
	must(t, s.Create(t.Context(), live, name))
	loaded, err := s.LoadArchive(t.Context(), name, restore.Source{Path: file}, restore.Options{}, nil)
	must(t, err)
	adopted, err := s.Adopt(t.Context(), live, name)
	must(t, err)
	notes := strings.Join(append(loaded.Notes, adopted.Notes...), "\n")
	for _, want := range []string{`role "` + gone + `" does not exist`, "granted in the backup and not now: SELECT ON public.users TO then" + gone, "granted now and not in the backup: SELECT ON public.deposits TO ops_restore"} {
		if !strings.Contains(notes, want) {
			t.Errorf("%q is not in\n%s", want, notes)
		}
	}
}

func TestExtensionsOnlyASuperuserMakes(t *testing.T) {
	s := open(t, cluster.Get(t))
	s.pg.Exec(t, "postgres", s.name, "CREATE EXTENSION pg_stat_statements; CREATE EXTENSION pgcrypto")
	live := s.look(t)
	name, _ := s.names()
	for _, plain := range []bool{false, true} {
		file := s.dump(t, map[bool]string{false: "-Fc", true: "-Fp"}[plain])
		load := func(o restore.Options) (restore.Loaded, error) {
			must(t, s.Create(t.Context(), live, name))
			if plain {
				return s.LoadPlain(t.Context(), name, reader(t, file), o)
			}
			return s.LoadArchive(t.Context(), name, restore.Source{Path: file}, o, nil)
		}
		_, err := load(restore.Options{})
		var e *restore.Error
		if !errors.As(err, &e) || !slices.Equal(e.Skippable, []string{"EXTENSION pg_stat_statements"}) || !strings.Contains(e.Sentence, "pg_stat_statements") {
			t.Fatalf("%v%s", err, tail(err))
		}
		must(t, s.DropCopy(t.Context(), s.name, s.id))
		loaded, err := load(restore.Options{Skip: e.Skippable})
		if err != nil || !slices.Contains(loaded.Notes, "EXTENSION pg_stat_statements of the backup is not in the copy") {
			t.Errorf("%v %v", err, loaded)
		}
		adopted, err := s.Adopt(t.Context(), live, name)
		if err != nil || !slices.ContainsFunc(adopted.Notes, func(n string) bool { return strings.HasPrefix(n, "the copy lacks the extension pg_stat_statements") }) {
			t.Errorf("%v %v", err, adopted)
		}
		must(t, s.DropCopy(t.Context(), s.name, s.id))
	}
}

// TestReplicationOfTheBackup: a subscription would go on filling the copy, and publications may be a superuser's: both are told.
func TestReplicationOfTheBackup(t *testing.T) {
	s := open(t, cluster.Get(t))
	s.pg.Exec(t, "postgres", s.name, "CREATE PUBLICATION everything FOR ALL TABLES; CREATE PUBLICATION few FOR TABLE users")
	s.pg.Exec(t, "postgres", s.name, "CREATE SUBSCRIPTION feed CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false)")
	archive, plain := s.dump(t, "-Fc"), s.dump(t)
	s.pg.Exec(t, "postgres", s.name, "ALTER SUBSCRIPTION feed SET (slot_name = NONE)")
	s.pg.Exec(t, "postgres", s.name, "DROP SUBSCRIPTION feed")
	live := s.look(t)
	if notes := strings.Join(live.Notes, "\n"); !strings.Contains(notes, "the publication everything will not be in a copy") {
		t.Errorf("%s", notes)
	}
	name, _ := s.names()
	must(t, s.Create(t.Context(), live, name))
	loaded, err := s.LoadArchive(t.Context(), name, restore.Source{Path: archive}, restore.Options{}, nil)
	must(t, err)
	for _, want := range []string{"the subscription feed of the backup", "the publication everything of the backup", "the publication few of the backup"} {
		if !strings.Contains(strings.Join(loaded.Notes, "\n"), want) {
			t.Errorf("%q is not in %q", want, loaded.Notes)
		}
	}
	must(t, s.DropCopy(t.Context(), s.name, s.id))
	must(t, s.Create(t.Context(), live, name))
	loaded, err = s.LoadPlain(t.Context(), name, reader(t, plain), restore.Options{})
	if notes := strings.Join(loaded.Notes, "\n"); err != nil || !strings.Contains(notes, "must be superuser to create subscriptions") || !strings.Contains(notes, "must be superuser to create FOR ALL TABLES publication") {
		t.Errorf("%v %s", err, notes)
	}
	if got := s.pg.Query(t, name, "SELECT count(*) FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())"); got != "0" {
		t.Errorf("%s subscriptions in the copy", got)
	}
}

// TestACompareThatFails: nothing is changed, and the copy still belongs to the role that loads.
func TestACompareThatFails(t *testing.T) {
	s := open(t, cluster.Get(t))
	live := s.look(t)
	name, _ := s.names()
	must(t, s.Create(t.Context(), live, name))
	live.Encoding, live.Collate = "LATIN1", "de_DE"
	_, err := s.Adopt(t.Context(), live, name)
	if err == nil || !strings.Contains(err.Error(), "encoding (UTF8, not LATIN1); collation (C, not de_DE)") {
		t.Errorf("%v", err)
	}
	if st, err := s.Standing(t.Context(), s.name, s.id); err != nil || st.Stand != restore.CopyUnfinished {
		t.Errorf("%+v %v", st, err)
	}
	name2, kept := s.names()
	if _, err := s.Swap(t.Context(), s.look(t), name2, kept); err == nil || !strings.Contains(err.Error(), "is not finished") {
		t.Errorf("%v", err)
	}
}
