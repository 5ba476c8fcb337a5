package step

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"twokey/internal/secret"
)

const (
	// queryWithin is how long one check's query may take when the catalogue does not say.
	queryWithin = 20 * time.Second
	// countRows is up to how many rows are counted; more than that is "more than 1000".
	countRows = 1000
	// documentRows and documentBytes bound the rows of a private document.
	documentRows  = 10_000
	documentBytes = 5 << 20
)

var (
	errNoQuery = errors.New("it is not a query: a SELECT that gives rows is expected")
	errParams  = errors.New("it has parameters, and here is nothing to put there")
)

// table is what a query gave. A value that is nil is NULL.
type table struct {
	names []string
	types []uint32
	rows  [][][]byte
	more  bool // there were more rows
}

// query runs one statement that may only read, and stops at a number of rows or bytes. Everything is undone at its end.
func query(ctx context.Context, url secret.Value, tag, sql string, rows, size int, within time.Duration) (t table, connected bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, within+dialWithin)
	defer cancel()
	s, err := connect(ctx, url, tag, true, within)
	if err != nil {
		return t, false, err
	}
	defer s.end()
	if err := s.do(ctx, "BEGIN READ ONLY"); err != nil {
		return t, true, err
	}
	// The extended protocol takes one statement only; the second of two is refused together with the first.
	d, err := s.Prepare(ctx, "", sql, nil)
	switch {
	case err != nil:
		return t, true, err
	case len(d.Fields) == 0:
		return t, true, errNoQuery
	case len(d.ParamOIDs) > 0:
		return t, true, errParams
	}
	for _, f := range d.Fields {
		t.names, t.types = append(t.names, f.Name), append(t.types, f.DataTypeOID)
	}
	return t, true, t.read(ctx, s, rows, size)
}

func (t *table) read(ctx context.Context, s session, rows, size int) error {
	r := s.ExecPrepared(ctx, "", nil, nil, nil)
	for r.NextRow() {
		var row [][]byte
		for _, v := range r.Values() {
			row = append(row, bytes.Clone(v))
			size -= len(v) + 1
		}
		if len(t.rows) == rows || size < 0 {
			t.more = true
			_ = s.CancelRequest(ctx) // nobody reads the rest
			break
		}
		t.rows = append(t.rows, row)
	}
	if t.more {
		return nil // its end is a cancelled one
	}
	_, err := r.Close()
	return err
}

// number is the only value of a table, when it is a number.
func (t table) number() (string, bool) {
	if len(t.rows) != 1 || len(t.types) != 1 || t.rows[0][0] == nil || !isNumber(t.types[0]) {
		return "", false
	}
	return string(t.rows[0][0]), true
}

func isNumber(oid uint32) bool {
	switch oid {
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.NumericOID, pgtype.Float4OID, pgtype.Float8OID, pgtype.OIDOID:
		return true
	}
	return false
}

// harmless says whether a single value of this type may be shown to everybody: numbers, truth and times. A text may hold
// anything, and so stays on the host.
func harmless(oid uint32) bool {
	switch oid {
	case pgtype.BoolOID, pgtype.DateOID, pgtype.TimeOID, pgtype.TimestampOID, pgtype.TimestamptzOID, pgtype.IntervalOID:
		return true
	}
	return isNumber(oid)
}

// lookSQL asks the database, as the role that only reads.
func lookSQL(ctx context.Context, env Env, c Check, within time.Duration) Finding {
	f := Finding{Name: c.Name, Want: c.Expect.String()}
	t, connected, err := query(ctx, env.ReadURL, env.Tag, c.SQL, countRows, maxMessage, within)
	switch {
	case err != nil && !connected:
		f.State, f.Why = Broken, unreachable(err)
	case err != nil && objects(err):
		f.State, f.Why = Red, objection(err)
	case err != nil:
		f.State, f.Why = Broken, objection(err)
	default:
		t.judge(&f, c)
	}
	return f
}

// judge compares the only value of a table with what is expected of it. Of what is in rows, nothing is said but how many
// there are.
func (t table) judge(f *Finding, c Check) {
	value, numeric := t.number()
	single := len(t.rows) == 1 && len(t.types) == 1
	null := single && t.rows[0][0] == nil
	f.State = Told
	f.Value = t.count()
	f.Rows = c.Private && len(t.rows) > 0
	switch {
	case c.Private:
	case null:
		f.Value = "NULL"
	case single && harmless(t.types[0]):
		f.Value = told(string(t.rows[0][0]), t.types[0])
	}
	if numeric && !c.Private {
		f.Number = finite(value)
	}
	if c.Expect.IsZero() {
		return
	}
	switch {
	case numeric && exactly(c.Expect, value):
		f.State = Green
	case numeric, null:
		f.State = Red
	default:
		f.State, f.Why = Broken, "it gives "+t.shape()+", and one number is expected"
	}
}

func (t table) count() string {
	switch {
	case t.more:
		return fmt.Sprintf("more than %d rows", len(t.rows))
	case len(t.rows) == 0:
		return "no rows"
	case len(t.rows) == 1:
		return "1 row"
	}
	return fmt.Sprintf("%d rows", len(t.rows))
}

func (t table) shape() string {
	if len(t.rows) == 1 && len(t.types) == 1 {
		return "something else"
	}
	if len(t.types) == 1 {
		return t.count()
	}
	return fmt.Sprintf("%s of %d columns", t.count(), len(t.types))
}

// told is a harmless value as people read it.
func told(value string, oid uint32) string {
	if oid == pgtype.BoolOID {
		return map[string]string{"t": "true", "f": "false"}[value]
	}
	const most = 40 // a numeric may have 131072 digits
	if len(value) > most {
		return value[:most] + "…"
	}
	return value
}

// finite is the number as a float, nil when it is none: JSON knows neither NaN nor infinity.
func finite(value string) *float64 {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return nil
	}
	return &n
}

// exactly compares without rounding: money is no float, and an id may have more digits than one. What is no finite number
// is never as expected.
func exactly(e Expect, value string) bool {
	const most = 1000 // digits; more is no number anybody expects something of
	got, ok := new(big.Rat), false
	if len(value) <= most && finite(value) != nil {
		got, ok = got.SetString(value)
	}
	want, known := new(big.Rat).SetString(strconv.FormatFloat(e.Value, 'f', -1, 64))
	if !ok || !known {
		return false
	}
	return Expect{Op: e.Op}.Holds(float64(got.Cmp(want)))
}

// Rows gives the rows of a check as CSV, for one person on request; more says that there were more than fit. An error is a
// *Failure.
func Rows(ctx context.Context, env Env, c Check) (data []byte, more bool, err error) {
	t, connected, err := query(ctx, env.ReadURL, env.Tag, c.SQL, documentRows, documentBytes, queryWithin)
	if err != nil {
		return nil, false, unanswered(err, connected, "the rows of "+c.Name+" could not be read")
	}
	data, err = t.csv()
	return data, t.more, failure(err, "the rows of "+c.Name+" could not be written", "this is a bug in twokey")
}

func (t table) csv() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(t.names) // a buffer takes everything; Error says what else went wrong
	for _, row := range t.rows {
		line := make([]string, len(row))
		for i, v := range row {
			line[i] = cell(v, t.types[i])
		}
		_ = w.Write(line)
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// cell keeps a spreadsheet from taking a text for a formula: somebody's name may be "=HYPERLINK(…)".
func cell(v []byte, oid uint32) string {
	if len(v) > 0 && !harmless(oid) && bytes.ContainsRune([]byte("=+-@\t\r"), rune(v[0])) {
		return "'" + string(v)
	}
	return string(v)
}

// unanswered is the failure of a statement.
func unanswered(err error, connected bool, sentence string) error {
	var f *Failure
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &f):
		return f
	case !connected:
		return &Failure{Sentence: sentence + ": " + unreachable(err), Hint: "see whether it runs, and its address in the config"}
	case errors.As(err, &pg):
		return &Failure{Sentence: sentence + ": " + objection(err), Hint: "correct the statement in the config", Cause: errors.New("SQLSTATE " + pg.Code)}
	case objects(err):
		return &Failure{Sentence: sentence + ": " + objection(err), Hint: "correct the statement in the config"}
	}
	return &Failure{Sentence: sentence + ": " + objection(err), Hint: "see the database's log"}
}
