package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"twokey/drills"
	"twokey/internal/showable"
)

// File is one that goes into a pack besides, in its folder extra.
type File struct {
	Name string // slashes, no ..
	Data []byte
}

// plainPath is what a file's name in a pack may be, so that it unpacks everywhere, and nowhere else.
var plainPath = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$`)

// Pack writes all there is of a year into one zip: the same bytes for the same exercises and context. sign may be nil: then nothing
// is signed, and it says so.
func Pack(w io.Writer, year int, all []*drills.Exercise, a About, extra []File, sign Signer) error {
	if sign == nil {
		a.PublicKey = ""
	}
	p := packing{year: year, all: all, a: a, of: ofYear(year, all, a.zone())}
	p.cells = Coverage(year, all, a)
	if err := p.records(sign); err != nil {
		return err
	}
	if err := p.tables(); err != nil {
		return err
	}
	for _, f := range extra {
		if !plainPath.MatchString(f.Name) {
			return fmt.Errorf("pack: the file %.60q has a name that does not unpack everywhere", f.Name)
		}
		p.add("extra/"+f.Name, f.Data)
	}
	return p.write(w, sign)
}

// packing is a pack on its way.
type packing struct {
	year  int
	all   []*drills.Exercise // of all years
	of    []*drills.Exercise // of this one
	a     About
	cells []Cell
	files []File
}

func (p *packing) add(name string, data []byte) { p.files = append(p.files, File{name, data}) }

// file is the name of an exercise's record, without its ending.
func (a About) file(x *drills.Exercise) string {
	return "records/" + x.At.In(a.zone()).Format(time.DateOnly) + "-" + slug(string(x.Drill)) + "-" + fmt.Sprint(x.ID)
}

var notPlain = regexp.MustCompile(`[^a-z0-9]+`)

// slug is a name as a part of a file's.
func slug(name string) string {
	s := strings.Trim(notPlain.ReplaceAllString(strings.ToLower(showable.Line(name, nameText)), "-"), "-")
	return or(s[:min(len(s), nameText)], "drill")
}

func (p *packing) records(sign Signer) error {
	for _, x := range p.of {
		a, name := p.a, p.a.file(x)
		a.Before = Before(p.all, x)
		r := Of(x, a)
		text, note, err := Sign(r, sign)
		if err != nil {
			return err
		}
		p.add(name+".json", text)
		p.add(name+".md", r.Markdown())
		p.add(name+".html", r.Page())
		if note != "" {
			p.add(name+".note", []byte(note))
		}
	}
	return nil
}

func (p *packing) tables() error {
	coverage, err := json.MarshalIndent(list(p.cells), "", "  ")
	if err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	p.add("README.md", p.readme())
	p.add("index.html", p.index())
	p.add("coverage.md", p.coverage())
	p.add("coverage.json", append(visible(coverage), '\n'))
	p.add("findings.md", p.findings())
	if p.a.SignedHead != "" {
		p.add("journal.note", []byte(p.a.SignedHead))
	}
	return p.pictures()
}

// pictures are how each drill went over time, and how each type stands.
func (p *packing) pictures() error {
	names, types := map[string]bool{}, map[string]bool{}
	for _, x := range p.of {
		names[string(x.Drill)], types[x.Type] = true, true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		png, err := Trend(name, p.all, p.a.zone())
		if err != nil {
			return fmt.Errorf("pack: %w", err)
		}
		if png != nil {
			p.add("pictures/"+slug(name)+".png", png)
		}
	}
	for _, typ := range slices.Sorted(maps.Keys(types)) {
		s, _ := Last(p.all, typ, p.a.Made)
		p.add("pictures/badge-"+slug(typ)+".svg", Badge(s))
	}
	return nil
}

// write is the zip, with the sums of all that is in it. Two files of one name are an error, as one would hide the other; the same file
// twice is one.
func (p *packing) write(w io.Writer, sign Signer) error {
	slices.SortStableFunc(p.files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	p.files = slices.CompactFunc(p.files, func(a, b File) bool { return a.Name == b.Name && bytes.Equal(a.Data, b.Data) })
	var sums bytes.Buffer
	for i, f := range p.files {
		if i > 0 && f.Name == p.files[i-1].Name {
			return fmt.Errorf("pack: there are two files %s", f.Name)
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(f.Data), f.Name)
	}
	p.add(sumsName, sums.Bytes())
	if err := p.seal(sums.Bytes(), sign); err != nil {
		return err
	}
	z := zip.NewWriter(w)
	for _, f := range p.files {
		h := &zip.FileHeader{Name: fmt.Sprintf("drills-%d/%s", p.year, f.Name), Method: zip.Deflate, Modified: p.a.Made.UTC().Truncate(time.Second)}
		part, err := z.CreateHeader(h)
		if err == nil {
			_, err = part.Write(f.Data)
		}
		if err != nil {
			return fmt.Errorf("pack: %s: %w", f.Name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	return nil
}
