package restore

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// errUnknown says that the server could not be asked what became of a switch.
var errUnknown = errors.New("the server could not be asked")

// mend finds out what became of a switch that broke, and opens what it had closed. nil means that it was done after all. It
// has its own time: a switch that was cancelled must not leave a closed gate.
func (s Server) mend(x exchange, broken session, cause error) error {
	ctx, cancel := context.WithTimeout(context.Background(), mendWithin)
	defer cancel()
	pid := broken.PID()
	broken.end() // what it had begun is undone by that
	for {
		done, err := s.settle(ctx, x, pid)
		switch {
		case err == nil && done:
			return nil
		case err == nil:
			return cause
		}
		select {
		case <-ctx.Done():
			return &Error{Sentence: "the switch broke, and the server does not answer: whether it was done is not known", Hint: "look what is there as soon as the server is back",
				Cause: errors.Join(cause, errUnknown, err), Away: true, Unknown: true}
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// settle makes sure that the session that was switching is gone, so that what the catalogue says is final, and opens both
// databases if nothing was switched.
func (s Server) settle(ctx context.Context, x exchange, pid uint32) (done bool, err error) {
	admin, err := s.admin(ctx)
	if err != nil {
		return false, err
	}
	defer admin.end()
	left, err := admin.column(ctx, "SELECT pid FROM pg_stat_activity WHERE pid = $1 AND pid <> pg_backend_pid() AND usename = current_user AND application_name = current_setting('application_name')",
		strconv.FormatUint(uint64(pid), 10))
	if err != nil {
		return false, err
	}
	if len(left) > 0 {
		return false, errors.Join(admin.terminate(ctx, left[0]), errUnknown)
	}
	now, err := admin.rows(ctx, "SELECT oid, datname, datallowconn FROM pg_database WHERE oid IN ($1, $2)",
		strconv.FormatUint(uint64(x.liveID), 10), strconv.FormatUint(uint64(x.inID), 10))
	if err != nil {
		return false, err
	}
	for _, row := range now {
		if row[0] == strconv.FormatUint(uint64(x.inID), 10) && row[1] == x.live {
			return true, nil
		}
	}
	return false, admin.reopen(ctx, now, x)
}

// reopen opens what a switch that was not done has closed. What was closed before it, as the one from before is, is none of it.
func (c session) reopen(ctx context.Context, now [][]string, x exchange) error {
	for _, row := range now {
		wasOpen := row[1] == x.live || row[1] == x.in && !x.inClosed
		if wasOpen && row[2] != "t" {
			if err := c.do(ctx, allow(row[1], true)); err != nil {
				return err
			}
		}
	}
	return nil
}
