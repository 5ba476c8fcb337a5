package restore

import (
	"context"
	"fmt"
)

// guard watches the one thing outside its copy that what a backup brings may change: the role that loads it, itself. It may set
// its own password and settings, and before PostgreSQL 16 give itself to others. What it gives says so, by name, afterwards.
func (s Server) guard(ctx context.Context) (unchanged func(context.Context) error, err error) {
	before, err := s.roleState(ctx)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		role := s.loadRole()
		after, err := s.roleState(ctx)
		if err != nil {
			return err
		}
		if after != before {
			return refuse(fmt.Sprintf("look at it with \\drds and \\du in psql; ALTER ROLE %s RESET ALL", ident(role)), "the backup changed the role %s itself: its settings or its members", role)
		}
		c, err := s.open(ctx, "load_url", s.Load, "postgres", stepWithin, nil)
		if err != nil {
			return refuse(fmt.Sprintf("give it its password again: ALTER ROLE %s PASSWORD", ident(role)), "since the backup was loaded %s cannot log in (%s): it may have changed the password", role, why(err))
		}
		c.end()
		return nil
	}, nil
}

// roleState is all that the catalogue tells of the role that loads, but for its settings in a copy, which Adopt removes.
func (s Server) roleState(ctx context.Context) (string, error) {
	admin, err := s.admin(ctx)
	if err != nil {
		return "", err
	}
	defer admin.end()
	state, err := admin.one(ctx, `SELECT concat(to_jsonb(r) - 'rolpassword', (SELECT jsonb_agg(to_jsonb(m) ORDER BY m.roleid, m.member) FROM pg_auth_members m WHERE r.oid IN (m.roleid, m.member)))
		FROM pg_roles r WHERE rolname = $1`, s.loadRole())
	if err != nil {
		return "", fail(ctx, err, "see admin_url", "the role %s cannot be looked at", s.loadRole())
	}
	return state, nil
}
