package step

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"twokey/internal/backup"
	"twokey/internal/pgtools"
	"twokey/internal/rows"
)

// What a Backup step does.
const (
	doMake   = "make"   // write a full one
	doVerify = "verify" // prove one, as far as can be proven
	doWhen   = "when"   // find the first in which a check is red

	howDecode = "decode" // without a restore
)

// Backup makes a backup, or proves one.
type Backup struct {
	Do     string `yaml:"do" json:"do"`
	Into   string `yaml:"into" json:"into,omitempty"`     // make: the folder's name
	Backup string `yaml:"backup" json:"backup,omitempty"` // verify: an id, latest or safety
	How    string `yaml:"how" json:"how,omitempty"`       // verify: restore, or decode
	Check  string `yaml:"check" json:"check,omitempty"`   // when: the name of one that asks the database

	Bound  bool            `yaml:"-" json:"bound,omitempty"`  // set by Bind: braces are now text
	Config *DatabaseConfig `yaml:"-" json:"config,omitempty"` // set by Load
	Checks []Check         `yaml:"-" json:"checks,omitempty"` // set by Load: those that are SQL
}

// Load takes the service's database and its checks.
func (b Backup) Load(site Site) (Kind, error) {
	c := site.Database
	b.Config, b.Checks = &c, sqlChecks(site.Checks)
	return &b, b.complete()
}

// sqlChecks are the checks that can be made in any database.
func sqlChecks(all []Check) []Check {
	return slices.DeleteFunc(slices.Clone(all), func(c Check) bool { return c.SQL == "" })
}

func (b Backup) complete() error {
	switch {
	case b.Config == nil:
		return errors.New("was not loaded")
	case b.Do != doMake && b.Do != doVerify && b.Do != doWhen:
		return fmt.Errorf("do %q: is make, verify or when", b.Do)
	case (b.Do == doMake) != (b.Into != "") || (b.Do == doVerify) != (b.Backup != "") || (b.Do == doWhen) != (b.Check != ""):
		return errors.New("make needs into, verify needs backup, when needs check, and none another's")
	case b.Into != "" && b.Config.folder(b.Into) == "":
		return fmt.Errorf("service.backups.%s: is not in the config", b.Into)
	}
	return wholes(b.Bound, b.Backup, b.How, b.Check)
}

// About says what it does. Proving one loads it beside, and drops that again.
func (b Backup) About() About {
	switch b.Do {
	case doMake:
		return About{Title: "full backup into " + b.Into, Effect: Protect}
	case doWhen:
		return About{Title: "look into the backups, by halves", Effect: Protect}
	}
	return About{Title: "prove the backup", Effect: Protect}
}

// Placeholders is the name of its parameter.
func (b Backup) Placeholders() []string {
	return placeholders(b.Bound, b.Backup, b.How, b.Check)
}

// Bind fills in which backup. A step that is bound stays as it is.
func (b Backup) Bind(args map[string]string) (Kind, error) {
	err := fillWhole(b.Bound, args, &b.Backup, &b.How, &b.Check)
	b.Bound = true
	return &b, err
}

// Plan says which backup it is about.
func (b Backup) Plan(ctx context.Context, _ Env) ([]Fact, error) {
	if b.Do != doVerify {
		return nil, nil
	}
	f, err := b.Config.shelf().Find(ctx, b.Backup)
	if err != nil {
		return nil, failure(err, "the backup cannot be found", "see /backups")
	}
	return []Fact{{Name: "backup", Kind: Shown, Value: fmt.Sprintf("%s, %s, %s", f.ID, megabytes(f.Size), f.Format)}}, nil
}

// Run does it.
func (b Backup) Run(ctx context.Context, env Env) error {
	switch b.Do {
	case doMake:
		return failure(b.make(ctx, env), "the backup could not be made", "see the run's output")
	case doWhen:
		return failure(b.when(ctx, env), "the backups could not be looked into", "see the run's output")
	}
	return failure(b.verify(ctx, env), "the backup could not be proven", "see the run's output")
}

func (b Backup) make(ctx context.Context, env Env) error {
	if !env.Base.Admin.IsZero() { // else nobody can say which database it is
		if _, err := look(ctx, env, b.Config.server(env)); err != nil {
			return err
		}
	}
	if b.Into == backup.Safety {
		if err := os.MkdirAll(b.Config.folder(b.Into), 0o700); err != nil {
			return &Failure{Sentence: "there is no folder for safety copies, and none can be made", Hint: "make it, for twokey alone: service.backups.safety", Cause: err}
		}
	}
	m := backup.Maker{Tools: b.Config.tools(), Read: env.ReadURL, Dir: b.Config.folder(b.Into), Folder: b.Into, Floor: env.Base.Floor, Tag: env.Tag,
		By: env.Run, Migrations: b.Config.Migrations, Progress: func(line string) { env.progress("%s", line) }}
	f, err := m.Make(ctx, backupName(env, b.Into))
	if err != nil {
		return err
	}
	t := tried(f)
	t.Folder, t.Own, t.Level = b.Into, true, int(backup.Intact)
	if f.Manifest != nil {
		t.SHA256, t.Tables = f.Manifest.SHA256, len(f.Manifest.Rows)
		for _, r := range f.Manifest.Rows {
			t.Rows += max(0, r.Rows)
		}
	}
	env.data(Data{Backup: &t})
	return nil
}

// backupName is a new file's: who reads the folder sees when it was made, and two of one second have different runs.
func backupName(env Env, into string) string {
	return fmt.Sprintf("twokey_%s_%d_%s", time.Now().UTC().Format("20060102_150405"), env.Run, into)
}

func tried(f backup.File) Tried {
	return Tried{ID: f.ID, Folder: f.Folder, Name: f.Name, Size: f.Size, Modified: f.Written.UTC(), Made: f.Made.UTC(), Format: string(f.Format), Own: !f.Foreign()}
}

// verify climbs the ladder: it is intact, it decodes, it is complete, it is what one would expect, it can be restored. What it
// found is told whether it ends well or not.
func (b Backup) verify(ctx context.Context, env Env) (err error) {
	f, err := b.Config.shelf().Find(ctx, b.Backup)
	if err != nil {
		return err
	}
	c := climb{Backup: b, env: env, file: f, tried: tried(f)}
	defer func() {
		if cleared := env.dropScratch(); err == nil {
			err = cleared
		}
		if ctx.Err() == nil {
			if err != nil && len(c.tried.Wrong) == 0 {
				c.tried.Wrong = append(c.tried.Wrong, sentenceOf(err))
			}
			env.data(Data{Backup: &c.tried})
		}
	}()
	return c.run(ctx)
}

// sentenceOf is what people read of an error.
func sentenceOf(err error) string {
	var f *Failure
	if errors.As(failure(err, "it could not be read", ""), &f) {
		return f.Sentence
	}
	return err.Error()
}

// climb is one way up the ladder.
type climb struct {
	Backup
	env   Env
	file  backup.File
	pin   pinned
	tried Tried
	now   func() (map[string]int64, error) // the rows of the database; nil: it cannot be asked
}

func (c *climb) run(ctx context.Context) error {
	if !c.env.ReadURL.IsZero() {
		ctx, cancel := context.WithCancel(ctx)
		c.now = meanwhile(func() (map[string]int64, error) {
			return rows.Counts(ctx, rows.Side{URL: c.env.ReadURL}, rows.Options{Within: countWithin, Tag: pgtools.AppName(c.env.Tag)})
		})
		defer func() { cancel(); _, _ = c.now() }()
	}
	rungs := []func(context.Context) error{c.decodes, c.expected, c.restored}
	if c.How == howDecode {
		rungs = rungs[:2]
	}
	for _, rung := range rungs {
		if err := rung(ctx); err != nil {
			return err
		}
	}
	if len(c.tried.Wrong) > 0 {
		return &Failure{Sentence: "the backup " + c.file.ID + " is not what it should be: " + strings.Join(c.tried.Wrong, "; "), Hint: "make a new one: /backup"}
	}
	return nil
}

// decodes is levels one and two.
func (c *climb) decodes(ctx context.Context) error {
	p, err := pin(ctx, *c.Config, c.env, c.file)
	c.pin = p
	if err != nil {
		return err
	}
	c.tried.SHA256, c.tried.Level, c.tried.Tables, c.tried.Rows = p.File.SHA256, int(backup.Decodes), len(p.Contents.Tables), p.rows()
	return nil
}

// expected is levels three and four: beside what is there now, where that can be asked.
func (c *climb) expected(ctx context.Context) error {
	if c.now == nil {
		c.tried.Not = append(c.tried.Not, "no comparison with the database: no read_url in the config")
		return nil
	}
	now, err := c.now()
	if err != nil {
		c.tried.Not = append(c.tried.Not, "no comparison with the database: "+sentenceOf(err))
		return nil
	}
	if err := c.pin.fits(now); err != nil {
		return err
	}
	c.tried.Level = int(backup.Whole)
	wrong, err := c.unusual(ctx, now)
	if err != nil {
		return err
	}
	if old := c.tooOld(); old != "" {
		wrong = append(wrong, old)
	}
	if c.tried.Wrong = append(c.tried.Wrong, wrong...); len(wrong) == 0 {
		c.tried.Level = int(backup.Usual)
	}
	return nil
}

// unusual compares with the other backups and with what is there now.
func (c *climb) unusual(ctx context.Context, now map[string]int64) ([]string, error) {
	files, err := c.Config.shelf().List(ctx)
	if err != nil {
		return nil, err
	}
	var sizes []int64
	for _, f := range files {
		if f.Usable() && f.Folder == c.file.Folder && f.Format == c.file.Format && f.Made.Before(c.file.Made) && len(sizes) < 7 {
			sizes = append(sizes, f.Size)
		}
	}
	var before map[string]int64
	for _, f := range files {
		if f.Manifest != nil && f.Made.Before(c.file.Made) && before == nil {
			before = backup.Contents{Tables: f.Manifest.Rows}.Rows()
		}
	}
	return backup.Plausible(c.pin.Contents, before, now, sizes, c.file.Size), nil
}
