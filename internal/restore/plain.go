package restore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// LoadPlain loads a plain SQL dump into a copy, as ops_load, with psql.
//
// psql executes commands of its own that are in what it reads, on this machine. So it is restricted before the first byte of
// the dump, with a key that the dump cannot know; only a psql that can be is used. A dump names the owners of things, whom
// ops_load must not become: such statements may fail, and Adopt gives everything its owner. Any other error ends it.
func (s Server) LoadPlain(ctx context.Context, name string, stream io.Reader, o Options) (Loaded, error) {
	if err := s.restrictable(ctx); err != nil {
		return Loaded{}, err
	}
	unchanged, err := s.guard(ctx)
	if err != nil {
		return Loaded{}, err
	}
	whole := ctx
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	dump := newPlain(stream, rand.Text())
	judge := plainJudge{skip: o.Skip, stop: func(err error) { end(err) }}
	call := load{Server: s, name: name, o: o}.call([]string{"--no-psqlrc", "--quiet", "--echo-errors", "--no-password", "--set=VERBOSITY=verbose", "--set=SHOW_CONTEXT=never"})
	call.Program, call.Stdin, call.Stderr, call.Stdout = "psql", dump, &judge, io.Discard
	err = s.Tools.Run(ctx, call)
	judge.close()
	if judge.err != nil { // it stopped psql, or psql was done before it could be
		return Loaded{}, judge.err
	}
	switch {
	case dump.broken() != nil: // and so psql was ended, or not even begun
		return Loaded{}, dump.broken()
	case err != nil:
		return Loaded{}, err
	case !dump.complete():
		return Loaded{}, refuse("take another backup", "the backup is cut off: its last line, which says that it is complete, is missing")
	}
	done := Loaded{Notes: judge.notes}
	err = unchanged(whole)
	if err == nil && len(judge.refreshes) > 0 { // which runs once more what a backup brought
		err = errors.Join(s.refresh(whole, name, judge.refreshes), unchanged(whole))
	}
	if err == nil {
		err = s.secured(whole, name, o, &done)
	}
	if err != nil {
		return Loaded{}, err
	}
	return done, nil
}

// restricts are the first minor versions of psql that know \restrict (CVE-2025-8714).
var restricts = map[int]int{13: 22, 14: 19, 15: 14, 16: 10, 17: 6}

func (s Server) restrictable(ctx context.Context) error {
	major, full, err := s.Tools.Version(ctx, "psql")
	if err != nil {
		return err
	}
	if !canRestrict(major, full) {
		return refuse("install the newest minor version of PostgreSQL's client programs, or restore from an archive (pg_dump -Fc)",
			"psql %s executes on this machine what a plain dump tells it, and cannot be kept from it", full)
	}
	return nil
}

func canRestrict(major int, full string) bool {
	_, rest, _ := strings.Cut(full, ".")
	minor, err := strconv.Atoi(rest)
	first, known := restricts[major]
	return major >= 18 || known && err == nil && minor >= first
}

// plainJudge reads what psql says of statements that failed. It ends psql at the first that counts.
type plainJudge struct {
	skip  []string
	notes []string
	err   error
	stop  func(error)
	// refreshes are those of materialized views whose tables have row-level security that binds ops_load, too: they wait for the end.
	refreshes []string

	said    lines
	pending string // an error whose statement is not told yet
	code    string // and its SQLSTATE
}

// harmless are statements that may fail: whom things belong to and who may do what comes later, and the rest is there already.
var harmless = regexp.MustCompile(`^(ALTER [A-Z ]+ .* OWNER TO |(GRANT|REVOKE) |ALTER DEFAULT PRIVILEGES |SET SESSION AUTHORIZATION |RESET SESSION AUTHORIZATION|` +
	`COMMENT ON EXTENSION |COMMENT ON SCHEMA public |CREATE SCHEMA public;|(CREATE|ALTER) (SUBSCRIPTION|PUBLICATION) |SECURITY LABEL )`)

var (
	serverError = regexp.MustCompile(`^(?:psql:[^ ]*: )?(?:ERROR|FATAL):  ([0-9A-Z]{5}): (.*)$`)
	statement   = regexp.MustCompile(`^(?:psql:[^ ]*: )?STATEMENT:  (.*)$`)
	ownWords    = regexp.MustCompile(`backslash commands are restricted|^psql: error: |invalid command`)
)

func (j *plainJudge) Write(p []byte) (int, error) {
	j.said.each = j.line
	return j.said.Write(p)
}

func (j *plainJudge) line(text string) {
	if m := serverError.FindStringSubmatch(text); m != nil {
		j.settle("")
		j.pending, j.code = or(m[2], m[1]), m[1]
		if strings.HasPrefix(m[1], "22") || strings.HasPrefix(m[1], "23") { // about values, which may be in it
			j.pending = "SQLSTATE " + m[1]
		}
		return
	}
	if m := statement.FindStringSubmatch(text); m != nil {
		j.settle(m[1])
		return
	}
	if ownWords.MatchString(text) {
		j.refuse(refuse("take an archive of pg_dump, or look into the file", "the backup has commands for psql, which were not executed"))
	}
}

// settle decides about the last error, once its statement is known; one whose statement is not is a real one.
func (j *plainJudge) settle(sql string) {
	what := j.pending
	j.pending = ""
	switch {
	case what == "":
	case harmless.MatchString(sql):
		if !strings.Contains(sql, " OWNER TO ") && len(j.notes) < 20 {
			j.notes = append(j.notes, "not in the copy: "+what)
		}
	case j.later(sql):
		j.refreshes = append(j.refreshes, strings.TrimSuffix(sql, ";"))
	case extensionOf(sql) != "":
		j.extension(extensionOf(sql), what)
	default:
		j.refuse(refuse("see the run's output; an archive (pg_dump -Fc) may do better", "the backup cannot be loaded: %s", what))
	}
}

var refreshView = regexp.MustCompile(`^REFRESH MATERIALIZED VIEW ([^;"]|"([^"]|"")*")+;?$`)

// later says whether a statement that failed will do when row-level security is out of the way: it was refused for that, or what it
// reads was. Of one that fails for another reason the second error ends the load.
func (j *plainJudge) later(sql string) bool {
	const forbidden, notPopulated = "42501", "55000"
	return (j.code == forbidden || j.code == notPopulated && len(j.refreshes) > 0) && refreshView.MatchString(sql)
}

var createExtension = regexp.MustCompile(`^CREATE EXTENSION (?:IF NOT EXISTS )?"?([a-zA-Z0-9_-]+)"?`)

func extensionOf(sql string) string {
	if m := createExtension.FindStringSubmatch(sql); m != nil {
		return m[1]
	}
	return ""
}

func (j *plainJudge) extension(name, what string) {
	key := "EXTENSION " + name
	for _, skipped := range j.skip {
		if skipped == key {
			j.notes = append(j.notes, key+" of the backup is not in the copy")
			return
		}
	}
	j.refuse(&Error{Sentence: fmt.Sprintf("the backup has what only a superuser may make, or what this server does not have: %s (%s)", key, what),
		Hint: "load it without, and make it afterwards as a superuser", Skippable: []string{key}})
}

func (j *plainJudge) refuse(err error) {
	if j.err == nil {
		j.err = err
		j.stop(err)
	}
}

func (j *plainJudge) close() { j.settle("") }
