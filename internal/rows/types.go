package rows

import (
	"context"
	"slices"
)

// typedef is a type that somebody made: what it is, and of which others. Two databases may have different ones of the
// same name.
type typedef struct {
	is string
	of []string
}

// Ranges and base types are named only: nobody but a superuser makes a base type, and those come with extensions.
const typesSQL = `SELECT pg_catalog.format_type(t.oid, NULL),
		CASE t.typtype
		WHEN 'e' THEN 'enum ' || (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ',' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)
		WHEN 'd' THEN 'domain ' || pg_catalog.format_type(t.typbasetype, t.typtypmod) || ' ' || t.typnotnull || ' ' ||
			COALESCE((SELECT pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname) FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid), '')
		WHEN 'c' THEN 'row ' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod), ',' ORDER BY a.attnum)
			FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
		WHEN 'r' THEN 'range of ' || (SELECT pg_catalog.format_type(r.rngsubtype, NULL) FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid)
		ELSE 'base' END,
		u.used
	FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
	LEFT JOIN LATERAL (
		SELECT pg_catalog.format_type(t.typbasetype, NULL) AS used WHERE t.typtype = 'd'
		UNION ALL SELECT pg_catalog.format_type(t.typelem, NULL) WHERE t.typelem <> 0
		UNION ALL SELECT pg_catalog.format_type(r.rngsubtype, NULL) FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid
		UNION ALL SELECT pg_catalog.format_type(a.atttypid, NULL) FROM pg_catalog.pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
	) u ON true
	WHERE` + ours

func (s *session) types(ctx context.Context) (map[string]typedef, error) {
	found, err := s.all(ctx, typesSQL)
	types := map[string]typedef{}
	for _, r := range found {
		d := types[r[0]]
		d.is = r[1]
		if r[2] != "" {
			d.of = append(d.of, r[2])
		}
		types[r[0]] = d
	}
	return types, err
}

// differs gives the type, of those that a type is made of, that is not the same on both sides; empty means none.
func differs(typ string, a, b map[string]typedef) string {
	todo := []string{typ}
	for i := 0; i < len(todo); i++ {
		x, inA := a[todo[i]]
		y, inB := b[todo[i]]
		if inA != inB || x.is != y.is {
			return todo[i]
		}
		for _, t := range x.of {
			if !slices.Contains(todo, t) {
				todo = append(todo, t)
			}
		}
	}
	return ""
}
