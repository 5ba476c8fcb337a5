package backup

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// script is what a lexer's finds mean.
type script struct {
	got       Contents
	tables    map[string]*Table
	announced map[string]*Table // by a comment of pg_dump, before their rows
	made      names
	secured   secured
	lists     struct{ extensions, roles, events, subscriptions, databases, outside names }

	stmt   stmt
	nonstd bool   // standard_conforming_strings is off
	key    string // of the \restrict that holds
	ended  bool   // the comment that ends a dump was seen, and nothing after it
	table  *Table // whose rows follow
	rows   int64
	head   migrations
	heads  bool // the rows are those of the migrations table
	err    error
}

func newScript(migrations string) *script {
	s := &script{tables: map[string]*Table{}, announced: map[string]*Table{}}
	if migrations != "" {
		s.head = newMigrations(migrations)
	}
	return s
}

func (s *script) standard() bool { return !s.nonstd }

func (s *script) wantsRows() bool { return s.heads }

func (s *script) token(kind byte, text string) {
	s.ended = false
	s.stmt.add(token{kind, text})
}

// command is of psql itself. Those that pg_dump writes around a dump since CVE-2025-8714 are let through.
func (s *script) command(line string, alone bool) error {
	name, arg, _ := strings.Cut(line, " ")
	plain := alone && len(s.stmt.toks) == 0 && isKey(arg)
	switch {
	case name == `\restrict` && plain && s.key == "":
		s.key = arg
		return nil
	case name == `\unrestrict` && plain && arg == s.key:
		s.key = ""
		return nil
	}
	return &commandError{name}
}

func isKey(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') }) < 0
}

// commandError names a command of psql that stands in a script.
type commandError struct{ name string }

func (e *commandError) Error() string { return "there is the psql command " + shown(e.name) }

const (
	dumpEnd    = "-- PostgreSQL database dump complete"
	clusterEnd = "-- PostgreSQL database cluster dump complete"
)

// comment is one that begins with two dashes, which are not in text.
func (s *script) comment(text string) {
	text = strings.TrimPrefix(text, " ")
	if say, is := strings.CutPrefix(text, "Dumped from database version "); is && s.got.ServerVersion == "" {
		s.got.ServerVersion = firstWord(say)
	}
	if say, is := strings.CutPrefix(text, "Dumped by pg_dump version "); is && s.got.DumpVersion == "" {
		s.got.DumpVersion = firstWord(say)
	}
	if "-- "+text == dumpEnd || "-- "+text == clusterEnd {
		s.ended = len(s.stmt.toks) == 0
	}
	s.announce(text)
}

// announce notes a table whose rows come now: one that has none, or that is not written with COPY, is not named otherwise.
func (s *script) announce(text string) {
	const what, schemaIs = "Data for Name: ", "; Type: TABLE DATA; Schema: "
	rest, is := strings.CutPrefix(text, what)
	i, j := strings.LastIndex(rest, schemaIs), strings.LastIndex(rest, "; Owner: ")
	if !is || i < 0 || j < i+len(schemaIs) || len(s.announced) >= most {
		return
	}
	t := &Table{Schema: rest[i+len(schemaIs) : j], Name: rest[:i], Rows: UnknownRows}
	s.announced[t.Key()] = t
}

// end is at the end of a statement.
func (s *script) end() bool {
	st := s.stmt
	s.stmt = stmt{toks: st.toks[:0]}
	if st.is("copy") {
		return s.copy(st)
	}
	s.means(st)
	return false
}

// copy is what rows follow.
func (s *script) copy(st stmt) bool {
	schema, name, next := st.name(1)
	n := len(st.toks)
	switch {
	case slices.ContainsFunc(st.toks, func(t token) bool { return t == token{word, "program"} }):
		s.lists.outside.add("COPY … PROGRAM")
		return false
	case st.cut > 0 || n < 4 || st.toks[n-2] != token{word, "from"} || st.toks[n-1] != token{word, "stdin"} || name == "":
		s.fail(errors.New("there is a COPY that pg_dump does not write"))
		return false
	}
	s.table = s.known(schema, name)
	s.rows = 0
	s.heads = name == s.head.name && (schema == s.head.schema || schema == "")
	if s.heads {
		s.head.columns(st.list(next))
	}
	return true
}

func (s *script) row(line []byte) {
	s.rows++
	if s.heads {
		s.head.row(line)
	}
}

func (s *script) rowsEnd() {
	if s.table != nil {
		s.table.Rows = max(0, s.table.Rows) + s.rows
	}
	s.table, s.heads = nil, false
}

// known is a table whose rows the script has.
func (s *script) known(schema, name string) *Table {
	t := Table{Schema: schema, Name: name, Rows: UnknownRows}
	if have := s.tables[t.Key()]; have != nil {
		return have
	}
	if len(s.tables) >= most {
		s.fail(fmt.Errorf("there are over %d tables", most))
		return &t
	}
	s.tables[t.Key()] = &t
	return &t
}

func (s *script) fail(err error) {
	if s.err == nil {
		s.err = &scriptError{err}
	}
}

// contents is all that was found. It is an error when the script does not end as a dump does.
func (s *script) contents() (Contents, error) {
	switch {
	case len(s.stmt.toks) > 0:
		return Contents{}, errCutStatement
	case !s.ended:
		return Contents{}, errNoEnd
	case s.key != "":
		return Contents{}, errNoUnrestrict
	}
	c := s.got
	for key, t := range s.announced {
		if s.tables[key] == nil {
			s.tables[key] = t
		}
	}
	for _, t := range s.tables {
		c.Tables = append(c.Tables, *t)
	}
	slices.SortFunc(c.Tables, func(a, b Table) int {
		return cmp.Or(strings.Compare(a.Schema, b.Schema), strings.Compare(a.Name, b.Name))
	})
	c.Made, c.MigrationHead, c.Security = s.made.sorted(), s.head.head(), s.secured.sorted()
	l := &s.lists
	c.Extensions, c.Roles, c.EventTriggers = l.extensions.sorted(), l.roles.sorted(), l.events.sorted()
	c.Subscriptions, c.Databases, c.Outside = l.subscriptions.sorted(), l.databases.sorted(), l.outside.sorted()
	return c, nil
}

var (
	errCutStatement = errors.New("it ends in the middle of a statement")
	errNoEnd        = errors.New("the comment with which a dump ends is missing")
	errNoUnrestrict = errors.New(`the \unrestrict with which it ends is missing`)
)
