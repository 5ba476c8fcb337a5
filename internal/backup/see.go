package backup

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
)

// look fills in what is seen of a file; false: it is nothing that belongs here, or is gone again.
func (s Shelf) look(d folder, f *File, eye *peeker) bool {
	st, err := d.stat(f.Name)
	if errors.Is(err, os.ErrNotExist) {
		return false
	}
	f.stamp, f.Size, f.Written = st, st.size, st.written
	var h *header
	switch {
	case err != nil:
		f.Problem = "cannot be looked at: " + cause(err).Error()
	case st.isFolder():
		is := false
		if h, is = f.lookTree(d); !is {
			return false
		}
	default:
		h = f.lookFile(d, eye)
	}
	if half := slices.ContainsFunc(halfEnds, func(end string) bool { return strings.HasSuffix(f.Name, end) }); half {
		f.Unfinished = "is named as what is still written"
	}
	f.Manifest, f.Trouble = d.manifest(*f)
	if h != nil {
		f.Database, f.Server, f.Archive = h.database, firstWord(h.server), h.version()
	}
	f.date(h, s.now(), s.clock())
	if s.Seen != nil && f.Foreign() {
		f.Seen = s.Seen(f.Path, f.Size, f.Written)
	}
	return true
}

// halfEnds are names of what is not finished: ours, and those of rsync, browsers and copying programs.
var halfEnds = []string{tmpEnd, ".part", ".partial", ".filepart", ".incomplete"}

const tmpEnd = ".tmp"

func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return w
}

func (f *File) lookFile(d folder, eye *peeker) *header {
	if f.Size == 0 && notRegular(f.stamp) == nil {
		f.Problem = "is empty"
		return nil
	}
	file, st, err := d.open(f.Name)
	if err != nil {
		f.Problem = reason(err)
		return nil
	}
	defer file.Close()
	f.stamp, f.Size, f.Written = st, st.size, st.written
	return f.identify(file, eye)
}

// identify tells the format of an open file.
func (f *File) identify(file io.Reader, eye *peeker) *header {
	var first []byte
	var err error
	f.Format, first, err = eye.identify(file)
	switch {
	case errors.Is(err, errEmpty):
		f.Problem = err.Error()
	case err != nil:
		f.Problem = "cannot be read: " + cause(err).Error()
	case f.Format == Unknown:
		f.Problem = "is no backup that PostgreSQL's programs could read"
	}
	if f.Format.inner() == Tar {
		first = first[min(len(first), 512):] // after the tar's own header comes toc.dat
	}
	if h, err := parseHeader(first); err == nil {
		return &h
	}
	return nil
}

// reason is an error of opening, in words that follow "it ".
func reason(err error) string {
	for _, is := range []error{errLink, errPipe, errDevice, errSocket, errOther, errNested} {
		if errors.Is(err, is) {
			return is.Error()
		}
	}
	return "cannot be opened: " + cause(err).Error()
}

// manifest reads the one beside a file; trouble says why one that is there is not used.
func (d folder) manifest(f File) (m *Manifest, trouble string) {
	file, _, err := d.open(f.Name + manifestEnd)
	if errors.Is(err, os.ErrNotExist) {
		return nil, ""
	}
	if err != nil {
		return nil, "its manifest " + reason(err)
	}
	defer file.Close()
	if m, err = readManifest(file); err != nil {
		return nil, "its manifest " + cause(err).Error()
	}
	return m, ""
}
