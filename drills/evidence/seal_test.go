package evidence_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"twokey/drills/evidence"
	"twokey/internal/heads"
	"twokey/internal/journal"
)

func signed(t testing.TB, k heads.Key, r evidence.Record) (text []byte, note string) {
	t.Helper()
	text, note, err := evidence.Sign(r, k.SignRecord)
	if err != nil {
		t.Fatal(err)
	}
	return text, note
}

func verify(k heads.Key) func(string) (string, error) {
	return func(note string) (string, error) { return heads.OpenRecord(note, k.Verifier()) }
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	ours, other := newKey(t), newKey(t)
	r := story(t, "passed").record()
	text, note := signed(t, ours, r)
	second := r
	second.ID = 77
	secondText, secondNote := signed(t, ours, second)
	elsewhere := r
	elsewhere.Journal.ID = "ffffffff"
	_, elsewhereNote := signed(t, ours, elsewhere)
	_, stranger := signed(t, other, r)
	head, err := ours.Sign(heads.Signed{Journal: "3f09c1aa", Head: journal.Head{Seq: 1290, Hash: journal.Hash{1}}, Time: time.Unix(1795500000, 0)})
	if err != nil {
		t.Fatal(err)
	}
	changed := func(old, with string) []byte { return []byte(strings.Replace(string(text), old, with, 1)) }
	for _, tt := range []struct {
		why  string
		text []byte
		note string
		want error
		says string
	}{
		{"as it was signed", text, note, nil, ""},
		{"the other one", secondText, secondNote, nil, ""},
		{"a better result", changed(`"result": "pass"`, `"result": "fail"`), note, evidence.ErrChanged, "the record was changed after it was signed"},
		{"a blank more", append([]byte(" "), text...), note, evidence.ErrChanged, "changed"},
		{"a field more", changed(`"kind": "drill"`, `"kind": "drill", "x": 1`), note, evidence.ErrChanged, "changed"},
		{"another exercise's note", text, secondNote, evidence.ErrOther, "the note is about drill 77 of journal 3f09c1aa, the record is of drill 2"},
		{"another journal's note", text, elsewhereNote, evidence.ErrOther, "journal ffffffff"},
		{"another key's note", text, stranger, evidence.ErrForged, "this key did not sign what it says"},
		{"a note with another result", text, strings.Replace(note, "\npass\n", "\nfail\n", 1), evidence.ErrForged, "forged"},
		{"a signed head", text, head, evidence.ErrUnreadable, "is not the signature of a drill's record"},
		{"no note", text, "", evidence.ErrUnreadable, "cannot be read"},
		{"half a note", text, note[:40], evidence.ErrUnreadable, "cannot be read"},
		{"no JSON", []byte("hello"), note, evidence.ErrUnreadable, "the record cannot be read"},
		{"nothing", nil, note, evidence.ErrUnreadable, "the record cannot be read"},
		{"another schema", changed("drill-record/1", "drill-record/9"), note, evidence.ErrUnreadable, "this program reads twokey/drill-record/1"},
	} {
		err := evidence.Check(tt.text, tt.note, verify(ours))
		if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v, want %v", tt.why, err, tt.want)
		}
		if err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %q does not say %q", tt.why, err, tt.says)
		}
	}
}

// TestAnyFlippedByteIsRefused, in the record and in the note.
func TestAnyFlippedByteIsRefused(t *testing.T) {
	k := newKey(t)
	text, note := signed(t, k, story(t, "passed").record())
	if err := evidence.Check(text, note, verify(k)); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := append([]byte(nil), text...), []byte(note)
		of := a
		if rapid.Bool().Draw(t, "the note") {
			of = b
		}
		i := rapid.IntRange(0, len(of)-1).Draw(t, "byte")
		of[i] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		if err := evidence.Check(a, string(b), verify(k)); err == nil {
			t.Fatalf("byte %d is %q, and nobody notices", i, of[i])
		}
	})
	for i := range note { // a note is short: every byte, and what base64 would forgive
		for bit := range 8 {
			b := []byte(note)
			b[i] ^= 1 << bit
			if err := evidence.Check(text, string(b), verify(k)); err == nil {
				t.Errorf("byte %d of the note is %q instead of %q, and nobody notices", i, b[i], note[i])
			}
		}
	}
}

// TestSigningNeedsAKey: without one there is no note, and no panic.
func TestSigningNeedsAKey(t *testing.T) {
	_, note, err := evidence.Sign(story(t, "passed").record(), heads.Key{}.SignRecord)
	if !errors.Is(err, heads.ErrNoKey) || note != "" {
		t.Errorf("%q, %v", note, err)
	}
	if text, note, err := evidence.Sign(story(t, "passed").record(), nil); err != nil || note != "" || len(text) == 0 {
		t.Errorf("without a signer: %d bytes, %q, %v", len(text), note, err)
	}
}

// TestEverySortOfRecordIsSigned: also those that were not performed.
func TestEverySortOfRecordIsSigned(t *testing.T) {
	k := newKey(t)
	for name := range stories() {
		text, note := signed(t, k, story(t, name).record())
		if err := evidence.Check(text, note, verify(k)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
