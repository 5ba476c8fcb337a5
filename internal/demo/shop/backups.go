package shop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"twokey/internal/pgtools"
	"twokey/internal/secret"
)

// dumpWithin is how long pg_dump may take for a few hundred rows.
const dumpWithin = time.Minute

// The files of the shop's own nightly script, by their time: one is as it should be, then somebody changes the script.
const (
	WholeAt = 3 * time.Hour // after midnight
	CutAt   = 4 * time.Hour // the disk was full: it ends in the middle
	FewAt   = 5 * time.Hour // only some of the tables, under the name of all
)

// Night is midnight before the last night that is over. Its times are UTC, as twokey reads those in names.
func Night(now time.Time) time.Time {
	return now.UTC().Add(-FewAt - time.Minute).Truncate(24 * time.Hour)
}

// nightly is the script's doing. What was traded before anybody looked was traded before that night: a backup has no row that is
// younger than itself.
func (d Dir) nightly(ctx context.Context, s Settings) error {
	if s.Backups == "" {
		return nil
	}
	l, err := d.ledger()
	if err != nil {
		return err
	}
	defer l.close()
	if err := l.run(ctx, aged(s.Night.Add(WholeAt))); err != nil {
		return err
	}
	_, err = d.dump(ctx, s, WholeAt)
	return err
}

// aged makes all there is a minute older than a moment, and leaves how far apart it is.
func aged(at time.Time) string {
	when := fmt.Sprintf("= '%s'::timestamptz - interval '1 minute' - (now() - %%s)", at.UTC().Format(time.RFC3339))
	created, paid := fmt.Sprintf(when, "created_at"), fmt.Sprintf(when, "paid_at")
	return "UPDATE users SET created_at " + created + "; UPDATE orders SET created_at " + created + "; UPDATE payments SET paid_at " + paid
}

// spoil puts beside the good backup two newer ones that are none.
func (d Dir) spoil(ctx context.Context) error {
	s, err := d.settings()
	if err != nil {
		return err
	}
	if s.Backups == "" {
		return errNoDatabase
	}
	cut, err := d.dump(ctx, s, CutAt)
	if err != nil {
		return err
	}
	if _, err := d.dump(ctx, s, FewAt, "-t", "users", "-t", "orders", "-t", "migrations"); err != nil {
		return err
	}
	return errors.Join(halve(cut), d.set(Spoiled))
}

// dump writes a backup under the name of a moment of the night. In its folder it appears whole.
func (d Dir) dump(ctx context.Context, s Settings, at time.Duration, which ...string) (string, error) {
	address, err := os.ReadFile(s.Database)
	if err != nil {
		return "", err
	}
	when := s.Night.Add(at)
	file := filepath.Join(s.Backups, fmt.Sprintf("shop_%s.sql.gz", when.Format("20060102_150405")))
	written := d.path("backup.new")
	err = pgtools.Tools{Dir: s.Tools}.Run(ctx, pgtools.Call{Program: "pg_dump", Args: append([]string{"-Z", "6", "-f", written}, which...),
		Target: &pgtools.Target{URL: secret.New(strings.TrimSpace(string(address)))}, Timeout: dumpWithin})
	if err != nil {
		return "", err
	}
	// A file that was written to a moment ago would be taken for one that is still written.
	return file, errors.Join(os.Chtimes(written, when, when), os.Rename(written, file))
}

// halve cuts a file off, and leaves its time as it was.
func halve(file string) error {
	at, err := os.Stat(file)
	if err != nil {
		return err
	}
	return errors.Join(os.Truncate(file, at.Size()/2), os.Chtimes(file, at.ModTime(), at.ModTime()))
}
