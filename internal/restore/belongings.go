package restore

import (
	"cmp"
	"context"
	"maps"
	"slices"
)

// object is a thing in a database that belongs to somebody.
type object struct {
	Type     string // as ALTER calls it, in lower case
	Identity string // as ALTER calls it, quoted and with its schema
	Schema   string // quoted; empty when it is in none
	Owner    string
	Super    bool // the owner is a superuser
	Linked   bool // a sequence of a column: it goes with its table
}

func (o object) key() string { return o.Type + " " + o.Identity }

// right is one right on a thing.
type right struct {
	Kind     string // as GRANT calls it: TABLE, SEQUENCE, SCHEMA, FUNCTION, TYPE
	Identity string
	Column   string
	Grant
	Owner string
}

// defaults is one right that new things of a role get.
type defaults struct {
	Role, Schema, Kind string
	Whole              bool // it is all of it: what the server gives by itself was taken away
	Rights             []Grant
}

// belongings are whose things are in a database, and who may do what with them.
type belongings struct {
	Objects  map[string]object
	Rights   []right
	Defaults []defaults
}

func inOrder(m map[string]object) []object {
	return slices.SortedFunc(maps.Values(m), func(a, b object) int {
		// schemas first: who is to own a thing must be able to create in its schema
		return cmp.Or(-cmp.Compare(boolInt(a.Type == "schema"), boolInt(b.Type == "schema")), cmp.Compare(a.key(), b.key()))
	})
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// belongings of a database, seen as ops_read.
func (s Server) belongings(ctx context.Context, database string) (belongings, error) {
	c, err := s.reads(ctx, database)
	if err != nil {
		return belongings{}, err
	}
	defer c.end()
	all, err := c.belongings(ctx)
	if err != nil {
		return all, fail(ctx, err, "see read_url", "whose things are in %s cannot be found out", database)
	}
	return all, nil
}

func (c session) belongings(ctx context.Context) (belongings, error) {
	var found struct {
		Objects  []object
		Rights   []right
		Defaults []defaults
	}
	if err := c.into(ctx, &found, "SELECT jsonb_build_object('Objects', ("+objectsSQL+"), 'Rights', ("+rightsSQL+"), 'Defaults', ("+defaultsSQL+"))"); err != nil {
		return belongings{}, err
	}
	all := belongings{Objects: map[string]object{}, Rights: found.Rights, Defaults: found.Defaults}
	for _, o := range found.Objects {
		all.Objects[o.key()] = o
	}
	return all, nil
}

const (
	// ours are the schemas that are not the server's own.
	oursSQL = `n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg\_temp\_%' AND n.nspname NOT LIKE 'pg\_toast\_temp\_%'`
	// ofNone: no part of an extension, which has its own rights.
	ofNoneSQL = `NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = x.oid AND e.classid = x.tableoid AND e.deptype = 'e')`

	// The server keeps the owners of all things, but for those that are there in every cluster; tables and schemas are asked for themselves.
	objectsSQL = `
SELECT coalesce(jsonb_agg(jsonb_build_object('Type', i.type, 'Identity', i.identity, 'Schema', coalesce(i.schema, ''), 'Owner', r.rolname, 'Super', r.rolsuper,
  'Linked', d.classid = 'pg_class'::regclass AND EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype IN ('a', 'i') AND e.refobjsubid > 0))), '[]')
FROM (SELECT classid, objid, refobjid FROM pg_shdepend
      WHERE deptype = 'o' AND refclassid = 'pg_authid'::regclass AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      UNION SELECT 'pg_class'::regclass, x.oid, x.relowner FROM pg_class x JOIN pg_namespace n ON n.oid = x.relnamespace
      WHERE x.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND ` + oursSQL + ` AND ` + ofNoneSQL + `
      UNION SELECT 'pg_namespace'::regclass, n.oid, n.nspowner FROM pg_namespace n WHERE ` + oursSQL + `) d
CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) i JOIN pg_roles r ON r.oid = d.refobjid
WHERE i.type <> 'default acl'`

	rightsSQL = `
SELECT coalesce(jsonb_agg(jsonb_build_object('Kind', k.kind, 'Identity', k.identity, 'Column', k.col, 'Owner', pg_get_userbyid(k.owner),
  'To', CASE WHEN a.grantee = 0 THEN '' ELSE pg_get_userbyid(a.grantee)::text END, 'Right', a.privilege_type, 'Grantable', a.is_grantable)
  ORDER BY k.kind, k.identity, k.col, a.grantee, a.privilege_type), '[]')
FROM (
  SELECT CASE x.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, format('%I.%I', n.nspname, x.relname) AS identity, '' AS col, x.relowner AS owner, x.relacl AS acl
    FROM pg_class x JOIN pg_namespace n ON n.oid = x.relnamespace WHERE x.relacl IS NOT NULL AND x.relkind <> 'c' AND ` + oursSQL + ` AND ` + ofNoneSQL + `
  UNION ALL SELECT 'TABLE', format('%I.%I', n.nspname, x.relname), format('%I', t.attname), x.relowner, t.attacl
    FROM pg_attribute t JOIN pg_class x ON x.oid = t.attrelid JOIN pg_namespace n ON n.oid = x.relnamespace
    WHERE t.attacl IS NOT NULL AND t.attnum > 0 AND NOT t.attisdropped AND ` + oursSQL + ` AND ` + ofNoneSQL + `
  UNION ALL SELECT 'SCHEMA', format('%I', n.nspname), '', n.nspowner, n.nspacl FROM pg_namespace n WHERE n.nspacl IS NOT NULL AND ` + oursSQL + `
  UNION ALL SELECT 'ROUTINE', (pg_identify_object('pg_proc'::regclass, x.oid, 0)).identity, '', x.proowner, x.proacl
    FROM pg_proc x JOIN pg_namespace n ON n.oid = x.pronamespace WHERE x.proacl IS NOT NULL AND ` + oursSQL + ` AND ` + ofNoneSQL + `
  UNION ALL SELECT 'TYPE', (pg_identify_object('pg_type'::regclass, x.oid, 0)).identity, '', x.typowner, x.typacl
    FROM pg_type x JOIN pg_namespace n ON n.oid = x.typnamespace WHERE x.typacl IS NOT NULL AND ` + oursSQL + ` AND ` + ofNoneSQL + `
) k CROSS JOIN LATERAL aclexplode(k.acl) a`

	defaultsSQL = `
SELECT coalesce(jsonb_agg(jsonb_build_object('Role', pg_get_userbyid(d.defaclrole), 'Schema', coalesce(n.nspname, ''), 'Whole', d.defaclnamespace = 0,
  'Kind', CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END,
  'Rights', (SELECT coalesce(jsonb_agg(jsonb_build_object('To', CASE WHEN a.grantee = 0 THEN '' ELSE pg_get_userbyid(a.grantee)::text END,
     'Right', a.privilege_type, 'Grantable', a.is_grantable) ORDER BY a.grantee, a.privilege_type), '[]') FROM aclexplode(d.defaclacl) a))
  ORDER BY d.defaclrole, n.nspname, d.defaclobjtype), '[]')
FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace`
)
