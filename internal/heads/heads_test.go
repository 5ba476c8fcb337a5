package heads_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"twokey/internal/heads"
	"twokey/internal/journal"
	"twokey/internal/secret"
)

func newKey(t *testing.T) heads.Key {
	t.Helper()
	file := filepath.Join(t.TempDir(), "journal.key")
	if _, err := heads.NewKey(file); err != nil {
		t.Fatal(err)
	}
	k, err := heads.ReadKey(file)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAKeyFileIsItsOwnersAndIsNeverOverwritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "journal.key")
	public, err := heads.NewKey(file)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	before, _ := os.ReadFile(file)
	if _, err := heads.NewKey(file); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second key in the same file: %v, want that it exists", err)
	}
	if after, _ := os.ReadFile(file); !bytes.Equal(before, after) {
		t.Error("the key was overwritten")
	}
	if k, err := heads.ReadKey(file); err != nil || k.Public() != public {
		t.Errorf("ReadKey = %q, %v, want %q", k.Public(), err, public)
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := heads.ReadKey(file); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others can read: %v, want what to type", err)
	}
}

func TestWhatIsNoKeyIsRefusedWithoutASecret(t *testing.T) {
	good, err := os.ReadFile(func() string {
		file := filepath.Join(t.TempDir(), "k")
		if _, err := heads.NewKey(file); err != nil {
			t.Fatal(err)
		}
		return file
	}())
	if err != nil {
		t.Fatal(err)
	}
	whole := strings.TrimSpace(string(good))
	for _, bad := range []string{"", "sesame", whole[:len(whole)-4], strings.Replace(whole, "PRIVATE", "PUBLIC", 1), whole + "\n" + whole} {
		_, err := heads.ParseKey(secret.New(bad))
		if err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("ParseKey = %v, want an error without the key", err)
		}
	}
}

func TestOpenTellsForgedFromUnreadable(t *testing.T) {
	ours, other := newKey(t), newKey(t)
	said := heads.Signed{Journal: "3f09c1aa", Head: journal.Head{Seq: 1290, Hash: journal.Hash{1, 2}}, Time: time.Unix(1795500000, 0).UTC()}
	good, err := ours.Sign(said)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := other.Sign(said)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		text string
		want error
	}{
		"good":             {good, nil},
		"another key":      {stranger, heads.ErrForged},
		"another seq":      {strings.Replace(good, "1290", "1291", 1), heads.ErrForged},
		"a seq of 0":       {strings.Replace(good, "1290", "0", 1), heads.ErrUnreadable},
		"a padded seq":     {strings.Replace(good, "1290", "01290", 1), heads.ErrUnreadable},
		"another program":  {strings.Replace(good, "twokey/", "gokey/", 1), heads.ErrUnreadable},
		"no signature":     {good[:strings.Index(good, "\n\n")+2], heads.ErrUnreadable},
		"a line too many":  {strings.Replace(good, "\n\n", "\nx\n\n", 1), heads.ErrUnreadable},
		"hello":            {"hello", heads.ErrUnreadable},
		"nothing":          {"", heads.ErrUnreadable},
		"a broken base64":  {strings.Replace(good, "— twokey ", "— twokey !", 1), heads.ErrUnreadable},
		"the text of half": {good[:len(good)/2], heads.ErrUnreadable},
	} {
		got, err := heads.Open(tt.text, ours.Verifier())
		if !errors.Is(err, tt.want) || err == nil && got != said {
			t.Errorf("%s: Open = %+v, %v, want %v", name, got, err, tt.want)
		}
	}
	if len(good) > 4096 {
		t.Errorf("a note of %d bytes does not fit a message", len(good))
	}
}

func TestNotesAreFoundInWhatTheyWereCopiedThrough(t *testing.T) {
	k := newKey(t)
	one, _ := k.Sign(heads.Signed{Journal: "3f09c1aa", Head: journal.Head{Seq: 1}, Time: time.Unix(1795500000, 0)})
	two, _ := k.Sign(heads.Signed{Journal: "3f09c1aa", Head: journal.Head{Seq: 2}, Time: time.Unix(1795500001, 0)})
	text := "Keep this pinned.\r\n" + strings.ReplaceAll(one, "\n", " \r\n") + "\nann, 08:00\n\t" + two + "bye"
	got := heads.Find(text)
	if len(got) != 2 || got[0] != one || got[1] != two {
		t.Errorf("Find(%q) = %q", text, got)
	}
	if got := heads.Find("twokey/half\n12\n"); len(got) != 1 {
		t.Errorf("half a note: %q, want it, for Open to refuse", got)
	}
	if got := heads.Find("nothing\nof ours\n"); got != nil {
		t.Errorf("no note: %q", got)
	}
}

// Whatever the chain is, and wherever it was cut off, changed or gone on with: a head kept once says so.
func TestCompareFindsWhatAChainCannotShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kept := chain(nil, rapid.IntRange(1, 20).Draw(t, "entries when it was kept"), 'a')
		head := kept[len(kept)-1].Head()
		left := rapid.IntRange(0, len(kept)).Draw(t, "entries left of them")
		more := rapid.IntRange(0, 20).Draw(t, "entries since")
		ours := chain(kept[:left], more, 'b')
		if len(ours) == 0 {
			return
		}
		at := func(seq uint64) (journal.Hash, bool) {
			if seq == 0 || seq > uint64(len(ours)) {
				return journal.Hash{}, false
			}
			return ours[seq-1].Hash, true
		}
		want := heads.Behind
		switch {
		case left == len(kept) && more == 0:
			want = heads.Same
		case left == len(kept):
			want = heads.Ahead
		case left+more >= len(kept):
			want = heads.Differs
		}
		if got := heads.Compare(ours[len(ours)-1].Head(), at, head); got != want {
			t.Fatalf("%d of %d entries are left, and %d more: %s, want %s", left, len(kept), more, got, want)
		}
	})
}

func chain(begin []journal.Entry, n int, kind byte) []journal.Entry {
	all := append([]journal.Entry{}, begin...)
	for range n {
		var head journal.Head
		if len(all) > 0 {
			head = all[len(all)-1].Head()
		}
		all = append(all, journal.Seal(head, time.Unix(int64(head.Seq), 0), string(kind), "", "", nil))
	}
	return all
}
