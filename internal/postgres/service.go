package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// service is what a database of its own takes, with the three roles as `twokey check` has them made: ops_restore makes and
// renames databases, ops_load loads what others wrote, ops_read reads. None is a superuser.
const service = `
CREATE ROLE app LOGIN PASSWORD '{password}';
CREATE ROLE ops_load LOGIN INHERIT NOSUPERUSER NOCREATEROLE NOCREATEDB PASSWORD '{password}';
CREATE ROLE ops_read LOGIN INHERIT NOSUPERUSER NOCREATEROLE NOCREATEDB PASSWORD '{password}';
CREATE ROLE ops_restore LOGIN INHERIT NOSUPERUSER NOCREATEROLE CREATEDB PASSWORD '{password}';
GRANT pg_signal_backend, ops_load, app TO ops_restore;
GRANT pg_read_all_data TO ops_read;
ALTER ROLE ops_read SET default_transaction_read_only = on`

// Service makes the roles and the database of a service: app, which owns it, and the three that work on it.
func (c *Cluster) Service(ctx context.Context, database string) error {
	name := pgx.Identifier{database}.Sanitize()
	for _, sql := range []string{
		strings.ReplaceAll(service, "{password}", c.password),
		"CREATE DATABASE " + name + " OWNER app",
		"GRANT CONNECT ON DATABASE " + name + " TO ops_read",
	} {
		if err := c.Exec(ctx, "postgres", "postgres", sql); err != nil {
			return fmt.Errorf("postgres: %w", err)
		}
	}
	return nil
}
