package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	sumsName = "SHA256SUMS"
	sumsNote = "SHA256SUMS.note"
	// mostFiles and mostUnpacked bound what a pack may hold when it is looked at: it may come from a stranger.
	mostFiles    = 20_000
	mostUnpacked = 1 << 30
)

// seal adds the signature of the sums, and with them of all that is in the pack.
func (p *packing) seal(sums []byte, sign Signer) error {
	if sign == nil {
		return nil
	}
	s := seal{ofPack, p.a.Journal, uint64(p.year), fmt.Sprint(len(p.files) - 1), sha256.Sum256(sums), 1, p.a.Seq, p.a.Made.UTC().Format(time.RFC3339)}
	note, err := sign(s.text())
	if err != nil {
		return fmt.Errorf("pack: cannot be signed: %w", err)
	}
	p.add(sumsNote, []byte(note))
	return nil
}

// Packed is what is known of a pack that was not changed.
type Packed struct {
	Year    int
	Files   int // those that the sums are of
	Journal string
	Seq     uint64 // the newest entry there was
	Made    time.Time
}

// CheckPack says what is wrong with a year's pack, in a sentence; nil when it is as it was signed: no file more, none less, and none
// another.
func CheckPack(data []byte, verify Verifier) (Packed, error) {
	files, folder, err := unpack(data, mostFiles, mostUnpacked)
	if err != nil {
		return Packed{}, fmt.Errorf("the pack %w: %w", ErrUnreadable, err)
	}
	sums, note := files[sumsName], files[sumsNote]
	if note == nil {
		return Packed{}, fmt.Errorf("the pack %w: it has no %s, so it is not signed", ErrUnreadable, sumsNote)
	}
	said, err := open(string(note), ofPack, "a year's pack", verify)
	if err != nil {
		return Packed{}, err
	}
	if folder != fmt.Sprintf("drills-%d", said.id) {
		return Packed{}, fmt.Errorf("the pack %w: the note is about %d, the pack is %.60s", ErrOther, said.id, folder)
	}
	if sha256.Sum256(sums) != said.sum {
		return Packed{}, fmt.Errorf("the pack %w after it was signed: its %s is another one", ErrChanged, sumsName)
	}
	delete(files, sumsName)
	delete(files, sumsNote)
	made, _ := time.Parse(time.RFC3339, said.made) // parseSeal read it
	return Packed{Year: int(said.id), Files: len(files), Journal: said.journal, Seq: said.last, Made: made}, summed(sums, files)
}

// summed says which file is not the one that the sums are of.
func summed(sums []byte, files map[string][]byte) error {
	left := maps.Clone(files)
	for line := range strings.Lines(string(sums)) {
		sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		data, there := left[name]
		switch {
		case !there:
			return fmt.Errorf("the pack %w after it was signed: %.200q is missing", ErrChanged, name)
		case fmt.Sprintf("%x", sha256.Sum256(data)) != sum:
			return fmt.Errorf("the pack %w after it was signed: %.200q is another one", ErrChanged, name)
		}
		delete(left, name)
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		return fmt.Errorf("the pack %w after it was signed: %.200q was put in", ErrChanged, name)
	}
	return nil
}

// unpack reads what Pack wrote, in memory: every file within one folder, none twice.
func unpack(data []byte, many int, most int64) (files map[string][]byte, folder string, err error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, "", err
	}
	if len(z.File) > many {
		return nil, "", fmt.Errorf("it has %d files, at most %d are looked at", len(z.File), many)
	}
	files, left := map[string][]byte{}, most
	for i, f := range z.File {
		in, name, nested := strings.Cut(f.Name, "/")
		if i == 0 {
			folder = in
		}
		if _, twice := files[name]; twice || !nested || in != folder || !plainPath.MatchString(name) {
			return nil, "", fmt.Errorf("a file is called %.200q", f.Name)
		}
		if files[name], err = inflate(f, left); err != nil {
			return nil, "", fmt.Errorf("%.200q: %w", f.Name, err)
		}
		left -= int64(len(files[name]))
	}
	return files, folder, nil
}

func inflate(f *zip.File, most int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(data)) > most {
		return nil, errors.New("is too large to be of a pack")
	}
	return data, err
}
