package backup

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"
)

// describe finds out all that a manifest has of the database, in the snapshot.
func (s *snapshot) describe(ctx context.Context, migrationsTable string) (Manifest, error) {
	m := Manifest{Made: s.made.UTC(), Rows: []Table{}, Roles: []string{}}
	for _, t := range s.excluded {
		m.Excluded = append(m.Excluded, t.Key())
	}
	for _, find := range []func(context.Context, *Manifest) error{s.count, s.who, s.roles, s.settings, s.set} {
		if err := find(ctx, &m); err != nil {
			return Manifest{}, refused(err)
		}
	}
	head, err := s.migrationHead(ctx, migrationsTable)
	if err != nil {
		return Manifest{}, refused(err)
	}
	m.MigrationHead = head
	return m, nil
}

func (s *snapshot) count(ctx context.Context, m *Manifest) error {
	for _, t := range s.tables {
		if err := s.conn.QueryRow(ctx, "SELECT count(*) FROM ONLY "+t.sql()).Scan(&t.Rows); err != nil {
			return err
		}
		m.Rows = append(m.Rows, t)
	}
	return nil
}

func (s *snapshot) who(ctx context.Context, m *Manifest) error {
	var may bool
	err := s.conn.QueryRow(ctx, "SELECT current_database(), current_setting('server_version'), has_function_privilege('pg_control_system()', 'EXECUTE')").
		Scan(&m.Database, &m.Server, &may)
	m.Server = firstWord(m.Server)
	if err != nil || !may {
		return err
	}
	return s.conn.QueryRow(ctx, "SELECT system_identifier::text FROM pg_control_system()").Scan(&m.System)
}

// roles are those that the database's objects depend on, as owners or in grants, and the owner of the database.
func (s *snapshot) roles(ctx context.Context, m *Manifest) error {
	rows, err := s.conn.Query(ctx, `SELECT DISTINCT r.rolname::text FROM pg_roles r, pg_database b WHERE b.datname = current_database()
		AND (b.datdba = r.oid OR EXISTS (SELECT FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid
			AND (d.dbid = b.oid OR d.dbid = 0 AND d.classid = 'pg_database'::regclass AND d.objid = b.oid))) ORDER BY 1`)
	if err != nil {
		return err
	}
	m.Roles, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return err
}

// settings reads the database's row as JSON: its columns differ between versions.
func (s *snapshot) settings(ctx context.Context, m *Manifest) error {
	var row []byte
	var comment *string
	err := s.conn.QueryRow(ctx, `SELECT to_jsonb(d)::text, pg_encoding_to_char(d.encoding)::text, pg_get_userbyid(d.datdba)::text, shobj_description(d.oid, 'pg_database')
		FROM pg_database d WHERE datname = current_database()`).Scan(&row, &m.Settings.Encoding, &m.Settings.Owner, &comment)
	if err != nil {
		return err
	}
	var d struct {
		Collate  string   `json:"datcollate"`
		CType    string   `json:"datctype"`
		Provider string   `json:"datlocprovider"` // since 15
		ICU      string   `json:"daticulocale"`   // 15 and 16
		Locale   string   `json:"datlocale"`      // since 17
		Limit    int      `json:"datconnlimit"`
		ACL      []string `json:"datacl"`
	}
	if err := json.Unmarshal(row, &d); err != nil {
		return err
	}
	set := &m.Settings
	set.Collate, set.CType, set.Provider, set.ICULocale, set.ConnectionLimit, set.Grants = d.Collate, d.CType, d.Provider, d.ICU+d.Locale, d.Limit, d.ACL
	if comment != nil {
		set.Comment = *comment
	}
	return nil
}

func (s *snapshot) set(ctx context.Context, m *Manifest) error {
	rows, err := s.conn.Query(ctx, `SELECT coalesce(r.rolname::text, ''), s.setconfig FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
		WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1`)
	if err != nil {
		return err
	}
	m.Settings.Set, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (v Set, err error) { return v, r.Scan(&v.Role, &v.Values) })
	return err
}

// migrationHead reads the migrations table as a dump has it, so that both say the same.
func (s *snapshot) migrationHead(ctx context.Context, table string) (string, error) {
	if table == "" {
		return "", nil
	}
	m := newMigrations(table)
	rows, err := s.conn.Query(ctx, `SELECT a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum`, m.schema, m.name)
	if err != nil {
		return "", err
	}
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(columns) == 0 {
		return "", err
	}
	m.columns(columns)
	lines := &byLine{to: m.row}
	_, err = s.conn.PgConn().CopyTo(ctx, lines, "COPY "+Table{Schema: m.schema, Name: m.name}.sql()+" TO STDOUT")
	return m.head(), err
}

// byLine gives whole lines on; COPY sends a row at a time.
type byLine struct {
	to   func([]byte)
	part []byte
}

func (l *byLine) Write(b []byte) (int, error) {
	l.part = append(l.part, b...)
	for {
		line, rest, whole := bytes.Cut(l.part, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		l.to(line)
		l.part = rest
	}
}
