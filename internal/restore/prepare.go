package restore

import (
	"context"
	"errors"
)

// Prepare runs statements in a copy that ops_load still owns, all or none, and gathers the statistics that a loaded database
// lacks. It works as ops_load: what a backup brought may run in it, and can do no more than when it was loaded.
func (s Server) Prepare(ctx context.Context, live Live, name string, before []string) error {
	c, err := s.open(ctx, "load_url", s.Load, name, s.timeout(), map[string]string{"search_path": "public", "row_security": "off"})
	if err != nil {
		return err
	}
	defer c.end()
	if len(before) > 0 {
		if err := c.together(ctx, before); err != nil {
			return err
		}
	}
	if err := c.do(ctx, "ANALYZE"); err != nil {
		return fail(ctx, err, "see the server's log", "the statistics of %s could not be gathered", name)
	}
	return nil
}

// together runs statements in one transaction. They see and change all rows: the session's role owns the tables, and row-level
// security that binds owners, too, is set aside meanwhile; otherwise a DELETE would leave, without a word, what a policy hides.
func (c session) together(ctx context.Context, statements []string) error {
	if err := c.do(ctx, "BEGIN"); err != nil {
		return fail(ctx, err, "see the server", "no transaction could be begun")
	}
	err := c.unforced(ctx, func() error { return c.each(ctx, statements) })
	var said *Error
	switch {
	case errors.As(err, &said):
		return err
	case err != nil:
		return fail(ctx, err, "correct before_switch", "row-level security could not be set aside for before_switch")
	}
	if err := c.do(ctx, "COMMIT"); err != nil {
		return fail(ctx, err, "correct before_switch", "before_switch could not be committed")
	}
	return nil
}

func (c session) each(ctx context.Context, statements []string) error {
	for i, sql := range statements {
		if err := c.do(ctx, sql); err != nil {
			return fail(ctx, err, "correct before_switch", "statement %d of before_switch", i+1)
		}
	}
	if c.TxStatus() != 'T' {
		return refuse("correct before_switch: its statements are one transaction", "before_switch ended its transaction")
	}
	return nil
}
