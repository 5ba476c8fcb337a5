package restore

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"twokey/internal/pgtools"
)

// Source is a backup: a file or folder that pg_restore can read as it likes, or a stream, which it reads once.
type Source struct {
	Path   string
	Stream io.Reader

	head []byte // of a Stream: what holds the table of contents
}

// Options are how a backup is loaded.
type Options struct {
	Jobs int      // at once; only from a Path
	Skip []string // entries that are left out, as Error.Skippable names them
	// RowsOnly leaves out what rows do without: foreign keys and triggers, which may be about tables that the backup does not have.
	RowsOnly bool
	// Security is the row-level security that the backup has, as backup.Contents tells it: what is loaded must have the same. nil: it
	// is not known, and not looked at.
	Security [][3]string
	durable  bool // it is no copy: what is committed stays
	// MaintenanceMemory is the server's maintenance_work_mem for building indexes, such as 512MB; empty: as the server has it.
	MaintenanceMemory string
}

// entry is one line of an archive's table of contents: "214; 1259 16390 TABLE public t app".
type entry struct {
	line string
	rest string // what follows the numbers
}

// is says whether the entry is of a kind, and of a name when there is one: EXTENSION, or COMMENT - SCHEMA public.
func (e entry) is(kind string) bool { return strings.HasPrefix(e.rest+" ", kind+" ") }

// toc are the entries of an archive.
type toc []entry

func parseTOC(text string) toc {
	var list toc
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		fields := strings.SplitN(line, " ", 4)
		if len(fields) < 4 || !strings.HasSuffix(fields[0], ";") || fields[0] == ";" {
			continue
		}
		list = append(list, entry{line, fields[3]})
	}
	return list
}

const (
	eventTrigger = "EVENT TRIGGER -"
	extension    = "EXTENSION -"
)

// named is the first word after a prefix: the name of an extension or event trigger.
func (e entry) named(prefix string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(e.rest, prefix+" "), " ")
	return name
}

// key is how an entry that may be skipped is called.
func (e entry) key() string {
	for _, kind := range []string{eventTrigger, extension} {
		if e.is(kind) {
			return strings.TrimSuffix(kind, " -") + " " + e.named(kind)
		}
	}
	return ""
}

// isGrant says whether an entry is about who may do what.
func (e entry) isGrant() bool { return e.is("ACL") && !e.is("ACL LANGUAGE") }

// unwanted is what a copy has already or gets later. A schema public and comments on it and on extensions are there and belong
// to others, and one that fails would end the load; rights of databases and default privileges are taken from the present
// database; a subscription would go on filling the copy, and a publication of all tables is a superuser's.
func (e entry) unwanted() bool {
	return slices.ContainsFunc([]string{"SCHEMA - public", "COMMENT - SCHEMA public", "COMMENT - EXTENSION", "EXTENSION - plpgsql", "ACL", "DEFAULT ACL", "DATABASE",
		"DATABASE PROPERTIES", "SUBSCRIPTION", "PUBLICATION", "PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA", "SECURITY LABEL"}, e.is)
}

// secures says whether an entry switches on the row-level security of a table.
func (e entry) secures() bool { return e.is("ROW SECURITY") }

// beyondRows is what a table's rows do without.
func (e entry) beyondRows() bool { return e.is("FK CONSTRAINT") || e.is("TRIGGER") }

// told are the entries a copy will not have and somebody may miss.
func (t toc) told() []string {
	var notes []string
	for _, e := range t {
		for _, kind := range []string{"SUBSCRIPTION -", "PUBLICATION -"} {
			if e.is(kind) {
				notes = append(notes, fmt.Sprintf("the %s %s of the backup is not in the copy: make it again after the switch",
					strings.ToLower(strings.TrimSuffix(kind, " -")), e.named(kind)))
			}
		}
	}
	return notes
}

// list is the text that tells pg_restore to take just some entries.
func (t toc) list(wanted func(entry) bool) (string, int) {
	var b strings.Builder
	n := 0
	for _, e := range t {
		if wanted(e) {
			b.WriteString(e.line + "\n")
			n++
		}
	}
	return b.String(), n
}

// contents reads an archive's table of contents. Of a stream it reads no more than that needs, and gives the stream back whole.
func (s Server) contents(ctx context.Context, from Source) (toc, Source, error) {
	var out, begun bytes.Buffer
	call := pgtools.Call{Program: "pg_restore", Args: []string{"--list"}, Stdout: &out, Tag: s.Tag, Timeout: 10 * time.Minute}
	if from.Stream != nil {
		call.Stdin = io.TeeReader(from.Stream, &begun)
	} else {
		call.Args = append(call.Args, from.Path)
	}
	if err := s.Tools.Run(ctx, call); err != nil {
		return nil, from, err
	}
	if from.Stream != nil {
		from.head = begun.Bytes()
		from.Stream = io.MultiReader(bytes.NewReader(from.head), from.Stream)
	}
	return parseTOC(out.String()), from, nil
}
