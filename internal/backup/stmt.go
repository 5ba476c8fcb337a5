package backup

import (
	"fmt"
	"slices"
	"strings"
)

type token struct {
	kind byte
	text string
}

// stmt is the beginning of a statement; that of a COPY is whole up to a thousand columns and more.
type stmt struct {
	toks []token
	cut  int // how many more there were
}

// stmtLimit bounds what is kept of a COPY: PostgreSQL has at most 1600 columns, each with a comma. Of others, otherLimit.
const (
	stmtLimit  = 3300
	otherLimit = 200
)

func (st *stmt) add(t token) {
	limit := otherLimit
	if st.is("copy") {
		limit = stmtLimit
	}
	if len(st.toks) >= limit {
		st.cut++
		return
	}
	st.toks = append(st.toks, t)
}

// is says whether the statement begins with these words.
func (st stmt) is(words ...string) bool { return st.has(0, words...) }

func (st stmt) has(at int, words ...string) bool {
	if len(st.toks) < at+len(words) {
		return false
	}
	for i, w := range words {
		if st.toks[at+i] != (token{word, w}) {
			return false
		}
	}
	return true
}

// after is where a sequence of words ends, looked for from behind; 0: it is not there.
func (st stmt) after(words ...string) int {
	for at := len(st.toks) - len(words); at > 0; at-- {
		if st.has(at, words...) {
			return at + len(words)
		}
	}
	return 0
}

// ident is the name at a place; empty: there is none.
func (st stmt) ident(at int) string {
	if at < len(st.toks) && (st.toks[at].kind == word || st.toks[at].kind == quoted) {
		return st.toks[at].text
	}
	return ""
}

func (st stmt) punct(at int, c byte) bool { return at < len(st.toks) && st.toks[at].kind == c }

// name is one with or without a schema.
func (st stmt) name(at int) (schema, name string, next int) {
	if name = st.ident(at); name == "" {
		return "", "", at
	}
	if st.punct(at+1, '.') {
		return name, st.ident(at + 2), at + 3
	}
	return "", name, at + 1
}

// list are names with commas between them, in parentheses or not.
func (st stmt) list(at int) []string {
	if st.punct(at, '(') {
		at++
	}
	var all []string
	for st.ident(at) != "" {
		all = append(all, st.ident(at))
		if !st.punct(at+1, ',') {
			break
		}
		at += 2
	}
	return all
}

// skip is at, or behind these words when they are there.
func (st stmt) skip(at int, words ...string) int {
	if st.has(at, words...) {
		return at + len(words)
	}
	return at
}

// written are the words with which the statements begin that pg_dump writes.
var written = []string{"alter", "begin", "comment", "commit", "copy", "create", "drop", "grant", "insert", "refresh", "revoke", "security", "select", "set"}

// means notes what a statement says of the backup.
func (s *script) means(st stmt) {
	l := &s.lists
	switch {
	case len(st.toks) == 0:
	case !slices.Contains(written, st.ident(0)):
		l.outside.add(strings.ToUpper(shown(st.toks[0].text)))
	case st.is("set"):
		s.set(st)
	case st.is("select"):
		s.mustNotReach(st, "standard_conforming_strings")
		s.mustNotReach(st, "client_encoding")
	case st.is("insert", "into"):
		if schema, name, _ := st.name(2); name != "" {
			s.known(schema, name)
		}
	case st.is("create", "table"), st.is("create", "unlogged", "table"):
		at := st.skip(st.skip(st.skip(1, "unlogged"), "table"), "if", "not", "exists")
		if schema, name, _ := st.name(at); name != "" {
			s.made.add(Table{Schema: schema, Name: name}.Key())
		}
	case st.is("create", "extension"):
		l.extensions.add(st.ident(st.skip(2, "if", "not", "exists")))
	case st.is("create", "event", "trigger"):
		l.events.add(st.ident(3))
	case st.is("create", "subscription"):
		l.subscriptions.add(st.ident(2))
	case st.is("alter", "table"), st.is("create", "policy"), st.is("drop", "policy"):
		s.secures(st)
	case st.global():
		s.reaches(st)
	}
	s.roles(st)
}

// global says whether a statement is about what is not in the database.
func (st stmt) global() bool {
	made := st.is("create") || st.is("alter") || st.is("drop")
	return made && (st.has(1, "user") && !st.has(2, "mapping") || slices.Contains([]string{"database", "group", "role", "system", "tablespace"}, st.ident(1)))
}

// reaches notes a statement about what is not in the database.
func (s *script) reaches(st stmt) {
	at := st.skip(2, "if", "exists")
	says := strings.ToUpper(st.ident(0)+" "+st.ident(1)) + " " + st.ident(at)
	if st.has(1, "database") {
		s.lists.databases.add(says)
		return
	}
	s.lists.outside.add(says)
}

// set follows the two settings that change how what comes next is read.
func (s *script) set(st stmt) {
	at := st.skip(st.skip(1, "session"), "local")
	value := ""
	if n := len(st.toks); n > 0 {
		value = strings.ToLower(st.toks[n-1].text)
	}
	switch {
	case st.has(at, "standard_conforming_strings"):
		on := slices.Contains([]string{"on", "true", "yes", "1"}, value)
		if !on && !slices.Contains([]string{"off", "false", "no", "0"}, value) {
			s.fail(fmt.Errorf("standard_conforming_strings is set to something unknown"))
		}
		s.nonstd = !on
	case st.has(at, "client_encoding"):
		s.got.Encoding = strings.ToUpper(value)
		if unsafe(value) {
			s.fail(fmt.Errorf("its encoding is %s, whose letters may hold backslashes and quotes", shown(s.got.Encoding)))
		}
	case st.has(at, "names"):
		s.fail(fmt.Errorf("SET NAMES is nothing that pg_dump writes"))
	}
}

// mustNotReach refuses what would change a setting in a way that is not followed.
func (s *script) mustNotReach(st stmt, setting string) {
	for _, t := range st.toks {
		if strings.EqualFold(t.text, setting) {
			s.fail(fmt.Errorf("%s is set in a way that pg_dump does not", setting))
		}
	}
}

// unsafe are the encodings for clients in which a second byte may be that of an ASCII character (pg_wchar.h).
func unsafe(encoding string) bool {
	e := strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(encoding))
	for _, u := range []string{"sjis", "shiftjis", "mskanji", "win932", "windows932", "big5", "win950", "windows950", "gb", "win936", "windows936",
		"uhc", "win949", "windows949", "johab"} {
		if strings.HasPrefix(e, u) {
			return true
		}
	}
	return false
}
