package config

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

var variable = regexp.MustCompile(`\$\$|\$\{[^}]*\}?`)

var variableName = regexp.MustCompile(`^\$\{[A-Za-z_][A-Za-z0-9_]*\}$`)

// expand replaces ${NAME} by the environment's value, and $$ by $. It works on a value that was already parsed, so
// what a variable holds can never become a key, a list or a comment.
func (n *node) expand() (string, bool) {
	if n.expanded {
		return n.text, true
	}
	s := variable.ReplaceAllStringFunc(n.text, func(found string) string {
		if found == "$$" {
			return "$"
		}
		return n.lookupEnv(found)
	})
	n.text, n.expanded = s, true
	return s, n.kind != broken
}

func (n *node) lookupEnv(found string) string {
	if !variableName.MatchString(found) {
		n.wrong(fmt.Sprintf("%q is not the name of a variable", found), "write ${NAME}, or $$ for a dollar sign")
		return ""
	}
	name := found[2 : len(found)-1]
	value, defined := n.doc.world.getenv(name)
	if !defined {
		n.wrong("the environment has no "+name, "set it, or write $${"+name+"} for the text itself")
	}
	return value
}

var looksSecret = regexp.MustCompile(`(?i)(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|PRIVATE|DATABASE_URL)`)

// expandAll expands every text under the node in the parser's own tree, for parts that are decoded from there. What
// they hold is printed on cards and kept in the journal, so the variables that hold secrets by their name are refused.
func (n *node) expandAll() {
	for _, e := range n.entries {
		e.value.expandAll()
	}
	for _, item := range n.items {
		item.expandAll()
	}
	if n.kind != text {
		return
	}
	for _, found := range variable.FindAllString(n.text, -1) {
		if looksSecret.MatchString(found) {
			n.wrong(strings.Trim(found, "${}")+" looks like a secret, and what an action does is printed and kept",
				"let the program read it from a file")
			return
		}
	}
	s, _ := n.expand()
	switch v := n.source.(type) {
	case *ast.StringNode:
		v.Value = s
	case *ast.LiteralNode:
		v.Value.Value = s
	}
}
