package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsMissingIsInstalledOrNamed(t *testing.T) {
	for _, c := range []struct {
		what         string
		has          string // programs there are
		root, debian bool
		want         []string // commands
		err          string
	}{
		{"nothing is missing", "node npm initdb redis-server chromium", false, false, nil, ""},
		{"root on Debian", "", true, true, []string{
			"apt-get update --quiet", "apt-get install --yes --no-install-recommends nodejs npm",
			"apt-get update --quiet", "apt-get install --yes --no-install-recommends postgresql",
			"apt-get update --quiet", "apt-get install --yes --no-install-recommends redis-server",
			"apt-get update --quiet", "apt-get install --yes --no-install-recommends chromium"}, ""},
		{"node without npm", "node initdb redis-server google-chrome", true, true, []string{
			"apt-get update --quiet", "apt-get install --yes --no-install-recommends nodejs npm"}, ""},
		{"somebody on Debian", "node npm redis-server chromium", false, true, nil, "run: sudo apt-get install --yes --no-install-recommends postgresql"},
		{"root elsewhere", "node npm redis-server chromium-browser", true, false, nil, "install it (on Debian: postgresql)"},
	} {
		t.Run(c.what, func(t *testing.T) {
			var calls []string
			m := machine{root: c.root, debian: c.debian,
				look: func(p string) (string, error) {
					for _, have := range strings.Fields(c.has) {
						if have == p {
							return "/bin/" + p, nil
						}
					}
					return "", os.ErrNotExist
				},
				glob: func(string) ([]string, error) { return nil, nil },
				call: func(_ string, argv ...string) error { calls = append(calls, strings.Join(argv, " ")); return nil },
			}
			err := errors.Join(m.node(), m.postgres(), m.redis(), m.chromium())
			if diff := cmp.Diff(c.want, calls); diff != "" {
				t.Error(diff)
			}
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
}

func TestPM2IsInstalledOnceAndAtThePinnedVersion(t *testing.T) {
	to, version, calls := t.TempDir(), "7.0.4", 0
	m := machine{
		look: func(p string) (string, error) { return "/bin/" + p, nil },
		call: func(dir string, argv ...string) error {
			calls++
			err := os.MkdirAll(filepath.Join(dir, "node_modules/pm2"), 0o755)
			return errors.Join(err, os.WriteFile(filepath.Join(dir, "node_modules/.package-lock.json"), nil, 0o644),
				os.WriteFile(filepath.Join(dir, "node_modules/pm2/package.json"), []byte(`{"version":"`+version+`"}`), 0o644))
		},
	}
	for _, c := range []struct {
		what, version string
		spoil         func() error
		calls         int
		fails         bool
	}{
		{"the first time", "7.0.4", nil, 1, false},
		{"the second time", "7.0.4", nil, 0, false},
		{"after another lock file", "7.0.4", func() error { return os.WriteFile(filepath.Join(to, "package-lock.json"), nil, 0o644) }, 1, false},
		{"after npm was cut off", "7.0.4", func() error { return os.Remove(filepath.Join(to, "node_modules/.package-lock.json")) }, 1, false},
		{"after it was removed", "7.0.4", func() error { return os.RemoveAll(filepath.Join(to, "node_modules")) }, 1, false},
		{"when npm gives another version", "7.0.5", func() error { return os.RemoveAll(filepath.Join(to, "node_modules")) }, 1, true},
	} {
		if calls, version = 0, c.version; c.spoil != nil {
			if err := c.spoil(); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.modules("..", to); (err != nil) != c.fails || calls != c.calls {
			t.Errorf("%s: %d calls, %v", c.what, calls, err)
		}
	}
}

// TestTheLockFileNamesNoRegistry: whoever installs uses their own.
func TestTheLockFileNamesNoRegistry(t *testing.T) {
	for _, path := range []string{"../package-lock.json", "../libraries/package-lock.json"} {
		lock, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{`"resolved"`, "registry."} {
			if strings.Contains(string(lock), bad) {
				t.Errorf("%s has %s; make it with: npm install --package-lock-only --omit-lockfile-registry-resolved", path, bad)
			}
		}
	}
}
