package backup

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
)

// secured is what is known so far of row-level security.
type secured map[[3]string]bool

// sorted is never nil: that there is none is known.
func (s secured) sorted() [][3]string {
	return append([][3]string{}, slices.SortedFunc(maps.Keys(s), func(a, b [3]string) int {
		return cmp.Or(strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1]), strings.Compare(a[2], b[2]))
	})...)
}

// secures notes what a statement does to the row-level security of a table. Statements count in their order: a dump that was made
// with --clean begins by taking away what it makes later.
func (s *script) secures(st stmt) {
	if st.has(1, "policy") {
		at := st.skip(2, "if", "exists")
		if schema, table, _ := st.name(st.skip(at+1, "on")); st.has(at+1, "on") && table != "" {
			s.secure([3]string{schema, table, "policy " + st.ident(at)}, st.is("create"))
		}
		return
	}
	schema, table, next := st.name(st.skip(st.skip(2, "if", "exists"), "only"))
	for _, does := range []struct {
		words []string
		what  string
		on    bool
	}{
		{[]string{"enable"}, "enabled", true}, {[]string{"disable"}, "enabled", false},
		{[]string{"force"}, "forced", true}, {[]string{"no", "force"}, "forced", false},
	} {
		if st.has(next, append(does.words, "row", "level", "security")...) {
			s.secure([3]string{schema, table, does.what}, does.on)
		}
	}
}

func (s *script) secure(what [3]string, on bool) {
	switch {
	case !on:
		delete(s.secured, what)
	case len(s.secured) >= most:
		s.fail(errors.New("there is more row-level security than a database has"))
	default:
		if s.secured == nil {
			s.secured = secured{}
		}
		s.secured[what] = true
	}
}
