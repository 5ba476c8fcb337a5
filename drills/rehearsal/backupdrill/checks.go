package backupdrill

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"twokey/drills"
)

// checks makes the config's.
func (s *step) checks(ctx context.Context, _ pinned) error {
	for i, c := range s.Checks {
		s.env.Progress(fmt.Sprintf("check %d of %d", i+1, len(s.Checks)))
		value, err := s.ask(ctx, c.SQL)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			s.check(c.Name, "", drills.Red, objection(err))
		default:
			state, why := c.judge(value.text)
			s.check(c.Name, value.shown(), state, why)
		}
	}
	return nil
}

// judge lets nothing pass that nobody said passes.
func (c Check) judge(value string) (state, why string) {
	if c.Judge == nil {
		return drills.Told, ""
	}
	state, why = c.Judge(value)
	if state != drills.Green && state != drills.Told {
		state = drills.Red
	}
	return state, why
}

// value is what a query gave: one value, as text.
type value struct {
	text string
	null bool
	typ  uint32
	more string // it gave something else: what
}

// harmless are the types whose values may be shown to everybody. A text may hold anything.
var harmless = []uint32{pgtype.BoolOID, pgtype.DateOID, pgtype.TimestampOID, pgtype.TimestamptzOID, pgtype.IntervalOID,
	pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.NumericOID, pgtype.Float4OID, pgtype.Float8OID}

func (v value) shown() string {
	switch {
	case v.more != "":
		return v.more
	case v.null:
		return "NULL"
	case !slices.Contains(harmless, v.typ):
		return "1 row"
	case len(v.text) > 40: // a numeric may have 131072 digits
		return v.text[:40] + "…"
	}
	return v.text
}

var errNoQuery = &failure{sentence: "it is not a query: a SELECT that gives one value is expected"}

// ask runs one statement of the config's in the scratch database, in a transaction that only reads.
func (s *step) ask(ctx context.Context, sql string) (v value, err error) {
	err = s.looking(ctx, "public", checkWithin, func(conn *pgx.Conn) error {
		tx, err := conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
		// The extended protocol takes one statement only.
		d, err := conn.PgConn().Prepare(ctx, "", sql, nil)
		switch {
		case err != nil:
			return err
		case len(d.Fields) == 0, len(d.ParamOIDs) > 0:
			return errNoQuery
		}
		r := conn.PgConn().ExecPrepared(ctx, "", nil, nil, nil)
		n := 0
		for ; n < 2 && r.NextRow(); n++ {
			v.text, v.null, v.typ = string(r.Values()[0]), r.Values()[0] == nil, d.Fields[0].DataTypeOID
		}
		if _, err := r.Close(); err != nil {
			return err
		}
		if n != 1 || len(d.Fields) != 1 {
			v = value{more: map[int]string{0: "no rows", 1: "1 row", 2: "several rows"}[n]}
		}
		return nil
	})
	return v, err
}

var errNoTime = errors.New("not a time")
