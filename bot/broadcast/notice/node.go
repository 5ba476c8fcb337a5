package notice

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// kind is what was written at a place of a file.
type kind int

const (
	absent kind = iota // the key is not there
	broken             // a mistake was found here already
	null
	scalar
	list
	mapping
)

func (k kind) String() string {
	return [...]string{"nothing", "wrong", "empty", "a text", "a list", "a mapping"}[k]
}

// node is a place in a file. What is wrong with it is written down once, and reading goes on.
type node struct {
	file    *file
	path    string // vars.for.default
	line    int
	kind    kind
	text    string
	block   bool // the text begins on the line after the key's
	items   []*node
	entries []entry
	asked   []string
}

type entry struct {
	key   string
	value *node
}

func (n *node) present() bool { return n.kind > null }

// wrong writes a mistake down.
func (n *node) wrong(sentence, hint string) {
	if n.path != "" {
		sentence = n.path + " " + sentence
	}
	n.file.add(n.line, sentence, hint)
	n.kind = broken
}

// wrongAt is wrong for a place inside a text.
func (n *node) wrongAt(offset int, sentence, hint string) {
	line := n.line
	if n.block {
		line += 1 + strings.Count(n.text[:min(offset, len(n.text))], "\n")
	}
	n.file.add(line, n.path+" "+sentence, hint)
}

func (f *file) node(value ast.Node, path string, line int) *node {
	n := &node{file: f, path: path, line: line}
	if f.depth++; f.depth > maxDepth {
		n.wrong(fmt.Sprintf("has over %d levels", maxDepth), "")
		return n
	}
	defer func() { f.depth-- }()
	switch v := value.(type) {
	case nil, *ast.NullNode:
		n.kind = null
	case *ast.StringNode:
		n.kind, n.text = scalar, v.Value
	case *ast.LiteralNode:
		n.kind, n.text = scalar, v.Value.Value
		n.block = strings.HasPrefix(v.Start.Value, "|")
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		n.kind, n.text = scalar, value.GetToken().Value
	case *ast.SequenceNode:
		n.kind = list
		for i, item := range v.Values {
			n.items = append(n.items, f.node(item, fmt.Sprintf("%s[%d]", path, i+1), lineOf(item, line)))
		}
	case *ast.MappingNode:
		n.kind = mapping
		n.addEntries(v.Values)
	case *ast.MappingValueNode:
		n.kind = mapping
		n.addEntries([]*ast.MappingValueNode{v})
	default:
		n.wrong("is an anchor, an alias or a tag, and they are not used here", "write the value out; a text that begins with & * or ! needs quotes")
	}
	return n
}

func (n *node) addEntries(values []*ast.MappingValueNode) {
	for _, v := range values {
		line := lineOf(v.Key, n.line)
		key, plain := keyOf(v.Key)
		path := strings.TrimPrefix(n.path+"."+key, ".")
		switch {
		case !plain:
			n.file.add(line, "a key is not a plain word", "")
		case n.lookup(key) != nil:
			n.file.add(line, path+" is there twice", fmt.Sprintf("the first is in line %d", n.lookup(key).line))
		default:
			n.entries = append(n.entries, entry{key, n.file.node(v.Value, path, line)})
		}
	}
}

func keyOf(key ast.Node) (string, bool) {
	switch k := key.(type) {
	case *ast.StringNode:
		return k.Value, k.Value != ""
	case *ast.IntegerNode, *ast.BoolNode:
		return k.GetToken().Value, true
	case *ast.NullNode:
		return k.GetToken().Value, true
	}
	return "", false
}

func (n *node) lookup(key string) *node {
	i := slices.IndexFunc(n.entries, func(e entry) bool { return e.key == key })
	if i < 0 {
		return nil
	}
	return n.entries[i].value
}

// get is the value of a key. It remembers the key, so that close knows the others.
func (n *node) get(key string) *node {
	n.asked = append(n.asked, key)
	if v := n.lookup(key); v != nil {
		return v
	}
	return &node{file: n.file, path: strings.TrimPrefix(n.path+"."+key, "."), line: n.line}
}

// close reports the keys that nobody asked for.
func (n *node) close() {
	for _, e := range n.entries {
		if !slices.Contains(n.asked, e.key) {
			e.value.wrong("is not a key that is known here", "there are "+listed(n.asked))
		}
	}
}

// is says whether the node has this kind; another one is a mistake, and so is a key without a value.
func (n *node) is(want kind, example string) bool {
	if n.kind == null {
		n.wrong("has no value", "write one, or remove the key")
	}
	if n.present() && n.kind != want {
		n.wrong(fmt.Sprintf("is %s: %s is expected", n.kind, want), "write "+example)
	}
	return n.kind == want
}

func (n *node) str() string {
	if !n.is(scalar, "a text") {
		return ""
	}
	s := strings.TrimSpace(n.text)
	if s == "" {
		n.wrong("is empty", "write it, or remove the key")
	}
	return s
}

func (n *node) boolean() bool {
	s := n.str()
	if n.kind == scalar && s != "true" && s != "false" {
		n.wrong(fmt.Sprintf("is %s: true or false is expected", quote(s)), "")
	}
	return s == "true"
}

func (n *node) list(example string) []*node {
	if !n.is(list, example) {
		return nil
	}
	return n.items
}

func (n *node) fields(example string) []entry {
	if !n.is(mapping, example) {
		return nil
	}
	return n.entries
}
