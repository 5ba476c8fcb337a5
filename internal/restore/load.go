package restore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"twokey/internal/pgtools"
)

// Loaded is what became of a backup in a copy.
type Loaded struct {
	Entries int
	Notes   []string // what the copy does not have
}

// LoadArchive loads an archive of pg_dump into a copy, as ops_load, who has no rights on anything else.
//
// Owners and grants: the archive names roles that ops_load must not become, so all is loaded as its own. Grants that the
// archive has are given in a second pass, each by itself: one to a role that is no more is told and left out. Adopt then gives
// everything its owner, with which the grants go. Default privileges belong to roles and are the present database's.
func (s Server) LoadArchive(ctx context.Context, name string, from Source, o Options, progress func(done, of int, what string)) (Loaded, error) {
	entries, from, err := s.contents(ctx, from)
	if err != nil {
		return Loaded{}, err
	}
	if err := s.loadable(ctx, name, entries, o.Skip); err != nil {
		return Loaded{}, err
	}
	l := load{Server: s, name: name, from: from, o: o}
	done := Loaded{Notes: entries.told()}
	wanted := func(e entry) bool {
		return !e.unwanted() && !slices.Contains(o.Skip, e.key()) && !(o.RowsOnly && e.beyondRows())
	}
	_, done.Entries = entries.list(wanted)
	for _, key := range o.Skip {
		done.Notes = append(done.Notes, key+" of the backup is not in the copy")
	}
	unchanged, err := s.guard(ctx)
	if err != nil {
		return Loaded{}, err
	}
	if err := l.fill(ctx, entries, wanted, &watcher{of: done.Entries, tell: progress}); err != nil {
		return Loaded{}, err
	}
	if list, n := entries.list(entry.isGrant); n > 0 {
		notes, err := l.grants(ctx, list)
		if err != nil {
			return Loaded{}, err
		}
		done.Notes = append(done.Notes, notes...)
	}
	if err := unchanged(ctx); err != nil {
		return Loaded{}, err
	}
	err = s.secured(ctx, name, o, &done)
	return done, err
}

// loadable refuses what ops_load cannot make, all of it by name, before anything is loaded.
func (s Server) loadable(ctx context.Context, name string, entries toc, skip []string) error {
	c, err := s.open(ctx, "load_url", s.Load, name, stepWithin, nil)
	if err != nil {
		return err
	}
	defer c.end()
	// A version's script may be run by who may create in the database, or only by superusers; trusted ones by the first.
	may, err := c.column(ctx, "SELECT DISTINCT v.name FROM pg_available_extension_versions v WHERE NOT superuser OR trusted")
	if err != nil {
		return fail(ctx, err, "see load_url", "the extensions of the server cannot be seen")
	}
	var bad []string
	for _, e := range entries {
		untrusted := e.is(extension) && !e.unwanted() && !slices.Contains(may, e.named(extension))
		if (untrusted || e.is(eventTrigger)) && !slices.Contains(skip, e.key()) {
			bad = append(bad, e.key())
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return &Error{Sentence: fmt.Sprintf("the backup has what only a superuser may make, or what this server does not have: %s", strings.Join(bad, ", ")),
		Hint: "load it without, and make it afterwards as a superuser", Skippable: bad}
}

// load is one archive on its way into a copy.
type load struct {
	Server
	name string
	from Source
	o    Options
}

// fill loads what is wanted, and switches row-level security on when all of it is there.
//
// With FORCE it binds ops_load, too, who owns the tables: then a foreign key is not checked and a materialized view not filled, since
// pg_restore's row_security = off makes an error of rows that a policy would hide. Of several at once (--jobs) it switches the
// security of a table on as soon as that has its rows. One by one, the foreign keys come first; so it does for a container, where
// nothing can be taken out of the order, and where a materialized view of such a table fails.
func (l load) fill(ctx context.Context, entries toc, wanted func(entry) bool, said io.Writer) error {
	first, _ := entries.list(func(e entry) bool { return wanted(e) && !e.secures() })
	if err := l.run(ctx, first, said, "--exit-on-error"); err != nil {
		return err
	}
	last, n := entries.list(func(e entry) bool { return wanted(e) && e.secures() })
	if n == 0 || len(l.Tools.Prefix) > 0 {
		return nil
	}
	if l.from.Stream != nil { // which is read; its beginning has all that is not rows
		l.from.Stream = bytes.NewReader(l.from.head)
	}
	return l.run(ctx, last, said, "--exit-on-error")
}

// run runs pg_restore for some entries.
func (l load) run(ctx context.Context, list string, said io.Writer, also ...string) error {
	call := l.call(append(also, "--no-owner", "--no-publications", "--no-subscriptions", "--no-security-labels", "--no-tablespaces", "--verbose"))
	call.Stderr = said
	if len(l.Tools.Prefix) > 0 { // a container sees none of our files: everything is taken from the stream
		if len(l.o.Skip) > 0 {
			return refuse("install PostgreSQL's client programs on this machine", "nothing can be left out of a backup when the tools run in a container")
		}
		call.Args = append(call.Args, "--no-acl", "--no-comments")
	} else {
		file, err := listFile(list)
		if err != nil {
			return err
		}
		defer os.Remove(file)
		call.Args = append(call.Args, "--use-list="+file)
	}
	in, err := l.input(&call)
	if err != nil {
		return err
	}
	defer in.Close()
	return l.Tools.Run(ctx, call)
}

func (l load) call(args []string) pgtools.Call {
	options := map[string]string{"synchronous_commit": "off"} // what a crash loses here is loaded again
	if l.o.durable {
		options = maps.Clone(inPlaceOptions)
	}
	if l.o.MaintenanceMemory != "" {
		options["maintenance_work_mem"] = l.o.MaintenanceMemory
	}
	return pgtools.Call{Program: "pg_restore", Args: append(args, "--dbname="+pgtools.Conninfo(l.name)), Options: options,
		Target: &pgtools.Target{URL: l.Load, Database: l.name}, Tag: l.Tag, Timeout: l.timeout()}
}

// input gives the program its archive: by name, which it may read with several at once, or as a stream.
func (l load) input(call *pgtools.Call) (io.Closer, error) {
	switch {
	case l.from.Stream != nil:
		call.Stdin = l.from.Stream
		return io.NopCloser(nil), nil
	case len(l.Tools.Prefix) == 0:
		if l.o.Jobs > 1 {
			call.Args = append(call.Args, "--jobs="+strconv.Itoa(l.o.Jobs))
		}
		call.Args = append(call.Args, l.from.Path)
		return io.NopCloser(nil), nil
	}
	f, err := os.Open(l.from.Path)
	if err != nil {
		return nil, &Error{Sentence: "the backup cannot be opened", Hint: "see " + l.from.Path, Cause: err}
	}
	call.Stdin = f
	return f, nil
}

// grants gives what the archive grants, each by itself, and tells what could not be given: pg_restore would give up all grants on
// a table when one of them is to a role that is no more. Of a stream the beginning has been kept, which has all that is not rows.
func (l load) grants(ctx context.Context, list string) ([]string, error) {
	if len(l.Tools.Prefix) > 0 {
		return []string{"the grants of the backup were not read: the copy gets the present ones"}, nil
	}
	file, err := listFile(list)
	if err != nil {
		return nil, err
	}
	defer os.Remove(file)
	var sql bytes.Buffer
	call := pgtools.Call{Program: "pg_restore", Args: []string{"--no-owner", "--use-list=" + file, "--file=-"}, Stdout: &sql, Tag: l.Tag, Timeout: l.timeout()}
	if l.from.Stream != nil {
		call.Stdin = bytes.NewReader(l.from.head)
	} else {
		call.Args = append(call.Args, l.from.Path)
	}
	if err := l.Tools.Run(ctx, call); err != nil {
		return nil, err
	}
	return l.give(ctx, sql.String())
}

// give runs the grants, each of which is one line.
func (l load) give(ctx context.Context, sql string) (notes []string, err error) {
	c, err := l.open(ctx, "load_url", l.Load, l.name, stepWithin, nil)
	if err != nil {
		return nil, err
	}
	defer c.end()
	for line := range strings.Lines(sql) {
		if !strings.HasPrefix(line, "GRANT ") && !strings.HasPrefix(line, "REVOKE ") {
			continue
		}
		if err := c.do(ctx, strings.TrimRight(line, ";\r\n")); err != nil {
			if c.IsClosed() {
				return nil, fail(ctx, err, "load it again", "the grants of the backup could not be given")
			}
			notes = append(notes, "a grant of the backup was not given: "+why(err))
		}
	}
	return slices.Compact(notes), nil
}

// listFile is a list for --use-list, readable by us alone: it has the names of tables.
func listFile(list string) (string, error) {
	f, err := os.CreateTemp("", "twokey-list-")
	if err == nil {
		_, err = f.WriteString(list)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return "", &Error{Sentence: "no file for the list of what to load could be written", Hint: "see the disk of " + os.TempDir(), Cause: err}
	}
	return f.Name(), nil
}
