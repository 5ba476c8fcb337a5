package backupdrill

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"twokey/drills"
)

const (
	// staleAfter is how much older than the backup its newest row may be when neither Stale nor MaxAge is set: a day, and some.
	staleAfter = 26 * time.Hour
	// later is how much newer than the backup a row may be: the time of a backup is that of its beginning, to the second, and its
	// snapshot is a little later.
	later = 5 * time.Minute
	// freshName is the name of the check.
	freshName = "newest row"
)

// times are the columns that say when a row was made or changed, as they are commonly named, without underscores. A date alone is
// too coarse, and often a birthday.
const times = `SELECT n.nspname, c.relname, a.attname, a.atttypid = 'timestamptz'::regtype
	FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
	AND a.atttypid IN ('timestamp'::regtype, 'timestamptz'::regtype)
	AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
	AND replace(lower(a.attname), '_', '') IN ('createdat', 'insertedat', 'updatedat', 'modifiedat', 'changedat', 'createdon', 'updatedon', 'modifiedon',
		'created', 'inserted', 'updated', 'modified', 'createdtime', 'updatedtime', 'dateadded', 'datecreated', 'dateupdated', 'addedat', 'occurredat')
	ORDER BY 1, 2, 3`

// column is one of them.
type column struct {
	schema, table, name string
	zoned               bool
}

func (c column) String() string {
	if c.schema == "public" {
		return c.table + "." + c.name
	}
	return c.schema + "." + c.table + "." + c.name
}

// fresh finds the newest row, and judges it beside the time of the backup: a file made today of a database of last year is a day
// old and restores well, and what people would have back is a year old.
func (s *step) fresh(ctx context.Context, p pinned) error {
	until := p.File.Made.Add(later)
	found, why, err := s.newestRow(ctx, until)
	switch {
	case err != nil:
		return err
	case found == nil && why == "":
		s.check(freshName, "", drills.Told, "no column says when a row was made: give a query, fresh, in the config")
		return nil
	case found == nil:
		s.check(freshName, "", drills.Red, why)
		return nil
	}
	s.found.Newest = found
	older, most := p.File.Made.Sub(found.At), staleAfter
	if s.Stale > 0 {
		most = s.Stale
	} else if s.MaxAge > 0 {
		most = s.MaxAge
	}
	if older > most {
		s.check(freshName, stamp(found.At), drills.Red,
			fmt.Sprintf("%s is %s older than the backup, and may be %s: the backup is stale", found.Where, long(older), long(most)))
		s.finding(fmt.Sprintf("the newest row of the backup %s is %s older than the backup", shown(p.Name), long(older)))
		return nil
	}
	s.check(freshName, stamp(found.At), drills.Green, "")
	return nil
}

// newestRow is the newest row there is up to a time. nil, with why: there should be one; without: nothing says when rows were made.
func (s *step) newestRow(ctx context.Context, until time.Time) (found *drills.Newest, why string, err error) {
	if s.Fresh != "" {
		return s.freshQuery(ctx, until)
	}
	err = s.looking(ctx, "", countWithin, func(conn *pgx.Conn) error {
		columns, err := timeColumns(ctx, conn)
		if len(columns) > 0 {
			why = "no row says that it was made before the backup was"
		}
		for i, c := range columns {
			if err != nil {
				break
			}
			s.env.Progress(fmt.Sprintf("newest row: %d of %d", i+1, len(columns)))
			var at time.Time
			var any bool
			if at, any, err = s.most(ctx, conn, c, until); any && (found == nil || at.After(found.At)) {
				found = &drills.Newest{At: at, Where: c.String()}
			}
		}
		if err != nil && ctx.Err() == nil {
			err = &failure{sentence: "the newest row cannot be found: " + objection(err), hint: "see the log of twokey", cause: err}
		}
		return err
	})
	return found, why, err
}

func timeColumns(ctx context.Context, conn *pgx.Conn) ([]column, error) {
	rows, err := conn.Query(ctx, times)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (c column, err error) {
		return c, r.Scan(&c.schema, &c.table, &c.name, &c.zoned)
	})
}

// most is the newest time of a column up to another. One without a zone is of the service's.
func (s *step) most(ctx context.Context, conn *pgx.Conn, c column, until time.Time) (at time.Time, any bool, err error) {
	name, limit := pgx.Identifier{c.name}.Sanitize(), until.UTC().Format("2006-01-02 15:04:05.999999Z07:00")
	if !c.zoned {
		limit = until.In(s.zone()).Format("2006-01-02 15:04:05.999999")
	}
	sql := fmt.Sprintf("SELECT to_char(max(%s), 'YYYY-MM-DD HH24:MI:SS.US') FROM %s WHERE %s <= $1::text::%s AND %s > '-infinity'",
		name, pgx.Identifier{c.schema, c.table}.Sanitize(), name, map[bool]string{true: "timestamptz", false: "timestamp"}[c.zoned], name)
	var text *string
	if err := conn.QueryRow(ctx, sql, limit).Scan(&text); err != nil || text == nil {
		return at, false, err
	}
	zone := time.UTC // the session's
	if !c.zoned {
		zone = s.zone()
	}
	at, err = time.ParseInLocation("2006-01-02 15:04:05.999999", *text, zone)
	return at.UTC(), err == nil, nil // what is no time of our calendar is not new
}

func (s *step) zone() *time.Location {
	switch {
	case s.Shelf.Clock != nil:
		return s.Shelf.Clock
	case s.Shelf.Zone != nil:
		return s.Shelf.Zone
	}
	return time.UTC
}

// freshQuery asks the config's own.
func (s *step) freshQuery(ctx context.Context, until time.Time) (*drills.Newest, string, error) {
	v, err := s.ask(ctx, s.Fresh)
	switch {
	case ctx.Err() != nil:
		return nil, "", ctx.Err()
	case err != nil:
		return nil, "the query fresh of the config: " + objection(err), nil
	case v.more != "" || v.null:
		return nil, "the query fresh of the config gives " + v.shown() + ", and one time is expected", nil
	}
	at, err := s.parse(v.text)
	switch {
	case err != nil:
		return nil, "the query fresh of the config gives no time", nil
	case at.After(until):
		return nil, "the query fresh of the config gives " + stamp(at) + ", which is after the backup was made: is timezone of service.backups that of its clock?", nil
	}
	return &drills.Newest{At: at, Where: "the query fresh"}, "", nil
}

// parse reads a time as PostgreSQL writes it, or as seconds or milliseconds since 1970, as many services keep it.
func (s *step) parse(text string) (time.Time, error) {
	if n, err := strconv.ParseFloat(text, 64); err == nil && n > 1e8 && n < 1e14 {
		if n > 1e11 {
			n /= 1000
		}
		return time.Unix(int64(n), 0).UTC(), nil
	}
	for _, layout := range []string{"2006-01-02 15:04:05.999999Z07", "2006-01-02 15:04:05.999999Z07:00"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	at, err := time.ParseInLocation("2006-01-02 15:04:05.999999", strings.TrimSpace(text), s.zone())
	if err != nil {
		return at, errNoTime
	}
	return at.UTC(), nil
}
