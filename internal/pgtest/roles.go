package pgtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Roles makes the three roles as `twokey check` makes them for a database: ops_restore, ops_load and ops_read. They belong to
// the whole cluster and stay.
func (s *Server) Roles(t testing.TB, database string) {
	t.Helper()
	owner := pgx.Identifier{s.Query(t, "postgres", "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = "+literal(database))}.Sanitize()
	for _, role := range []string{"ops_restore", "ops_load", "ops_read"} {
		s.role(t, role)
	}
	s.roles.Lock()
	defer s.roles.Unlock()
	s.Exec(t, "postgres", "postgres", fmt.Sprintf(`
		ALTER ROLE ops_restore LOGIN INHERIT NOSUPERUSER NOCREATEROLE CREATEDB;
		ALTER ROLE ops_load LOGIN INHERIT NOSUPERUSER NOCREATEROLE NOCREATEDB;
		ALTER ROLE ops_read LOGIN INHERIT NOSUPERUSER NOCREATEROLE NOCREATEDB;
		GRANT pg_signal_backend, ops_load, %s TO ops_restore;
		GRANT pg_read_all_data TO ops_read;
		GRANT CONNECT ON DATABASE %s TO ops_read;
		ALTER ROLE ops_read SET default_transaction_read_only = on`, owner, pgx.Identifier{database}.Sanitize()))
}

// role makes one that may log in, unless there is one.
func (s *Server) role(t testing.TB, name string) {
	t.Helper()
	s.roles.Lock() // tests side by side make the same ones
	defer s.roles.Unlock()
	s.Exec(t, "postgres", "postgres", fmt.Sprintf(`DO $$ BEGIN
			IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%s') THEN CREATE ROLE %s LOGIN PASSWORD '%s'; END IF;
		END $$`, name, name, password))
}

func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
