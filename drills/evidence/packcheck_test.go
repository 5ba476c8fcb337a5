package evidence_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"twokey/drills/evidence"
)

// rezipped is a pack with other files in it, in the folder that is named.
func rezipped(t testing.TB, folder string, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(folder + name)
		if err == nil {
			_, err = w.Write([]byte(files[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestCheckPackSaysWhatIsWrong: nothing in a year can be another, be missing or be put in without being found.
func TestCheckPackSaysWhatIsWrong(t *testing.T) {
	d, ours, other := year2027(t), newKey(t), newKey(t)
	data := zipped(t, d, &ours)
	is, err := evidence.CheckPack(data, verify(ours))
	if err != nil || is.Year != 2027 || is.Journal != "3f09c1aa" || is.Files < 60 || is.Seq == 0 || is.Made.IsZero() {
		t.Fatalf("%+v, %v", is, err)
	}
	files := unpacked(t, data)
	strange := unpacked(t, zipped(t, d, &other))
	record := ""
	for name := range files {
		if strings.HasPrefix(name, "records/") && strings.HasSuffix(name, ".note") {
			record = name
		}
	}
	for _, tt := range []struct {
		why, folder string
		change      func(files map[string]string)
		want        error
		says        string
	}{
		{"zipped anew", "drills-2027/", func(map[string]string) {}, nil, ""},
		{"a result is another", "drills-2027/", func(f map[string]string) {
			f["coverage.json"] = strings.Replace(f["coverage.json"], "missed", "pass", 1)
		},
			evidence.ErrChanged, `"coverage.json" is another one`},
		{"a record is missing", "drills-2027/", func(f map[string]string) { delete(f, record) }, evidence.ErrChanged, "is missing"},
		{"a file was put in", "drills-2027/", func(f map[string]string) { f["records/2027-03-10-code-9.json"] = "{}" }, evidence.ErrChanged, "was put in"},
		{"a result is another, and its sum", "drills-2027/", func(f map[string]string) {
			f["SHA256SUMS"] = strings.Replace(f["SHA256SUMS"], "coverage.md", "coverage.mx", 1)
		}, evidence.ErrChanged, "its SHA256SUMS is another one"},
		{"another year", "drills-2028/", func(map[string]string) {}, evidence.ErrOther, "the note is about 2027, the pack is drills-2028"},
		{"another key", "drills-2027/", func(f map[string]string) { f["SHA256SUMS.note"] = strange["SHA256SUMS.note"] }, evidence.ErrForged, "this key did not sign"},
		{"a record's signature", "drills-2027/", func(f map[string]string) { f["SHA256SUMS.note"] = f[record] }, evidence.ErrUnreadable,
			"not the signature of a year's pack"},
		{"the journal's head", "drills-2027/", func(f map[string]string) { f["SHA256SUMS.note"] = f["journal.note"] }, evidence.ErrUnreadable, "not the signature"},
		{"no signature", "drills-2027/", func(f map[string]string) { delete(f, "SHA256SUMS.note") }, evidence.ErrUnreadable, "is not signed"},
		{"no sums", "drills-2027/", func(f map[string]string) { delete(f, "SHA256SUMS") }, evidence.ErrChanged, "SHA256SUMS is another one"},
		{"a way out", "drills-2027/", func(f map[string]string) { f["../x"] = "" }, evidence.ErrUnreadable, "a file is called"},
		{"no folder", "", func(map[string]string) {}, evidence.ErrUnreadable, "a file is called"},
		{"nothing", "", func(f map[string]string) { clear(f) }, evidence.ErrUnreadable, "is not signed"},
	} {
		f := maps.Clone(files)
		tt.change(f)
		_, err := evidence.CheckPack(rezipped(t, tt.folder, f), verify(ours))
		if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %v that says %q", tt.why, err, tt.want, tt.says)
		}
	}
	note := files[record]
	if err := evidence.Check([]byte(files[strings.TrimSuffix(record, ".note")+".json"]), files["SHA256SUMS.note"], verify(ours)); !errors.Is(err, evidence.ErrUnreadable) || note == "" {
		t.Errorf("the pack's signature is taken for a record's: %v", err)
	}
	for _, no := range [][]byte{nil, []byte("PK"), []byte("hello"), data[:len(data)/2]} {
		if _, err := evidence.CheckPack(no, verify(ours)); !errors.Is(err, evidence.ErrUnreadable) {
			t.Errorf("%d bytes: %v", len(no), err)
		}
	}
}

// TestAPackOfAStranger: what no pack of ours has is refused before anything is believed.
func TestAPackOfAStranger(t *testing.T) {
	made := func(names ...string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, name := range names {
			if _, err := z.Create(name); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for why, data := range map[string][]byte{
		"a file twice": made("drills-2027/a", "drills-2027/b", "drills-2027/a"), "two folders": made("drills-2027/a", "drills-2026/b"),
		"a folder": made("drills-2027/a/"), "too many files": made("drills-2027/a", "drills-2027/b", "drills-2027/c", "drills-2027/d"),
	} {
		if _, _, err := evidence.Unpack(data, 3, 100); err == nil {
			t.Errorf("%s: it is unpacked", why)
		}
	}
	large := rezipped(t, "drills-2027/", map[string]string{"a": strings.Repeat("x", 60), "b": strings.Repeat("x", 41)})
	if _, _, err := evidence.Unpack(large, 3, 100); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("more than there may be: %v", err)
	}
	if files, folder, err := evidence.Unpack(large, 3, 101); err != nil || len(files) != 2 || folder != "drills-2027" {
		t.Errorf("as much as there may be: %d files in %s, %v", len(files), folder, err)
	}
}

// TestAnyFlippedByteOfAFileIsRefused, wherever it is in the pack.
func TestAnyFlippedByteOfAFileIsRefused(t *testing.T) {
	d, k := year2027(t), newKey(t)
	files := unpacked(t, zipped(t, d, &k))
	names := slices.Sorted(maps.Keys(files))
	rapid.Check(t, func(r *rapid.T) {
		f, name := maps.Clone(files), rapid.SampledFrom(names).Draw(r, "file")
		b := []byte(f[name])
		b[rapid.IntRange(0, len(b)-1).Draw(r, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
		f[name] = string(b)
		if _, err := evidence.CheckPack(rezipped(t, "drills-2027/", f), verify(k)); err == nil {
			r.Fatalf("%s was changed, and nobody found it", name)
		}
	})
}
