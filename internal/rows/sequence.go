package rows

import (
	"context"
	"fmt"
)

// Sequences that a column of the table owns, serial or identity.
const sequencesSQL = `SELECT n.nspname, s.relname, a.attname, q.seqincrement > 0, pg_catalog.has_sequence_privilege(s.oid, 'UPDATE') AND pg_catalog.has_sequence_privilege(s.oid, 'SELECT')
	FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid
	JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
	WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
	AND d.deptype IN ('a', 'i') AND d.refobjid = $1::pg_catalog.oid ORDER BY 1, 2`

// sequences moves on what gives out numbers, past those of the rows that came. It is the last thing before the commit, as
// no rollback takes it back; that costs numbers, never rows.
func (m *merge) sequences(ctx context.Context) error {
	if !m.o.Insert && !m.o.Update {
		return nil
	}
	for i, p := range m.mergeable.pairs {
		if m.done.Tables[i].Insert+m.done.Tables[i].Update == 0 {
			continue
		}
		found, err := m.b.all(ctx, sequencesSQL, p.b.oid)
		for _, f := range found {
			if err == nil {
				err = m.moveOn(ctx, p, name{f[0], f[1]}, f[2], f[3] == "t", f[4] == "t")
			}
		}
		if err != nil {
			return failed(ctx, fmt.Sprintf("the sequences of table %s could not be moved on, and no row was changed", p.name), err)
		}
	}
	return nil
}

func (m *merge) moveOn(ctx context.Context, p pair, seq name, col string, up, may bool) error {
	if !may {
		m.done.Notes = append(m.done.Notes, fmt.Sprintf("sequence %s was left as it is: the role may not change it", seq))
		return nil
	}
	_, err := m.b.all(ctx, moveOnSQL(p, seq, col, up), seq.sql())
	return err
}

// moveOnSQL sets a sequence only when it is behind: to set it to where it is would undo what others took meanwhile.
func moveOnSQL(p pair, seq name, col string, up bool) string {
	end, ahead := "max", ">"
	if !up {
		end, ahead = "min", "<"
	}
	return fmt.Sprintf(`SELECT pg_catalog.setval($1::pg_catalog.regclass, x.v)
		FROM %[1]s AS q, (SELECT pg_catalog.%[2]s(t.%[3]s)::pg_catalog.int8 AS v FROM %[4]s AS t) AS x
		WHERE x.v OPERATOR(pg_catalog.%[5]s) q.last_value OR x.v OPERATOR(pg_catalog.=) q.last_value AND NOT q.is_called`,
		seq.sql(), end, column(col), p.b.from(), ahead)
}
