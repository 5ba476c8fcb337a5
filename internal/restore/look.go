package restore

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"twokey/internal/secret"
)

// Identity pins which database it is.
type Identity struct {
	Host   string
	Port   int
	Name   string
	OID    uint32
	System string // the cluster's own number; empty when nobody of ours may know it
}

// Grant is one right that somebody has.
type Grant struct {
	To        string // empty: everybody (PUBLIC)
	Right     string
	Grantable bool
}

// Setting is what ALTER DATABASE … SET made, or, of a role, ALTER ROLE … IN DATABASE … SET.
type Setting struct{ Role, Name, Value string }

// Extension is one that a database has.
type Extension struct{ Name, Version string }

// Live is the service's database as it is: what a copy has to become.
type Live struct {
	Identity   Identity
	Version    int // of the server, such as 150014
	Owner      string
	Encoding   string
	Collate    string
	CType      string
	Provider   string // c, i or b
	Locale     string // of ICU or the built-in provider
	Rules      string // of ICU
	Tablespace string
	Size       int64
	Limit      int // of connections; -1: none
	Open       bool
	ACL        []Grant
	Settings   []Setting
	Comment    string
	Extensions []Extension
	Rows       map[string]int64 // by table, as the server estimates them; -1: it does not know
	Slots      []string         // logical ones: they follow the database that is there now, under whatever name
	// In, when it is not zero, is the number that the database has to have which comes in: Adopted.OID, or Switched.Out for the
	// way back.
	In       uint32
	Can      Capabilities
	Blockers []Blocker // what forbids a switch
	Notes    []string  // what a copy will not have
}

// Look finds out which database it is, what it is like, what we may do with it and what is in the way. It changes nothing.
func (s Server) Look(ctx context.Context) (Live, error) {
	address, err := s.Service()
	if err != nil {
		return Live{}, err
	}
	c, err := pgconn.ParseConfig(address.Reveal())
	if err != nil || address.IsZero() {
		return Live{}, refuse("correct it in the service's settings", "the service's database address cannot be read")
	}
	admin, err := s.admin(ctx)
	if err != nil {
		return Live{}, err
	}
	defer admin.end()
	live, err := s.row(ctx, admin, c.Database)
	if err != nil {
		return Live{}, err
	}
	live.Identity.Host, live.Identity.Port = c.Host, int(c.Port)
	if err := s.sameEverywhere(ctx, &live, address); err != nil {
		return Live{}, err
	}
	return live, s.inspect(ctx, admin, &live)
}

// row is what the server's own catalogue, which all databases share, says of a database.
func (s Server) row(ctx context.Context, admin session, name string) (Live, error) {
	var live Live
	if err := admin.into(ctx, &live, databaseRow, name); err != nil {
		return Live{}, fail(ctx, err, "see the service's address and admin_url: are they about one server?", "database %s", name)
	}
	live.Identity.Name = name
	live.Identity.System = admin.system(ctx)
	return live, nil
}

// databaseRow takes a row apart by its columns' names: which there are depends on the server's version.
const databaseRow = `
SELECT jsonb_build_object(
  'Identity', jsonb_build_object('OID', d.oid::int8),
  'Version', current_setting('server_version_num')::int,
  'Owner', pg_get_userbyid(d.datdba),
  'Encoding', pg_encoding_to_char(d.encoding),
  'Collate', coalesce(j->>'datcollate', ''),
  'CType', coalesce(j->>'datctype', ''),
  'Provider', coalesce(j->>'datlocprovider', 'c'),
  'Locale', coalesce(j->>'datlocale', j->>'daticulocale', ''),
  'Rules', coalesce(j->>'daticurules', ''),
  'Tablespace', (SELECT t.spcname FROM pg_tablespace t WHERE t.oid = d.dattablespace),
  'Limit', d.datconnlimit,
  'Open', d.datallowconn,
  'Comment', coalesce(shobj_description(d.oid, 'pg_database'), ''),
  'ACL', (SELECT coalesce(jsonb_agg(jsonb_build_object('To', g.name, 'Right', g.privilege_type, 'Grantable', g.is_grantable)
            ORDER BY g.name, g.privilege_type), '[]')
          FROM (SELECT DISTINCT CASE WHEN a.grantee = 0 THEN '' ELSE pg_get_userbyid(a.grantee)::text END AS name, a.privilege_type, a.is_grantable
                FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a) g),
  'Settings', (SELECT coalesce(jsonb_agg(jsonb_build_object('Role', CASE WHEN s.setrole = 0 THEN '' ELSE pg_get_userbyid(s.setrole)::text END,
            'Name', split_part(c, '=', 1), 'Value', substr(c, strpos(c, '=') + 1)) ORDER BY s.setrole, c), '[]')
          FROM pg_db_role_setting s, unnest(s.setconfig) c WHERE s.setdatabase = d.oid))
FROM pg_database d, to_jsonb(d) j WHERE d.datname = $1`

// system is the cluster's own number, where the role may know it.
func (c session) system(ctx context.Context) string {
	id, err := c.one(ctx, "SELECT system_identifier FROM pg_control_system()")
	if err != nil {
		return ""
	}
	return id
}

// sameEverywhere proves that all addresses are about one server, and that the service's own and ops_read's lead to this
// database: what is switched has to be what the service uses.
func (s Server) sameEverywhere(ctx context.Context, live *Live, service secret.Value) error {
	for _, at := range []struct {
		key string
		url secret.Value
	}{{"the service's address", service}, {"read_url", s.Read}, {"load_url", s.Load}} {
		database := live.Identity.Name
		if at.key == "load_url" {
			database = "postgres"
		}
		c, err := s.open(ctx, at.key, at.url, database, stepWithin, nil)
		if err != nil {
			return err
		}
		oid, err := c.one(ctx, "SELECT oid FROM pg_database WHERE datname = $1", live.Identity.Name)
		system := c.system(ctx)
		c.end()
		if err != nil || oid != strconv.FormatUint(uint64(live.Identity.OID), 10) || system != live.Identity.System && system != "" && live.Identity.System != "" {
			return refuse("correct the addresses: all are about one server", "%s and admin_url lead to different PostgreSQL servers", at.key)
		}
	}
	return nil
}
