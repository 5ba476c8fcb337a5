package rows

import (
	"context"
	"slices"
)

// catalogue is what a database says about its tables.
type catalogue struct {
	encoding string
	tables   map[name]*table
	others   map[name]string // what is no table but has a table's name: view, foreign table, …
}

type table struct {
	name
	oid         string
	partitioned bool
	columns     []col
	keys        []key // the primary key first
}

// col is a column.
type col struct {
	name    string
	typ     string // without its length or scale
	full    string // with them
	base    string // oid of the type below all domains: what its values are sorted as
	notNull bool
	def     bool   // has a default
	always  bool   // GENERATED ALWAYS AS IDENTITY
	ident   bool   // an identity of either sort
	formula string // a generated column's
}

// key is what can tell the rows of a table apart: unique, whole, without empty columns.
type key struct {
	primary bool
	columns []string
	equals  []string // for each column, the operator that the index calls equal
}

// from names the table and nothing that inherits from it; partitions are its own rows.
func (t *table) from() string {
	if t.partitioned {
		return t.sql()
	}
	return "ONLY " + t.sql()
}

func (t *table) column(n string) (col, bool) {
	i := slices.IndexFunc(t.columns, func(c col) bool { return c.name == n })
	if i < 0 {
		return col{}, false
	}
	return t.columns[i], true
}

// ours are the schemas that hold a service's tables.
const ours = ` n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' `

const tablesSQL = `SELECT c.oid, n.nspname, c.relname, c.relkind
	FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND` + ours

// A type's name is written with its schema, as pg_catalog alone is searched.
const columnsSQL = `WITH RECURSIVE base(oid, below) AS (
		SELECT oid, oid FROM pg_catalog.pg_type
		UNION ALL SELECT b.oid, t.typbasetype FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.below WHERE t.typtype = 'd')
	SELECT a.attrelid, a.attname, pg_catalog.format_type(a.atttypid, NULL), pg_catalog.format_type(a.atttypid, a.atttypmod), b.below,
		a.attnotnull, a.atthasdef, a.attidentity, CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END
	FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	JOIN base b ON b.oid = a.atttypid JOIN pg_catalog.pg_type bt ON bt.oid = b.below AND bt.typtype <> 'd'
	LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped AND` + ours + `ORDER BY a.attrelid, a.attnum`

// Index columns that are no more than stored (INCLUDE) are left out. An index that is not a btree has no such operators
// and so gives no key.
const keysSQL = `SELECT i.indrelid, i.indexrelid, i.indisprimary, a.attname, pg_catalog.format('OPERATOR(%I.%s)', opn.nspname, op.oprname)
	FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	CROSS JOIN LATERAL pg_catalog.generate_series(1, i.indnkeyatts) k(ord)
	JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.ord - 1]
	JOIN pg_catalog.pg_opclass oc ON oc.oid = i.indclass[k.ord - 1]
	JOIN pg_catalog.pg_am am ON am.oid = oc.opcmethod AND am.amname = 'btree'
	JOIN pg_catalog.pg_amop ao ON ao.amopfamily = oc.opcfamily AND ao.amopstrategy = 3 AND ao.amoplefttype = oc.opcintype AND ao.amoprighttype = oc.opcintype
	JOIN pg_catalog.pg_operator op ON op.oid = ao.amopopr JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace
	WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND NOT c.relispartition AND` + ours + `
	ORDER BY i.indrelid, i.indisprimary DESC, i.indnkeyatts, i.indexrelid, k.ord`

func (s *session) catalogue(ctx context.Context) (catalogue, error) {
	c := catalogue{tables: map[name]*table{}, others: map[name]string{}}
	enc, err := s.all(ctx, "SELECT pg_catalog.current_setting('server_encoding')")
	if err != nil {
		return c, err
	}
	c.encoding = enc[0][0]
	byOID, err := s.tables(ctx, c)
	if err != nil {
		return c, err
	}
	if err := s.columns(ctx, byOID); err != nil {
		return c, err
	}
	return c, s.keys(ctx, byOID)
}

func (s *session) tables(ctx context.Context, c catalogue) (map[string]*table, error) {
	found, err := s.all(ctx, tablesSQL)
	byOID := map[string]*table{}
	what := map[string]string{"v": "view", "m": "materialized view", "f": "foreign table"}
	for _, r := range found {
		n := name{r[1], r[2]}
		if r[3] != "r" && r[3] != "p" {
			c.others[n] = what[r[3]]
			continue
		}
		t := &table{name: n, oid: r[0], partitioned: r[3] == "p"}
		c.tables[n], byOID[r[0]] = t, t
	}
	return byOID, err
}

func (s *session) columns(ctx context.Context, tables map[string]*table) error {
	found, err := s.all(ctx, columnsSQL)
	for _, r := range found {
		t := tables[r[0]]
		if t == nil {
			continue
		}
		t.columns = append(t.columns, col{name: r[1], typ: r[2], full: r[3], base: r[4], notNull: r[5] == "t", def: r[6] == "t",
			always: r[7] == "a", ident: r[7] != "", formula: r[8]})
	}
	return err
}

func (s *session) keys(ctx context.Context, tables map[string]*table) error {
	found, err := s.all(ctx, keysSQL)
	last := ""
	for _, r := range found {
		t := tables[r[0]]
		if t == nil {
			continue
		}
		if r[1] != last {
			t.keys, last = append(t.keys, key{primary: r[2] == "t"}), r[1]
		}
		k := &t.keys[len(t.keys)-1]
		k.columns, k.equals = append(k.columns, r[3]), append(k.equals, r[4])
	}
	return err
}
