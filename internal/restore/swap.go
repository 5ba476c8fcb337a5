package restore

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// Switched is a switch that was done.
type Switched struct {
	Live, Kept string
	In, Out    uint32           // the databases that became the service's, and that was
	Rows       map[string]int64 // estimated, of the one from before: it is closed now
	Closed     time.Duration    // how long nobody could connect
	Ended      int              // sessions that were ended
}

// exchange is what a switch does: in gets live's name and live gets out's. It is the same forwards and backwards.
type exchange struct {
	live, in, out string
	liveID, inID  uint32
	inClosed      bool // in was closed before: the one from before is
}

// Swap makes the copy the service's database and keeps the one from before, closed, under its name. In that order: nobody new
// gets into either; who is in is ended; both are renamed, and the new one opened, in one transaction. If anything fails all is
// as it was, and the present one open.
func (s Server) Swap(ctx context.Context, live Live, name, kept string) (Switched, error) {
	return s.exchange(ctx, live, name, kept)
}

// Undo is the way back: the database from before becomes the service's again, and the present one is kept under another name.
func (s Server) Undo(ctx context.Context, live Live, kept, aside string) (Switched, error) {
	return s.exchange(ctx, live, kept, aside)
}

func (s Server) exchange(ctx context.Context, live Live, in, out string) (Switched, error) {
	x := exchange{live: live.Identity.Name, in: in, out: out, liveID: live.Identity.OID, inID: live.In}
	admin, err := s.admin(ctx)
	if err != nil {
		return Switched{}, err
	}
	defer func() { admin.end() }()
	now, err := s.unchanged(ctx, admin, live)
	if err != nil {
		return Switched{}, err
	}
	if err := s.ready(ctx, admin, &x); err != nil {
		return Switched{}, err
	}
	done := Switched{Live: x.live, Kept: out, In: x.inID, Out: x.liveID, Rows: now.Rows}
	if err := s.passed("looked"); err != nil {
		return Switched{}, err
	}
	begun := time.Now()
	done.Ended, err = s.swap(ctx, admin, x)
	if err != nil {
		// Whether it was done is what the catalogue says: a connection may break after the server did what we asked.
		if err = s.mend(x, admin, err); err != nil {
			return Switched{}, err
		}
	}
	done.Closed = time.Since(begun)
	return done, nil
}

// unchanged looks again: what was approved is a switch of this database, with nothing in the way.
func (s Server) unchanged(ctx context.Context, admin session, live Live) (Live, error) {
	now, err := s.row(ctx, admin, live.Identity.Name)
	if err != nil {
		return now, err
	}
	now.Identity.Host, now.Identity.Port = live.Identity.Host, live.Identity.Port
	if now.Identity != live.Identity {
		return now, refuse("look again what is there", "%s is another database now than the one that was looked at", live.Identity.Name)
	}
	if err := s.inspect(ctx, admin, &now); err != nil {
		return now, err
	}
	if !now.Can.Swap {
		return now, refuse("twokey check prints the SQL for its roles", "no switch: %s", now.Can.Missing[0])
	}
	if len(now.Blockers) > 0 {
		return now, refuse(now.Blockers[0].Hint, "no switch: %s", now.Blockers[0].Sentence)
	}
	return now, nil
}

// ready looks at the database that is to come in.
func (s Server) ready(ctx context.Context, admin session, x *exchange) error {
	if x.in == x.live || x.out == x.live || x.in == x.out || len(x.out) > maxName {
		return refuse("", "no switch of %s with %s and %s", x.live, x.in, x.out)
	}
	rows, err := admin.rows(ctx, `SELECT oid, pg_get_userbyid(datdba) = $2, pg_has_role(datdba, 'USAGE'), EXISTS (SELECT FROM pg_database WHERE datname = $3),
		(SELECT count(*) FROM pg_prepared_xacts WHERE database = $1), datallowconn, `+halfSQL+` FROM pg_database WHERE datname = $1`, x.in, s.loadRole(), x.out)
	switch {
	case err != nil:
		return fail(ctx, err, "see admin_url", "%s cannot be looked at", x.in)
	case len(rows) != 1:
		return refuse("look what is there", "no switch: there is no database %s", x.in)
	case rows[0][6] == "t":
		return refuse("drop it", "no switch: the dropping of %s was cut off half way, and nothing of it is left", x.in)
	case rows[0][1] == "t":
		return refuse("finish it, or drop it", "no switch: %s is not finished, it still belongs to the role that loads", x.in)
	case rows[0][2] != "t":
		return refuse("twokey check prints the SQL for its roles", "no switch: %s belongs to somebody whose rights the role of admin_url has not", x.in)
	case rows[0][3] == "t":
		return refuse("look what is there", "no switch: there is a database %s already", x.out)
	case rows[0][4] != "0":
		return refuse("whoever prepared it has to end it", "no switch: there is a prepared transaction in %s", x.in)
	}
	id, err := strconv.ParseUint(rows[0][0], 10, 32)
	if x.inID != 0 && x.inID != uint32(id) {
		return refuse("look what is there", "no switch: %s is another database now than the one that was looked at", x.in)
	}
	x.inID, x.inClosed = uint32(id), rows[0][5] != "t"
	return err
}

// swap does it. Every error is for mend.
func (s Server) swap(ctx context.Context, admin session, x exchange) (ended int, err error) {
	for _, name := range []string{x.in, x.live} {
		if err := admin.do(ctx, allow(name, false)); err != nil {
			return 0, fail(ctx, err, "nothing was changed", "%s could not be closed", name)
		}
		if err := s.passed("closed " + name); err != nil {
			return 0, err
		}
	}
	for deadline := time.Now().Add(swapWithin); ; {
		n, err := s.empty(ctx, admin, x, deadline)
		ended += n
		if err != nil {
			return ended, err
		}
		err = s.rename(ctx, admin, x)
		if err == nil || !busy(err) || time.Now().After(deadline) {
			return ended, err
		}
		// Somebody whom the gate had let in just before was not in sight yet.
		if err := admin.do(ctx, "ROLLBACK"); err != nil {
			return ended, fail(ctx, err, "nothing was changed", "no switch")
		}
	}
}

func allow(name string, yes bool) string {
	return fmt.Sprintf("ALTER DATABASE %s ALLOW_CONNECTIONS %t", ident(name), yes)
}

func (s Server) passed(step string) error {
	if s.Passed == nil || step == "" {
		return nil
	}
	return s.Passed(step)
}
