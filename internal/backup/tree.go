package backup

import (
	"io"
	"slices"
	"strings"
	"time"
)

// contents is the file that makes a folder a backup in pg_dump's directory format, which writes it last.
const contents = "toc.dat"

// lookTree looks at a folder; false: it has nothing of a backup.
func (f *File) lookTree(d folder) (*header, bool) {
	sub, err := d.sub(f.Name)
	if err != nil {
		f.Problem = reason(err)
		return nil, true
	}
	defer sub.close()
	names, err := sub.names()
	if err != nil {
		f.Problem = reason(err)
		return nil, true
	}
	if !slices.ContainsFunc(names, func(n string) bool { return strings.Contains(n, ".dat") }) {
		return nil, false
	}
	f.measure(sub, names)
	if !slices.Contains(names, contents) {
		f.Unfinished = "has no table of contents yet"
		return nil, true
	}
	return f.lookContents(sub), true
}

func (f *File) lookContents(sub folder) *header {
	file, _, err := sub.open(contents)
	if err != nil {
		f.Problem = contents + " in it " + reason(err)
		return nil
	}
	defer file.Close()
	first := make([]byte, enough)
	n, _ := file.Read(first)
	h, err := parseHeader(first[:n])
	if err != nil {
		f.Problem = contents + " in it is not one of pg_dump's"
		return nil
	}
	f.Format = Directory
	return &h
}

// measure adds up what the files take, and takes the time of the last one written.
func (f *File) measure(sub folder, names []string) {
	f.Size, f.Written = 0, time.Time{}
	for _, n := range names {
		st, err := sub.stat(n)
		if err != nil {
			continue // gone again
		}
		f.Size += st.size
		if st.written.After(f.Written) {
			f.Written = st.written
		}
		if err := notRegular(st); err != nil && f.Problem == "" {
			f.Problem = "has something in it that " + err.Error() + ": " + shown(n)
		}
	}
}

// names are those in a folder, in order, however often it is asked.
func (d folder) names() ([]string, error) {
	if _, err := d.f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	names, err := d.f.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}
