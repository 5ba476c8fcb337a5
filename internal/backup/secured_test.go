package backup

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRowLevelSecurityIsNoted whatever the format; what is a row or a text is none of it.
func TestRowLevelSecurityIsNoted(t *testing.T) {
	pg := database(t, "policed")
	pg.Exec(t, "app", "policed", `CREATE TABLE "Odd. one" (id int, "what" text);
		INSERT INTO "Odd. one" VALUES (1, E'x\nALTER TABLE public.users ENABLE ROW LEVEL SECURITY;\nCREATE POLICY p ON public.users;');
		ALTER TABLE "Odd. one" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
		CREATE POLICY "My; own" ON "Odd. one" AS RESTRICTIVE FOR UPDATE TO app USING (what = 'ALTER TABLE public.users FORCE ROW LEVEL SECURITY;');
		ALTER TABLE deposits FORCE ROW LEVEL SECURITY;
		CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
$$`)
	want := [][3]string{{"public", "Odd. one", "enabled"}, {"public", "Odd. one", "forced"}, {"public", "Odd. one", "policy My; own"}, {"public", "deposits", "forced"}}
	for _, args := range [][]string{nil, {"--inserts"}, {"--clean"}, {"--clean", "--if-exists"}, {"-Fc"}, {"-Ft"}} {
		got, err := decode(t, pinned(t, dump(t, pg, append(slices.Clone(args), "policed")...)))
		if err != nil {
			t.Errorf("%q: %v", args, err)
		}
		if diff := cmp.Diff(want, got.Security); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", args, diff)
		}
	}
}

// TestWhatIsTakenBackIsNotThere, and that there is none is known.
func TestWhatIsTakenBackIsNotThere(t *testing.T) {
	for script, want := range map[string][][3]string{
		"": {},
		"ALTER TABLE t ENABLE ROW LEVEL SECURITY;": {{"", "t", "enabled"}},
		"ALTER TABLE ONLY a.t FORCE ROW LEVEL SECURITY; ALTER TABLE IF EXISTS ONLY a.t NO FORCE ROW LEVEL SECURITY;": {},
		"ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t DISABLE ROW LEVEL SECURITY;":                         {},
		"CREATE POLICY p ON s.t; CREATE POLICY q ON s.t; DROP POLICY IF EXISTS p ON s.t;":                            {{"s", "t", "policy q"}},
		"ALTER TABLE t ENABLE TRIGGER x; ALTER TABLE t FORCE;":                                                       {},
	} {
		got, err := read([]byte(script+dumpTail), 7)
		if diff := cmp.Diff(want, got.Security); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got)\n%s", script, err, diff)
		}
	}
}
