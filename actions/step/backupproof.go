package step

import (
	"context"
	"errors"
	"fmt"
	"time"

	"twokey/internal/backup"
	"twokey/internal/restore"
)

// dropWithin is how long dropping a copy may take, also after a cancel.
const dropWithin = time.Minute

// beside loads a pinned backup beside the database, has something done with it, and drops it again, whatever comes.
func (c DatabaseConfig) beside(ctx context.Context, env Env, p pinned, do func(name string) error) (err error) {
	s := c.server(env)
	live, err := s.Look(ctx)
	if err != nil {
		return err
	}
	if !live.Can.Swap {
		return may(live)
	}
	name, _ := restore.Names(live.Identity.Name, env.Run)
	// One that a crash left is of this run, and nothing of it is known.
	if err := s.DropCopy(ctx, live.Identity.Name, env.Run); err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropWithin)
		defer cancel()
		err = errors.Join(err, s.DropCopy(end, live.Identity.Name, env.Run))
	}()
	if err := p.load(ctx, env, s, live, name); err != nil {
		return err
	}
	if err := s.Prepare(ctx, live, name, nil); err != nil {
		return err
	}
	if _, err := s.Adopt(ctx, live, name); err != nil {
		return err
	}
	return do(name)
}

// restored is level five: the backup is loaded beside, what came out is looked at, and it is dropped again.
func (c *climb) restored(ctx context.Context) error {
	if c.env.Base.Admin.IsZero() || c.env.Base.Load.IsZero() {
		c.tried.Not = append(c.tried.Not, "no restore: no admin_url and load_url in the config")
		return nil
	}
	began := time.Now()
	err := c.Config.beside(ctx, c.env, c.pin, func(name string) error {
		c.tried.Took = time.Since(began)
		return inspect(ctx, c.env, name, c.pin, c.Checks)
	})
	if err == nil {
		c.tried.Level = int(backup.Proven)
	}
	return err
}

// tooOld is what is wrong with the latest backup when there should be a newer one.
func (c *climb) tooOld() string {
	age := time.Since(c.file.Made)
	if c.Backup.Backup != "latest" || c.Config.MaxAge == 0 || age <= c.Config.MaxAge {
		return ""
	}
	return fmt.Sprintf("the latest backup is %s old, at most %s", age.Round(time.Minute), c.Config.MaxAge)
}
