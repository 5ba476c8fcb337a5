package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// node is a place in the file. Its methods read a value of one type; what is wrong they write down as a finding and
// return the fallback, so that reading goes on and every error is found. A node that is absent, or where an error was
// found before, gives the fallback in silence.
type node struct {
	doc    *document
	path   string
	at     position
	source ast.Node
	kind   kind
	text   string
	number any // int64 or uint64
	truth  bool
	// expanded says that text went through expand: doing it twice would read $${NAME} as ${NAME}.
	expanded bool
	items    []*node
	entries  []entry
	asked    []string
}

type entry struct {
	key   string
	value *node
}

// present says whether there is something to read.
func (n *node) present() bool { return n.kind > null }

// wrong writes an error down and makes the node broken.
func (n *node) wrong(message, hint string) {
	n.doc.add(Finding{Line: n.at.line, Column: n.at.column, Path: n.path, Message: message, Hint: hint})
	n.kind = broken
}

// warn writes a warning down.
func (n *node) warn(message, hint string) {
	n.doc.add(Finding{Severity: Warning, Line: n.at.line, Column: n.at.column, Path: n.path, Message: message, Hint: hint})
}

func (n *node) lookup(key string) *node {
	for _, e := range n.entries {
		if e.key == key {
			return e.value
		}
	}
	return nil
}

// get is the value of a key. It remembers the key, so that close knows the others.
func (n *node) get(key string) *node {
	n.asked = append(n.asked, key)
	if v := n.lookup(key); v != nil {
		return v
	}
	return &node{doc: n.doc, path: join(n.path, key), at: n.at}
}

// need is get for a key that must be there; what says what it is, for the hint.
func (n *node) need(key, what string) *node {
	v := n.get(key)
	if n.kind == mapping && !v.present() && v.kind != broken {
		v.wrong("is missing", what)
	}
	return v
}

// close reports the keys that nobody asked for.
func (n *node) close() {
	for _, e := range n.entries {
		if !contains(n.asked, e.key) {
			e.value.wrong("is not a key that is known here", didYouMean(e.key, n.asked))
		}
	}
}

// section is the node as a mapping; a key without value, with everything below it commented out, is absent.
func (n *node) section() *node {
	if n.is(mapping, "keys and values") {
		return n
	}
	return &node{doc: n.doc, path: n.path, at: n.at, kind: n.kind}
}

// is says whether the node has this kind, and reports another one.
func (n *node) is(want kind, example string) bool {
	if n.kind == want {
		return true
	}
	if n.present() {
		n.wrong(fmt.Sprintf("is %s: %s is expected", n.kind, want), "write "+example)
	}
	return false
}

// scalar reports a key without a value: for one value that is a mistake, not a default.
func (n *node) scalar() bool {
	if n.kind == null {
		n.wrong("has no value", "write one, or remove the key")
	}
	return n.present()
}

// str reads a text.
func (n *node) str(fallback string) string {
	if !n.scalar() {
		return fallback
	}
	if n.kind == number || n.kind == truth {
		n.wrong(fmt.Sprintf("is %s: a text is expected", n.kind), fmt.Sprintf("put it in quotes: %q", n.text))
		return fallback
	}
	if !n.is(text, "a text") {
		return fallback
	}
	s, ok := n.expand()
	if !ok {
		return fallback
	}
	return s
}

// word reads a text, or a number, true or false as it is written.
func (n *node) word() string {
	if n.kind == number || n.kind == truth {
		return n.text
	}
	return n.str("")
}

// filled reads a text that must not be empty.
func (n *node) filled(fallback string) string {
	s := n.str(fallback)
	if n.present() && strings.TrimSpace(s) == "" {
		n.wrong("is empty", "write it, or remove the key")
	}
	return s
}

// boolean reads true or false.
func (n *node) boolean(fallback bool) bool {
	if !n.scalar() || !n.is(truth, "true or false") {
		return fallback
	}
	return n.truth
}

// integer reads a whole number; one that came out of ${NAME} is a number, too.
func (n *node) integer(fallback int64) int64 {
	if !n.scalar() {
		return fallback
	}
	v := n.number
	if n.kind == text && strings.Contains(n.text, "${") {
		s, ok := n.expand()
		if !ok {
			return fallback
		}
		if i, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64); err == nil {
			v = i
		}
	}
	switch i := v.(type) {
	case int64:
		return i
	case uint64:
		if i <= math.MaxInt64 {
			return int64(i)
		}
	}
	what := "is " + n.kind.String()
	if n.kind == number {
		what = "is " + n.text
	}
	n.wrong(what+": a whole number is expected", "")
	return fallback
}

// count reads a whole number that is at least low.
func (n *node) count(fallback, low int64) int {
	i := n.integer(fallback)
	if n.present() && (i < low || i > math.MaxInt32) {
		n.wrong(fmt.Sprintf("is %d: it must be at least %d", i, low), "")
		return int(fallback)
	}
	return int(i)
}

// duration reads a time span that is more than nothing, such as 90s, 10m, 26h or 7d.
func (n *node) duration(fallback time.Duration) time.Duration {
	if n.kind == number {
		n.wrong("is "+n.text+" without a unit", "write "+n.text+"s, "+n.text+"m, "+n.text+"h or "+n.text+"d")
	}
	s := n.str("")
	if !n.present() {
		return fallback
	}
	d, err := parseDuration(s)
	if err != nil {
		n.wrong(err.Error(), "write a span such as 90s, 10m, 26h or 7d")
		return fallback
	}
	return d
}

// list reads the items of a list.
func (n *node) list() []*node {
	if !n.is(list, "a list: [one, two]") {
		return nil
	}
	return n.items
}

// strings reads a list of texts; nil when it is absent, and empty but not nil when it is an empty list.
func (n *node) strings() []string {
	if !n.present() {
		return nil
	}
	all := []string{}
	for _, item := range n.list() {
		if s := item.filled(""); item.present() {
			all = append(all, s)
		}
	}
	return all
}

// fields reads a mapping whose keys are the user's own, in their order.
func (n *node) fields() []entry {
	if !n.is(mapping, "keys and values") {
		return nil
	}
	return n.entries
}

// table reads a mapping from the user's own keys to words.
func (n *node) table() map[string]string {
	var all map[string]string
	for _, e := range n.fields() {
		if all == nil {
			all = map[string]string{}
		}
		all[e.key] = e.value.word()
	}
	return all
}
