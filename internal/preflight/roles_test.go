package preflight

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"twokey/internal/secret"
)

const (
	rolePassword = "Role/pass:word 42"
	// odd is a database whose name wants quoting everywhere.
	odd = `Shop "live"; DROP`
)

// look is all results of the database, as lines "state sentence".
func look(t *testing.T, s Server) (lines []string, sql string) {
	t.Helper()
	same := func(s string) string { return s }
	blocks := map[string]bool{}
	for _, r := range Run(t.Context(), s.Tests(), same, same) {
		lines = append(lines, string(r.State)+" "+r.Sentence+" → "+r.Hint)
		if r.SQL != "" {
			blocks[r.SQL], sql = true, r.SQL
		}
		for _, s := range []string{superPassword, rolePassword, "postgres://"} {
			if strings.Contains(r.Sentence+r.Hint, s) && !strings.Contains(r.Sentence, errAddress.Error()) {
				t.Errorf("a secret got out: %+v", r)
			}
		}
	}
	if len(blocks) > 1 {
		t.Errorf("%d different blocks of SQL", len(blocks))
	}
	return lines, sql
}

func has(t *testing.T, lines []string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(strings.Join(lines, "\n"), w) {
			t.Errorf("no line with %q in\n%s", w, strings.Join(lines, "\n"))
		}
	}
}

func onlyOK(t *testing.T, lines []string) {
	t.Helper()
	for _, l := range lines {
		if !strings.HasPrefix(l, "ok ") {
			t.Errorf("not in order: %s", l)
		}
	}
}

// filled puts passwords where the SQL wants them.
func filled(sql string) string { return strings.ReplaceAll(sql, Password, "'"+rolePassword+"'") }

// shop is a service's database with an owner, whose name wants quoting, too.
func shop(c cluster) Server {
	c.sql("postgres", `CREATE ROLE "Shop Owner" LOGIN PASSWORD '`+rolePassword+`'; `)
	c.sql("postgres", `CREATE DATABASE "Shop ""live""; DROP" OWNER "Shop Owner"`)
	c.sql(odd, `SET ROLE "Shop Owner"; CREATE SCHEMA s; CREATE TABLE s.orders (id int); CREATE TABLE s.users (id int)`)
	return Server{Configured: true, Service: func() (secret.Value, error) { return c.address("Shop Owner", rolePassword, odd), nil },
		Admin: c.address("ops_restore", rolePassword, "postgres"), Load: c.address("ops_load", rolePassword, "postgres"), Read: c.address("ops_read", rolePassword, odd)}
}

// TestTheSQLMakesTheRoles runs what check prints, first with psql as an operator would, and finds all in order; then breaks
// the roles one right after the other, and each time what is missing is named and the SQL printed then repairs it.
func TestTheSQLMakesTheRoles(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	s := shop(c)
	lines, sql := look(t, s)
	has(t, lines, "ok the service's role \"Shop Owner\" reaches", "fail ops_restore (admin_url) is no role of this server", "fail ops_load (load_url) is no role of this server",
		"fail ops_read (read_url) is no role of this server")
	c.psql(sql, false) // as it was printed: it does nothing
	if again, _ := look(t, s); strings.Join(again, "\n") != strings.Join(lines, "\n") {
		t.Errorf("SQL without passwords changed something:\n%s", strings.Join(again, "\n"))
	}
	c.psql(filled(sql), true)
	lines, sql = look(t, s)
	onlyOK(t, lines)
	if sql != "" || len(lines) != 5 {
		t.Errorf("%d lines, SQL %q", len(lines), sql)
	}
	for _, b := range []struct{ does, want string }{
		{`ALTER ROLE ops_restore NOCREATEDB`, "fail ops_restore (admin_url) may not create databases (CREATEDB)"},
		{`REVOKE pg_signal_backend FROM ops_restore`, "may not end others' sessions (pg_signal_backend)"},
		{`REVOKE ops_load FROM ops_restore`, `has not the rights of "ops_load"`},
		{`REVOKE "Shop Owner" FROM ops_restore`, `has not the rights of "Shop Owner", who owns "Shop 'live'; DROP": it could not rename it`},
		{`ALTER ROLE ops_restore NOINHERIT`, `has not the rights of "Shop Owner"`},
		{`ALTER ROLE ops_restore SUPERUSER`, "fail ops_restore (admin_url) is a superuser"},
		{`GRANT "Shop Owner" TO ops_load`, `fail ops_load (load_url) has the rights of "Shop Owner"`},
		{`GRANT pg_execute_server_program TO ops_load`, "fail ops_load (load_url) is a member of pg_execute_server_program"},
		{`ALTER ROLE ops_load SUPERUSER`, "fail ops_load (load_url) is a superuser"},
		{`REVOKE pg_read_all_data FROM ops_read`, "fail ops_read (read_url) may not read everything (pg_read_all_data)"},
		{`ALTER ROLE ops_read RESET default_transaction_read_only`, "warn ops_read (read_url) may begin transactions that write"},
		{`ALTER ROLE ops_read SUPERUSER`, "fail ops_read (read_url) is a superuser"},
		{`ALTER TABLE s.users ENABLE ROW LEVEL SECURITY`, "fail ops_read (read_url) does not see every row of s.users (row level security): a backup would fail"},
	} {
		c.sql(odd, b.does)
		lines, sql := look(t, s)
		has(t, lines, b.want)
		if sql == "" {
			t.Errorf("%s: no SQL", b.does)
		}
		c.psql(filled(sql), true)
		lines, _ = look(t, s)
		onlyOK(t, lines)
	}
	// What only a person can take back.
	c.sql(odd, `GRANT INSERT ON s.orders TO ops_read`)
	lines, sql = look(t, s)
	has(t, lines, "fail ops_read (read_url) may change tables: s.orders")
	if sql != "" {
		t.Error("the SQL does not repair it")
	}
	c.sql(odd, `REVOKE INSERT ON s.orders FROM ops_read; CREATE ROLE writers; GRANT UPDATE ON s.users TO writers; GRANT writers TO ops_read`)
	lines, _ = look(t, s)
	has(t, lines, "fail ops_read (read_url) may change tables: s.users")
	c.sql(odd, `REVOKE writers FROM ops_read`)
	// The dump that row level security made fail works now, as that role.
	if out, err := exec.Command(filepath.Join(c.bin, "pg_dump"), "--dbname="+s.Read.Reveal(), "--file=/dev/null").CombinedOutput(); err != nil {
		t.Errorf("pg_dump as ops_read: %v\n%s", err, out)
	}
}

// TestRolesThatAreNotTheirOwn: addresses of superusers, of the service, of each other. The SQL makes new roles and leaves
// those alone.
func TestRolesThatAreNotTheirOwn(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	s := shop(c)
	s.Admin = c.address("postgres", superPassword, "postgres")
	s.Load = c.address("Shop Owner", rolePassword, odd)
	s.Read = c.address("postgres", "wrong", odd)
	lines, sql := look(t, s)
	has(t, lines, "fail postgres (admin_url) is a superuser", "fail Shop Owner (load_url) is the service's own role", `fail read_url: PostgreSQL does not take this password of role "postgres"`)
	for _, name := range []string{`ROLE "postgres"`, `ROLE "Shop Owner"`} {
		if strings.Contains(sql, name) {
			t.Errorf("the SQL changes %s:\n%s", name, sql)
		}
	}
	c.psql(filled(sql), true)
	s = Server{Configured: true, Service: s.Service, Admin: c.address("ops_restore", rolePassword, "postgres"),
		Load: c.address("ops_load", rolePassword, "postgres"), Read: c.address("ops_read", rolePassword, "postgres")}
	lines, _ = look(t, s)
	has(t, lines, `fail ops_read (read_url) looks at database "postgres", and the service's is "Shop 'live'; DROP"`)
	s.Read = c.address("ops_load", rolePassword, odd)
	lines, _ = look(t, s)
	has(t, lines, "fail ops_load (read_url) is the role of load_url, too")
	s.Read, s.Load = secret.Value{}, secret.Value{}
	lines, _ = look(t, s)
	has(t, lines, "warn load_url is not set: no backup can be loaded or tried", "warn read_url is not set")
}

// TestADatabaseOfASuperuser: whoever may rename it would be a superuser, so it gets another owner.
func TestADatabaseOfASuperuser(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	s := shop(c)
	c.sql("postgres", `ALTER DATABASE "Shop ""live""; DROP" OWNER TO postgres`)
	_, sql := look(t, s)
	c.psql(filled(sql), true)
	lines, _ := look(t, s)
	onlyOK(t, lines)
	c.sql("postgres", `ALTER DATABASE "Shop ""live""; DROP" OWNER TO postgres; GRANT postgres TO ops_restore; GRANT postgres TO ops_read`)
	lines, _ = look(t, s)
	has(t, lines, `fail ops_restore (admin_url) cannot rename "Shop 'live'; DROP": it belongs to superuser "postgres"`, `fail ops_read (read_url) may become "postgres", a superuser`)
	s.Service = func() (secret.Value, error) { return c.address("postgres", superPassword, odd), nil }
	lines, _ = look(t, s)
	has(t, lines, `warn the service itself works as "postgres", a superuser`)
}

func TestServersThatDoNotAnswer(t *testing.T) {
	t.Parallel()
	dead := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	s := Server{Configured: true, Service: func() (secret.Value, error) {
		return secret.New("postgres://app:" + rolePassword + "@" + dead + "/shop"), nil
	}}
	s.Admin = secret.New("postgres://ops_restore:pw%zz@" + dead) // no address at all
	s.Load = secret.New("postgres://ops_load:geheim9@" + dead + "/postgres")
	lines, sql := look(t, s)
	has(t, lines, "fail admin_url: it is not an address", "fail load_url: nothing answers at "+dead, "warn read_url is not set")
	for _, part := range []string{`<the owner of the database>`, `"ops_read"`} {
		if !strings.Contains(sql, part) {
			t.Errorf("SQL without %s:\n%s", part, sql)
		}
	}
	s.Service = func() (secret.Value, error) { return secret.Value{}, fmt.Errorf("%s: has no DB_PASSWORD", ".env") }
	lines, _ = look(t, s)
	has(t, lines, "fail the service's own connection: .env: has no DB_PASSWORD")
	if lines, _ := look(t, Server{}); len(lines) != 1 || !strings.HasPrefix(lines[0], "off ") {
		t.Errorf("not configured: %q", lines)
	}
}

func TestPgDumpOlderThanTheServer(t *testing.T) {
	for _, c := range []struct {
		dump, server int
		want         State
	}{{15, 150004, OK}, {16, 150004, OK}, {14, 150004, Warn}, {0, 150004, OK}, {13, 130001, Fail}} {
		db := database{dump: c.dump}
		db.live = "shop"
		if got := db.judgeServer(connection{version: c.server, owner: "app"})[0]; got.State != c.want {
			t.Errorf("pg_dump %d, server %d: %+v, want %s", c.dump, c.server, got, c.want)
		}
	}
}

func TestNamesInSQL(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	for _, name := range []string{"plain", `quo"te`, `back\slash`, "line\nbreak", "\x1b[2Jclear", "right\u202eleft", "zero\u200bwidth", "\U0001F511"} {
		got := ident(name)
		if strings.ContainsAny(got, "\n\x1b\u202e\u200b") {
			t.Errorf("ident(%q) = %q", name, got)
		}
		c.sql("postgres", "CREATE ROLE "+got)
		conn := connection{}
		config, _ := Server{}.parse(c.address("postgres", superPassword, "postgres"))
		conn.look(t.Context(), config, "postgres", [4]string{asRestore: name})
		if conn.err != nil || !conn.exists[name] {
			t.Errorf("ident(%q) = %s made another role (%v)", name, got, conn.err)
		}
	}
}

// psql runs text as an operator would, and wants all of it done, or nothing.
func (c cluster) psql(text string, done bool) {
	c.t.Helper()
	file := filepath.Join(c.t.TempDir(), "roles.sql")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(c.t.Context()), filepath.Join(c.bin, "psql"), "-X", "-v", "ON_ERROR_STOP=1", "-f", file, "--dbname="+c.address("postgres", superPassword, odd).Reveal())
	out, err := cmd.CombinedOutput()
	if (err == nil) != done {
		c.t.Fatalf("psql: %v\n%s\n%s", err, out, text)
	}
}
