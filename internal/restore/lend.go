package restore

import (
	"context"
	"slices"
	"time"
)

// lendWithin is how long closing again may take.
const lendWithin = 15 * time.Second

// Lend opens a kept database, so that it can be read, until the function it gives is called. Nobody looks for it under that
// name; whoever came in all the same is ended with the lending.
func (s Server) Lend(ctx context.Context, live, kept string) (back func() error, err error) {
	if _, ours := runOf(live, beforeInfix, kept); !ours {
		return nil, refuse("see /before", "%s is not a database from before", kept)
	}
	if err := s.readable(ctx, live, kept); err != nil {
		return nil, err
	}
	if err := s.gate(ctx, kept, true); err != nil {
		return nil, err
	}
	return func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lendWithin)
		defer cancel()
		return s.gate(ctx, kept, false)
	}, nil
}

// readable refuses one of which nothing is left.
func (s Server) readable(ctx context.Context, live, kept string) error {
	all, err := s.Kept(ctx, live)
	if err == nil && slices.ContainsFunc(all, func(k KeptDatabase) bool { return k.Name == kept && k.Half }) {
		return refuse("throw away what is left of it: /drop_before", "%s cannot be read: its dropping was cut off half way, and nothing of it is left", kept)
	}
	return err
}

// CloseKept closes the databases from before that are open, such as one that was lent when we crashed, and names them. Nobody
// must be lending one.
func (s Server) CloseKept(ctx context.Context, live string) (closed []string, err error) {
	all, err := s.Kept(ctx, live)
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		if k.Copy || !k.Open { // which one that is half dropped is not
			continue
		}
		if err := s.gate(ctx, k.Name, false); err != nil {
			return closed, err
		}
		closed = append(closed, k.Name)
	}
	return closed, nil
}

// gate opens a database, or closes it and ends who is in it.
func (s Server) gate(ctx context.Context, name string, open bool) error {
	admin, err := s.admin(ctx)
	if err != nil {
		return err
	}
	defer admin.end()
	if err := admin.do(ctx, allow(name, open)); err != nil {
		return fail(ctx, err, "see admin_url", "%s could not be opened or closed", name)
	}
	if open {
		return nil
	}
	_, err = admin.column(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND usesysid IS NOT NULL", name)
	if err != nil {
		return fail(ctx, err, "see admin_url", "who is in %s could not be ended", name)
	}
	return nil
}
