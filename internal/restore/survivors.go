package restore

import (
	"context"
	"strconv"
	"time"

	"twokey/internal/pgtools"
)

// endWithin is how long sessions that were told to end may take.
const endWithin = 10 * time.Second

// Session is one of ours in the server.
type Session struct {
	PID      int
	Role     string
	Database string
	Began    time.Time
}

// Sessions are those that work for a tag, such as what a crash of ours left; a tag that ends in "/" stands for all that begin
// with it.
func (s Server) Sessions(ctx context.Context, tag string) ([]Session, error) {
	admin, err := s.apart().admin(ctx)
	if err != nil {
		return nil, err
	}
	defer admin.end()
	return admin.ofTag(ctx, tag)
}

// apart is for sessions that look for a tag's: they are none of them, also while the server closes them.
func (s Server) apart() Server {
	s.Tag += " looks"
	return s
}

func (c session) ofTag(ctx context.Context, tag string) ([]Session, error) {
	var list []Session
	err := c.into(ctx, &list, `SELECT coalesce(jsonb_agg(jsonb_build_object('PID', pid, 'Role', usename, 'Database', coalesce(datname, ''), 'Began', backend_start) ORDER BY pid), '[]')
		FROM pg_stat_activity WHERE (application_name = $1 OR right($1, 1) = '/' AND starts_with(application_name, $1)) AND pid <> pg_backend_pid() AND usesysid IS NOT NULL`,
		pgtools.AppName(tag))
	if err != nil {
		return nil, fail(ctx, err, "see admin_url", "the sessions of %s cannot be seen", tag)
	}
	return list, nil
}

// EndSessions ends those that work for a tag, and returns, with how many there were, when the server says that none is left.
func (s Server) EndSessions(ctx context.Context, tag string) (ended int, err error) {
	admin, err := s.apart().admin(ctx)
	if err != nil {
		return 0, err
	}
	defer admin.end()
	ctx, cancel := context.WithTimeoutCause(ctx, endWithin, refuse("look at pg_stat_activity", "sessions of %s do not end", tag))
	defer cancel()
	told := map[int]bool{}
	for {
		left, err := admin.ofTag(ctx, tag)
		if err != nil || len(left) == 0 {
			return len(told), err
		}
		for _, l := range left {
			told[l.PID] = true
			if err := admin.terminate(ctx, strconv.Itoa(l.PID)); err != nil {
				return len(told), fail(ctx, err, "end it as a superuser", "the session of %s in %s could not be ended", l.Role, l.Database)
			}
		}
		select {
		case <-ctx.Done():
			return len(told), context.Cause(ctx)
		case <-time.After(again):
		}
	}
}
