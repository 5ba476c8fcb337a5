package restore

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// KeptDatabase is one from before, or a copy that was left. When it was made and what is in it is the journal's to say: it is
// closed, and nobody can look.
type KeptDatabase struct {
	Name string
	Run  uint64
	OID  uint32
	Size int64
	Open bool
	Copy bool // a copy, not one from before
	// Half: its dropping was cut off half way, by a crash. Nothing in it can be read any more, by nobody; it can only be dropped.
	Half bool
}

// halfSQL says of a row of pg_database that a DROP of it was cut off half way (PostgreSQL 16, 15.4, 14.9 and so on): the server lets
// nobody in, and lets nothing be done with it but DROP DATABASE.
const halfSQL = "(datconnlimit = -2)"

// Kept are the databases that runs have left beside the service's: those from before, and copies.
func (s Server) Kept(ctx context.Context, live string) ([]KeptDatabase, error) {
	admin, err := s.admin(ctx)
	if err != nil {
		return nil, err
	}
	defer admin.end()
	var all []KeptDatabase
	err = admin.into(ctx, &all, `SELECT coalesce(jsonb_agg(jsonb_build_object('Name', datname, 'OID', oid::int8, 'Open', datallowconn AND NOT `+halfSQL+`, 'Half', `+halfSQL+`,
		'Size', CASE WHEN has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE') THEN pg_database_size(oid) ELSE -1 END) ORDER BY oid), '[]')
		FROM pg_database WHERE datname ~ '__(r|before)_[0-9]+$' AND datname <> $1`, live)
	if err != nil {
		return nil, fail(ctx, err, "see admin_url", "the databases beside %s cannot be seen", live)
	}
	var ours []KeptDatabase
	for _, k := range all {
		var before, copied bool
		if k.Run, before = runOf(live, beforeInfix, k.Name); !before {
			k.Run, copied = runOf(live, copyInfix, k.Name)
		}
		if k.Copy = copied; before || copied {
			ours = append(ours, k)
		}
	}
	return ours, nil
}

// DropCopy drops a run's copy, if there is one. It cannot name anything but the copy of that run.
func (s Server) DropCopy(ctx context.Context, live string, id uint64) error {
	name, _ := Names(live, id)
	return s.drop(ctx, live, name)
}

// DropKept drops the database from before that a run kept, if there is one. It cannot name anything else.
func (s Server) DropKept(ctx context.Context, live string, id uint64) error {
	_, name := Names(live, id)
	return s.drop(ctx, live, name)
}

func (s Server) drop(ctx context.Context, live, name string) error {
	if name == live || !strings.Contains(name, copyInfix) && !strings.Contains(name, beforeInfix) {
		return refuse("", "%s is not a database that twokey made", name)
	}
	admin, err := s.admin(ctx)
	if err != nil {
		return err
	}
	defer admin.end()
	there, err := admin.column(ctx, "SELECT datname FROM pg_database WHERE datname = $1", name)
	if err != nil || len(there) == 0 {
		return fromNil(ctx, err, name)
	}
	// An inactive logical slot goes with its database, and with it what its reader has not read yet. Of one that is half dropped
	// nobody can read it any more.
	slots, err := admin.column(ctx, "SELECT slot_name FROM pg_replication_slots JOIN pg_database ON datname = database WHERE database = $1 AND NOT "+halfSQL, name)
	if err != nil {
		return fail(ctx, err, "see admin_url", "the replication slots of %s cannot be seen", name)
	}
	if len(slots) > 0 {
		return refuse(fmt.Sprintf("when its reader needs it no more: SELECT pg_drop_replication_slot(%s)", literal(slots[0])),
			"%s would take the logical slot %s with it", name, slots[0])
	}
	if err := admin.remove(ctx, name); err != nil {
		return fail(ctx, err, "see what still uses it", "%s could not be dropped", name)
	}
	return nil
}

// FinishDrops drops for good the copies whose dropping was cut off, and names them. One from before stays until somebody asks for
// it: it is told that nothing is left of it.
func (s Server) FinishDrops(ctx context.Context, live string) (dropped []string, err error) {
	left, err := s.halfDropped(ctx, live)
	if err != nil || len(left) == 0 {
		return nil, err
	}
	done, err := s.inLine(ctx) // so nobody makes one of the name anew meanwhile
	if err != nil {
		return nil, err
	}
	defer done()
	if left, err = s.halfDropped(ctx, live); err != nil {
		return nil, err
	}
	for _, name := range left {
		if err := s.drop(ctx, live, name); err != nil {
			return dropped, err
		}
		dropped = append(dropped, name)
	}
	return dropped, nil
}

// halfDropped are the copies that are.
func (s Server) halfDropped(ctx context.Context, live string) (names []string, err error) {
	all, err := s.Kept(ctx, live)
	for _, k := range all {
		if k.Copy && k.Half {
			names = append(names, k.Name)
		}
	}
	return names, err
}

// remove drops a database behind a closed gate. WITH (FORCE) would be refused whenever the server's own autovacuum is in there,
// as it is in one just loaded: that works as a superuser. Without it the server sends its own worker away. One that is half dropped
// needs no gate, and the server would not let it have one.
func (c session) remove(ctx context.Context, name string) error {
	half, err := c.column(ctx, "SELECT datname FROM pg_database WHERE datname = $1 AND "+halfSQL, name)
	if err == nil && len(half) == 0 {
		err = c.do(ctx, "ALTER DATABASE "+ident(name)+" IS_TEMPLATE false", allow(name, false))
	}
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(endWithin); ; {
		_, err := c.sendAway(ctx, name, name)
		if err == nil {
			err = c.do(ctx, "DROP DATABASE IF EXISTS "+ident(name))
		}
		if err == nil || !busy(err) || time.Now().After(deadline) {
			return err
		}
	}
}

func fromNil(ctx context.Context, err error, name string) error {
	if err == nil {
		return nil
	}
	return fail(ctx, err, "see admin_url", "%s cannot be looked at", name)
}
