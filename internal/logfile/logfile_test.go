package logfile

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func all(string) bool { return true }

// folder writes files, the first one oldest, and gives the pattern of all.
func folder(t *testing.T, files ...[2]string) (dir, pattern string) {
	t.Helper()
	dir = t.TempDir()
	for i, f := range files {
		path := filepath.Join(dir, f[0])
		at := time.Date(2026, 11, 25, 15, i, 0, 0, time.UTC)
		if err := errors.Join(os.WriteFile(path, []byte(f[1]), 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	return dir, filepath.Join(dir, "*")
}

// last gives the texts of what Last finds.
func last(t *testing.T, pattern string, match func(string) bool, n int) []string {
	t.Helper()
	lines, err := Reader{}.Last(context.Background(), []string{pattern}, match, n)
	if err != nil {
		t.Fatal(err)
	}
	return texts(lines)
}

func texts(lines []Line) []string {
	var list []string
	for _, l := range lines {
		list = append(list, l.Text)
	}
	return list
}

func TestLast(t *testing.T) {
	for _, tt := range []struct {
		say   string
		files [][2]string
		match func(string) bool
		n     int
		want  []string
	}{
		{"the newest first", [][2]string{{"a.log", "1\n2\n3\n"}}, all, 2, []string{"3", "2"}},
		{"the last line needs no end", [][2]string{{"a.log", "1\n2"}}, all, 9, []string{"2", "1"}},
		{"lines of Windows, and empty ones", [][2]string{{"a.log", "1\r\n\r\n \n2\r\n\n"}}, all, 9, []string{"2", "1"}},
		{"only what matches", [][2]string{{"a.log", "pay 1\nx\npay 2\ny\n"}}, func(l string) bool { return strings.Contains(l, "pay") }, 9, []string{"pay 2", "pay 1"}},
		{"an empty file", [][2]string{{"a.log", ""}}, all, 9, nil},
		{"none are wanted", [][2]string{{"a.log", "1\n"}}, all, 0, nil},
		{"broken UTF-8", [][2]string{{"a.log", "a\xff\xfeb\n"}}, all, 9, []string{"a\uFFFD\uFFFDb"}},
		{"files by the times of their lines", [][2]string{
			{"out.log", "2026-11-25T15:00:01Z a\n2026-11-25T15:00:03Z c\n"},
			{"err.log", "2026-11-25T15:00:02Z b\n2026-11-25T15:00:04Z d\n"}}, all, 3,
			[]string{"2026-11-25T15:00:04Z d", "2026-11-25T15:00:03Z c", "2026-11-25T15:00:02Z b"}},
		{"a stack belongs to the line above it", [][2]string{
			{"err.log", "2026-11-25T15:00:02Z Error\n  at f\n  at g\n"},
			{"out.log", "2026-11-25T15:00:01Z a\n2026-11-25T15:00:03Z c\n"}}, all, 4,
			[]string{"2026-11-25T15:00:03Z c", "  at g", "  at f", "2026-11-25T15:00:02Z Error"}},
		{"also when only the stack is wanted", [][2]string{
			{"err.log", "2026-11-25T15:00:02Z Error\n  at f\n  at g\n"},
			{"out.log", "2026-11-25T15:00:01Z at a\n2026-11-25T15:00:03Z at c\n"}}, func(l string) bool { return strings.Contains(l, "at ") }, 2,
			[]string{"2026-11-25T15:00:03Z at c", "  at g"}},
		{"without times, by file", [][2]string{{"old.log", "1\n2\n"}, {"new.log", "3\n4\n"}}, all, 3, []string{"4", "3", "2"}},
		{"the order inside a file stands", [][2]string{{"a.log", "2026-11-25T15:00:09Z 1\n2026-11-25T15:00:01Z 2\n"}}, all, 2,
			[]string{"2026-11-25T15:00:01Z 2", "2026-11-25T15:00:09Z 1"}},
		{"rotated files are left out", [][2]string{{"a.log", "now\n"}, {"a.log.1", "x\n"}, {"a.log-20261124", "x\n"}, {"a.log.2026-11-24", "x\n"},
			{"a.log.gz", "x\n"}, {"a__2026-11-24_00-00-00.log", "x\n"}}, all, 9, []string{"now"}},
		{"one that is named after its day is not rotated", [][2]string{{"a-2026-11-25.log", "now\n"}}, all, 9, []string{"now"}},
	} {
		_, pattern := folder(t, tt.files...)
		if diff := cmp.Diff(tt.want, last(t, pattern, tt.match, tt.n)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.say, diff)
		}
	}
}

func TestByFile(t *testing.T) {
	dir, pattern := folder(t,
		[2]string{"err.log", "2026-11-25T15:00:01Z e1\n2026-11-25T15:00:09Z e2\n"},
		[2]string{"out.log", "2026-11-25T15:00:02Z o1\n2026-11-25T15:00:03Z o2\n2026-11-25T15:00:04Z o3\n"},
		[2]string{"quiet.log", ""})
	files, err := Reader{}.ByFile(context.Background(), []string{pattern}, all, 2)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	var order []string
	for _, f := range files {
		order = append(order, f.Path)
		got[filepath.Base(f.Path)] = texts(f.Lines)
	}
	if diff := cmp.Diff([]string{filepath.Join(dir, "err.log"), filepath.Join(dir, "out.log")}, order); diff != "" {
		t.Errorf("the file with the newest line comes first (-want +got):\n%s", diff)
	}
	want := map[string][]string{"err.log": {"2026-11-25T15:00:01Z e1", "2026-11-25T15:00:09Z e2"}, "out.log": {"2026-11-25T15:00:03Z o2", "2026-11-25T15:00:04Z o3"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ByFile (-want +got):\n%s", diff)
	}
}

// TestForeignFiles puts into the folder what the service's user could: nothing hangs, and nothing else is read.
func TestForeignFiles(t *testing.T) {
	dir, pattern := folder(t, [2]string{"a.log", "1\n2\n"})
	secret := filepath.Join(t.TempDir(), "shadow")
	err := errors.Join(os.WriteFile(secret, []byte("root:x\n"), 0o600),
		os.Symlink(secret, filepath.Join(dir, "link.log")),
		os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "dangling.log")),
		syscall.Mkfifo(filepath.Join(dir, "fifo.log"), 0o600),
		os.Mkdir(filepath.Join(dir, "folder.log"), 0o700))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := Reader{}.Last(context.Background(), []string{pattern, "/dev/zero", "/dev/tty"}, all, 9)
	if diff := cmp.Diff([]string{"2", "1"}, texts(lines)); diff != "" {
		t.Errorf("Last (-want +got):\n%s", diff)
	}
	for _, want := range []string{"link.log: is a symbolic link", "fifo.log: is not a regular file", "/dev/zero: is not a regular file"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Last: error %q does not say %q", err, want)
		}
	}
}

// TestOpen is for what takes a file's place between looking and opening.
func TestOpen(t *testing.T) {
	dir, _ := folder(t, [2]string{"a.log", "1\n"})
	fifo, link := filepath.Join(dir, "fifo"), filepath.Join(dir, "link")
	if err := errors.Join(syscall.Mkfifo(fifo, 0o600), os.Symlink(filepath.Join(dir, "a.log"), link)); err != nil {
		t.Fatal(err)
	}
	if c, err := look(fifo); err == nil {
		t.Errorf("look(%s) = %v, nil, want an error before anything is opened", fifo, c)
	}
	for path, want := range map[string]string{fifo: "is not a regular file", link: "is a symbolic link", dir: "is not a regular file", "/dev/null": "is not a regular file"} {
		f, _, err := open(path)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("open(%s) = %v, %v, want an error with %q", path, f, err, want)
		}
	}
}

func TestNoFiles(t *testing.T) {
	_, err := Reader{}.Last(context.Background(), []string{filepath.Join(t.TempDir(), "*.log")}, all, 9)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Last without files: error %v, want fs.ErrNotExist", err)
	}
	if _, err = (Reader{}).Last(context.Background(), []string{"/[a"}, all, 9); !errors.Is(err, filepath.ErrBadPattern) {
		t.Errorf("Last([a): error %v, want filepath.ErrBadPattern", err)
	}
}

// TestHuge reads a gigabyte of nothing, which has no line to stop at, beside a small file.
func TestHuge(t *testing.T) {
	dir, pattern := folder(t, [2]string{"a.log", "1\n"}, [2]string{"sparse.log", "the beginning\n"})
	if err := os.Truncate(filepath.Join(dir, "sparse.log"), 1<<30); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1"}, last(t, pattern, all, 9)); diff != "" {
		t.Errorf("Last (-want +got):\n%s", diff)
	}
}

// counter counts what is read of a file that has no end in sight.
type counter struct{ read int64 }

func (c *counter) ReadAt(p []byte, off int64) (int, error) {
	c.read += int64(len(p))
	clear(p)
	return len(p), nil
}

func TestReadsOnlyItsPart(t *testing.T) {
	var c counter
	err := backwards(context.Background(), &c, 1<<40, 1<<40-mostRead, func([]byte, bool) bool { return true })
	if err != nil || c.read != mostRead {
		t.Errorf("backwards read %d bytes, %v, want %d", c.read, err, mostRead)
	}
}

func TestLongLines(t *testing.T) {
	long := strings.Repeat("0123456789", 30000)
	if got := valid(bytes.Repeat([]byte("\xff\r"), Longest/2), true); len(got) < Longest {
		t.Errorf("a line that was cut has %d bytes: whoever sees only its text cannot tell", len(got))
	}
	_, pattern := folder(t, [2]string{"a.log", "before\n" + long + "\nafter\n" + long[:Longest] + "\n"})
	lines, err := Reader{}.Last(context.Background(), []string{pattern}, all, 9)
	if err != nil || len(lines) != 4 {
		t.Fatalf("Last = %d lines, %v, want 4", len(lines), err)
	}
	if lines[0].Cut || lines[0].Text != long[:Longest] || !lines[2].Cut || lines[2].Text != long[:Longest] {
		t.Errorf("lines of %d (cut %v) and %d (cut %v) bytes, want %d, the second one cut", len(lines[0].Text), lines[0].Cut, len(lines[2].Text), lines[2].Cut, Longest)
	}
	if diff := cmp.Diff([]string{"after", "before"}, []string{lines[1].Text, lines[3].Text}); diff != "" {
		t.Errorf("the lines between (-want +got):\n%s", diff)
	}
}

// TestAnyLength compares with the lines as they were written, at every length around a block.
func TestAnyLength(t *testing.T) {
	for n := block - 9; n <= block+9; n++ {
		written := []string{strings.Repeat("a", 10), strings.Repeat("b", n-5000), strings.Repeat("c", 5000-11), "d"}
		_, pattern := folder(t, [2]string{"a.log", strings.Join(written, "\n") + "\n"})
		lines, err := Reader{}.Last(context.Background(), []string{pattern}, all, 9)
		want := []string{"d", written[2], written[1][:Longest], written[0]}
		if diff := cmp.Diff(want, texts(lines)); err != nil || diff != "" {
			t.Fatalf("%d bytes: %v (-want +got):\n%s", n, err, diff)
		}
		if !lines[2].Cut || lines[1].Cut || lines[3].Cut {
			t.Errorf("%d bytes: cut are %v, %v, %v, want only the second", n, lines[1].Cut, lines[2].Cut, lines[3].Cut)
		}
	}
}

// shrinking becomes empty after its first read, as copytruncate makes it.
type shrinking struct {
	io.ReaderAt
	reads int
}

func (s *shrinking) ReadAt(p []byte, off int64) (int, error) {
	if s.reads++; s.reads > 1 {
		return 0, io.EOF
	}
	return s.ReaderAt.ReadAt(p, off)
}

func TestShrinks(t *testing.T) {
	text := strings.Repeat("x", block) + "\n1\n2\n"
	var got []string
	err := backwards(context.Background(), &shrinking{ReaderAt: strings.NewReader(text)}, int64(len(text)), 0, func(l []byte, _ bool) bool {
		got = append(got, string(l))
		return true
	})
	if diff := cmp.Diff([]string{"", "2", "1"}, got); err != nil || diff != "" {
		t.Errorf("backwards: %v (-want +got):\n%s", err, diff)
	}
}

func TestCancelled(t *testing.T) {
	_, pattern := folder(t, [2]string{"a.log", strings.Repeat("x\n", block)})
	ctx, cancel := context.WithCancel(context.Background())
	seen := 0
	lines, err := Reader{}.Last(ctx, []string{pattern}, func(string) bool { seen++; cancel(); return true }, 1<<30)
	if !errors.Is(err, context.Canceled) || len(lines) == 0 || seen > block {
		t.Errorf("Last = %d lines of %d seen, %v, want those of one block and context.Canceled", len(lines), seen, err)
	}
}

func TestCompressedUnderAnotherName(t *testing.T) {
	dir, pattern := folder(t, [2]string{"a.log", "1\n"})
	var b strings.Builder
	z := gzip.NewWriter(&b)
	fmt.Fprintln(z, "x")
	if err := errors.Join(z.Close(), os.WriteFile(filepath.Join(dir, "z.log"), []byte(b.String()), 0o600)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1"}, last(t, pattern, all, 9)); diff != "" {
		t.Errorf("Last (-want +got):\n%s", diff)
	}
}

func TestTime(t *testing.T) {
	zone := time.FixedZone("EET", 2*3600)
	written := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	nov := func(ns int, loc *time.Location) time.Time { return time.Date(2026, 11, 25, 15, 1, 2, ns, loc) }
	for line, want := range map[string]time.Time{
		"2026-11-25T15:01:02Z x":                               nov(0, time.UTC),
		"2026-11-25T15:01:02.123456789Z x":                     nov(123456789, time.UTC),
		"2026-11-25T15:01:02+02:00 x":                          nov(0, zone),
		"2026-11-25 15:01:02 x":                                nov(0, zone),
		"2026-11-25 15:01:02,123 ERROR x":                      nov(123e6, zone),
		"2026-11-25 15:01:02 +02:00: pm2's":                    nov(0, zone),
		"2026-11-25 15:01:02.001 UTC [12] LOG:":                nov(1e6, time.UTC),
		"2026-11-25 15:01:02 Zebra":                            nov(0, zone),
		"2026-11-25 15:01:02 -1234 is a number":                nov(0, zone),
		"[2026-11-25T15:01:02.5Z] x":                           nov(5e8, time.UTC),
		"[2026-11-25 15:01:02] x":                              nov(0, zone),
		"2026/11/25 15:01:02 Go's":                             nov(0, zone),
		"\x1b[32m2026-11-25 15:01:02\x1b[0m x":                 nov(0, zone),
		`{"level":30,"time":1795618862123,"msg":"x"}`:          time.UnixMilli(1795618862123),
		`{"timestamp":"2026-11-25T15:01:02Z"}`:                 nov(0, time.UTC),
		`{"timestamp": "2026-11-25 15:01:02"}`:                 nov(0, zone),
		`{"ts":1795618862}`:                                    time.Unix(1795618862, 0),
		`{"msg":"\"time\":1795618862123","time":1795618862124`: time.UnixMilli(1795618862124),
		"Nov 25 15:01:02 host x":                               time.Date(2025, 11, 25, 15, 1, 2, 0, zone),
		"Jan  2 13:01:02 host x":                               time.Date(2026, 1, 2, 13, 1, 2, 0, zone),
		"Feb 29 15:01:02 host x":                               time.Date(2024, 2, 29, 15, 1, 2, 0, zone),
		"2026-11-31 15:01:02 x":                                {},
		"2026-11-25 25:01:02 x":                                {},
		"x 2026-11-25 15:01:02":                                {},
		`{"time":"now"}`:                                       {},
		"Foo 25 15:01:02":                                      {},
		"":                                                     {},
	} {
		if got := (Reader{Zone: zone}).time(line, written); !got.Equal(want) {
			t.Errorf("time(%q) = %v, want %v", line, got, want)
		}
	}
}
