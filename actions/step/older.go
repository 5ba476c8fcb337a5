package step

import (
	"context"
	"errors"
	"fmt"

	"twokey/internal/backup"
	"twokey/internal/rows"
)

// orOlder says, of a backup that will not do, which one would be the next to try, and what that would lose. A failure that is not
// about the backup keeps its own hint.
func (r Restore) orOlder(ctx context.Context, env Env, err error) error {
	var f *Failure
	var b *backup.Error
	if err == nil || ctx.Err() != nil || !errors.As(err, &f) && !errors.As(err, &b) {
		return err
	}
	errors.As(failure(err, "the backup cannot be used", ""), &f)
	next, ok := r.older(ctx)
	if !ok {
		return f
	}
	said := *f
	said.Hint = fmt.Sprintf("the next older is %s%s: /restore %s; or single tables: /restore_tables", next.ID, r.loses(ctx, env, next), next.ID)
	return &said
}

// older is the newest usable backup that is older than the one that was asked for.
func (r Restore) older(ctx context.Context) (next backup.File, ok bool) {
	f, err := r.Config.shelf().Find(ctx, r.Backup)
	if err != nil {
		return next, false
	}
	all, err := r.Config.shelf().List(ctx) // newest first
	if err != nil {
		return next, false
	}
	for _, g := range all {
		if g.Usable() && g.Folder != backup.Safety && g.Made.Before(f.Made) {
			return g, true
		}
	}
	return next, false
}

// loses is how many rows going back to a backup would lose by its manifest; empty when that is not known.
func (r Restore) loses(ctx context.Context, env Env, f backup.File) string {
	if f.Manifest == nil {
		return ""
	}
	now, err := rows.Counts(ctx, r.liveSide(env), r.compare(env))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(", which loses %d rows", grown(backup.Contents{Tables: f.Manifest.Rows}.Rows(), now))
}
