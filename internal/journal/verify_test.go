package journal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"twokey/internal/journal"
	"twokey/internal/journal/journaltest"
)

// The encoding is for ever: a hash of today must be right in ten years.
// The bytes are those that the comment of Seal describes.
func TestSealIsPinned(t *testing.T) {
	e := journal.Seal(journal.Head{}, time.Date(2026, 11, 23, 20, 21, 0, 123456789, time.FixedZone("", 3600)),
		"request.asked", "ann", "tg:1:2", []byte(`{"n":1}`))
	text := "twokey-journal-v1\x00" + unhex(t, "0000000000000001"+strings.Repeat("00", 32)+
		"0000000000000008"+fmt.Sprintf("%016x", e.Time.UnixMicro())) +
		unhex(t, "000000000000000d") + "request.asked" + unhex(t, "0000000000000003") + "ann" +
		unhex(t, "0000000000000006") + "tg:1:2" + unhex(t, "0000000000000007") + `{"n":1}`
	wantDiff(t, "hash", fmt.Sprintf("%x", sha256.Sum256([]byte(text))), e.Hash.String())
	wantDiff(t, "hash", "820acdef67e52569fb1079c2a0ec2026f4a07524d67c735bdc8328a23aad8259", e.Hash.String())
	wantDiff(t, "short", e.Hash.String()[:8], e.Hash.Short())
	wantDiff(t, "time", time.Date(2026, 11, 23, 19, 21, 0, 123456000, time.UTC), e.Time)
	next := journal.Seal(e.Head(), e.Time, "", "", "", nil)
	if err := next.Check(e.Head()); err != nil || next.Seq != 2 || next.Prev != e.Hash {
		t.Errorf("Check = %v, seq %d", err, next.Seq)
	}
}

func TestFieldsDoNotRunIntoEachOther(t *testing.T) {
	seal := func(kind, actor, cause, body string) journal.Hash {
		return journal.Seal(journal.Head{}, journaltest.Time, kind, actor, cause, []byte(body)).Hash
	}
	seen := map[journal.Hash]string{}
	for _, f := range [][4]string{
		{"ab", "c", "", ""}, {"a", "bc", "", ""}, {"abc", "", "", ""}, {"", "abc", "", ""},
		{"", "", "abc", ""}, {"", "", "", "abc"}, {"", "", "ab", "c"}, {"", "", "", ""},
		{"a\x00", "", "", ""}, {"a", "\x00", "", ""},
	} {
		h := seal(f[0], f[1], f[2], f[3])
		if other, ok := seen[h]; ok {
			t.Errorf("%q and %s have one hash", f, other)
		}
		seen[h] = fmt.Sprintf("%q", f)
	}
}

func TestHashText(t *testing.T) {
	h := journal.Seal(journal.Head{}, journaltest.Time, "k", "", "", nil).Hash
	text, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	var back journal.Hash
	if err := json.Unmarshal(text, &back); err != nil || back != h {
		t.Errorf("%s came back as %v, %v", text, back, err)
	}
	for _, bad := range []string{"", "12", h.String() + "00", strings.Repeat("g", 64)} {
		if err := back.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was taken for a hash", bad)
		}
	}
}

// Whatever is done to one entry or to their order is found at the first place
// that is not as it was.
func TestVerifyFindsTampering(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		good := drawChain(t)
		head := good[len(good)-1].Head()
		bad := slices.Clone(good)
		i := rapid.IntRange(0, len(bad)-1).Draw(t, "at")
		want := uint64(i + 1)
		switch rapid.SampledFrom([]string{"change", "drop", "swap", "repeat", "forge", "replace", "cut", "reseal"}).Draw(t, "how") {
		case "change":
			bad[i] = change(t, bad[i])
		case "drop":
			bad = slices.Delete(bad, i, i+1)
		case "swap":
			j := rapid.IntRange(0, len(bad)-1).Draw(t, "with")
			if i == j {
				t.Skip("nothing changed")
			}
			bad[i], bad[j] = bad[j], bad[i]
			want = uint64(min(i, j) + 1)
		case "repeat":
			bad = slices.Insert(bad, i, bad[i])
			want = uint64(i + 2)
		case "forge": // an entry sealed well between two others
			var after journal.Head
			if i > 0 {
				after = bad[i-1].Head()
			}
			forged := journal.Seal(after, bad[i].Time, "forged", "", "", []byte("{}"))
			bad = slices.Insert(bad, i, forged)
			if want++; want > head.Seq { // itself it is good: what comes next shows it, or the known head
				want = head.Seq
			}
		case "replace": // the same, in the place of another
			bad[i] = journal.Seal(journal.Head{Seq: bad[i].Seq - 1, Hash: bad[i].Prev}, bad[i].Time, "forged", "", "", nil)
			if want++; want > head.Seq {
				want = head.Seq
			}
		case "cut":
			bad = bad[:i]
		case "reseal": // everything from i on, all hashes made anew: only the known head shows it
			bad[i] = journal.Seal(journal.Head{Seq: bad[i].Seq - 1, Hash: bad[i].Prev}, bad[i].Time, "forged", "", "", nil)
			for j := i + 1; j < len(bad); j++ {
				bad[j] = journal.Seal(bad[j-1].Head(), bad[j].Time, bad[j].Kind, bad[j].Actor, bad[j].Cause, bad[j].Body)
			}
			want = head.Seq
		}
		r, err := journal.Verify(t.Context(), raw(bad), head)
		if err != nil || r.Broken == nil || r.Broken.Seq != want {
			t.Fatalf("Verify = %+v, %v (%v); want it broken at %d", r, err, r.Broken, want)
		}
		if r, err := journal.Verify(t.Context(), raw(good), head); err != nil || r.Broken != nil {
			t.Fatalf("the good chain: %+v, %v", r, err)
		}
	})
}

func drawChain(t *rapid.T) []journal.Entry {
	var head journal.Head
	var entries []journal.Entry
	for i := range rapid.IntRange(1, 12).Draw(t, "entries") {
		e := journal.Seal(head, journaltest.Time.Add(time.Duration(i)*time.Second),
			rapid.String().Draw(t, "kind"), rapid.String().Draw(t, "actor"), rapid.String().Draw(t, "cause"),
			rapid.SliceOf(rapid.Byte()).Draw(t, "body"))
		entries, head = append(entries, e), e.Head()
	}
	return entries
}

// change changes one thing in an entry, by one bit where it can.
func change(t *rapid.T, e journal.Entry) journal.Entry {
	bit := byte(1) << rapid.IntRange(0, 7).Draw(t, "bit")
	flip := func(name string, b []byte) []byte {
		if len(b) == 0 {
			return []byte{bit}
		}
		b = bytes.Clone(b)
		b[rapid.IntRange(0, len(b)-1).Draw(t, name)] ^= bit
		return b
	}
	switch rapid.SampledFrom([]string{"time", "kind", "actor", "cause", "body", "prev", "hash", "move"}).Draw(t, "what") {
	case "time":
		e.Time = e.Time.Add(time.Duration(bit) * time.Microsecond)
	case "kind":
		e.Kind = string(flip("byte", []byte(e.Kind)))
	case "actor":
		e.Actor = string(flip("byte", []byte(e.Actor)))
	case "cause":
		e.Cause = string(flip("byte", []byte(e.Cause)))
	case "body":
		e.Body = flip("byte", e.Body)
	case "prev":
		e.Prev = journal.Hash(flip("byte", e.Prev[:]))
	case "hash":
		e.Hash = journal.Hash(flip("byte", e.Hash[:]))
	case "move": // a byte from one field to the next
		e.Kind, e.Actor = e.Kind+"x", e.Actor+"y"
	}
	return e
}

func TestVerifyReports(t *testing.T) {
	store := journal.NewMemory()
	r, err := journal.Verify(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	wantDiff(t, "an empty journal", journal.Report{}, r)
	entries := journaltest.Chain(t, store, 3)
	before := journal.Seal(entries[2].Head(), journaltest.Time.Add(-time.Hour), "k", "", "", nil)
	if err := store.Append(t.Context(), entries[2].Head(), before); err != nil {
		t.Fatal(err)
	}
	r, err = journal.Verify(t.Context(), store, entries[1].Head(), journal.Head{}, before.Head())
	if err != nil {
		t.Fatal(err)
	}
	wantDiff(t, "times going back are a note", journal.Report{
		Entries: 4, First: journaltest.Time, Last: before.Time, Head: before.Head(), Backwards: 1,
	}, r)
	f := journaltest.NewFaulty(store)
	f.OnRead(journaltest.Fail)
	if _, err := journal.Verify(t.Context(), f); !errors.Is(err, journaltest.ErrFault) {
		t.Errorf("Verify = %v, want that it cannot tell", err)
	}
}

func TestExportCanBeVerifiedAlone(t *testing.T) {
	store := journal.NewMemory()
	var head journal.Head
	for _, e := range []journal.Entry{
		{Kind: "k", Actor: "анна <ann&co>", Cause: "tg:1:2", Body: []byte(`{"chat":-1001234567890123456,"html":"<b>"}`), Time: journaltest.Time},
		{Kind: "not json", Body: []byte{0, 0xff, '\n'}, Time: journaltest.Time.Truncate(time.Second)},
		{Kind: "json in bad utf-8", Body: []byte("\"\xff\""), Time: journaltest.Time},
		{Kind: "with space", Body: []byte("{\n \"a\": 1\n}"), Time: journaltest.Time},
		{Kind: "empty", Body: []byte{}, Time: journaltest.Time},
	} {
		e = journal.Seal(head, e.Time, e.Kind, e.Actor, e.Cause, e.Body)
		if err := store.Append(t.Context(), head, e); err != nil {
			t.Fatal(err)
		}
		head = e.Head()
	}
	var out bytes.Buffer
	if err := journal.Export(t.Context(), store, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	first := journaltest.All(t, store, 0)[0]
	wantDiff(t, "lines", 5, len(lines))
	wantDiff(t, "first line", `{"seq":1,"time":"2026-11-23T20:21:00.123456Z","kind":"k","actor":"анна <ann&co>","cause":"tg:1:2",`+
		`"body":{"chat":-1001234567890123456,"html":"<b>"},"body_base64":"eyJjaGF0IjotMTAwMTIzNDU2Nzg5MDEyMzQ1NiwiaHRtbCI6IjxiPiJ9",`+
		`"prev":"`+strings.Repeat("0", 64)+`","hash":"`+first.Hash.String()+`"}`, lines[0])
	if !strings.Contains(lines[1], `"time":"2026-11-23T20:21:00.000000Z"`) || strings.Contains(lines[1], `"body":`) {
		t.Errorf("second line: %s", lines[1])
	}
	r, err := journal.VerifyEntries(journal.Import(bytes.NewReader(out.Bytes())), head)
	if err != nil || r.Broken != nil || r.Head != head {
		t.Errorf("VerifyEntries = %+v, %v", r, err)
	}
	var back []journal.Entry
	for e, err := range journal.Import(&out) {
		if err != nil {
			t.Fatal(err)
		}
		back = append(back, e)
	}
	if diff := cmp.Diff(journaltest.All(t, store, 0), back); diff != "" {
		t.Errorf("imported (-want +got):\n%s", diff)
	}
}

func TestImportFindsWhatWasDoneToAnExport(t *testing.T) {
	store := journal.NewMemory()
	journaltest.Chain(t, store, 3)
	var out strings.Builder
	if err := journal.Export(t.Context(), store, &out); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		why, old, new string
		broken        uint64 // 0: it cannot be read at all
	}{
		{"the body for people differs from the hashed one", `"body":{"n":2}`, `"body":{"n":9}`, 2},
		{"another actor", `"actor":"ann","cause":"test:2"`, `"actor":"bob","cause":"test:2"`, 2},
		{"a time of another form", `20:21:01.123456Z`, `20:21:01.1Z`, 0},
		{"a field nobody knows", `"seq":2`, `"note":"x","seq":2`, 0},
		{"half a line", out.String()[len(out.String())-40:], "", 0},
	} {
		text := strings.Replace(out.String(), row.old, row.new, 1)
		if text == out.String() {
			t.Fatalf("%s: nothing was done", row.why)
		}
		r, err := journal.VerifyEntries(journal.Import(strings.NewReader(text)))
		switch {
		case row.broken == 0 && err == nil:
			t.Errorf("%s: %+v; want an error", row.why, r)
		case row.broken != 0 && (err != nil || r.Broken == nil || r.Broken.Seq != row.broken):
			t.Errorf("%s: %+v, %v; want it broken at %d", row.why, r, err, row.broken)
		}
	}
}

func TestExportRefusesTextItCannotWrite(t *testing.T) {
	e := journal.Seal(journal.Head{}, journaltest.Time, "k", "\xff", "", nil)
	if err := journal.Export(t.Context(), raw{e}, io.Discard); err == nil || !strings.Contains(err.Error(), "entry 1: actor") {
		t.Errorf("Export = %v", err)
	}
}

func TestFilter(t *testing.T) {
	store := journal.NewMemory()
	var head journal.Head
	for i, kind := range []string{"request.asked", "request.voted", "step.started", "request.asked", "requests"} {
		e := journal.Seal(head, journaltest.Time.Add(time.Duration(i)*time.Minute), kind, "", "", nil)
		if err := store.Append(t.Context(), head, e); err != nil {
			t.Fatal(err)
		}
		head = e.Head()
	}
	for _, row := range []struct {
		why    string
		filter journal.Filter
		want   []uint64
	}{
		{"all", journal.Filter{}, []uint64{1, 2, 3, 4, 5}},
		{"after a seq", journal.Filter{After: 3}, []uint64{4, 5}},
		{"since a time, itself included", journal.Filter{Since: journaltest.Time.Add(2 * time.Minute)}, []uint64{3, 4, 5}},
		{"of a kind", journal.Filter{Kind: "request.asked"}, []uint64{1, 4}},
		{"of a family of kinds", journal.Filter{Kind: "request."}, []uint64{1, 2, 4}},
		{"all three", journal.Filter{After: 1, Since: journaltest.Time.Add(time.Minute), Kind: "request."}, []uint64{2, 4}},
		{"none", journal.Filter{Kind: "request"}, nil},
	} {
		var got []uint64
		for e, err := range row.filter.Read(t.Context(), store) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e.Seq)
		}
		wantDiff(t, row.why, row.want, got)
	}
	for range (journal.Filter{Kind: "request."}).Read(t.Context(), store) {
		break // a reader may stop
	}
}

func unhex(t *testing.T, s string) string {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
