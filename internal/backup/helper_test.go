package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// archive are the first bytes of a custom archive that says it was made then.
func archive(minor byte, made time.Time) []byte {
	b := append([]byte("PGDMP"), 1, minor, 0, 4, 8, kindCustom)
	num := func(n int) {
		b = append(b, 0)
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	text := func(s string) {
		num(len(s))
		b = append(b, s...)
	}
	if minor >= 15 {
		b = append(b, 0)
	} else {
		num(0)
	}
	for _, n := range []int{made.Second(), made.Minute(), made.Hour(), made.Day(), int(made.Month()) - 1, made.Year() - 1900, 0} {
		num(n)
	}
	text("shop")
	text("15.18 (Debian 15.18-0+deb12u1)")
	text("15.18")
	return b
}

const dumpHead = "--\n-- PostgreSQL database dump\n--\n\n"

func gz(b []byte) []byte {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	w.Write(b)
	w.Close()
	return buf.Bytes()
}

func zst(b []byte) []byte {
	w, _ := zstd.NewWriter(nil)
	defer w.Close()
	return w.EncodeAll(b, nil)
}

// tarball is how a tar of pg_dump begins.
func tarball(toc []byte) []byte {
	b := make([]byte, 512)
	copy(b, "toc.dat")
	copy(b[257:], "ustar\x0000")
	return append(b, toc...)
}

func write(t *testing.T, path string, content []byte, mtime time.Time) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, mtime, mtime); err != nil {
		t.Fatal(err)
	}
}

// night is when the tests' newest backup was made, morning when they look.
var (
	night   = time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)
	morning = night.Add(5 * time.Hour)
)

func shelf(dir string) Shelf {
	return Shelf{Folders: []Folder{{"daily", filepath.Join(dir, "daily")}, {Safety, filepath.Join(dir, Safety)}}, Now: func() time.Time { return morning }}
}

// made has the two folders.
func made(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, f := range []string{"daily", Safety} {
		if err := os.Mkdir(filepath.Join(dir, f), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// list is everything by name.
func list(t *testing.T, s Shelf) map[string]File {
	t.Helper()
	files, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]File{}
	for _, f := range files {
		all[f.Name] = f
	}
	return all
}

func find(t *testing.T, s Shelf, id string) File {
	t.Helper()
	f, err := s.Find(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func later() time.Time { return time.Now().Add(time.Hour) }

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
