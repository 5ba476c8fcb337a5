package rows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// staged is the name of the temporary table for the i-th table. It goes with the transaction.
func staged(i int) string { return fmt.Sprintf("pg_temp.twokey_stage_%d", i) }

// stage copies a table of the source into a temporary one of the target: as text, since binary values name the types of
// their elements by numbers that are others in each database. The two servers are coupled by a pipe and hold each other up.
func (m *merge) stage(ctx context.Context, i int, p pair) error {
	make := fmt.Sprintf("CREATE TEMPORARY TABLE twokey_stage_%d ON COMMIT DROP AS SELECT %s FROM %s AS t WITH NO DATA", i, columnsOf("t", p.columns), p.b.from())
	if err := m.b.run(ctx, make); err != nil {
		return err
	}
	if err := m.pump(ctx, fmt.Sprintf("COPY (SELECT %s FROM %s AS t) TO STDOUT", columnsOf("t", p.columns), p.a.from()),
		fmt.Sprintf("COPY %s (%s) FROM STDIN", staged(i), columnsOf("", p.columns))); err != nil {
		return err
	}
	return m.index(ctx, i, p)
}

// index makes sure that a key means one row of the source: of two, an update would take either without a word.
func (m *merge) index(ctx context.Context, i int, p pair) error {
	err := m.b.run(ctx, fmt.Sprintf("CREATE UNIQUE INDEX ON %s (%s)", staged(i), columnsOf("", p.keyNames())))
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "23505" {
		return &Error{Sentence: fmt.Sprintf("rows of table %s cannot be brought back: the source has several of the same key", p.name), Hint: "leave this table out"}
	}
	if err != nil {
		return err
	}
	return m.b.run(ctx, "ANALYZE "+staged(i)) // else the planner takes it for a small one
}

// unpinned gives the role its own settings back.
func unpinned() string {
	b := strings.Builder{}
	b.WriteString("SET LOCAL search_path TO DEFAULT; ")
	for _, t := range texts {
		fmt.Fprintf(&b, "SET LOCAL %s TO DEFAULT; ", t[0])
	}
	return b.String()
}

// pump runs both halves of a copy. When one fails the other is told, and the first reason is the one that counts.
func (m *merge) pump(ctx context.Context, out, in string) error {
	r, w := io.Pipe()
	read := make(chan error, 1)
	go func() {
		_, err := m.a.CopyTo(ctx, w, out)
		_ = w.CloseWithError(err)
		read <- err
	}()
	_, err := m.b.CopyFrom(ctx, r, in)
	_ = r.CloseWithError(errStopped)
	readErr := <-read
	if readErr != nil && !errors.Is(readErr, errStopped) {
		return readErr
	}
	return err
}

// errStopped: the other half has failed.
var errStopped = errors.New("the copy was given up")

// same says that a row of the target and one of the source have the same key, as the target's index sees it.
func (p pair) same(t, s string) string {
	all := make([]string, len(p.key))
	for i, k := range p.key {
		all[i] = t + "." + column(k.name) + " " + p.equals[i] + " " + s + "." + column(k.name)
	}
	return strings.Join(all, " AND ")
}

// differs compares as Compare does: by text. Some types have no equality, and that of others calls 1.0 and 1.00 one.
func (p pair) differs(t, s string) string {
	return whole(t, p.columns) + " OPERATOR(pg_catalog.<>) " + whole(s, p.columns)
}

// settable are the columns that an update writes: all but those of the key which are the same whenever they are equal.
// 1.0 and 1.00 are equal and not the same.
func (p pair) settable() []string {
	return slices.DeleteFunc(slices.Clone(p.columns), func(c string) bool {
		return slices.ContainsFunc(p.key, func(k keyColumn) bool {
			return k.name == c && (k.how == asNumber || k.how == asItIs)
		})
	})
}

func deleteSQL(i int, p pair) string {
	return fmt.Sprintf("DELETE FROM %s AS t WHERE NOT EXISTS (SELECT FROM %s AS s WHERE %s)", p.b.from(), staged(i), p.same("t", "s"))
}

func updateSQL(i int, p pair) string {
	set := make([]string, len(p.settable()))
	for j, c := range p.settable() {
		set[j] = column(c) + " = s." + column(c)
	}
	return fmt.Sprintf("UPDATE %s AS t SET %s FROM %s AS s WHERE %s AND %s", p.b.from(), strings.Join(set, ", "), staged(i), p.same("t", "s"), p.differs("t", "s"))
}

func insertSQL(i int, p pair) string {
	return fmt.Sprintf("INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s AS s WHERE NOT EXISTS (SELECT FROM %s AS t WHERE %s)",
		p.b.sql(), columnsOf("", p.columns), columnsOf("s", p.columns), staged(i), p.b.from(), p.same("t", "s"))
}

// unlikeSQL counts rows of the source that should now be in the target as they are, and are not.
func unlikeSQL(i int, p pair, k Kinds) string {
	var of []string
	if k.Update {
		of = append(of, fmt.Sprintf("EXISTS (SELECT FROM %s AS t WHERE %s AND %s)", p.b.from(), p.same("t", "s"), p.differs("t", "s")))
	}
	if k.Insert {
		of = append(of, fmt.Sprintf("NOT EXISTS (SELECT FROM %s AS t WHERE %s)", p.b.from(), p.same("t", "s")))
	}
	return fmt.Sprintf("SELECT pg_catalog.count(*) FROM %s AS s WHERE %s", staged(i), strings.Join(of, " OR "))
}
