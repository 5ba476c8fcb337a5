package audience

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"strings"
	"time"
)

// stamp begins an id: the time when the copy was begun, so that names sort as copies do.
const stamp = "20060102T150405.000000Z"

// nextID is an id behind all there are, also when the clock was put back: the newest is the one begun last.
func (s *Shelf) nextID() (string, error) {
	names, err := s.names("")
	if err != nil {
		return "", err
	}
	at := s.now().UTC()
	for _, name := range names {
		last, err := time.Parse(stamp, name[:min(len(stamp), len(name))])
		if after := last.Add(time.Microsecond); err == nil && after.After(at) {
			at = after
		}
	}
	var unlike [4]byte
	_, _ = rand.Read(unlike[:]) // never fails
	return at.Format(stamp) + "-" + hex.EncodeToString(unlike[:]), nil
}

// names are the files of the folder that end so.
func (s *Shelf) names(suffix string) ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasSuffix(e.Name(), suffix) {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// Made is when the copy was begun; its users may be as of an earlier time, see At. The zero time for an id that is none of ours.
func (c Copy) Made() time.Time {
	at, err := time.Parse(stamp, c.ID[:min(len(stamp), len(c.ID))])
	if err != nil {
		return time.Time{}
	}
	return at
}
