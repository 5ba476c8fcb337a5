package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Severity says whether the program can run with a finding.
type Severity int

// The severities. The zero value is the strict one.
const (
	Error Severity = iota
	Warning
)

func (s Severity) String() string { return [...]string{"error", "warning"}[s] }

// Finding is one thing to say about a config.
type Finding struct {
	Severity Severity
	File     string // as it was given to Load
	Line     int    // from 1; 0 when it is about the file as a whole
	Column   int    // from 1, in characters
	Path     string // rules.stop.approvals, people[2].roles; items of lists count from 1
	Message  string // what is wrong, without a full stop; never holds a secret
	Hint     string // what to type instead; may be empty
}

// String is the finding for people: where, what, and on a second line what to do.
//
//	twokey.yaml:12:5: rules.stop.approvals: is 0: at least 1 other person must agree
//	    hint: …
func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, f.Column)
	}
	b.WriteString(": ")
	if f.Severity == Warning {
		b.WriteString("warning: ")
	}
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	b.WriteString(f.Message)
	if f.Hint != "" {
		b.WriteString("\n    hint: " + f.Hint)
	}
	return b.String()
}

// Findings are all there is to say about a config, in the order of its lines.
type Findings []Finding

// Err is nil when there are only warnings; else it prints the errors, one after the other.
func (f Findings) Err() error {
	errs := f.only(Error)
	if len(errs) == 0 {
		return nil
	}
	return errors.New(errs.String())
}

// Warnings are the findings that the program can run with.
func (f Findings) Warnings() Findings { return f.only(Warning) }

func (f Findings) only(s Severity) Findings {
	return slices.DeleteFunc(slices.Clone(f), func(one Finding) bool { return one.Severity != s })
}

// String is every finding for people, each on its own line.
func (f Findings) String() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// inOrder sorts by line and says the same thing once.
func (f Findings) inOrder() Findings {
	slices.SortStableFunc(f, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Path, b.Path))
	})
	return slices.Compact(f)
}

// about says whether an error was already found at the path or below it, so that what follows from it can stay unsaid.
func (f Findings) about(path string) bool {
	return slices.ContainsFunc(f, func(one Finding) bool {
		rest, under := strings.CutPrefix(one.Path, path)
		return one.Severity == Error && under && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}
