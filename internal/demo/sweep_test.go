package demo

import (
	"os"
	"path/filepath"
	"testing"
)

// TestSweep: only folders of demos that have ended go.
func TestSweep(t *testing.T) {
	temp := t.TempDir()
	made := func(name string) string {
		dir := filepath.Join(temp, name)
		if err := os.MkdirAll(filepath.Join(dir, "stage"), 0o700); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	held := func(dir string) *os.File {
		f, err := hold(dir)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	alive, dead, bare, other := made(folders+"alive"), made(folders+"dead"), made(folders+"bare"), made("other")
	defer held(alive).Close()
	held(dead).Close()
	held(other).Close()
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.MkdirAll(elsewhere, 0o700); err != nil {
		t.Fatal(err)
	}
	held(elsewhere).Close()
	link := filepath.Join(temp, folders+"link")
	if err := os.Symlink(elsewhere, link); err != nil {
		t.Fatal(err)
	}
	if err := sweep(t.Context(), temp); err != nil {
		t.Fatal(err)
	}
	for dir, stays := range map[string]bool{alive: true, dead: false, bare: true, other: true, elsewhere: true, link: true} {
		if _, err := os.Lstat(dir); (err == nil) != stays {
			t.Errorf("%s: %v, it stays: %v", dir, err, stays)
		}
	}
}
