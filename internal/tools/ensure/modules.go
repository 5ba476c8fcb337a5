package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// modules installs what the lock file of from names into to, unless that is there already.
func (m machine) modules(from, to string) error {
	manifest, err := os.ReadFile(filepath.Join(from, "package.json"))
	if err != nil {
		return err
	}
	lock, err := os.ReadFile(filepath.Join(from, "package-lock.json"))
	if err != nil {
		return err
	}
	want, err := pinned(manifest)
	if err != nil {
		return err
	}
	if have, err := os.ReadFile(filepath.Join(to, "package-lock.json")); err == nil && bytes.Equal(have, lock) && missing(to, want) == nil {
		return nil
	}
	if err := m.node(); err != nil {
		return fmt.Errorf("needs node: %w", err)
	}
	err = errors.Join(os.MkdirAll(to, 0o755),
		os.WriteFile(filepath.Join(to, "package.json"), manifest, 0o644),
		os.WriteFile(filepath.Join(to, "package-lock.json"), lock, 0o644))
	if err != nil {
		return err
	}
	if err := m.call(to, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"); err != nil {
		return err
	}
	return missing(to, want)
}

// pinned is the versions in package.json, by name.
func pinned(manifest []byte) (map[string]string, error) {
	var p struct{ Dependencies map[string]string }
	if err := json.Unmarshal(manifest, &p); err != nil {
		return nil, fmt.Errorf("package.json: %w", err)
	}
	if len(p.Dependencies) == 0 {
		return nil, errors.New("package.json: pins nothing")
	}
	return p.Dependencies, nil
}

// missing names the first package that the folder has not, or not at the version wanted. npm writes its own lock file into
// node_modules last of all, so an installation that was cut off is missing, too.
func missing(dir string, want map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if have := installed(dir, name); have != want[name] {
			return fmt.Errorf("npm installed %s %q, not %s", name, have, want[name])
		}
	}
	if !exists(filepath.Join(dir, "node_modules/.package-lock.json")) {
		return errors.New("npm did not finish")
	}
	return nil
}

// installed is the version of a package in the folder; empty when there is none.
func installed(dir, name string) string {
	var p struct{ Version string }
	b, err := os.ReadFile(filepath.Join(dir, "node_modules", name, "package.json"))
	if err != nil || json.Unmarshal(b, &p) != nil {
		return ""
	}
	return p.Version
}
