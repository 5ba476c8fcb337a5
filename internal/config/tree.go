package config

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"twokey/internal/rawyaml"
)

// Limits of a config. The parser calls itself for every level, and a Go program that runs out of stack cannot recover.
// The lexer takes a minute for a mebibyte of open brackets, or of dashes in one line (goccy/go-yaml v1.19.2).
const (
	maxSize  = 256 << 10 // bytes; a config for every feature has under 10 KiB
	maxLine  = 16 << 10  // bytes
	maxOpen  = 512       // brackets open at once, those in texts and comments counted, too
	maxDepth = 32        // levels; a config for every feature has 7
)

// kind is what was written at a place of the file.
type kind int

const (
	absent kind = iota // the key is not there
	broken             // an error was already found here: nothing more is said
	null               // the key has no value
	text
	number
	truth
	list
	mapping
)

func (k kind) String() string {
	return [...]string{"nothing", "wrong", "empty", "a text", "a number", "true or false", "a list", "a mapping"}[k]
}

type position struct{ line, column int }

// tree turns the text into nodes. Everything about the text that does not depend on what keys mean is refused here:
// syntax, keys given twice, anchors and aliases, tags, documents after the first, depth.
func (d *document) tree(data []byte) *node {
	root := &node{doc: d, kind: broken}
	if len(data) > maxSize {
		d.add(Finding{Message: fmt.Sprintf("has over %d KiB", maxSize>>10), Hint: "is it the right file?"})
		return root
	}
	if line := limits.Dense(data); line > 0 {
		d.add(Finding{Line: line, Column: 1, Message: "is too long, or has too many open brackets", Hint: "is it the right file?"})
		return root
	}
	file, err := limits.Parse(data)
	if err != nil {
		d.addSyntax(err)
		return root
	}
	switch {
	case len(file.Docs) == 0 || file.Docs[0].Body == nil:
		d.add(Finding{Message: "is empty"})
		return root
	case len(file.Docs) > 1:
		second := placeOf(file.Docs[1].Body, position{1, 1})
		d.add(Finding{Line: second.line, Column: second.column, Message: "is a second document", Hint: "remove the line --- above it"})
	}
	root = d.node(file.Docs[0].Body, "", position{1, 1})
	if root.kind != mapping {
		root.wrong("is "+root.kind.String()+": a mapping is expected", "the first line could be telegram:")
		root.kind = broken
	}
	return root
}

// limits bound what the parser gets.
var limits = rawyaml.Limits{Line: maxLine, Open: maxOpen, Depth: maxDepth}

func (d *document) addSyntax(err error) {
	f := Finding{Message: err.Error()}
	var at yaml.Error
	if errors.As(err, &at) {
		f.Message = at.GetMessage()
		if t := at.GetToken(); t != nil && t.Position != nil {
			f.Line, f.Column = t.Position.Line, t.Position.Column
		}
	}
	d.add(f)
}

// node turns one value into a node. at is where people look for it: the key it belongs to, or the item of a list.
func (d *document) node(value ast.Node, path string, at position) *node {
	n := &node{doc: d, path: path, at: at, source: value}
	d.where[path] = at
	if d.depth++; d.depth > maxDepth {
		n.wrong(fmt.Sprintf("has over %d levels", maxDepth), "")
		return n
	}
	defer func() { d.depth-- }()
	switch v := value.(type) {
	case nil, *ast.NullNode:
		n.kind = null
	case *ast.StringNode:
		n.kind, n.text = text, v.Value
	case *ast.LiteralNode:
		n.kind, n.text = text, v.Value.Value
	case *ast.IntegerNode:
		n.kind, n.text, n.number = number, v.Token.Value, v.Value
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		n.kind, n.text = number, v.GetToken().Value
	case *ast.BoolNode:
		n.kind, n.text, n.truth = truth, v.Token.Value, v.Value
	case *ast.SequenceNode:
		n.kind = list
		n.addItems(v)
	case *ast.MappingNode:
		n.kind = mapping
		n.addEntries(v.Values)
	case *ast.MappingValueNode:
		n.kind = mapping
		n.addEntries([]*ast.MappingValueNode{v})
	default:
		n.refuse(value)
	}
	return n
}

// refuse says what of YAML is not used here. An alias lets nine short lines stand for a billion values, and lets the
// reader of one line overlook another.
func (n *node) refuse(value ast.Node) {
	switch value.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		n.wrong("is an anchor or an alias, and they are not used here", "write the value out; a text that begins with & or * needs quotes")
	case *ast.TagNode:
		n.wrong("has a tag, and tags are not used here", "write the value alone; a text that begins with ! needs quotes")
	default:
		n.wrong("is not a value that is used here", "")
	}
}

func (n *node) addItems(v *ast.SequenceNode) {
	for i, item := range v.Values {
		n.items = append(n.items, n.doc.node(item, fmt.Sprintf("%s[%d]", n.path, i+1), placeOf(item, n.at)))
	}
}

func (n *node) addEntries(values []*ast.MappingValueNode) {
	for _, v := range values {
		at := placeOf(v.Key, n.at)
		key, plain := keyOf(v.Key)
		if !plain {
			n.doc.add(Finding{Line: at.line, Column: at.column, Path: n.path, Message: "has a key that is not a plain word"})
			continue
		}
		path := join(n.path, key)
		if n.lookup(key) != nil {
			n.doc.add(Finding{Line: at.line, Column: at.column, Path: path, Message: "is there twice",
				Hint: fmt.Sprintf("the first is in line %d", n.doc.where[path].line)})
			continue
		}
		n.entries = append(n.entries, entry{key, n.doc.node(v.Value, path, at)})
	}
}

func keyOf(key ast.Node) (string, bool) {
	switch k := key.(type) {
	case *ast.StringNode:
		return k.Value, k.Value != ""
	case *ast.IntegerNode, *ast.BoolNode:
		return k.GetToken().Value, true
	}
	return "", false
}

// placeOf is where a node begins; its parent's place when the parser does not know.
func placeOf(n ast.Node, parent position) position {
	if m, isMap := n.(*ast.MappingNode); isMap && !m.IsFlowStyle && len(m.Values) > 0 {
		return placeOf(m.Values[0].Key, parent)
	}
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return parent
	}
	p := n.GetToken().Position
	return position{p.Line, p.Column}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
