package restore

import "context"

// lineSQL has those who work on copies come one after the other, for as long as the session lives. REASSIGN OWNED touches every
// database of ops_load, also one that another twokey with the same roles is just making, and PostgreSQL answers the second of
// two who change one database with an error (XX000, tuple concurrently updated).
const lineSQL = "SELECT pg_advisory_lock(8392794213)"

// inLine waits for its turn, which lasts until the function it gives is called.
func (s Server) inLine(ctx context.Context) (done func(), err error) {
	c, err := s.admin(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.do(ctx, lineSQL); err != nil {
		c.end()
		return nil, fail(ctx, err, "see who else works on copies on this server", "it could not be its turn to work on a copy")
	}
	return c.end, nil
}
