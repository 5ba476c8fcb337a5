package restore

import (
	"context"
	"fmt"
	"strings"
)

// Adopted is what became of a copy that got its owners.
type Adopted struct {
	OID   uint32   // the copy's number, for Live.In
	Notes []string // what differs from the present database, and why
}

// Adopt makes of a loaded copy what the present database is, but for its rows: its owner and the owners of what is in it, who
// may do what, its settings, limit and comment. All of it is one transaction: after a crash the copy is either ops_load's or
// finished. What differs in the end is an error, by name, and nothing was changed.
//
// It works in the copy as ops_restore, who has many rights. None of what it does runs what a backup brought: the only thing
// that could is an event trigger, and with one it is refused.
func (s Server) Adopt(ctx context.Context, live Live, name string) (Adopted, error) {
	done, err := s.inLine(ctx)
	if err != nil {
		return Adopted{}, err
	}
	defer done()
	if err := s.harmless(ctx, live, name); err != nil {
		return Adopted{}, err
	}
	present, err := s.belongings(ctx, live.Identity.Name)
	if err != nil {
		return Adopted{}, err
	}
	c, err := s.open(ctx, "admin_url", s.Admin, name, s.timeout(), nil)
	if err != nil {
		return Adopted{}, err
	}
	defer c.end()
	a := adoption{session: c, live: live, name: name, load: s.loadRole(), present: present}
	if err := a.run(ctx); err != nil {
		return Adopted{}, err
	}
	return Adopted{OID: a.id, Notes: a.notes}, nil
}

// harmless makes sure that nothing of the backup runs when ops_restore enters the copy.
func (s Server) harmless(ctx context.Context, live Live, name string) error {
	admin, err := s.admin(ctx)
	if err != nil {
		return err
	}
	defer admin.end()
	if name == live.Identity.Name {
		return refuse("", "%s is no copy", name)
	}
	// The copy's owner, whom a backup had, may have made settings for who connects.
	if err := admin.do(ctx, "ALTER DATABASE "+ident(name)+" RESET ALL", "ALTER DATABASE "+ident(name)+" IS_TEMPLATE false"); err != nil {
		return fail(ctx, err, "make the copy anew", "the copy %s cannot be prepared for its owners", name)
	}
	c, err := s.reads(ctx, name)
	if err != nil {
		return err
	}
	defer c.end()
	triggers, err := c.column(ctx, "SELECT evtname FROM pg_event_trigger ORDER BY 1")
	if err != nil {
		return fail(ctx, err, "see read_url", "%s cannot be looked into", name)
	}
	if len(triggers) > 0 {
		return refuse("remove it from the server's template0 or from the copy, as a superuser", "the copy has the event trigger %s, which would run with our rights", triggers[0])
	}
	return nil
}

// adoption is one copy on its way.
type adoption struct {
	session
	live    Live
	name    string
	load    string
	id      uint32
	present belongings
	notes   []string
}

func (a *adoption) run(ctx context.Context) error {
	if err := a.do(ctx, "BEGIN"); err != nil {
		return fail(ctx, err, "see the server", "no transaction could be begun")
	}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"take over what ops_load made", a.owners},
		{"say who may do what", a.grants},
		{"carry over the settings", a.settings},
	} {
		if err := step.do(ctx); err != nil {
			return fail(ctx, err, "nothing was changed", "%s: could not %s", a.name, step.what)
		}
	}
	if err := a.compare(ctx); err != nil {
		return err
	}
	if err := a.do(ctx, "COMMIT"); err != nil {
		return fail(ctx, err, "nothing was changed", "%s: its owners could not be set", a.name)
	}
	return nil
}

// owners gives everything its owner. The database first: its owner must be able to create in it. Then schemas, since a thing's
// new owner must be able to create in its schema; then all the rest.
func (a *adoption) owners(ctx context.Context) error {
	others, err := a.column(ctx, "SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = $1 AND datname <> $2 ORDER BY 1", a.load, a.name)
	if err != nil {
		return err
	}
	schemas, err := a.column(ctx, "SELECT nspname FROM pg_namespace WHERE pg_get_userbyid(nspowner) = $1 ORDER BY 1", a.load)
	if err != nil {
		return err
	}
	owner := ident(a.live.Owner)
	statements := []string{fmt.Sprintf("ALTER DATABASE %s OWNER TO %s", ident(a.name), owner)}
	for _, schema := range schemas {
		statements = append(statements, fmt.Sprintf("ALTER SCHEMA %s OWNER TO %s", ident(schema), owner))
	}
	statements = append(statements, fmt.Sprintf("REASSIGN OWNED BY %s TO %s", ident(a.load), owner))
	for _, other := range others {
		// REASSIGN OWNED also takes databases, and another copy may be loading: it is given back in the same transaction.
		statements = append(statements, fmt.Sprintf("ALTER DATABASE %s OWNER TO %s", ident(other), ident(a.load)))
	}
	if err := a.do(ctx, statements...); err != nil {
		return err
	}
	return a.otherOwners(ctx)
}

// otherOwners gives what has another owner than the database in the present one that owner, where it is in the copy.
func (a *adoption) otherOwners(ctx context.Context) error {
	mine, err := a.session.belongings(ctx)
	if err != nil {
		return err
	}
	for _, o := range inOrder(a.present.Objects) {
		has, there := mine.Objects[o.key()]
		if !there || o.Linked || o.Owner == has.Owner {
			continue
		}
		if o.Owner == "" || o.Super {
			a.notes = append(a.notes, fmt.Sprintf("%s belongs to a superuser now and to %s in the copy", o.key(), has.Owner))
			continue
		}
		if o.Type == "extension" { // it has no other way to another owner than REASSIGN OWNED
			continue
		}
		if err := a.give(ctx, o); err != nil {
			return fmt.Errorf("%s: %w", o.key(), err)
		}
	}
	return nil
}

// give gives a thing to its owner, who for that moment must be able to create in its schema.
func (a *adoption) give(ctx context.Context, o object) error {
	sql := fmt.Sprintf("ALTER %s %s OWNER TO %s", alterWord.Replace(strings.ToUpper(o.Type)), o.Identity, ident(o.Owner))
	if o.Schema == "" {
		return a.do(ctx, sql)
	}
	may, err := a.one(ctx, "SELECT has_schema_privilege($1, n.oid, 'CREATE') FROM pg_namespace n WHERE quote_ident(n.nspname) = $2", o.Owner, o.Schema)
	if err != nil {
		return err
	}
	if may == "t" {
		return a.do(ctx, sql)
	}
	right := fmt.Sprintf("CREATE ON SCHEMA %s", o.Schema)
	return a.do(ctx, "GRANT "+right+" TO "+ident(o.Owner), sql, "REVOKE "+right+" FROM "+ident(o.Owner))
}

// alterWord makes what pg_identify_object calls a thing what ALTER calls it.
var alterWord = strings.NewReplacer("STATISTICS OBJECT", "STATISTICS", "FOREIGN-DATA", "FOREIGN DATA")
