package backupdrill

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"twokey/drills"
	"twokey/internal/backup"
	"twokey/internal/restore"
)

const (
	// loadJobs is how many tables are loaded at once, where the backup's format lets that be, as in a real restore.
	loadJobs = 2
	// loadMemory is the server's maintenance_work_mem for the indexes.
	loadMemory = "256MB"
	// maxWithout is how often a load is begun anew without what only a superuser may make.
	maxWithout = 20
	// maxNotes is how many notes of a load are told.
	maxNotes = 20
)

// The facts by which later steps know the scratch database.
const (
	factDatabase = "scratch database"
	factMark     = "mark"
)

// make is the step that makes the scratch database and proves that it is not production.
func (s *step) make(ctx context.Context) error {
	p, err := s.read()
	if err != nil {
		return err
	}
	nonce := rand.Text()
	like, err := s.create(ctx, p, nonce)
	if err != nil {
		return err
	}
	seen, err := s.scratch.Prove(ctx, s.name, s.Production.not(), nonce)
	if err != nil {
		return err
	}
	s.fact(factDatabase, s.name.String())
	s.fact(factMark, nonce)
	s.fact("number", fmt.Sprint(seen.OID))
	if seen.System != "" {
		s.fact("server", seen.System)
	}
	s.found.Line = fmt.Sprintf("%s is made (%s, sorts by %s) and marked, and is not %s", s.name, like.Encoding, like.Collate,
		or(s.Production.Name, "production"))
	return nil
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// create makes the scratch database as the backup's was, and marks it.
func (s *step) create(ctx context.Context, p pinned, nonce string) (restore.Like, error) {
	var likes []restore.Like
	if live, there, err := s.scratch.Like(ctx, s.Production.Name); err != nil {
		return restore.Like{}, err
	} else if there {
		likes = append(likes, live)
	}
	if m := p.File.Manifest; m != nil {
		set := m.Settings
		likes = append(likes, restore.Like{Encoding: set.Encoding, Collate: set.Collate, CType: set.CType, Provider: set.Provider, Locale: set.ICULocale})
	}
	encoding := p.Contents.Encoding
	if encoding == "" && len(likes) > 0 {
		encoding = likes[0].Encoding
	}
	like, err := s.scratch.Create(ctx, s.name, or(encoding, "UTF8"), likes...)
	if err != nil {
		return like, err
	}
	s.passed("created")
	return like, s.scratch.Mark(ctx, s.name, nonce)
}

// again makes sure that the scratch database is still the one that this exercise made.
func (s *step) again(ctx context.Context) (nonce string, err error) {
	nonce = s.before(keyScratch, factMark)
	if nonce == "" {
		return "", &failure{sentence: "no scratch database was made", hint: "start the exercise again"}
	}
	_, err = s.scratch.Prove(ctx, s.name, s.Production.not(), nonce)
	return nonce, err
}

// load is the step that loads the backup.
func (s *step) load(ctx context.Context) error {
	p, err := s.read()
	if err == nil {
		s.env.Progress("hashing the pinned copy again")
		err = p.File.Check(ctx)
	}
	if err != nil {
		return err
	}
	nonce, err := s.again(ctx)
	if err != nil {
		return err
	}
	space, err := s.scratch.Space(ctx, s.Production.Name, p.File.Size)
	if err != nil {
		return err
	}
	watched, end := s.scratch.Watch(ctx, space, uint64(max(0, s.Floor)))
	defer end()
	began := time.Now()
	loaded, err := s.loadAll(watched, p, nonce)
	if err == nil {
		s.env.Progress("statistics")
		err = s.scratch.Settle(watched, s.name)
	}
	if err != nil {
		return err
	}
	s.notes(loaded.Notes)
	s.found.Line = fmt.Sprintf("%s loaded into %s in %s", shown(p.Name), s.name, long(time.Since(began)))
	return nil
}

func (s *step) notes(notes []string) {
	for i, note := range notes {
		fmt.Fprintln(s.env.Output, note)
		if i < maxNotes {
			s.found.Checks = append(s.found.Checks, drills.Check{Name: "load", Value: note, State: drills.Told})
		}
	}
}

// loadAll loads all of a backup that can be. What only a superuser may make is not what an exercise is about: the load is begun
// anew without it.
func (s *step) loadAll(ctx context.Context, p pinned, nonce string) (restore.Loaded, error) {
	o := restore.Options{MaintenanceMemory: loadMemory, Security: p.Contents.Security}
	for range maxWithout {
		loaded, err := s.loadOnce(ctx, p, o)
		var r *restore.Error
		if !errors.As(err, &r) || len(r.Skippable) == 0 {
			return loaded, err
		}
		o.Skip = append(o.Skip, r.Skippable...)
		s.env.Progress("without " + strings.Join(o.Skip, ", "))
		if err := s.scratch.Drop(ctx, s.name); err != nil {
			return loaded, err
		}
		if _, err := s.create(ctx, p, nonce); err != nil {
			return loaded, err
		}
	}
	return restore.Loaded{}, &failure{sentence: "the backup has too much that only a superuser may make", hint: "see what the load printed"}
}

func (s *step) loadOnce(ctx context.Context, p pinned, o restore.Options) (restore.Loaded, error) {
	var from restore.Source
	switch p.File.Format {
	case backup.Custom, backup.Directory:
		from.Path, o.Jobs = p.File.Path, loadJobs
	case backup.Tar: // which pg_restore reads by one only
		from.Path = p.File.Path
	default:
		in, err := p.File.Open()
		if err != nil {
			return restore.Loaded{}, err
		}
		defer in.Close()
		from.Stream = in
	}
	if !p.File.Format.Archive() {
		return s.scratch.LoadPlain(ctx, s.name, from.Stream, o)
	}
	return s.scratch.LoadArchive(ctx, s.name, from, o, func(done, of int, what string) {
		line := fmt.Sprintf("%d of %d: %s", done, of, what)
		fmt.Fprintln(s.env.Output, line) // what was loaded is a part of the evidence
		s.env.Progress(line)
	})
}
