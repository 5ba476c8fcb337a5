package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// plenty is a disk with room.
func plenty(string) (int64, error) { return 1 << 40, nil }

func TestPinIsACopyThatIsHashed(t *testing.T) {
	dir, pins := made(t), t.TempDir()
	content := append(archive(14, night), bytes.Repeat([]byte("x"), 3*piece)...)
	write(t, filepath.Join(dir, "daily", "a.dump"), content, night)
	p, err := Pin(t.Context(), find(t, shelf(dir), "latest"), pins, 0)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	got, _ := os.ReadFile(p.Path)
	info, err := os.Stat(p.Path)
	if err != nil || info.Mode() != 0o600 || !bytes.Equal(got, content) || p.SHA256 != hex.EncodeToString(sum[:]) || p.Size != int64(len(content)) {
		t.Errorf("%v, mode %v, %d bytes, %s", err, info.Mode(), len(got), p.SHA256)
	}
	if filepath.Dir(p.Path) != pins || p.ID != "24nov-0400" || p.Format != Custom || !p.Made.Equal(night) {
		t.Errorf("%+v", p)
	}
	if err := p.Check(t.Context()); err != nil {
		t.Error(err)
	}
	got[len(got)-1] ^= 1
	os.WriteFile(p.Path, got, 0o600)
	if err := p.Check(t.Context()); err == nil {
		t.Error("a copy that was changed is what it was")
	}
	if err := p.Remove(); err != nil || !empty(t, pins) {
		t.Errorf("%v, or something is left", err)
	}
}

func empty(t *testing.T, dir string) bool {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(left) == 0
}

func TestPinOfATree(t *testing.T) {
	dir, pins := made(t), t.TempDir()
	at := func(name string) string { return filepath.Join(dir, "daily", "tree", name) }
	toc := bytes.Replace(archive(14, night), []byte{4, 8, kindCustom}, []byte{4, 8, kindTar}, 1)
	write(t, at("toc.dat"), toc, night)
	write(t, at("1.dat"), []byte("one"), night)
	pin := func() (Pinned, error) { return Pin(t.Context(), find(t, shelf(dir), "latest"), pins, 0) }
	p, err := pin()
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(p.Path, "1.dat")); string(got) != "one" || p.Size != int64(len(toc)+3) {
		t.Errorf("%q, %d bytes", got, p.Size)
	}
	if err := p.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := p.Open(); err == nil {
		t.Error("a folder is one stream")
	}
	write(t, at("2.dat"), nil, night)
	if q, err := pin(); err != nil || q.SHA256 == p.SHA256 {
		t.Errorf("%v, or the same hash with a file more", err)
	}
	os.Remove(at("2.dat"))
	for change, back := range map[[2]string][2]string{{"1.dat", "3.dat"}: {"one", "one"}, {"1.dat", "1.dat"}: {"one", "two"}} {
		os.Remove(at(change[0]))
		write(t, at(change[1]), []byte(back[1]), night)
		if q, err := pin(); err != nil || q.SHA256 == p.SHA256 {
			t.Errorf("%v, or the same hash after %q", err, change)
		}
		os.Remove(at(change[1]))
		write(t, at("1.dat"), []byte("one"), night)
	}
	if err := os.Symlink("/etc/passwd", at("2.dat")); err != nil {
		t.Fatal(err)
	}
	if _, err := shelf(dir).Find(t.Context(), "latest"); err == nil {
		t.Error("a tree with a link is usable")
	}
	f := File{ID: "x", Name: "tree", Path: filepath.Dir(at("")), Format: Directory}
	f.Path = filepath.Join(dir, "daily", "tree")
	bare := t.TempDir()
	if _, err := Pin(t.Context(), f, bare, 0); err == nil || !strings.Contains(err.Error(), "link") || !empty(t, bare) {
		t.Errorf("a link in a tree: %v, or something is left", err)
	}
}

// TestOpeningFollowsNoLink, not even one that has come after it was looked.
func TestOpeningFollowsNoLink(t *testing.T) {
	dir := made(t)
	write(t, filepath.Join(dir, "daily", "a.dump"), archive(14, night), night)
	for name, to := range map[string]string{"link": "a.dump", "folder": "."} {
		if err := os.Symlink(to, filepath.Join(dir, "daily", name)); err != nil {
			t.Fatal(err)
		}
	}
	d, err := openFolder(filepath.Join(dir, "daily"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	if f, err := d.openat("link", 0); !errors.Is(err, errLink) {
		t.Errorf("a link is open: %v, %v", f, err)
	}
	if f, err := d.sub("folder"); !errors.Is(err, errLink) {
		t.Errorf("a link to a folder is open: %v, %v", f, err)
	}
	for _, name := range []string{"../daily/a.dump", "..", "."} {
		if _, _, err := d.open(name); err == nil {
			t.Errorf("%s is a name", name)
		}
	}
}

// TestPinOfWhatGrowsForEver ends.
func TestPinOfWhatGrowsForEver(t *testing.T) {
	dir := made(t)
	path := filepath.Join(dir, "daily", "a.dump")
	write(t, path, append(archive(14, night), bytes.Repeat([]byte("x"), piece)...), night)
	f := find(t, shelf(dir), "latest")
	pieces := 0
	grow := func(n int64) {
		if pieces++; pieces > 10 {
			return // or the test would never end
		}
		if err := os.Truncate(path, n+2*piece); err != nil {
			t.Error(err)
		}
	}
	if _, err := (pinner{dir: t.TempDir(), free: plenty, copied: grow}).pin(t.Context(), f); err == nil || pieces > 3 {
		t.Errorf("%v after %d pieces", err, pieces)
	}
}

func TestPinRefusesWhatChanges(t *testing.T) {
	content := append(archive(14, night), bytes.Repeat([]byte("x"), 3*piece)...)
	for name, change := range map[string]func(path string) error{
		"overwritten": func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err == nil {
				defer f.Close()
				_, err = f.WriteAt([]byte("y"), 7)
			}
			return err
		},
		"grown": func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			if err == nil {
				defer f.Close()
				_, err = f.WriteString("y")
			}
			return err
		},
		"cut": func(path string) error { return os.Truncate(path, 2*piece) },
	} {
		dir, pins := made(t), t.TempDir()
		path := filepath.Join(dir, "daily", "a.dump")
		write(t, path, content, night)
		f := find(t, shelf(dir), "latest")
		once := func(n int64) {
			if n == piece {
				if err := change(path); err != nil {
					t.Error(err)
				}
			}
		}
		if _, err := (pinner{dir: pins, free: plenty, copied: once}).pin(t.Context(), f); err == nil || !strings.Contains(err.Error(), "changed while") {
			t.Errorf("%s while it was copied: %v", name, err)
		}
		if _, err := Pin(t.Context(), f, pins, 0); err == nil || !strings.Contains(err.Error(), "since it was listed") {
			t.Errorf("%s since it was listed: %v", name, err)
		}
		if !empty(t, pins) {
			t.Errorf("%s: something is left", name)
		}
	}
}

func TestPinFollowsNoLinkThatCameLater(t *testing.T) {
	dir := made(t)
	path := filepath.Join(dir, "daily", "a.dump")
	write(t, path, archive(14, night), night)
	f := find(t, shelf(dir), "latest")
	if err := os.Rename(path, path+".real"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path+".real", path); err != nil {
		t.Fatal(err)
	}
	if _, err := Pin(t.Context(), f, t.TempDir(), 0); err == nil || !strings.Contains(err.Error(), "link") {
		t.Errorf("a link: %v", err)
	}
}

func TestPinKeepsTheFloor(t *testing.T) {
	dir, pins := made(t), t.TempDir()
	content := append(archive(14, night), bytes.Repeat([]byte("x"), 20*piece)...)
	write(t, filepath.Join(dir, "daily", "a.dump"), content, night)
	f := find(t, shelf(dir), "latest")
	left := int64(25 * piece)
	disk := func(string) (int64, error) { return left, nil }
	_, err := (pinner{dir: pins, floor: 10 * piece, free: disk, copied: func(int64) {}}).pin(t.Context(), f)
	if err == nil || !strings.Contains(err.Error(), "no room") {
		t.Errorf("what cannot fit: %v", err)
	}
	somebodyElse := func(int64) { left -= 4 * piece }
	_, err = (pinner{dir: pins, floor: piece, free: disk, copied: somebodyElse}).pin(t.Context(), f)
	if err == nil || !strings.Contains(err.Error(), "disk is full") || !empty(t, pins) {
		t.Errorf("a disk that fills: %v", err)
	}
}

func TestPinIsCancelled(t *testing.T) {
	dir, pins := made(t), t.TempDir()
	write(t, filepath.Join(dir, "daily", "a.dump"), append(archive(14, night), bytes.Repeat([]byte("x"), 20*piece)...), night)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := (pinner{dir: pins, free: plenty, copied: func(int64) { cancel() }}).pin(ctx, find(t, shelf(dir), "latest"))
	if !errors.Is(err, context.Canceled) || !empty(t, pins) {
		t.Errorf("%v, or something is left", err)
	}
}

func TestIntactIsWhatTheManifestSays(t *testing.T) {
	m := &Manifest{SHA256: strings.Repeat("a", 64), Size: 3}
	for _, c := range []struct {
		p  Pinned
		ok bool
	}{
		{Pinned{SHA256: m.SHA256, Size: 3}, true},
		{Pinned{SHA256: m.SHA256, Size: 3, Manifest: m}, true},
		{Pinned{SHA256: strings.Repeat("b", 64), Size: 3, Manifest: m}, false},
		{Pinned{SHA256: m.SHA256, Size: 4, Manifest: m}, false},
	} {
		if err := c.p.Intact(); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c.p, err)
		}
	}
}

func TestOpenReadsAllMembersAndNoticesACut(t *testing.T) {
	one, two := []byte(dumpHead), bytes.Repeat([]byte("SELECT 1;\n"), 50_000)
	whole := append(bytes.Clone(one), two...)
	for _, c := range []struct {
		format Format
		bytes  []byte
	}{{Plain, whole}, {PlainGzip, append(gz(one), gz(two)...)}, {PlainZstd, append(zst(one), zst(two)...)}} {
		path := filepath.Join(t.TempDir(), "a")
		for cutBy, ok := range map[int]bool{0: true, 1: c.format == Plain} {
			write(t, path, c.bytes[:len(c.bytes)-cutBy], night)
			r, err := Pinned{Path: path, Format: c.format}.Open()
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if r.Close(); (err == nil) != ok || ok && !bytes.Equal(got, whole[:len(whole)-cutBy]) {
				t.Errorf("%s cut by %d: %d bytes, %v", c.format, cutBy, len(got), err)
			}
		}
	}
}
