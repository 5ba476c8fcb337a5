package rows

import (
	"context"
	"regexp"
)

// Frozen is a database as it was at a moment, for those who read it later. It costs the server what was deleted since: what
// it holds cannot be vacuumed away.
type Frozen struct {
	s    *session
	side Side
}

// Freeze keeps the moment until Close, or for as long as o.Within says.
func Freeze(ctx context.Context, side Side, o Options) (*Frozen, error) {
	s, err := reader(ctx, side, o)
	if err != nil {
		return nil, err
	}
	rows, err := s.all(ctx, "SELECT pg_catalog.pg_export_snapshot()")
	if err != nil || len(rows) != 1 {
		s.end()
		return nil, failed(ctx, "the moment could not be kept", err)
	}
	side.Snapshot = rows[0][0]
	return &Frozen{s, side}, nil
}

// Side is the database as it was.
func (f *Frozen) Side() Side { return f.side }

// Close lets go of the moment.
func (f *Frozen) Close() error { f.s.end(); return nil }

// snapshotName is what the server calls one.
var snapshotName = regexp.MustCompile(`^[0-9A-Fa-f-]+$`)

// then begins to read as it was.
func (s Side) then() string {
	if !snapshotName.MatchString(s.Snapshot) {
		return ""
	}
	return "SET TRANSACTION SNAPSHOT '" + s.Snapshot + "'; "
}
