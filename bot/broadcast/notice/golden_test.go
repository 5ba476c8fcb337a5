package notice

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// evening is the now of the tests: Wednesday, 21:05 in Helsinki.
var evening = time.Date(2026, 11, 25, 19, 5, 17, 123456789, time.UTC)

// TestGolden compares every built-in text with its file. Read the files aloud: they are what users get.
func TestGolden(t *testing.T) {
	var files []string
	for _, tmpl := range load(t, Options{}).All() {
		values, r, err := tmpl.Sample(evening)
		if err != nil {
			t.Errorf("%s: %v", tmpl.Name, err)
			continue
		}
		for _, lang := range slices.Sorted(maps.Keys(r.Texts)) {
			name := tmpl.Name + "." + lang + ".html"
			files = append(files, name)
			compare(t, filepath.Join("testdata", "golden", name), "<!-- "+values.String()+" -->\n"+r.Texts[lang]+"\n")
		}
	}
	noStrays(t, files)
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", file, diff)
	}
}

func noStrays(t *testing.T, files []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join("testdata", "golden", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		if !slices.Contains(files, filepath.Base(file)) {
			t.Errorf("%s is nobody's", file)
		}
	}
}

// load is Load when nothing may be wrong.
func load(t testing.TB, o Options) Set {
	t.Helper()
	s, err := Load(o)
	if err != nil {
		t.Fatalf("Load:\n%v", err)
	}
	return s
}

// get is a template that must be there.
func get(t testing.TB, s Set, name string) *Template {
	t.Helper()
	tmpl, is := s.Get(name)
	if !is {
		t.Fatalf("there is no %s", name)
	}
	return tmpl
}

// own loads one more file, as somebody wrote it, and gives the template of its name.
func own(t testing.TB, o Options, yaml string) *Template {
	t.Helper()
	o.Dir = folder(t, map[string]string{"own.yaml": yaml})
	return get(t, load(t, o), "own")
}

func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func helsinki(t testing.TB) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	return z
}
