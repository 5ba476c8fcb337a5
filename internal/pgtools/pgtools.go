// Package pgtools runs PostgreSQL's own client programs: pg_dump, pg_restore, psql, pg_amcheck. It keeps the password off
// command lines and out of environments, streams without losing a byte, and makes what a program said a sentence that has
// none of the data in it.
package pgtools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"twokey/internal/proc"
	"twokey/internal/secret"
)

// Tools says where the programs are. The zero Tools finds them on PATH.
type Tools struct {
	Dir string // their folder, absolute
	// Prefix calls them in a container: [docker, exec, NAME], its program absolute. They then reach the server from in there.
	Prefix []string
	Inside string // host:port of the server as seen in the container; empty: 127.0.0.1:5432
	// LookPath finds a program; nil: exec.LookPath.
	LookPath func(name string) (string, error)
}

// Target is a database, and as whom to reach it.
type Target struct {
	URL      secret.Value
	Database string // instead of the URL's; empty: the URL's
}

// Call is one program to run.
type Call struct {
	Program string // such as pg_restore
	Args    []string
	Target  *Target // nil: it talks to no server
	// Stdin is given to the program, nothing when nil; Stdout gets its output to the last byte: when it cannot be written, or
	// Stdin cannot be read, the program is ended, and that is the error.
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer // besides what is kept for the error
	Tag    string    // see proc.Cmd
	// Timeout is required. Options are settings of the server for this session, such as maintenance_work_mem.
	Timeout time.Duration
	Options map[string]string
	Began   func(proc.Process)
}

// Run runs the program to its end. An error is an *Error, or ctx's own when it was cancelled from outside.
func (t Tools) Run(ctx context.Context, c Call) error {
	where, err := t.place(c)
	if err != nil {
		return err
	}
	defer where.close()
	said := &lastWords{also: c.Stderr}
	cmd := proc.Cmd{Path: where.path, Args: append(where.args, c.Args...), Env: where.env, Timeout: c.Timeout, Stderr: said, Tag: c.Tag, Began: c.Began}
	res, streams, err := stream(ctx, cmd, c.Stdin, c.Stdout)
	return c.verdict(ctx, res, streams, err, said)
}

// verdict makes one error of all that may have gone wrong: a cancel first, then what broke a stream, then what the program says.
func (c Call) verdict(ctx context.Context, res proc.Result, streams, err error, said *lastWords) error {
	var p *proc.Error
	switch {
	case errors.As(err, &p) && ctx.Err() == nil:
		return &Error{Sentence: p.Sentence, Hint: p.Hint, Cause: err}
	case ctx.Err() != nil:
		return errors.Join(context.Cause(ctx), err)
	case res.OK() && streams == nil:
		return nil
	case res.Why == proc.TimedOut:
		return &Error{Sentence: fmt.Sprintf("%s was still running after %s and was ended", c.Program, c.Timeout), Hint: "see why on the host"}
	case streams != nil:
		return &Error{Sentence: c.Program + " was ended: its data could not be passed on", Hint: "see the disk", Cause: streams}
	}
	return said.failure(c.Program, res)
}

// Version is a program's own, such as 15 and "15.14".
func (t Tools) Version(ctx context.Context, program string) (major int, full string, err error) {
	var out strings.Builder
	if err := t.Run(ctx, Call{Program: program, Args: []string{"--version"}, Stdout: &out, Timeout: 10 * time.Second}); err != nil {
		return 0, "", err
	}
	return parseVersion(program, out.String())
}

// parseVersion reads "pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)", also of a development version ("17devel").
func parseVersion(program, text string) (major int, full string, err error) {
	_, rest, _ := strings.Cut(text, ") ")
	full, _, _ = strings.Cut(strings.TrimSpace(rest), " ")
	if n, _ := fmt.Sscanf(full, "%d", &major); n != 1 || major < 1 {
		return 0, "", &Error{Sentence: program + " does not say its version", Hint: "correct service.database.tools"}
	}
	return major, full, nil
}

// Error is why a program did not do its work: a sentence and a hint for people, the cause for the operator, and the last
// lines it said, which may hold rows and are for nobody but who looks at the run's output.
type Error struct {
	Sentence string
	Hint     string
	Cause    error
	Tail     []string
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Sentence
	}
	return e.Sentence + ": " + e.Cause.Error()
}

func (e *Error) Unwrap() error { return e.Cause }

// place is a program as it is called.
type place struct {
	path  string
	args  []string
	env   []string
	files []string // to be removed
}

func (p place) close() {
	for _, f := range p.files {
		_ = os.Remove(f)
	}
}

// Path is the program's own, absolute; in a container it is not known and is its name.
func (t Tools) Path(program string) (string, error) {
	switch {
	case len(t.Prefix) > 0, t.Dir != "":
		return filepath.Join(t.Dir, program), nil
	}
	path, err := t.look(program)
	if err != nil {
		return "", &Error{Sentence: program + " is not on this machine", Hint: "install PostgreSQL's client programs, or name their folder in service.database.tools", Cause: err}
	}
	return path, nil
}

func (t Tools) place(c Call) (place, error) {
	path, err := t.Path(c.Program)
	if err != nil {
		return place{}, err
	}
	p := place{path: path, env: []string{"LC_ALL=C", "PATH=/usr/local/bin:/usr/bin:/bin", "PGCONNECT_TIMEOUT=10"}}
	if c.Target != nil {
		if err := t.reach(&p, *c.Target, c); err != nil {
			p.close()
			return place{}, err
		}
	}
	if len(t.Prefix) > 0 {
		return p.inside(t.Prefix)
	}
	return p, nil
}

// inside calls the program through the prefix. What the program's environment has is named to docker, and its values are in
// docker's own environment: no value is on a command line.
func (p place) inside(prefix []string) (place, error) {
	i := slices.Index(prefix, "exec")
	if i < 1 || i == len(prefix)-1 || !filepath.IsAbs(prefix[0]) {
		p.close()
		return place{}, &Error{Sentence: "service.database.tools: " + strings.Join(prefix, " ") + " is not docker exec NAME", Hint: "such as [/usr/bin/docker, exec, database]"}
	}
	args := append(slices.Clone(prefix[1:i+1]), "-i")
	for _, kv := range p.env {
		if name, _, _ := strings.Cut(kv, "="); name != "PATH" {
			args = append(args, "-e", name)
		}
	}
	args = append(args, prefix[i+1:]...)
	p.args = append(args, p.path)
	p.path = prefix[0]
	return p, nil
}
