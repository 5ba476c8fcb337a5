// Package proof looks whether a restored database is whole: whether every foreign key has what it points to, every sequence
// is beyond what is there, and every index and constraint is valid. It only reads, as a role that may only read, and runs
// nothing that came with the backup: operators of anybody's own are left out, and said to be.
package proof

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Fault is something that is not as it must be.
type Fault struct {
	What  string // in words, such as: foreign key orders_user_id_fkey of public.orders
	Why   string // such as: 3 rows point to nothing
	Count int64
}

// Report is what was looked at, and what was found.
type Report struct {
	Keys, Sequences, Indexes, Constraints int
	Faults                                []Fault
	Not                                   []string // what was not looked at, and why
}

// Whole looks at a database. The connection's role reads everything; progress may be nil.
func Whole(ctx context.Context, conn *pgx.Conn, progress func(string)) (Report, error) {
	var r Report
	if progress == nil {
		progress = func(string) {}
	}
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return r, fmt.Errorf("proof: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	// Rows that a policy hides are rows that are not looked at: an error is better.
	for _, set := range []string{"SET LOCAL search_path = pg_catalog, pg_temp", "SET LOCAL row_security = off"} {
		if _, err := tx.Exec(ctx, set); err != nil {
			return r, fmt.Errorf("proof: %w", err)
		}
	}
	err = errors.Join(r.valid(ctx, tx))
	if err == nil {
		err = r.keys(ctx, tx, progress)
	}
	if err == nil {
		err = r.sequences(ctx, tx, progress)
	}
	return r, err
}

// valid looks at what the catalogue itself says is not in order.
func (r *Report) valid(ctx context.Context, tx pgx.Tx) error {
	const others = `n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'`
	err := each(ctx, tx, `SELECT n.nspname, c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
		JOIN pg_namespace n ON n.oid = c.relnamespace WHERE `+others+` ORDER BY 1, 2`, func(row []any) {
		if r.Indexes++; row[2] == false {
			r.fault("index "+dotted(row), "is not valid", 1)
		}
	})
	if err != nil {
		return err
	}
	return each(ctx, tx, `SELECT n.nspname, c.relname, k.convalidated, k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
		JOIN pg_namespace n ON n.oid = c.relnamespace WHERE `+others+` ORDER BY 1, 2, 4`, func(row []any) {
		if r.Constraints++; row[2] == false {
			r.fault(fmt.Sprintf("constraint %s of %s", row[3], dotted(row)), "was never checked against the rows", 1)
		}
	})
}

func (r *Report) fault(what, why string, n int64) {
	r.Faults = append(r.Faults, Fault{What: what, Why: why, Count: n})
}

func (r *Report) not(format string, args ...any) { r.Not = append(r.Not, fmt.Sprintf(format, args...)) }

// each runs a query and hands over its rows.
func each(ctx context.Context, tx pgx.Tx, sql string, row func([]any)) error {
	rows, err := tx.Query(ctx, sql)
	if err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return fmt.Errorf("proof: %w", err)
		}
		row(values)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	return nil
}

func dotted(row []any) string { return fmt.Sprintf("%s.%s", row[0], row[1]) }

// key is one foreign key.
type key struct {
	name, child, parent string // child and parent quoted, with their schema
	of                  string // the child as people read it
	columns, refers     []string
	operators           []string // as SQL; empty where one is not PostgreSQL's own
	partitioned         bool
}

// keys counts, for every foreign key, the rows that point to nothing.
func (r *Report) keys(ctx context.Context, tx pgx.Tx, progress func(string)) error {
	all, err := foreignKeys(ctx, tx)
	if err != nil {
		return err
	}
	for i, k := range all {
		progress(fmt.Sprintf("foreign key %d of %d", i+1, len(all)))
		if len(k.operators) != len(k.columns) {
			r.not("foreign key %s of %s: it compares with an operator of its own", k.name, k.of)
			continue
		}
		var n int64
		if err := tx.QueryRow(ctx, k.orphans()).Scan(&n); err != nil {
			return fmt.Errorf("proof: foreign key %s of %s: %w", k.name, k.of, err)
		}
		if r.Keys++; n > 0 {
			r.fault(fmt.Sprintf("foreign key %s of %s", k.name, k.of), fmt.Sprintf("%d rows point to nothing", n), n)
		}
	}
	return nil
}

// orphans is the count of a key's rows that point to nothing. One with a NULL in the key points nowhere, which is right (MATCH
// SIMPLE). What inherits from a table is another table, unless it is a partition.
func (k key) orphans() string {
	only := "ONLY "
	if k.partitioned {
		only = ""
	}
	var there, same []string
	for i, c := range k.columns {
		there = append(there, fmt.Sprintf("c.%s IS NOT NULL", c))
		same = append(same, fmt.Sprintf("p.%s %s c.%s", k.refers[i], k.operators[i], c))
	}
	return fmt.Sprintf("SELECT count(*) FROM %s%s c WHERE %s AND NOT EXISTS (SELECT FROM %s p WHERE %s)",
		only, k.child, strings.Join(there, " AND "), k.parent, strings.Join(same, " AND "))
}

// foreignKeys lists them; of a partitioned table's only its own, which is about all partitions.
func foreignKeys(ctx context.Context, tx pgx.Tx) ([]key, error) {
	var all []key
	err := each(ctx, tx, `
		SELECT k.conname::text, format('%I.%I', cn.nspname, c.relname), format('%I.%I', pn.nspname, p.relname), cn.nspname || '.' || c.relname,
			c.relkind = 'p',
			ARRAY(SELECT quote_ident(a.attname) FROM unnest(k.conkey) WITH ORDINALITY u(n, i) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.n ORDER BY u.i),
			ARRAY(SELECT quote_ident(a.attname) FROM unnest(k.confkey) WITH ORDINALITY u(n, i) JOIN pg_attribute a ON a.attrelid = p.oid AND a.attnum = u.n ORDER BY u.i),
			ARRAY(SELECT format('OPERATOR(pg_catalog.%s)', o.oprname) FROM unnest(k.conpfeqop) WITH ORDINALITY u(n, i) JOIN pg_operator o ON o.oid = u.n
				JOIN pg_namespace opn ON opn.oid = o.oprnamespace WHERE opn.nspname = 'pg_catalog' ORDER BY u.i)
		FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
			JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
		WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY 4, 1`, func(row []any) {
		partitioned, _ := row[4].(bool)
		all = append(all, key{name: text(row[0]), child: text(row[1]), parent: text(row[2]), of: text(row[3]), partitioned: partitioned,
			columns: texts(row[5]), refers: texts(row[6]), operators: texts(row[7])})
	})
	return all, err
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func texts(v any) []string {
	list, _ := v.([]any)
	var all []string
	for _, one := range list {
		all = append(all, text(one))
	}
	return all
}

// sequence is one that fills a column.
type sequence struct {
	name, quoted, table, column, of string
	up                              bool
}

// sequences looks whether the next value of each would be one that is there already.
func (r *Report) sequences(ctx context.Context, tx pgx.Tx, progress func(string)) error {
	var all []sequence
	err := each(ctx, tx, `
		SELECT sn.nspname || '.' || s.relname, format('%I.%I', sn.nspname, s.relname), format('%I.%I', tn.nspname, t.relname), quote_ident(a.attname),
			tn.nspname || '.' || t.relname || '.' || a.attname, q.seqincrement > 0
		FROM pg_sequence q JOIN pg_class s ON s.oid = q.seqrelid JOIN pg_namespace sn ON sn.oid = s.relnamespace
			JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
			JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
			JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
		WHERE a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) ORDER BY 1`, func(row []any) {
		up, _ := row[5].(bool)
		all = append(all, sequence{text(row[0]), text(row[1]), text(row[2]), text(row[3]), text(row[4]), up})
	})
	for i, q := range all {
		if err != nil {
			return err
		}
		progress(fmt.Sprintf("sequence %d of %d", i+1, len(all)))
		err = r.sequence(ctx, tx, q)
	}
	return err
}

func (r *Report) sequence(ctx context.Context, tx pgx.Tx, q sequence) error {
	most, beyond := "max", ">"
	if !q.up {
		most, beyond = "min", "<"
	}
	// A sequence that gave nothing yet gives its last_value next.
	sql := fmt.Sprintf(`SELECT coalesce(m.most::int8 %s q.last_value OR (m.most::int8 = q.last_value AND NOT q.is_called), false), q.last_value, coalesce(m.most, 0)::int8
		FROM %s q, (SELECT %s(%s) AS most FROM %s) m`, beyond, q.quoted, most, q.column, q.table)
	var behind bool
	var last, top int64
	if err := tx.QueryRow(ctx, sql).Scan(&behind, &last, &top); err != nil {
		return fmt.Errorf("proof: sequence %s: %w", q.name, err)
	}
	if r.Sequences++; behind {
		r.fault("sequence "+q.name, fmt.Sprintf("stands at %d, and %s has %d already", last, q.of, top), 1)
	}
	return nil
}
