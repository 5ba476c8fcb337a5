package nightdrill

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"twokey/internal/rawyaml"
)

// maxFile is how large a scenario's file may be, in bytes.
const maxFile = 64 << 10

// limits bound what the parser gets; a scenario has three levels.
var limits = rawyaml.Limits{Line: 4 << 10, Open: 64, Depth: 8}

// Mistake is something wrong with a scenario.
type Mistake struct {
	File           string
	Line           int // from 1; 0 when it is about the file as a whole
	Sentence, Hint string
	Cause          error // for the operator; mostly nil
}

// Error is the mistake for people: file:line: sentence, and what to do on a second line.
func (m *Mistake) Error() string {
	s := m.File
	if m.Line > 0 {
		s += fmt.Sprintf(":%d", m.Line)
	}
	s += ": " + m.Sentence
	if m.Cause != nil {
		s += ": " + m.Cause.Error()
	}
	if m.Hint != "" {
		s += "\n    hint: " + m.Hint
	}
	return s
}

func (m *Mistake) Unwrap() error { return m.Cause }

// reader reads a file to its end, whatever is wrong on the way.
type reader struct {
	file  string
	wrong []error
}

// place is a value in a file, with the path that leads to it: events[2].ask.
type place struct {
	node ast.Node
	path string
	line int
}

func (r *reader) add(p place, sentence, hint string) {
	r.wrong = append(r.wrong, &Mistake{File: r.file, Line: p.line, Sentence: strings.TrimSpace(p.path + " " + sentence), Hint: hint})
}

// root is the whole file; nil when it is no mapping.
func (r *reader) root(data []byte) *place {
	at := place{line: limits.Dense(data)}
	if len(data) > maxFile || at.line > 0 {
		r.add(at, "the file is too long, has too long a line or too many open brackets", "is it the right file?")
		return nil
	}
	parsed, err := limits.Parse(data)
	switch {
	case err != nil:
		r.addSyntax(err)
		return nil
	case len(parsed.Docs) == 0 || parsed.Docs[0].Body == nil:
		r.add(at, "the file is empty", "the first line could be name:")
		return nil
	case len(parsed.Docs) > 1:
		r.add(place{line: lineOf(parsed.Docs[1].Body, 1)}, "a second document begins here", "remove the line --- above it")
	}
	return &place{node: parsed.Docs[0].Body, line: lineOf(parsed.Docs[0].Body, 1)}
}

func (r *reader) addSyntax(err error) {
	p, sentence := place{}, "the file "+err.Error()
	var at yaml.Error
	if errors.As(err, &at) {
		sentence = "this is not YAML: " + at.GetMessage()
		if t := at.GetToken(); t != nil && t.Position != nil {
			p.line = t.Position.Line
		}
	}
	r.add(p, sentence, "a text with : or # in it needs quotes")
}

// fields are the values of a mapping by their keys. An unknown key is a mistake, and so is one that is there twice or missing.
func (r *reader) fields(p place, wanted []string, optional ...string) map[string]place {
	found := map[string]place{}
	pairs, is := pairsOf(p.node)
	if !is {
		r.add(p, "is expected to be keys and values", "write "+strings.Join(wanted, ", "))
		return found
	}
	known := slices.Concat(wanted, optional)
	for _, pair := range pairs {
		key := pair.Key.GetToken().Value
		v := place{node: pair.Value, path: strings.TrimPrefix(p.path+"."+key, "."), line: lineOf(pair.Key, p.line)}
		_, twice := found[key]
		switch {
		case !slices.Contains(known, key):
			r.add(v, "is not a key that is known here", "there are "+strings.Join(known, ", "))
		case twice:
			r.add(v, "is there twice", fmt.Sprintf("the first is in line %d", found[key].line))
		default:
			found[key] = v
		}
	}
	for _, key := range wanted {
		if _, there := found[key]; !there {
			r.add(place{path: strings.TrimPrefix(p.path+"."+key, "."), line: p.line}, "is missing", "write it")
		}
	}
	return found
}

func pairsOf(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch v := n.(type) {
	case *ast.MappingNode:
		return v.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{v}, true
	}
	return nil, false
}

// list are the values of a list. What is not in the file was missed already.
func (r *reader) list(p place, most int) (all []place) {
	if p.path == "" {
		return nil
	}
	v, is := p.node.(*ast.SequenceNode)
	if !is || len(v.Values) == 0 || len(v.Values) > most {
		r.add(p, fmt.Sprintf("is expected to be a list of 1 to %d", most), "write each on a line of its own, behind a dash")
		return nil
	}
	for i, item := range v.Values {
		all = append(all, place{item, fmt.Sprintf("%s[%d]", p.path, i+1), lineOf(item, p.line)})
	}
	return all
}

// text is a text that a phone can show: so many lines, so many runes, and nothing that cannot be seen.
func (r *reader) text(p place, lines, runes int) string {
	if p.path == "" {
		return ""
	}
	s, is := textOf(p.node)
	s = strings.TrimSpace(s)
	switch {
	case !is:
		r.add(p, "is expected to be a text", "a text that begins with & * ! [ or { needs quotes")
	case s == "":
		r.add(p, "is empty", "write it")
	case strings.ContainsFunc(s, unseen):
		r.add(p, "has characters that cannot be seen", "write it anew")
	case strings.Count(s, "\n") >= lines:
		r.add(p, fmt.Sprintf("has %d lines, and %d fit", strings.Count(s, "\n")+1, lines), "make it shorter, or two events of it")
	case utf8.RuneCountInString(s) > runes:
		r.add(p, fmt.Sprintf("has %d characters, and %d fit", utf8.RuneCountInString(s), runes), "make it shorter")
	}
	return s
}

func textOf(n ast.Node) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	case *ast.NullNode, nil:
		return "", true
	}
	return "", false
}

func unseen(c rune) bool { return c != '\n' && !unicode.IsPrint(c) }

func lineOf(n ast.Node, parent int) int {
	if pairs, is := pairsOf(n); is && len(pairs) > 0 {
		n = pairs[0].Key
	}
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return parent
	}
	return n.GetToken().Position.Line
}
