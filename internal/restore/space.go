package restore

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Space is whether a copy fits beside the present database.
type Space struct {
	Size, Needed int64  // of the present one, and for a copy, in bytes
	Free         int64  // on the server's disk; -1: cannot be checked
	Dir          string // where that is
	Unknown      string // why it cannot be checked
}

// Enough says whether it fits, and nothing when that cannot be checked. A tenth is kept beyond what is needed: a full disk
// would stop the present database, too.
func (p Space) Enough() bool { return p.Free < 0 || p.Free >= p.Needed+p.Needed/10 }

// Space measures. A restored copy is at most as large as the present database, and while it is loaded the server keeps up to
// max_wal_size of its log.
func (s Server) Space(ctx context.Context, live string) (Space, error) {
	admin, err := s.admin(ctx)
	if err != nil {
		return Space{}, err
	}
	defer admin.end()
	rows, err := admin.rows(ctx, `SELECT pg_database_size($1::name), pg_size_bytes(current_setting('max_wal_size')),
		CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN current_setting('data_directory') ELSE '' END`, live)
	if err != nil || len(rows) != 1 {
		return Space{}, fail(ctx, err, "see admin_url", "the size of %s cannot be found out", live)
	}
	p := Space{Free: -1, Dir: rows[0][2]}
	p.Size, _ = strconv.ParseInt(rows[0][0], 10, 64)
	wal, _ := strconv.ParseInt(rows[0][1], 10, 64)
	p.Needed = p.Size + p.Size/10 + wal
	if p.Unknown = s.unseen(p.Dir); p.Unknown != "" {
		return p, nil
	}
	free, err := s.free(p.Dir)
	if err != nil {
		p.Unknown = "the server's disk cannot be asked"
		return p, nil
	}
	p.Free = int64(free)
	return p, nil
}

// unseen says why the server's disk cannot be looked at from here.
func (s Server) unseen(dir string) string {
	c, err := pgconn.ParseConfig(s.Admin.Reveal())
	switch {
	case err != nil:
		return "the server's address cannot be read"
	case len(s.Tools.Prefix) > 0:
		return "the server is in a container"
	case c.Host != "localhost" && c.Host[:1] != "/" && !net.ParseIP(c.Host).IsLoopback():
		return "the server is on another machine"
	case dir == "":
		return "the role of admin_url may not know where the server's files are: GRANT pg_read_all_settings to it"
	}
	if _, err := os.Stat(dir); err != nil && !os.IsPermission(err) {
		return "the server's files are not on this machine"
	}
	return ""
}

func (s Server) free(dir string) (uint64, error) {
	if s.Free != nil {
		return s.Free(dir)
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, err
	}
	return fs.Bavail * uint64(fs.Bsize), nil
}

// Watch gives a context that is cancelled when less than floor is free on the server's disk, with that as its cause; stop it
// when the work is done. tick says when to look; nil: twice a second.
func (s Server) Watch(ctx context.Context, p Space, floor uint64, tick <-chan time.Time) (context.Context, func()) {
	watched, cancel := context.WithCancelCause(ctx)
	if p.Free < 0 {
		return watched, func() { cancel(nil) }
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if tick == nil {
			t := time.NewTicker(500 * time.Millisecond)
			defer t.Stop()
			tick = t.C
		}
		for {
			select {
			case <-watched.Done():
				return
			case <-tick:
			}
			if free, err := s.free(p.Dir); err == nil && free < floor {
				cancel(refuse("make room on the server's disk", "stopped: the server's disk has only %s left, and the service needs it", size(free)))
			}
		}
	}()
	return watched, func() { cancel(nil); <-done }
}

func size(n uint64) string { return fmt.Sprintf("%d MB", n/1e6) }
