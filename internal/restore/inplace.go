package restore

import (
	"context"

	"github.com/jackc/pgx/v5/pgconn"
)

// InPlace puts an archive over the service's database, as the service's own role, who owns it: for who may make no database
// beside it. Nothing of it is as good as a switch: the service is down for as long as it takes, what is in the backup executes
// with that role's rights, and there is no way back but another backup. It is one transaction, so that a load that fails
// changes nothing; without that, a DROP that something newer forbids would leave every row twice.
//
// Foreign keys come before row-level security in an archive, which is loaded in its order: it does as it is. That the security came
// back is looked at when it is done; tables that are not in the backup keep theirs.
func (s Server) InPlace(ctx context.Context, from Source, o Options, progress func(done, of int, what string)) error {
	address, err := s.Service()
	if err != nil {
		return err
	}
	c, err := pgconn.ParseConfig(address.Reveal())
	if err != nil || address.IsZero() {
		return refuse("correct it in the service's settings", "the service's database address cannot be read")
	}
	if len(s.Tools.Prefix) > 0 {
		return refuse("install PostgreSQL's client programs on this machine", "in place, nothing can be restored with tools in a container")
	}
	entries, from, err := s.contents(ctx, from)
	if err != nil {
		return err
	}
	// Extensions are there already, and belong to others.
	list, n := entries.list(func(e entry) bool {
		return (!e.unwanted() || e.isGrant()) && !e.is(extension) && !e.is(eventTrigger)
	})
	s.Load = address
	l := load{Server: s, name: c.Database, from: from, o: Options{durable: true}}
	err = l.run(ctx, list, &watcher{of: n, tell: progress}, "--clean", "--if-exists", "--single-transaction", "--exit-on-error")
	if err != nil {
		return err
	}
	look, err := s.open(ctx, "the service's address", address, c.Database, stepWithin, nil)
	if err != nil {
		return err
	}
	defer look.end()
	return look.compareSecurity(ctx, c.Database, o.Security, false)
}

// inPlaceOptions are the server's settings for it: what is committed stays, and nobody's lock is waited for all night.
var inPlaceOptions = map[string]string{"lock_timeout": "30s"}
