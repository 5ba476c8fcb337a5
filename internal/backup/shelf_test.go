package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFormatIsToldByFirstBytes(t *testing.T) {
	custom, plain := archive(14, night), []byte(dumpHead+strings.Repeat("-- x\n", 200_000))
	for _, c := range []struct {
		name  string
		bytes []byte
		want  Format
	}{
		{"a.sql", custom, Custom},
		{"a.sql.gz", custom, Custom},
		{"b.sql.gz", gz(custom), CustomGzip},
		{"c.sql.gz", gz(plain), PlainGzip},
		{"d.zst", zst(custom), CustomZstd},
		{"e.dump", zst(plain), PlainZstd},
		{"f", plain, Plain},
		{"g", []byte(strings.ReplaceAll(dumpHead, "\n", "\r\n")), Plain},
		{"h", []byte("--\n-- PostgreSQL database cluster dump\n--\n"), Plain},
		{"i", tarball(custom), Tar},
		{"j", gz(tarball(custom)), TarGzip},
		{"k", zst(tarball(custom)), TarZstd},
		{"l.dump", []byte("DROP TABLE users;"), Unknown},
		{"m.dump", gz([]byte("PK\x03\x04")), Unknown},
		{"n.dump", gz(gz(custom)), Unknown},
		{"o.dump", slices.Concat([]byte{0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4}, zst(custom)), CustomZstd},
		{"p.dump", bytes.Replace(custom, []byte{4, 8, kindCustom}, []byte{4, 8, kindTar}, 1), Unknown},
	} {
		dir := made(t)
		write(t, filepath.Join(dir, "daily", c.name), c.bytes, night)
		f := list(t, shelf(dir))[c.name]
		if f.Format != c.want || Identify(c.bytes) != c.want || (f.Problem == "") != (c.want != Unknown) {
			t.Errorf("%s: %s, %q; want %s", c.name, f.Format, f.Problem, c.want)
		}
	}
}

func TestNewestFirstByTheBestTimeThereIs(t *testing.T) {
	dir := made(t)
	at := func(name string) string { return filepath.Join(dir, "daily", name) }
	hour := func(h int) time.Time { return night.Add(time.Duration(h) * time.Hour) }
	touched := hour(4)
	write(t, at("a_20261123_040000.dump"), archive(14, hour(-2)), touched) // the archive knows better than its name
	write(t, at("b_20261123_040000.sql"), []byte(dumpHead), touched)
	write(t, at("c.sql"), []byte(dumpHead), touched)
	write(t, at("d_20991231_000000.sql"), []byte(dumpHead), hour(-5)) // nobody has seen that day
	write(t, at("e_20261131_040000.sql"), []byte(dumpHead), hour(-6)) // nor that
	write(t, at("f.dump"), archive(14, hour(2)), touched)
	manifest(t, at("f.dump"), hour(1))

	files, err := shelf(dir).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.Name[:1]+" "+f.MadeFrom+" "+f.ID)
	}
	want := []string{"c mtime 24nov-0800", "f manifest 24nov-0500", "a archive 24nov-0200", "d mtime 23nov-2300", "e mtime 23nov-2200", "b name 23nov-0400"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if f := files[2]; f.Database != "shop" || f.Server != "15.18" || f.Archive != "1.14" {
		t.Errorf("the header says %q %q %q", f.Database, f.Server, f.Archive)
	}
}

// TestTimesWithoutAZoneAreOfTheClockThatWroteThem: what we call it is in the people's zone.
func TestTimesWithoutAZoneAreOfTheClockThatWroteThem(t *testing.T) {
	dir := made(t)
	at := func(name string) string { return filepath.Join(dir, "daily", name) }
	write(t, at("a.dump"), archive(14, night), night.Add(4*time.Hour)) // the night begins at 04:00
	write(t, at("b_20261124_060000.sql"), []byte(dumpHead), night.Add(4*time.Hour))
	for _, tt := range []struct {
		zone, clock *time.Location
		want        []string
	}{
		{nil, nil, []string{"b 06:00 24nov-0600", "a 04:00 24nov-0400"}},
		{time.FixedZone("h", 2*3600), nil, []string{"b 04:00 24nov-0600", "a 02:00 24nov-0400"}},
		{time.FixedZone("h", 2*3600), time.UTC, []string{"b 06:00 24nov-0800", "a 04:00 24nov-0600"}},
	} {
		s := shelf(dir)
		s.Zone, s.Clock = tt.zone, tt.clock
		files, err := s.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			got = append(got, f.Name[:1]+" "+f.Made.UTC().Format("15:04")+" "+f.ID)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("people in %v, the clock in %v: %q, want %q", tt.zone, tt.clock, got, tt.want)
		}
	}
}

// manifest writes one beside a file.
func manifest(t *testing.T, path string, made time.Time) {
	t.Helper()
	b, err := json.Marshal(Manifest{Version: manifestVersion, Made: made, SHA256: strings.Repeat("0", 64)})
	if err != nil {
		t.Fatal(err)
	}
	write(t, path+manifestEnd, b, made)
}

func TestNameTimes(t *testing.T) {
	zone := time.FixedZone("there", 2*3600)
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, zone)
	for name, want := range map[string]string{
		"sigmatrade_20261124_040000.sql.gz": "2026-11-24T04:00:00+02:00",
		"db-2026-11-24T04:05:06Z.dump":      "2026-11-24T04:05:06Z",
		"2026-11-24_04-05.sql":              "2026-11-24T04:05:00+02:00",
		"db.20261124.sql":                   "2026-11-24T12:00:00+02:00",
		"db.20261123.sql":                   "2026-11-23T00:00:00+02:00",
		"db.20261124040506.sql":             "2026-11-24T04:05:06+02:00",
		"order-120261124.sql":               "",
		"20261399_040000.sql":               "",
		"20261124_256000.sql":               "",
		"db.sql":                            "",
	} {
		got, is := nameTime(name, noon, zone)
		if is != (want != "") || is && got.Format(time.RFC3339) != want {
			t.Errorf("%s: %s %v, want %s", name, got.Format(time.RFC3339), is, want)
		}
	}
}

func TestWhatIsNoBackupSaysWhy(t *testing.T) {
	dir := made(t)
	at := func(name string) string { return filepath.Join(dir, "daily", name) }
	write(t, filepath.Join(dir, "elsewhere"), archive(14, night), night)
	write(t, at("empty.dump"), nil, night)
	write(t, at("gzip-of-nothing.sql.gz"), gz(nil), night)
	write(t, at("a\x1b[2J\n.dump"), archive(14, night), night)
	write(t, at("later.dump"), []byte(dumpHead), morning.Add(48*time.Hour))
	write(t, at("tree/toc.dat"), bytes.Replace(archive(14, night), []byte{4, 8, kindCustom}, []byte{4, 8, kindTar}, 1), night)
	write(t, at("tree/1.dat.gz"), gz(nil), night)
	write(t, at("half/1.dat.gz"), gz(nil), night)
	write(t, at("other/readme"), nil, night)
	write(t, at(".hidden"), nil, night)
	for _, err := range []error{os.Symlink(filepath.Join(dir, "elsewhere"), at("link.dump")), os.Symlink(at("tree"), at("linked-tree")),
		syscall.Mkfifo(at("pipe.dump"), 0o600), os.Symlink("/etc/passwd", at("tree2.dat"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	device := syscall.Mknod(at("device.dump"), syscall.S_IFCHR|0o600, 1<<8|3) == nil // needs root
	got := list(t, shelf(dir))
	want := map[string]string{"empty.dump": "is empty", "gzip-of-nothing.sql.gz": "is compressed, and there is nothing inside", "a\x1b[2J\n.dump": "",
		"later.dump": "has a time in the future", "tree": "", "half": "", "link.dump": "is a symbolic link, and links are not followed",
		"linked-tree": "is a symbolic link, and links are not followed", "pipe.dump": "is a named pipe", "tree2.dat": "is a symbolic link, and links are not followed"}
	if device {
		want["device.dump"] = "is a device"
	}
	if len(got) != len(want) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
	for name, problem := range want {
		f, is := got[name]
		if !is || f.Problem != problem || f.Problem != "" && f.Usable() {
			t.Errorf("%q: there %v, it %q; want it %q", name, is, f.Problem, problem)
		}
		if _, err := Pin(t.Context(), f, t.TempDir(), 0); problem != "" && err == nil {
			t.Errorf("%q was pinned", name)
		}
	}
	if f := got["tree"]; f.Format != Directory || !f.Made.Equal(night) {
		t.Errorf("tree: %s of %s", f.Format, f.Made)
	}
	if f := got["half"]; f.Unfinished == "" {
		t.Error("a folder without its table of contents is finished")
	}
}

func TestUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reads everything")
	}
	dir := made(t)
	path := filepath.Join(dir, "daily", "a.dump")
	write(t, path, archive(14, night), night)
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if f := list(t, shelf(dir))["a.dump"]; f.Problem != "cannot be opened: permission denied" {
		t.Errorf("it %q", f.Problem)
	}
}

func TestAFolderThatIsGoneHidesNoOther(t *testing.T) {
	dir := made(t)
	write(t, filepath.Join(dir, "daily", "a.dump"), archive(14, night), night)
	gone := shelf(dir)
	gone.Folders = append(gone.Folders, Folder{"monthly", filepath.Join(dir, "monthly")})
	files, err := gone.List(t.Context())
	var e *Error
	if len(files) != 1 || !errors.As(err, &e) {
		t.Errorf("%d files, %v", len(files), err)
	}
	if f, err := gone.Find(t.Context(), "24nov-0400"); err != nil || f.Name != "a.dump" {
		t.Errorf("%s, %v", f.Name, err)
	}
	if f, err := gone.Find(t.Context(), "latest"); err == nil {
		t.Errorf("%s is the latest, and nobody knows what the other folder has", f.Name)
	}
	if err := os.Remove(filepath.Join(dir, Safety)); err != nil {
		t.Fatal(err)
	}
	if f, err := shelf(dir).Find(t.Context(), "latest"); err != nil || f.Name != "a.dump" {
		t.Errorf("before the first safety copy: %s, %v", f.Name, err)
	}
}

func TestLatestIsFinishedAndNoSafetyCopy(t *testing.T) {
	dir := made(t)
	at := func(name string) string { return filepath.Join(dir, "daily", name) }
	minute := func(n int) time.Time { return night.Add(time.Duration(n) * time.Minute) }
	write(t, at("old.dump"), archive(14, minute(-60)), minute(-60))
	write(t, at("good.dump"), archive(14, night), night)
	write(t, at("later.dump.tmp"), archive(14, minute(1)), minute(1))
	write(t, at("later.dump.part"), archive(14, minute(2)), minute(2))
	write(t, at("zero.dump"), nil, minute(3))
	write(t, at("fresh.dump"), archive(14, minute(4)), morning.Add(-time.Second))
	write(t, at("open.dump"), archive(14, minute(5)), minute(5))
	write(t, filepath.Join(dir, Safety, "safe.dump"), archive(14, minute(6)), minute(6))
	writer, err := os.OpenFile(at("open.dump"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if f := find(t, shelf(dir), "latest"); f.Name != "good.dump" {
		t.Errorf("the latest is %s", f.Name)
	}
	if f := find(t, shelf(dir), "safety"); f.Name != "safe.dump" {
		t.Errorf("the latest safety copy is %s", f.Name)
	}
	if f := list(t, shelf(dir))["open.dump"]; f.Unfinished != "is open for writing" {
		t.Errorf("open.dump %q", f.Unfinished)
	}
	if _, err := Pin(t.Context(), find(t, shelf(dir), "24nov-0405"), t.TempDir(), 0); err == nil {
		t.Error("what is still written was pinned")
	}
	writer.Close()
	if f := find(t, shelf(dir), "latest"); f.Name != "open.dump" {
		t.Errorf("the latest is %s, though nobody writes it any more", f.Name)
	}
	manifest(t, at("fresh.dump"), minute(10))
	if f := find(t, shelf(dir), "latest"); f.Name != "fresh.dump" {
		t.Errorf("the latest is %s; a manifest says that all is done", f.Name)
	}
}

func TestIDsAreUniqueAndNotTakenOver(t *testing.T) {
	dir := made(t)
	at := func(name string) string { return filepath.Join(dir, "daily", name) }
	write(t, at("a.dump"), archive(14, night), night)
	if f := find(t, shelf(dir), "24NOV-0400 "); f.Name != "a.dump" {
		t.Errorf("found %s", f.Name)
	}
	write(t, at("b.dump"), archive(14, night.AddDate(-1, 0, 0)), night)
	_, err := shelf(dir).Find(t.Context(), "24nov-0400")
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(e.Hint, "24nov-0400-") {
		t.Fatalf("two backups of 24nov-0400: %v", err)
	}
	for i := range 300 {
		write(t, at(fmt.Sprintf("%d.dump", i)), archive(14, night), night)
	}
	ids := map[string]bool{}
	for _, f := range list(t, shelf(dir)) {
		ids[f.ID] = true
		if got := find(t, shelf(dir), f.ID); got.Name != f.Name || len(f.ID) > 16 {
			t.Fatalf("%s is %s, not %s", f.ID, got.Name, f.Name)
		}
		if len(ids) == 20 {
			break
		}
	}
	if _, err := shelf(dir).Find(t.Context(), "25nov-0400"); err == nil {
		t.Error("what is not there was found")
	}
}

func TestManifestThatIsNone(t *testing.T) {
	dir := made(t)
	path := filepath.Join(dir, "daily", "a.dump")
	write(t, path, archive(14, night), night)
	for content, want := range map[string]string{
		"{":                                "its manifest is not JSON as we write it",
		"{}":                               "its manifest is not a manifest of this version of twokey",
		`{"version": 99}`:                  "its manifest is not a manifest of this version of twokey",
		strings.Repeat(" ", maxManifest+1): "its manifest is over 4 MiB",
	} {
		write(t, path+manifestEnd, []byte(content), night)
		if f := list(t, shelf(dir))["a.dump"]; f.Trouble != want || !f.Foreign() || !f.Usable() {
			t.Errorf("%.20q: %q, foreign %v; want %q", content, f.Trouble, f.Foreign(), want)
		}
	}
	os.Remove(path + manifestEnd)
	if err := os.Symlink("/etc/passwd", path+manifestEnd); err != nil {
		t.Fatal(err)
	}
	if f := list(t, shelf(dir))["a.dump"]; f.Trouble != "its manifest is a symbolic link, and links are not followed" {
		t.Errorf("a link: %q", f.Trouble)
	}
}

func TestForeignFilesAreRemembered(t *testing.T) {
	dir := made(t)
	write(t, filepath.Join(dir, "daily", "a.dump"), archive(14, night), night)
	s := shelf(dir)
	s.Seen = func(path string, size int64, written time.Time) time.Time {
		if filepath.Base(path) != "a.dump" || size == 0 || !written.Equal(night) {
			t.Errorf("seen %s, %d bytes, of %s", path, size, written)
		}
		return morning
	}
	if f := list(t, s)["a.dump"]; !f.Seen.Equal(morning) {
		t.Errorf("seen %s", f.Seen)
	}
}

func FuzzIdentify(f *testing.F) {
	custom := archive(14, night)
	for _, b := range [][]byte{custom, gz(custom), zst(custom), []byte(dumpHead), gz(nil), tarball(custom), zst([]byte(dumpHead)), archive(15, night)} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got := Identify(b)
		if got == Directory {
			t.Error("a file is no folder")
		}
		if inner := innerFormat(b); inner != Unknown && inner != got {
			t.Errorf("%s, and it begins as %s", got, inner)
		}
		if packed := Identify(gz(b)); innerFormat(b) != Unknown && packed != innerFormat(b)+"+gzip" {
			t.Errorf("%s, compressed %s", got, packed)
		}
		if h, err := parseHeader(b); err == nil {
			h.time(time.UTC)
		}
	})
}
