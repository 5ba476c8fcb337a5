// Package rawyaml parses YAML that anybody may have written: it bounds the work before the parser has it, and never panics.
package rawyaml

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits bound what a text may be.
type Limits struct {
	Line  int // bytes of one line
	Open  int // brackets open at once, those in texts and comments counted, too
	Depth int // levels
}

// ErrNot is what a text gets on which the parser panics.
var ErrNot = errors.New("is not YAML")

// Dense finds the line, from 1, that would be too much work for the lexer; 0 when there is none.
func (l Limits) Dense(data []byte) int {
	line, begin, open := 1, 0, 0
	for i, c := range data {
		switch c {
		case '\n':
			line, begin = line+1, i
		case '[', '{':
			open++
		case ']', '}':
			open = max(0, open-1)
		}
		if i-begin > l.Line || open > l.Open {
			return line
		}
	}
	return 0
}

// Parse parses it, keys that are given twice allowed. An error is a yaml.Error with its place, or ErrNot.
func (l Limits) Parse(data []byte) (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			file, err = nil, ErrNot
		}
	}()
	tokens := lexer.Tokenize(string(data))
	if deep := l.deep(tokens); deep != nil {
		return nil, &yaml.SyntaxError{Message: fmt.Sprintf("has over %d levels", l.Depth), Token: deep}
	}
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// deep finds the token at which brackets, or the marks that open a level on one line, are nested too deep. Levels by
// indentation need a longer line each and are bounded by the size.
func (l Limits) deep(tokens token.Tokens) *token.Token {
	flow, line, onLine := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, onLine = t.Position.Line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.TagType, token.AnchorType:
			onLine++
		}
		if flow > l.Depth || onLine > l.Depth {
			return t
		}
	}
	return nil
}
