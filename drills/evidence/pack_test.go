package evidence_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/auth"
	"twokey/drills"
	"twokey/drills/evidence"
	"twokey/internal/browsertest"
	"twokey/internal/heads"
	"twokey/internal/journal"
)

// year2027 is a year of three drills as it went, up to 20 November: what is to come is to come.
func year2027(t testing.TB) *desk {
	t.Helper()
	d := newDesk(t, plan(t, "database", drills.Database, "first tue of quarter 10:00"), plan(t, "code", drills.Code, "second wed of month 10:00"),
		plan(t, "whole", drills.Emergency, "first thu of year 10:00"))
	for month := 1; month <= 11; month++ {
		d.month(month)
	}
	d.until(at("2027-11-20 12:00:00"))
	return d
}

// month lets one pass, with what people do in it.
func (d *desk) month(m int) {
	d.t.Helper()
	d.until(time.Date(2027, time.Month(m), 14, 7, 0, 0, 0, time.UTC))
	for _, x := range slices.Clone(d.state.Pending()) {
		if x.At.After(d.now) {
			continue
		}
		d.id = x.ID
		switch what := fmt.Sprintf("%s %d", x.Drill, m); what {
		case "code 3", "database 4", "database 5", "database 6": // nobody does it
		case "code 5":
			d.agree(drills.Agreed{Do: drills.AgreedSkip, Exercise: x.ID, Person: "ann", Reason: "the release of the year", People: 2, With: []auth.Name{"cid"}})
		case "database 7":
			d.start("bob", restoring())
			d.step(time.Second, drills.StepFailed, drills.Found{Why: "the backup is cut off", Findings: []string{"the newest backup is cut off"}})
			d.step(time.Second, drills.StepDone, drills.Found{})
			d.clean("nothing was made")
		case "code 6":
			d.start("ann", restoring())
			d.restored(50 * time.Minute)
			d.step(time.Minute, drills.StepDone, drills.Found{})
			d.clean("it is gone")
		default:
			d.start("ann", restoring())
			d.restored(4 * time.Minute)
			d.step(time.Minute, drills.StepDone, drills.Found{})
			d.clean("it is gone")
		}
		d.passes(time.Minute)
	}
	if m == 8 { // somebody wants one besides
		d.do(func(now journal.Now) (journal.Draft, error) { return d.state.Want(now, d.world.Plans[0], "cid") })
		d.id = 0
		d.start("cid", restoring())
		d.restored(3 * time.Minute)
		d.step(time.Minute, drills.StepDone, drills.Found{})
		d.clean("it is gone")
		d.passes(time.Minute)
	}
}

func packed(t testing.TB, d *desk, k *heads.Key, extra ...evidence.File) map[string]string {
	t.Helper()
	return unpacked(t, zipped(t, d, k, extra...))
}

// zipped is the pack as it is handed on.
func zipped(t testing.TB, d *desk, k *heads.Key, extra ...evidence.File) []byte {
	t.Helper()
	var sign evidence.Signer
	a := d.about()
	if k != nil {
		sign, a.PublicKey = k.SignRecord, k.Public()
	}
	var b, again bytes.Buffer
	for _, w := range []io.Writer{&b, &again} {
		if err := evidence.Pack(w, 2027, d.state.All(), a, extra, sign); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("two packs of the same differ")
	}
	return b.Bytes()
}

func unpacked(t testing.TB, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		name, is := strings.CutPrefix(f.Name, "drills-2027/")
		if !is || path.Clean(name) != name || strings.HasPrefix(name, "..") {
			t.Errorf("a file is called %q", f.Name)
		}
		files[name] = string(text)
	}
	return files
}

// TestCoverage of a year: each drill in each of its periods, the two without a result, and those still to come.
func TestCoverage(t *testing.T) {
	d := year2027(t)
	got := map[string][]string{}
	for _, c := range evidence.Coverage(2027, d.state.All(), d.about()) {
		got[c.Drill] = append(got[c.Drill], c.Period+" "+c.State)
	}
	want := map[string][]string{
		"code": {"2027-01 pass", "2027-02 pass", "2027-03 missed", "2027-04 pass", "2027-05 skipped", "2027-06 partial", "2027-07 pass", "2027-08 pass",
			"2027-09 pass", "2027-10 pass", "2027-11 pass", "2027-12 still to come"},
		"database": {"2027-Q1 pass", "2027-Q2 missed", "2027-Q3 fail", "2027-Q4 pass"},
		"whole":    {"2027 pass"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCoverageOfOtherTimes: what was not there yet, what is not any more, and what is known of nothing.
func TestCoverageOfOtherTimes(t *testing.T) {
	pass := func(q int) *drills.Exercise { return quarter(q, "database", drills.Done, drills.Pass, time.Minute) }
	open, running := quarter(4, "database", drills.Taken, "", 0), quarter(4, "database", drills.Running, "", 0)
	again := pass(2)
	again.ID++
	for _, tt := range []struct {
		why  string
		all  []*drills.Exercise
		year int
		made string
		want string
	}{
		{"it began in the second quarter", []*drills.Exercise{pass(2)}, 2027, "2027-07-02", "not planned, pass, still to come, still to come"},
		{"nobody ran the program", []*drills.Exercise{pass(1), pass(4)}, 2027, "2027-12-02", "pass, nothing is known, nothing is known, pass"},
		{"it goes on", []*drills.Exercise{pass(3), running}, 2027, "2027-10-06", "not planned, not planned, pass, running"},
		{"its period is over", []*drills.Exercise{open}, 2027, "2028-01-02", "not planned, not planned, not planned, overdue"},
		{"taken out", []*drills.Exercise{pass(1), quarter(2, "database", drills.Dropped, "", 0)}, 2027, "2027-07-02",
			"pass, taken out of the config, not planned, not planned"},
		{"taken out, and back within the quarter", []*drills.Exercise{pass(1), quarter(2, "database", drills.Dropped, "", 0), again}, 2027,
			"2027-05-02", "pass, pass, still to come, still to come"},
		{"the year after", []*drills.Exercise{pass(4)}, 2028, "2028-01-02", "still to come, still to come, still to come, still to come"},
		{"the year before", []*drills.Exercise{pass(1)}, 2026, "2027-07-02", ""},
		{"years after", []*drills.Exercise{pass(4)}, 2030, "2030-01-02", ""},
	} {
		var states []string
		for _, c := range evidence.Coverage(tt.year, tt.all, evidence.About{Made: at(tt.made + " 12:00:00")}) {
			states = append(states, c.State)
		}
		if got := strings.Join(states, ", "); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.why, got, tt.want)
		}
	}
}

// TestWeeksOfAYear are those of ISO: 2026 has 53.
func TestWeeksOfAYear(t *testing.T) {
	for year, want := range map[int]int{2026: 53, 2027: 52, 2020: 53, 2021: 52} {
		x := quarter(1, "code", drills.Done, drills.Pass, time.Minute)
		x.Period.Name = fmt.Sprintf("%d-W03", year)
		cells := evidence.Coverage(year, []*drills.Exercise{x}, evidence.About{Made: at("2031-01-01 00:00:00")})
		if len(cells) != want || cells[2].State != "pass" {
			t.Errorf("%d has %d weeks", year, len(cells))
		}
	}
}

// TestPackIsWhole: every record of the year in all its forms, signed, and the sums of all that is in it.
func TestPackIsWhole(t *testing.T) {
	d, k := year2027(t), newKey(t)
	files := packed(t, d, &k, evidence.File{Name: "journal/export.jsonl", Data: []byte("{}\n")})
	records := 0
	for name, text := range files {
		base, is := strings.CutSuffix(name, ".json")
		if !is || name == "coverage.json" {
			continue
		}
		records++
		if err := evidence.Check([]byte(text), files[base+".note"], verify(k)); err != nil {
			t.Errorf("%s: %v", base, err)
		}
		if !strings.HasPrefix(files[base+".md"], "# Drill ") || !strings.HasPrefix(files[base+".html"], "<!doctype html>") {
			t.Errorf("%s is not there in all its forms", base)
		}
		if !strings.Contains(files["index.html"], `href="`+base+`.html"`) || !strings.Contains(files["coverage.md"], "("+base+".md)") {
			t.Errorf("nothing leads to %s", base)
		}
	}
	if records != 11+4+1+1 { // months, quarters, the year, and one that somebody wanted
		t.Errorf("%d records", records)
	}
	for _, want := range []string{"README.md", "findings.md", "coverage.json", "journal.note", "extra/journal/export.jsonl", "pictures/code.png",
		"pictures/database.png", "pictures/badge-database.svg"} {
		if files[want] == "" {
			t.Errorf("there is no %s", want)
		}
	}
	sums := strings.Split(strings.TrimSuffix(files["SHA256SUMS"], "\n"), "\n")
	if len(sums) != len(files)-2 { // itself, and its signature
		t.Errorf("%d sums of %d files", len(sums), len(files))
	}
	for _, line := range sums {
		sum, name, _ := strings.Cut(line, "  ")
		if got := fmt.Sprintf("%x", sha256.Sum256([]byte(files[name]))); got != sum {
			t.Errorf("%s has the sum %s, not %s", name, got, sum)
		}
	}
	for _, says := range []string{k.Public(), "openssl pkeyutl -verify", "sha256sum -c", "proves nothing"} {
		if !strings.Contains(files["README.md"], says) {
			t.Errorf("README.md does not say %q", says)
		}
	}
	golden(t, "pack-coverage.md", []byte(files["coverage.md"]))
	golden(t, "pack-findings.md", []byte(files["findings.md"]))
}

// TestPackWithoutAKey has no notes, and says so.
func TestPackWithoutAKey(t *testing.T) {
	files := packed(t, year2027(t), nil)
	for name := range files {
		if strings.HasSuffix(name, ".note") && name != "journal.note" {
			t.Errorf("%s is there", name)
		}
	}
	for _, name := range []string{"README.md", "index.html"} {
		if !strings.Contains(files[name], "no key is set") {
			t.Errorf("%s does not say that nothing is signed", name)
		}
	}
	golden(t, "pack-README.md", []byte(files["README.md"]))
}

// TestPackOfHostileNames stays in its folder, and two files never have one name.
func TestPackOfHostileNames(t *testing.T) {
	d := story(t, "hostile")
	x := d.x().Clone()
	x.Drill, x.Type = "../../etc/<b>", hostile
	for _, name := range []string{"../x", "/x", "a/../../x", "a//b", "", "a\\b", "a b", ".", "con\x00", "-rf", "é"} {
		if err := evidence.Pack(io.Discard, 2027, nil, d.about(), []evidence.File{{Name: name}}, nil); err == nil {
			t.Errorf("%q is packed", name)
		}
	}
	if err := evidence.Pack(io.Discard, 2027, nil, d.about(), []evidence.File{{Name: "a"}, {Name: "a", Data: []byte("x")}}, nil); err == nil {
		t.Error("two files of one name are packed")
	}
	if err := evidence.Pack(io.Discard, 2027, nil, d.about(), []evidence.File{{Name: "a"}, {Name: "a"}}, nil); err != nil {
		t.Errorf("the same file twice: %v", err)
	}
	var b bytes.Buffer
	if err := evidence.Pack(&b, 2027, []*drills.Exercise{x}, d.about(), nil, nil); err != nil {
		t.Fatal(err)
	}
	files := unpacked(t, b.Bytes())
	if files["records/2027-01-12-etc-b-2.json"] == "" {
		t.Errorf("there are %d files, and none is called as it should be", len(files))
	}
	for _, bad := range []string{"<script", "<img", "evil.example\">"} {
		if strings.Contains(files["index.html"], bad) {
			t.Errorf("index.html has %s", bad)
		}
	}
}

// TestIndexInABrowser: it can be read on a phone, and runs nothing.
func TestIndexInABrowser(t *testing.T) {
	d, k := year2027(t), newKey(t)
	p := pageOf(t, browsertest.Start(t), []byte(packed(t, d, &k)["index.html"]), 375, 812)
	is(t, p, `document.documentElement.scrollWidth <= innerWidth`, true)
	is(t, p, `document.querySelectorAll("script, img, iframe, form").length`, 0.0)
	is(t, p, contrast, 0.0)
	shoot(t, p, "index")
	p.AllWell(t)
}
