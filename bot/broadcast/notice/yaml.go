package notice

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"twokey/internal/rawyaml"
)

// Limits of a file. The parser calls itself for every level, and the lexer takes a minute for a mebibyte of open brackets,
// or of dashes in one line (goccy/go-yaml v1.19.2).
const (
	maxFile  = 256 << 10 // bytes
	maxLine  = 20 << 10  // bytes; the longest text there can be, in one line
	maxOpen  = 512       // brackets open at once, those in texts counted, too
	maxDepth = 16        // levels; a file has 7
)

// Mistake is something wrong with the source of a template.
type Mistake struct {
	File           string
	Line           int // from 1; 0 when it is about the file as a whole
	Sentence, Hint string
}

// Error is the mistake for people: file:line: sentence, and what to do on a second line.
func (m *Mistake) Error() string {
	s := m.File
	if m.Line > 0 {
		s += fmt.Sprintf(":%d", m.Line)
	}
	s += ": " + m.Sentence
	if m.Hint != "" {
		s += "\n    hint: " + m.Hint
	}
	return s
}

// file is one source, and what is wrong with it.
type file struct {
	name     string
	mistakes []error
	depth    int
}

func (f *file) add(line int, sentence, hint string) {
	f.mistakes = append(f.mistakes, &Mistake{f.name, line, sentence, hint})
}

// tree turns the text into nodes; nil when it is no mapping. What does not depend on the meaning of keys is refused here.
func (f *file) tree(data []byte) *node {
	if line := limits.Dense(data); len(data) > maxFile || line > 0 {
		f.add(line, "the file is too long, has too long a line or too many open brackets", "is it the right file?")
		return nil
	}
	parsed, err := limits.Parse(data)
	switch {
	case err != nil:
		f.addSyntax(err)
		return nil
	case len(parsed.Docs) == 0 || parsed.Docs[0].Body == nil:
		f.add(0, "the file is empty", "the first line could be summary:")
		return nil
	case len(parsed.Docs) > 1:
		f.add(lineOf(parsed.Docs[1].Body, 1), "a second document begins here", "remove the line --- above it")
	}
	root := f.node(parsed.Docs[0].Body, "", 1)
	if root.kind != mapping {
		f.add(root.line, "the file is "+root.kind.String()+": keys and values are expected", "the first line could be summary:")
		return nil
	}
	return root
}

// limits bound what the parser gets.
var limits = rawyaml.Limits{Line: maxLine, Open: maxOpen, Depth: maxDepth}

func (f *file) addSyntax(err error) {
	sentence, line := "the file "+err.Error(), 0
	var at yaml.Error
	if errors.As(err, &at) {
		sentence = "this is not YAML: " + at.GetMessage()
		if strings.HasPrefix(at.GetMessage(), "has ") { // it is, and too much of it
			sentence = "the file " + at.GetMessage()
		}
		if t := at.GetToken(); t != nil && t.Position != nil {
			line = t.Position.Line
		}
	}
	f.add(line, sentence, "a text with : or # in it needs quotes")
}

func lineOf(n ast.Node, parent int) int {
	if m, is := n.(*ast.MappingNode); is && !m.IsFlowStyle && len(m.Values) > 0 {
		return lineOf(m.Values[0].Key, parent)
	}
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return parent
	}
	return n.GetToken().Position.Line
}
