// Package logfile reads the newest lines of a service's log files. Other users may write those files and their folder, so
// what is there is not trusted: only regular files are read, links are not followed, nothing that is opened can block, and
// however much there is, only a bounded part of it is read, from the end.
//
// What it gives is as it was written: whoever shows it redacts it first.
package logfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"
)

const (
	// mostRead bounds what one call reads of all files together; each of them may have the same part of it.
	mostRead = 64 << 20
	// mostFiles bounds how many files one call reads: those written last.
	mostFiles = 64
)

// Longest is how much of a line is kept, in bytes: its beginning. A text that is shorter was not cut.
const Longest = 8 << 10

// Reader reads log files. The zero Reader takes times that name no zone as UTC.
type Reader struct {
	Zone *time.Location
}

// Line is one line of a log.
type Line struct {
	File string    // absolute
	Text string    // valid UTF-8, without its end
	Cut  bool      // it was longer: what follows is left out, perhaps in the middle of a word
	Time time.Time // as the line's beginning has it; zero when it has none
	when time.Time // where it stands among the lines of other files
}

// File is the end of one file.
type File struct {
	Path  string
	Lines []Line // oldest first, as they stand there
}

// Last gives the newest n lines that match, newest first, of all regular files whose absolute names fit a pattern (as of
// filepath.Match). Lines of several files are ordered by their times; one without a time belongs to the line above it.
// Rotated and compressed files are left out. With an error it gives what it found all the same: some file could not be
// read, or ctx ended. That there is no file at all is an error that wraps fs.ErrNotExist.
func (r Reader) Last(ctx context.Context, patterns []string, match func(line string) bool, n int) ([]Line, error) {
	ends, err := r.ends(ctx, patterns, match, n)
	return merge(ends, n), err
}

// ByFile is Last with up to n lines of each file, the file with the newest line first. Files without such a line are left
// out.
func (r Reader) ByFile(ctx context.Context, patterns []string, match func(line string) bool, n int) ([]File, error) {
	ends, err := r.ends(ctx, patterns, match, n)
	ends = slices.DeleteFunc(ends, func(e []Line) bool { return len(e) == 0 })
	slices.SortStableFunc(ends, func(a, b []Line) int { return b[0].when.Compare(a[0].when) })
	var files []File
	for _, lines := range ends {
		slices.Reverse(lines)
		files = append(files, File{Path: lines[0].File, Lines: lines})
	}
	return files, err
}

// ends reads the end of every file, newest line first, the file that was written last first.
func (r Reader) ends(ctx context.Context, patterns []string, match func(string) bool, n int) ([][]Line, error) {
	found, err := find(patterns)
	errs := []error{err}
	if len(found) == 0 && err == nil {
		return nil, fmt.Errorf("log files: no regular file fits %q: %w", patterns, fs.ErrNotExist)
	}
	found = found[:min(len(found), mostFiles)]
	var ends [][]Line
	for _, c := range found {
		lines, err := r.end(ctx, c.path, match, n, mostRead/int64(len(found)))
		ends = append(ends, lines)
		errs = append(errs, err)
		if ctx.Err() != nil {
			break // its error is among them
		}
	}
	return ends, errors.Join(errs...)
}

// merge puts the lines of several files in one order. Inside a file the order of its lines stands, whatever their times.
func merge(ends [][]Line, n int) []Line {
	var all []Line
	for len(all) < n {
		newest := -1
		for i, e := range ends {
			if len(e) > 0 && (newest < 0 || e[0].when.After(ends[newest][0].when)) {
				newest = i
			}
		}
		if newest < 0 {
			break
		}
		all = append(all, ends[newest][0])
		ends[newest] = ends[newest][1:]
	}
	return all
}

// candidate is a file that fits a pattern.
type candidate struct {
	path    string
	written time.Time
}

// find lists the regular files that fit, the one written last first. What is there and cannot be read is an error, so that
// nobody looks for it in vain; folders and rotated files are not.
func find(patterns []string) ([]candidate, error) {
	var found []candidate
	var errs []error
	seen := map[string]bool{}
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			errs = append(errs, fmt.Errorf("log files: %q is not a pattern of file names: %w", pattern, err))
		}
		for _, path := range paths {
			if seen[path] || rotated(filepath.Base(path)) {
				continue
			}
			seen[path] = true
			c, err := look(path)
			errs = append(errs, err)
			if c.path != "" {
				found = append(found, c)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return b.written.Compare(a.written) })
	return found, errors.Join(errs...)
}
