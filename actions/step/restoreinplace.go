package step

import (
	"context"
	"fmt"
	"time"

	"twokey/internal/backup"
	"twokey/internal/restore"
	"twokey/internal/rows"
)

// inPlaceBytes is how much of an archive is loaded in a second when nothing better is known (measured: 306 MB in 54 s on two
// cores, with its indexes).
const inPlaceBytes = 5_500_000

// planInPlace is the plan of a restore without a copy: what would be lost, and how long the service is down for it.
func (r Restore) planInPlace(ctx context.Context, env Env) ([]Fact, error) {
	p, err := r.pinned(ctx, env)
	if err != nil {
		return nil, failure(err, "the backup cannot be read", "choose another: /backups")
	}
	if !p.File.Format.Archive() {
		return nil, &Failure{Sentence: fmt.Sprintf("the backup %s is plain SQL, which cannot be put over what is there", p.File.ID), Hint: "choose an archive of pg_dump -Fc: /backups"}
	}
	counts, err := rows.Counts(ctx, r.liveSide(env), r.compare(env))
	if err != nil {
		return nil, failure(err, "the rows that are there now cannot be counted", "see /preflight")
	}
	if err := p.fits(counts); err != nil {
		return nil, err
	}
	s, err := connect(ctx, env.ReadURL, env.Tag, true, queryWithin)
	if err != nil {
		return nil, unanswered(err, false, "the database cannot be looked at")
	}
	defer s.end()
	base, err := s.databaseFact(ctx)
	if err != nil {
		return nil, unanswered(err, true, "the database cannot be looked at")
	}
	facts := append(p.facts(), base, r.lost(env, p, counts))
	facts = append(facts, r.pairing(ctx, env, p)...)
	return append(facts, Fact{Name: "the service is down for about", Kind: Shown, Value: down(p.File.Size, env.LastCopy).String()},
		Fact{Name: "no database from before is kept", Kind: Shown}), nil
}

// down is how long a load takes: as long as the last one, or by its size.
func down(size int64, last time.Duration) time.Duration {
	if last > 0 {
		return last.Round(time.Second)
	}
	return max(time.Second, (time.Duration(size/inPlaceBytes) * time.Second).Round(time.Second))
}

// inPlace puts the pinned backup over what is there. The service is down.
func (r Restore) inPlace(ctx context.Context, env Env) error {
	p, ok := env.readPinned()
	if !ok {
		return &Failure{Sentence: "the pinned copy of the backup is gone", Hint: "ask again"}
	}
	if err := p.File.Check(ctx); err != nil {
		return err
	}
	if err := r.within(ctx, env); err != nil {
		return err
	}
	from := restore.Source{Path: p.File.Path}
	if f := p.File.Format; f != backup.Custom && f != backup.Directory && f != backup.Tar {
		in, err := p.File.Open()
		if err != nil {
			return err
		}
		defer in.Close()
		from = restore.Source{Stream: in}
	}
	tell := func(done, of int, what string) { env.progress("%d of %d: %s", done, of, what) }
	if err := r.server(env).InPlace(ctx, from, restore.Options{Security: p.Contents.Security}, tell); err != nil {
		return err
	}
	return env.dropScratch()
}
