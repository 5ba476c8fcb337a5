package rows

import (
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// name is a table's. Its text is how people read it; sql is how PostgreSQL does.
type name struct{ schema, table string }

var plain = regexp.MustCompile(`^[a-z_][a-z0-9_$]*$`)

// quoted puts a name in quotes that could be taken for something else than one name. It is for people, not for SQL.
func quoted(s string) string {
	if plain.MatchString(s) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

func (n name) String() string { return quoted(n.schema) + "." + quoted(n.table) }

func (n name) sql() string { return pgx.Identifier{n.schema, n.table}.Sanitize() }

func column(c string) string { return pgx.Identifier{c}.Sanitize() }

func quotedAll(names []string) string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = quoted(n)
	}
	return strings.Join(all, ", ")
}

// wanted finds the tables that people mean, in the order of their names. Nobody means a table of one schema when another
// has one of the same name.
func wanted(typed []string, cats ...catalogue) ([]name, error) {
	known := map[name]bool{}
	for _, c := range cats {
		for n := range c.tables {
			known[n] = true
		}
	}
	var all []name
	if len(typed) == 0 {
		for n := range known {
			all = append(all, n)
		}
	}
	for _, t := range typed {
		n, err := means(t, known, cats)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	slices.SortFunc(all, compareNames)
	return slices.Compact(all), nil
}

func compareNames(x, y name) int {
	if n := strings.Compare(x.schema, y.schema); n != 0 {
		return n
	}
	return strings.Compare(x.table, y.table)
}

// means finds the one table that has the name, the whole of it before a part of it.
func means(typed string, known map[name]bool, cats []catalogue) (name, error) {
	var whole, part []name
	for n := range known {
		switch typed {
		case n.String(), n.schema + "." + n.table:
			whole = append(whole, n)
		case n.table, quoted(n.table):
			part = append(part, n)
		}
	}
	found := whole
	if len(found) == 0 {
		found = part
	}
	switch len(found) {
	case 0:
		return name{}, unknownTable(typed, cats)
	case 1:
		return found[0], nil
	}
	slices.SortFunc(found, compareNames)
	list := make([]string, len(found))
	for i, n := range found {
		list[i] = n.String()
	}
	return name{}, &Error{Sentence: "the name " + quoted(typed) + " fits several tables: " + strings.Join(list, ", "), Hint: "type one of them"}
}

func unknownTable(typed string, cats []catalogue) error {
	for _, c := range cats {
		for n, what := range c.others {
			if typed == n.String() || typed == n.table || typed == n.schema+"."+n.table {
				return &Error{Sentence: n.String() + " is a " + what + " and has no rows of its own", Hint: "name a table"}
			}
		}
	}
	return &Error{Sentence: "there is no table " + quoted(typed), Hint: "look at the spelling; a name with capitals or blanks is typed as it is"}
}
