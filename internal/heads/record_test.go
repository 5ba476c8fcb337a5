package heads_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"twokey/internal/heads"
	"twokey/internal/journal"
)

const record = "twokey-record/3f09c1aa\n1290\nnot performed\nd6sDUdsphd8KIVP0pkOL21tyJ1tLq0Ko7xbPSyrPGoE=\n1290-1342\n2027-01-05T10:31:07Z\n"

// TestARecordIsNoHeadAndAHeadIsNoRecord: what the key says of one is never taken for its word on the other.
func TestARecordIsNoHeadAndAHeadIsNoRecord(t *testing.T) {
	k := newKey(t)
	said := heads.Signed{Journal: "3f09c1aa", Head: journal.Head{Seq: 1290, Hash: journal.Hash{1, 2}}, Time: time.Unix(1795500000, 0).UTC()}
	head, err := k.Sign(said)
	if err != nil {
		t.Fatal(err)
	}
	of, err := k.SignRecord(record)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := heads.OpenRecord(of, k.Verifier()); err != nil || got != record {
		t.Errorf("OpenRecord = %q, %v", got, err)
	}
	if _, err := heads.Open(of, k.Verifier()); !errors.Is(err, heads.ErrUnreadable) {
		t.Errorf("a record is read as a head: %v", err)
	}
	if found := heads.Find("see\n" + of); found != nil {
		t.Errorf("a record is found among heads: %q", found)
	}
	if _, err := heads.OpenRecord(head, k.Verifier()); !errors.Is(err, heads.ErrNoRecord) {
		t.Errorf("a head is read as a record: %v", err)
	}
	text, _, _ := strings.Cut(head, "\n\n")
	if _, err := k.SignRecord(text + "\n"); !errors.Is(err, heads.ErrNoRecord) {
		t.Errorf("a head is signed as a record: %v", err)
	}
	// Nor is there a journal by whose name a head becomes a record.
	for _, name := range []string{"-record/3f09c1aa", "../twokey-record/x", "x\ntwokey-record/x"} {
		said.Journal = name
		if n, err := k.Sign(said); err == nil {
			if _, err := heads.OpenRecord(n, k.Verifier()); err == nil {
				t.Errorf("the head of journal %q is a record", name)
			}
		}
	}
}

func TestOnlyARecordIsSigned(t *testing.T) {
	k := newKey(t)
	for why, text := range map[string]string{
		"nothing":            "",
		"no end of line":     strings.TrimSuffix(record, "\n"),
		"a line too few":     strings.Replace(record, "1290\n", "", 1),
		"a line too many":    record + "x\n",
		"an empty line":      strings.Replace(record, "not performed", "", 1),
		"no journal":         strings.Replace(record, "3f09c1aa", "", 1),
		"another domain":     strings.Replace(record, "twokey-record/", "twokey/", 1),
		"a blank at its end": strings.Replace(record, "not performed", "not performed ", 1),
		"a control":          strings.Replace(record, "not performed", "not\x00performed", 1),
		"broken letters":     strings.Replace(record, "not performed", "\xff", 1),
		"very long":          strings.Replace(record, "not performed", strings.Repeat("x", 4000), 1),
	} {
		if n, err := k.SignRecord(text); err == nil {
			t.Errorf("%s: it is signed: %q", why, n)
		}
	}
	if _, err := (heads.Key{}).SignRecord(record); !errors.Is(err, heads.ErrNoKey) {
		t.Errorf("without a key: %v", err)
	}
}

func TestOpenRecordTellsForgedFromUnreadable(t *testing.T) {
	ours, other := newKey(t), newKey(t)
	good, err := ours.SignRecord(record)
	if err != nil {
		t.Fatal(err)
	}
	strange, err := other.SignRecord(record)
	if err != nil {
		t.Fatal(err)
	}
	line := good[strings.Index(good, "\n\n")+2:]
	for why, tt := range map[string]struct {
		text string
		want error
	}{
		"good":                    {good, nil},
		"another key":             {strange, heads.ErrForged},
		"another result":          {strings.Replace(good, "not performed", "pass", 1), heads.ErrForged},
		"two keys":                {good + strange[strings.Index(strange, "\n\n")+2:], heads.ErrForged},
		"one signature twice":     {good + line, heads.ErrForged},
		"no signature":            {strings.TrimSuffix(good, line), heads.ErrForged},
		"no text":                 {line, heads.ErrNoRecord},
		"another name":            {strings.Replace(good, "— twokey ", "— twokex ", 1), heads.ErrForged},
		"something after it":      {good + "x\n", heads.ErrForged},
		"lines of another system": {strings.ReplaceAll(good, "\n", "\r\n"), heads.ErrNoRecord},
		"nothing":                 {"", heads.ErrNoRecord},
	} {
		if _, err := heads.OpenRecord(tt.text, ours.Verifier()); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", why, err, tt.want)
		}
	}
	if len(good) > 4096 {
		t.Errorf("a note of %d bytes does not fit a message", len(good))
	}
}

// There is one way to write a note: also what base64 forgives is refused.
func TestAnyOtherBytesAreNoNote(t *testing.T) {
	k := newKey(t)
	good, err := k.SignRecord(record)
	if err != nil {
		t.Fatal(err)
	}
	forgiven := 0
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(good)
		b[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		if _, err := heads.OpenRecord(string(b), k.Verifier()); err == nil {
			t.Fatalf("%q is a note, too", b)
		}
	})
	for i := range good { // the note library itself forgives the unused bits at the end: we do not
		for bit := range 8 {
			b := []byte(good)
			b[i] ^= 1 << bit
			if _, err := note.Open(b, note.VerifierList(k.Verifier())); err == nil {
				forgiven++
			}
			if _, err := heads.OpenRecord(string(b), k.Verifier()); err == nil {
				t.Errorf("byte %d is %q instead of %q, and it is a note, too", i, b[i], good[i])
			}
		}
	}
	t.Logf("%d of these the library would have taken", forgiven)
}
