package main

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// arrows says, for each package, which of ours it may import. Data flows one way; a package that is not here has to be
// given its place first.
var arrows = map[string][]string{
	"internal/secret":              {},
	"internal/journal":             {},
	"internal/journal/journaltest": {"internal/journal"},
	"internal/heads":               {"internal/journal", "internal/secret"},
	"internal/pgtest":              {"internal/postgres"},
	"internal/logfile":             {},
	"internal/queues":              {"internal/secret"},
	"internal/redistest":           {},
	"internal/rows":                {"internal/secret"},
	"internal/proc":                {"internal/secret"},
	"internal/tools/ensure":        {"internal/tools/chromium"},
	"internal/pgtools":             {"internal/proc", "internal/secret"},
	"internal/restore":             {"internal/pgtools", "internal/proc", "internal/secret"},
	"internal/tools/chromium":      {},
	"internal/browsertest":         {"internal/tools/chromium"},
	"internal/config":              {"auth", "actions", "actions/step", "drills", "drills/calendar", "internal/backup", "internal/heads", "internal/rawyaml", "internal/secret", "internal/proc"},
	"internal/proof":               {},
	"internal/setup":               {"actions/step", "internal/proc", "internal/secret"},
	"internal/preflight":           {"actions/step", "internal/proc", "internal/secret"},
	"internal/metrics":             {},
	"internal/watch":               {},
	"auth":                         {"internal/secret"},
	"drills/calendar":              {},
	"drills":                       {"auth", "drills/calendar", "internal/journal"},
	"drills/rehearsal":             {"auth", "drills", "internal/journal"},
	"drills/rehearsal/backupdrill": {"drills", "drills/rehearsal", "internal/backup", "internal/pgtools", "internal/proc", "internal/proof", "internal/restore", "internal/rows", "internal/secret"},
	"drills/rehearsal/codedrill":   {"drills", "drills/rehearsal", "internal/proc", "internal/secret"},
	"drills/rehearsal/nightdrill":  {"drills", "drills/rehearsal", "internal/proc", "internal/rawyaml"},
	"drills/evidence":              {"auth", "drills", "drills/calendar", "internal/picture", "internal/showable"},
	"actions/step":                 {"internal/backup", "internal/logfile", "internal/pgtools", "internal/proc", "internal/proof", "internal/queues", "internal/restore", "internal/rows", "internal/secret"},
	"actions":                      {"actions/step", "auth", "internal/journal", "internal/proc", "internal/secret"},
	"bot/telegram":                 {"internal/secret"},
	"bot/broadcast/delivery":       {"bot/telegram"},
	"bot/telegram/fakebot":         {},
	"bot/broadcast/notice":         {"internal/rawyaml"},
	"bot/text":                     {"actions", "actions/step", "auth", "drills", "drills/calendar", "internal/showable"},
	"bot/broadcast/audience":       {"internal/secret"},
	"bot/broadcast":                {"actions/step", "bot/broadcast/audience", "bot/broadcast/delivery", "bot/broadcast/notice", "internal/journal"},
	"internal/rawyaml":             {},
	"internal/showable":            {},
	"internal/picture":             {},
	"bot":                          {"actions", "actions/step", "auth", "bot/broadcast", "bot/telegram", "bot/text", "drills", "drills/calendar", "internal/journal"},
	"cmd/twokey":                   {"*"},
	"cmd/bench":                    {"*"},
	"internal/postgres":            {"internal/proc"},
	"internal/backup":              {"internal/pgtools", "internal/proc", "internal/secret"},
	"internal/demo/shop":           {"internal/pgtools", "internal/proc", "internal/secret"},
	"internal/demo/web":            {"bot/telegram/fakebot"},
	"internal/demo": {"bot/telegram/fakebot", "internal/demo/shop", "internal/demo/web", "internal/heads", "internal/logfile",
		"internal/postgres", "internal/proc"},
}

func TestArrows(t *testing.T) {
	for path, imports := range listPackages(t) {
		name := strings.TrimPrefix(path, "twokey/")
		allowed, placed := arrows[name]
		if !placed {
			t.Errorf("package %s has no place in the arrows", name)
			continue
		}
		for _, imp := range imports {
			ours, is := strings.CutPrefix(imp, "twokey/")
			if is && !slices.Contains(allowed, ours) && !slices.Contains(allowed, "*") {
				t.Errorf("package %s imports %s: that arrow is not in the design", name, ours)
			}
		}
	}
}

// TestNever3OnlyProcStartsPrograms: everything else has no way to, so nothing can forget the timeout, the clean environment
// or the proof of death. The tools of the tests and the bench are not the product.
func TestNever3OnlyProcStartsPrograms(t *testing.T) {
	starts := regexp.MustCompile(`exec\.Command|os\.StartProcess|syscall\.(ForkExec|Exec)\b`)
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(root, path)
		may := slices.ContainsFunc([]string{"internal/proc", "internal/pgtest", "internal/redistest", "internal/tools", "cmd/bench"},
			func(at string) bool { return strings.HasPrefix(rel, at) })
		if err != nil || may || d.IsDir() || !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") || strings.Contains(rel, "testdata") {
			return err
		}
		src, err := os.ReadFile(path)
		if found := starts.Find(src); found != nil {
			t.Errorf("%s: %s: only internal/proc starts programs", rel, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLibraryIsTheTelegramLayers: the given library loses updates and leaks the token; only the layer that knows how may
// touch it.
func TestLibraryIsTheTelegramLayers(t *testing.T) {
	for path, imports := range listPackages(t) {
		for _, imp := range imports {
			if strings.HasPrefix(imp, "github.com/go-telegram-bot-api/") && path != "twokey/bot/telegram" {
				t.Errorf("package %s imports %s", path, imp)
			}
		}
	}
}

func listPackages(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "twokey/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	pkgs := map[string][]string{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs[p.ImportPath] = p.Imports
	}
	if len(pkgs) < 8 {
		t.Fatalf("go list gave %d packages", len(pkgs))
	}
	return pkgs
}
