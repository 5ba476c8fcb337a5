package backup

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

const dumpTail = "\n--\n-- PostgreSQL database dump complete\n--\n\n"

// read takes a script in pieces of n bytes.
func read(b []byte, n int) (Contents, error) {
	s := newScript("migrations")
	l := newLexer(s)
	for piece := range slices.Chunk(b, max(1, n)) {
		if _, err := l.Write(piece); err != nil {
			return Contents{}, err
		}
	}
	if err := errors.Join(s.err, l.close()); err != nil {
		return Contents{}, err
	}
	return s.contents()
}

// TestScriptsAreReadAsPsqlReadsThem: each holds rows of t, as many as it says; -1: it is refused.
func TestScriptsAreReadAsPsqlReadsThem(t *testing.T) {
	const rows = "COPY t FROM stdin;\n1\n2\n\\.\n"
	for script, want := range map[string]int64{
		rows:        2,
		rows + rows: 4,
		"SELECT 'a;\nCOPY t FROM stdin;\n';" + rows:                                   2,
		"SELECT 'it''s \\';" + rows:                                                   2,
		"SELECT 'a'\n'\\';" + rows:                                                    2,
		"SELECT e'\\''\n'\\'';" + rows:                                                2,
		"SELECT e'\\'' -- x\n'\\'';" + rows:                                           2,
		"SELECT e'\\'' /* */\n'\\';" + rows:                                           2,
		"SELECT E'\\\\';" + rows:                                                      2,
		"SELECT E'\\'';" + rows:                                                       2,
		"SELECT name'\\';" + rows:                                                     2,
		"SELECT U&'\\';" + rows:                                                       2,
		"SELECT B'1', X'F', N'\\';" + rows:                                            2,
		"SET standard_conforming_strings = off;SELECT '\\'';" + rows:                  2,
		"SET standard_conforming_strings TO 'off';SELECT '\\'';" + rows:               2,
		"SET SESSION standard_conforming_strings = off;SELECT N'\\'';" + rows:         2,
		"SELECT \"a;\"\"'\";" + rows:                                                  2,
		"SELECT $$ '; $a$ \" $$;" + rows:                                              2,
		"SELECT $a$ $$ ' $b$a$;" + rows:                                               2,
		"SELECT a$b$ , 'x$b$';" + rows:                                                2,
		"SELECT $1, $1$x$ ' $x$;" + rows:                                              2,
		"SELECT 1 /* ' /* ; */ ' */;" + rows:                                          2,
		"SELECT 1 /*/ ' */;" + rows:                                                   2,
		"SELECT 1 */* ' **/ 2;" + rows:                                                2,
		"SELECT 1 -- ';\n;" + rows:                                                    2,
		"SELECT 1 - - 2 / 3;" + rows:                                                  2,
		"SELECT e'\\'' '\\';" + rows:                                                  2,
		"SELECT $a$ ' $$a$;" + rows:                                                   2,
		"SELECT (1;\nCOPY t FROM stdin;\n);" + rows:                                   2,
		"SELECT (1;2);" + rows:                                                        2,
		"CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; END;" + rows:                      2,
		"CREATE OR REPLACE PROCEDURE f() BEGIN ATOMIC SELECT CASE 1 END; END;" + rows: 2,
		"CREATE VIEW v AS SELECT 1 AS begin;" + rows:                                  2,
		"COPY public.t (\"a)b\", c) FROM stdin;\n\\N\t\\\\.\n\\.\n":                   1,
		"copy T from STDIN;\n\\.\n":                                                   0,
		"COPY t FROM stdin;\n\n\n\\.\n":                                               2,
		"COPY t FROM stdin;  \r\n1\r\n\\.\r\n":                                        1,
		"INSERT INTO t VALUES (1);":                                                   UnknownRows,

		"COPY t FROM stdin;\n1\n":                            -1,
		"COPY t FROM stdin;\n\\.x\n":                         -1,
		"COPY t FROM stdin;\n\\.x\n\\.\n":                    -1,
		"COPY t FROM stdin;\n\\!id\n\\.\n":                   -1,
		"COPY t FROM stdin;\na\\.\n\\.\n":                    -1,
		"COPY t FROM stdin;\n\\\n\\.\n":                      -1,
		"COPY t FROM stdin; SELECT 1;\n\\.\n":                -1,
		"COPY t FROM stdin WITH (FORMAT csv);\n1\n\\.\n":     -1,
		"COPY (SELECT 1) TO stdout;\n":                       -1,
		"SELECT 'a":                                          -1,
		"SELECT $a$ $b$":                                     -1,
		"SELECT /* ":                                         -1,
		"SELECT 1":                                           -1,
		"SELECT 1e'\\' ';":                                   -1,
		"SELECT 1a;":                                         -1,
		"SELECT \x00;":                                       -1,
		"\\restrict a\n" + rows:                              -1,
		"SET client_encoding = 'SJIS';" + rows:               -1,
		"SET NAMES 'sjis';" + rows:                           -1,
		"SET standard_conforming_strings TO DEFAULT;" + rows: -1,
		"SELECT set_config('Standard_conforming_strings', 'off', false);" + rows: -1,
		rows + "\\.\n": -1,
	} {
		b := []byte(script + dumpTail)
		got, err := read(b, len(b))
		n, is := int64(-2), false
		for _, table := range got.Tables {
			n, is = table.Rows, true
		}
		refused := want == -1 && !strings.HasPrefix(script, "INSERT")
		if (err != nil) != refused || err == nil && (!is || n != want) {
			t.Errorf("%q: %d rows, %v; want %d", script, n, err, want)
		}
	}
}

// TestTheEndIsTheDumpsOwn: nothing may follow it.
func TestTheEndIsTheDumpsOwn(t *testing.T) {
	for script, ok := range map[string]bool{
		"SELECT 1;" + dumpTail:                                        true,
		"SELECT 1;" + strings.TrimRight(dumpTail, "\n"):               true,
		"\\restrict a1\nSELECT 1;" + dumpTail + "\\unrestrict a1\n\n": true,
		"SELECT 1;\n-- PostgreSQL database cluster dump complete":     true,
		"":                           false,
		"SELECT 1;":                  false,
		"SELECT 1" + dumpTail + ";":  false,
		dumpTail + "SELECT 1;":       false,
		"SELECT '" + dumpTail + "';": false,
		"SELECT 1" + dumpTail:        false,
		"/*" + dumpTail + "*/":       false,
		"\\restrict a\n" + dumpTail + "\\unrestrict b\n": false,
	} {
		if _, err := read([]byte(script), 3); (err == nil) != ok {
			t.Errorf("%q: %v", script, err)
		}
	}
}

// quotings put any text into a script where it is not read.
var quotings = []func(s string) string{
	func(s string) string {
		return "SELECT E'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "';"
	},
	func(s string) string { return "SELECT '" + strings.ReplaceAll(s, `'`, `''`) + "';" },
	func(s string) string { return `SELECT 1 AS "` + strings.ReplaceAll(s, `"`, `""`) + `";` },
	func(s string) string { return "SELECT $q7$" + strings.ReplaceAll(s, "$q7$", "") + "$q7$;" },
	func(s string) string { return "-- " + strings.NewReplacer("\n", "", "\r", "").Replace(s) + "\n" },
	func(s string) string { return "/* " + strings.NewReplacer("/", "", "*", "").Replace(s) + " */" },
	func(s string) string {
		return "SET standard_conforming_strings = off;\nSELECT '" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "';SET standard_conforming_strings = on;\n"
	},
}

func FuzzScript(f *testing.F) {
	for i := range len(quotings) {
		f.Add([]byte("it's; \\! id\nCOPY x FROM stdin;\n\\.\n$$ /* \" -- "), i, 3)
	}
	f.Add([]byte("SELECT e'\\''\n'\\'; COPY t FROM stdin;\n\\N\t1\n\\.\n"+dumpTail), 2, 1)
	f.Fuzz(func(t *testing.T, b []byte, which, n int) {
		b = bytes.ReplaceAll(b, []byte{0}, nil)
		n = min(max(n, 1), 1<<16)
		whole, err := read(b, len(b))
		parts, partsErr := read(b, n)
		if fmt.Sprint(whole, err) != fmt.Sprint(parts, partsErr) {
			t.Fatalf("in pieces of %d: %v %v, whole: %v %v", n, parts, partsErr, whole, err)
		}
		q := quotings[uint(which)%uint(len(quotings))](string(b))
		row := strings.NewReplacer("\\", `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(string(b))
		script := q + "\nCOPY side.t (a) FROM stdin;\n" + row + "\n" + row + "\n\\.\n" + q + dumpTail
		if strings.EqualFold(string(b), "standard_conforming_strings") || strings.EqualFold(string(b), "client_encoding") {
			return // refused, and rightly
		}
		got, err := read([]byte(script), n)
		if err != nil || !maps.Equal(got.Rows(), map[string]int64{"side.t": 2}) {
			t.Fatalf("%q: %v, %v", script, got.Rows(), err)
		}
	})
}
