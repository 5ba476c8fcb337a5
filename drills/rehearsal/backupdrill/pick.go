package backupdrill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"twokey/drills"
	"twokey/internal/backup"
)

// pinned is the backup that this exercise is about, copied to where only we can write, and what was found in it.
type pinned struct {
	File     backup.Pinned   `json:"file"`
	Contents backup.Contents `json:"contents"`
	Name     string          `json:"name"` // of the file
}

func (p pinned) rows() (n int64) {
	for _, t := range p.Contents.Tables {
		n += max(0, t.Rows)
	}
	return n
}

// newest is the newest backup, whether or not it can be used: that an older one can is no comfort. What is still being written
// is passed over, and so is what nobody takes for a backup. passed says what.
func newest(ctx context.Context, shelf backup.Shelf) (f backup.File, passed []string, err error) {
	files, err := shelf.List(ctx)
	if err != nil { // what is newest in a folder that cannot be read is not known
		return f, nil, err
	}
	for _, f := range files {
		switch {
		case f.Folder == backup.Safety: // what it holds may be what went wrong
		case f.Unfinished != "":
			passed = append(passed, shown(f.Name)+" "+f.Unfinished)
		case aside(f):
			passed = append(passed, shown(f.Name)+" "+f.Problem)
		default:
			return f, passed, nil
		}
	}
	return f, passed, &failure{sentence: "there is no backup", hint: "see /backups, or make one: /backup"}
}

// aside says whether a file is no backup that is damaged, but none at all: a link, or a text without a date in its name.
func aside(f backup.File) bool {
	if f.Problem == "" {
		return false
	}
	info, err := os.Lstat(f.Path)
	other := err == nil && !info.Mode().IsRegular() && !info.IsDir()
	return other || f.Format == backup.Unknown && f.MadeFrom == backup.FromMtime && f.Size > 0
}

// pick is the step that picks the newest backup, pins it, and reads it to its end.
func (s *step) pick(ctx context.Context) error {
	f, passed, err := newest(ctx, s.Shelf)
	for _, p := range passed {
		s.found.Checks = append(s.found.Checks, drills.Check{Name: "passed over", Value: p, State: drills.Told})
	}
	if err != nil {
		s.finding("there is no backup to go back to")
		return err
	}
	s.fact("backup", fmt.Sprintf("%s (%s)", shown(f.Name), f.ID))
	s.fact("made", fmt.Sprintf("%s, by its %s", stamp(f.Made), f.MadeFrom))
	s.age(f)
	p, err := s.pin(ctx, f)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		why, hint := explain(ctx, err)
		why = fmt.Sprintf("the newest backup, %s: %s", shown(f.Name), why)
		var damaged *backup.Error
		if errors.As(err, &damaged) {
			s.finding(why)
		}
		return &failure{sentence: why, hint: hint, cause: err}
	}
	if err := s.complete(ctx, p); err != nil {
		return err
	}
	s.fact("sha256", p.File.SHA256)
	s.found.Line = fmt.Sprintf("%s of %s, %s, read to its end: %s in %s", shown(f.Name), stamp(f.Made), megabytes(f.Size),
		rowsText(p.rows()), count(len(p.Contents.Tables), "table"))
	return nil
}

// complete compares with the newest backup before it of which a manifest tells the tables. A dump of some tables restores as well as
// one of all.
func (s *step) complete(ctx context.Context, p pinned) error {
	files, err := s.Shelf.List(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(files, func(f backup.File) bool { return f.Manifest != nil && f.Made.Before(p.File.Made) })
	if i < 0 {
		return nil
	}
	var tables []string
	for _, t := range files[i].Manifest.Rows {
		tables = append(tables, t.Key())
	}
	c := drills.Check{Name: "tables", Value: count(len(p.Contents.Tables), "table"), State: drills.Green}
	if gone := backup.Complete(p.Contents, tables, nil); len(gone) > 0 {
		c.State, c.Why = drills.Told, fmt.Sprintf("%s had %s, too", shown(files[i].Name), listed(gone))
		s.finding(fmt.Sprintf("the newest backup, %s, does not have %s, which %s has", shown(p.Name), listed(gone), shown(files[i].Name)))
	}
	s.found.Checks = append(s.found.Checks, c)
	return nil
}

func rowsText(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return number(n) + " rows"
}

func (s *step) finding(sentence string) { s.found.Findings = append(s.found.Findings, sentence) }

// age notes how old the newest backup is. That it is too old does not keep it from being tried.
func (s *step) age(f backup.File) {
	age := s.env.Started.Sub(f.Made)
	c := drills.Check{Name: "age of the newest backup", Value: long(age), State: drills.Told}
	if s.MaxAge > 0 {
		c.State = drills.Green
	}
	if why := s.tooOld(age); why != "" {
		c.State, c.Why = drills.Red, why
		s.finding("the newest backup " + why)
	}
	s.found.Checks = append(s.found.Checks, c)
}

// tooOld follows "the newest backup".
func (d *Drill) tooOld(age time.Duration) string {
	if d.MaxAge == 0 || age <= d.MaxAge {
		return ""
	}
	return fmt.Sprintf("is %s old, and may be %s", long(age), long(d.MaxAge))
}

// pin copies the backup into the exercise's folder, and reads the copy.
func (s *step) pin(ctx context.Context, f backup.File) (pinned, error) {
	if err := s.emptyFolder(); err != nil {
		return pinned{}, err
	}
	s.env.Progress("copying and hashing " + shown(f.Name))
	file, err := backup.Pin(ctx, f, s.folder(), s.Floor)
	if err == nil {
		err = file.Intact()
	}
	if err != nil {
		return pinned{}, err
	}
	s.intact(file)
	s.passed("pinned")
	s.env.Progress("reading " + shown(f.Name) + " to its end")
	contents, err := backup.Decode(ctx, s.Tools, file, s.Migrations)
	if err != nil {
		return pinned{}, err
	}
	p := pinned{File: file, Contents: contents, Name: f.Name}
	if err := p.inside(); err != nil {
		return pinned{}, err
	}
	return p, s.write(p)
}

func (s *step) intact(file backup.Pinned) {
	c := drills.Check{Name: "hash", Value: file.SHA256[:12], State: drills.Told, Why: "it has no manifest to compare with"}
	if file.Manifest != nil {
		c.State, c.Why = drills.Green, ""
	}
	s.found.Checks = append(s.found.Checks, c)
}

// inside refuses a backup that reaches beyond the database it is of. In an archive statements about databases are entries, which
// are never loaded.
func (p pinned) inside() error {
	beyond := slices.Clone(p.Contents.Outside)
	if !p.File.Format.Archive() {
		beyond = append(beyond, p.Contents.Databases...)
	}
	if len(beyond) == 0 {
		return nil
	}
	return &backup.Error{Sentence: "it holds what no dump of one database has: " + listed(beyond),
		Hint: "take an archive of pg_dump -Fc, and see who wrote this file"}
}

const pinnedFile = "pinned.json"

func (s *step) emptyFolder() error {
	err := os.RemoveAll(s.folder())
	if err == nil {
		err = os.MkdirAll(s.folder(), 0o700)
	}
	if err != nil {
		return &failure{sentence: "there is no folder of ours for the backup", hint: "see the disk of " + s.Pins, cause: err}
	}
	return nil
}

func (s *step) write(p pinned) error {
	data, err := json.Marshal(p)
	part := filepath.Join(s.folder(), pinnedFile+".part")
	if err == nil {
		err = os.WriteFile(part, data, 0o600)
	}
	if err == nil {
		err = os.Rename(part, filepath.Join(s.folder(), pinnedFile))
	}
	if err != nil {
		return &failure{sentence: "what is in the backup could not be noted", hint: "see the disk of " + s.Pins, cause: err}
	}
	return nil
}

// read gives what the first step pinned.
func (s *step) read() (p pinned, err error) {
	data, err := os.ReadFile(filepath.Join(s.folder(), pinnedFile))
	if err == nil {
		err = json.Unmarshal(data, &p)
	}
	if err == nil && !strings.HasPrefix(p.File.Path, s.folder()+string(filepath.Separator)) {
		err = errors.New("it names a file elsewhere")
	}
	if err != nil {
		return p, &failure{sentence: "the pinned copy of the backup is gone", hint: "start the exercise again", cause: err}
	}
	return p, nil
}
