package step

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"twokey/internal/proc"
)

// Migrate takes back the database's last change of shape, with the service's own program. Whether it did, the table of
// migrations says and not the program's exit code.
type Migrate struct {
	Do string `yaml:"do" json:"do"` // revert

	Table   string     `yaml:"-" json:"table,omitempty"`   // set by Load
	Argv    []string   `yaml:"-" json:"argv,omitempty"`    // set by Load
	Program string     `yaml:"-" json:"program,omitempty"` // set by Load; absolute
	Git     string     `yaml:"-" json:"git,omitempty"`     // set by Load; empty: not here
	Dir     string     `yaml:"-" json:"dir,omitempty"`     // set by Load
	As      *proc.User `yaml:"-" json:"as,omitempty"`      // set by Load
}

const (
	doRevert = "revert"
	// migrateWithin is how long the service's program may take.
	migrateWithin = 30 * time.Minute
	gitWithin     = 20 * time.Second
)

// Load resolves the program and the user.
func (m Migrate) Load(site Site) (Kind, error) {
	var err error
	m.Table, m.Argv, m.Dir = site.Database.Migrations, site.Database.Revert, site.Dir
	if len(m.Argv) == 0 {
		return nil, errors.New("service.migrations.revert: is not in the config")
	}
	name := m.Argv[0]
	if strings.Contains(name, "/") && !filepath.IsAbs(name) {
		name = filepath.Join(m.Dir, name)
	}
	if m.Program, err = site.program(name); err != nil {
		return nil, err
	}
	if m.As, err = site.user(); err != nil {
		return nil, err
	}
	m.Git, _ = site.program("git") // without it nobody can say which commits are without the migration
	return &m, m.complete()
}

func (m Migrate) complete() error {
	switch {
	case m.Do != doRevert:
		return fmt.Errorf("do %q: is revert", m.Do)
	case !filepath.IsAbs(m.Program) || !filepath.IsAbs(m.Dir) || len(m.Argv) == 0 || m.Table == "":
		return errors.New("was not loaded")
	}
	return nil
}

// About says that it changes the database.
func (m Migrate) About() About {
	return About{Title: "take back the last migration", Effect: Change}
}

// Bind has nothing to fill in.
func (m Migrate) Bind(map[string]string) (Kind, error) { return &m, nil }

// Plan says which migration that is, and whether the code that is there would apply it again.
func (m Migrate) Plan(ctx context.Context, env Env) ([]Fact, error) {
	list, err := Migrations(ctx, env, m.Table)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, &Failure{Sentence: "there is no migration to take back: " + m.Table + " is empty", Hint: "see /migrations"}
	}
	last := list[len(list)-1]
	facts := []Fact{{Name: "takes back", Kind: Shown, Value: last}, {Name: "last migration", Kind: Pinned, Value: last}}
	sum, err := fileSum(m.Program)
	if err != nil {
		return nil, failure(err, "program "+m.Program+" cannot be read", "see its mode on the host, or correct the config")
	}
	facts = append(facts, Fact{Name: "program " + m.Program, Kind: Pinned, Value: "sha256:" + sum})
	return append(facts, m.pairing(ctx, env, last)...), nil
}

// pairing says which code goes with the database as it will be.
func (m Migrate) pairing(ctx context.Context, env Env, name string) []Fact {
	told := func(text string) []Fact { return []Fact{{Name: text, Kind: Shown}} }
	file, known := m.file(ctx, env, name)
	switch {
	case !known:
		return append(told("whether the code would apply it again cannot be seen"), told("so the service stays stopped")...)
	case file == "":
		return told("the code that is there is without it, and can be started")
	}
	facts := append(told("the code that is there has it, and would apply it again"), told("so the service stays stopped")...)
	if log, err := m.git(ctx, env, "log", "--diff-filter=A", "--format=%h", "-1", "--", file); err == nil && log != "" {
		facts = append(facts, Fact{Name: "without it are the commits before", Kind: Shown, Value: log})
	}
	return facts
}

// file is the one in the code that holds a migration, empty when there is none; false when the code cannot be asked. A
// migration's file has the migration's name or its number in its own.
func (m Migrate) file(ctx context.Context, env Env, name string) (string, bool) {
	files, err := m.git(ctx, env, "ls-files")
	if err != nil {
		return "", false
	}
	digits := strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-")
	for _, f := range strings.Split(files, "\n") {
		base := filepath.Base(f)
		if strings.Contains(base, name) || len(digits) >= 8 && strings.Contains(base, digits) {
			return f, true
		}
	}
	return "", true
}

// git asks the code, as the user it belongs to. Nothing of the repository's own configuration may run a program.
func (m Migrate) git(ctx context.Context, env Env, args ...string) (string, error) {
	if m.Git == "" {
		return "", errors.New("git: is not here")
	}
	out, said := proc.NewBounded(1<<20, 0), proc.NewBounded(0, 2<<10)
	res, err := proc.Run(ctx, proc.Cmd{Path: m.Git, Dir: m.Dir, As: m.As, Timeout: gitWithin, Tag: env.Tag, Output: out, Stderr: said,
		Args: append([]string{"-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-pager"}, args...),
		Env:  []string{"PATH=" + systemPath, "GIT_OPTIONAL_LOCKS=0", "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C"}})
	if err == nil && !res.OK() {
		err = fmt.Errorf("git: ended with %d", res.Exit)
	}
	return strings.TrimSpace(out.String()), err
}

// Run takes it back, and looks whether it is gone.
func (m Migrate) Run(ctx context.Context, env Env) error {
	before, err := Migrations(ctx, env, m.Table)
	if err != nil {
		return err
	}
	if i := lastMigration(env.Facts); i >= 0 && (len(before) == 0 || before[len(before)-1] != env.Facts[i].Value) {
		return &Failure{Sentence: "the last migration is not the one that was approved", Hint: "see /migrations, and ask again"}
	}
	e := Exec{Argv: m.Argv, Program: m.Program, Dir: m.Dir, As: m.As, Timeout: migrateWithin, Effect: Change, Bound: true, Env: []string{"HOME", "USER", "PATH"}}
	if err := e.Run(ctx, withPath(env)); err != nil {
		return err
	}
	after, err := Migrations(ctx, env, m.Table)
	if err != nil {
		return err
	}
	if err := gone(before, after); err != nil {
		return err
	}
	said := before[len(before)-1] + " is taken back"
	for _, f := range m.pairing(ctx, env, before[len(before)-1]) {
		said += "; " + strings.TrimSpace(f.Name+" "+f.Value)
	}
	env.data(Data{Found: said})
	return nil
}

// withPath gives the service's programs a PATH.
func withPath(env Env) Env {
	get := env.Getenv
	env.Getenv = func(name string) string {
		if name == "PATH" {
			return systemPath
		}
		if get == nil {
			return ""
		}
		return get(name)
	}
	return env
}

func lastMigration(facts []Fact) int {
	for i, f := range facts {
		if f.Name == "last migration" && f.Kind == Pinned {
			return i
		}
	}
	return -1
}

// gone says whether exactly the last one is not there any more.
func gone(before, after []string) error {
	switch {
	case len(after) == len(before):
		return &Failure{Sentence: "the program ended well, and every migration is still there", Hint: "see the run's output"}
	case len(after) != len(before)-1:
		return &Failure{Sentence: fmt.Sprintf("%d migrations were there, and %d are there now", len(before), len(after)), Hint: "see /migrations"}
	case len(after) > 0 && after[len(after)-1] != before[len(before)-2]:
		return &Failure{Sentence: "another migration is gone than the last one", Hint: "see /migrations"}
	}
	return nil
}

// Migrations lists the names of those that the database has, in the order they were made.
func Migrations(ctx context.Context, env Env, name string) ([]string, error) {
	schema, name, split := strings.Cut(name, ".")
	if !split {
		schema, name = "public", schema
	}
	id := pgx.Identifier{schema, name}.Sanitize()
	cannot := func(err error) error {
		return &Failure{Sentence: "the migrations cannot be listed: " + objection(err), Hint: "see service.migrations.table", Cause: err}
	}
	s, err := connect(ctx, env.ReadURL, env.Tag, true, queryWithin)
	if err != nil {
		return nil, &Failure{Sentence: "the migrations cannot be listed: " + unreachable(err), Hint: "see /preflight", Cause: err}
	}
	defer s.end()
	column, err := s.one(ctx, `SELECT coalesce((SELECT a.attname FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attname IN ('name', 'migration_name', 'version')
		ORDER BY a.attname <> 'name', a.attname LIMIT 1), '')`, id)
	if err != nil {
		return nil, cannot(err)
	}
	order, err := s.one(ctx, `SELECT coalesce((SELECT a.attname FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attname IN ('id', 'timestamp', 'started_at', 'name', 'version')
		ORDER BY array_position(ARRAY['id', 'started_at', 'timestamp', 'name', 'version'], a.attname::text) LIMIT 1), '')`, id)
	if err != nil {
		return nil, cannot(err)
	}
	if column == "" || order == "" {
		return nil, &Failure{Sentence: "the database has no table " + id + " with the names of migrations", Hint: "correct service.migrations.table"}
	}
	res := s.ExecParams(ctx, fmt.Sprintf("SELECT %s::text FROM ONLY %s ORDER BY %s", pgx.Identifier{column}.Sanitize(), id, pgx.Identifier{order}.Sanitize()), nil, nil, nil, nil).Read()
	if res.Err != nil {
		return nil, cannot(res.Err)
	}
	var list []string
	for _, row := range res.Rows {
		list = append(list, bounded(string(row[0])))
	}
	return list, nil
}
