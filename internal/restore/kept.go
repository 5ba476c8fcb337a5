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
}

// Kept are the databases that runs have left beside the service's: those from before, and copies.
func (s Server) Kept(ctx context.Context, live string) ([]KeptDatabase, error) {
	admin, err := s.admin(ctx)
	if err != nil {
		return nil, err
	}
	defer admin.end()
	var all []KeptDatabase
	err = admin.into(ctx, &all, `SELECT coalesce(jsonb_agg(jsonb_build_object('Name', datname, 'OID', oid::int8, 'Open', datallowconn,
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
	// An inactive logical slot goes with its database, and with it what its reader has not read yet.
	slots, err := admin.column(ctx, "SELECT slot_name FROM pg_replication_slots WHERE database = $1", name)
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

// remove drops a database behind a closed gate. WITH (FORCE) would be refused whenever the server's own autovacuum is in there,
// as it is in one just loaded: that works as a superuser. Without it the server sends its own worker away.
func (c session) remove(ctx context.Context, name string) error {
	if err := c.do(ctx, "ALTER DATABASE "+ident(name)+" IS_TEMPLATE false", allow(name, false)); err != nil {
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
