package config

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"twokey/actions"
	"twokey/auth"
)

// Rules are who may do what. The catalogue has them in its actions; here they are as they were written.
type Rules struct {
	Default auth.Rule
	Named   map[actions.Name]auth.Partial
}

// admin is the role of the default rule when the config has none.
const admin auth.Role = "admin"

func standardRule() auth.Rule {
	return auth.Rule{Approvals: 1, AskWithin: 10 * time.Minute, StartWithin: 5 * time.Minute,
		MayAsk: []auth.Role{admin}, MayApprove: []auth.Role{admin}}
}

// laterActions have rules already, but come in another version.
var laterActions = []actions.Name{"backup", "broadcast", "code_rollback", "deploy", "drill", "drop", "flags", "incident", "lockdown",
	"merge", "migration_revert", "panic", "restore", "review", "rollback", "rotate", "sessions", "suspend", "undo", "unlock"}

// defaultRule is rules.default, which must name everything that it is asked for; what it names wrongly is taken from the
// standard rule, so that one mistake is one finding and not one for every action.
func (n *node) defaultRule() auth.Rule {
	rules := n.get("rules")
	if !rules.is(mapping, "default: {approvals: 1, …}") || rules.lookup("default") == nil {
		if len(n.doc.config.Directory.Holding([]auth.Role{admin}, "")) == 0 && !n.doc.findings.about("people") {
			n.doc.addAt("rules.default", "is missing, and nobody has the role admin, which it would be about",
				"write one: {approvals: 1, ask_within: 10m, start_within: 5m, may_ask: [role], may_approve: [role]}")
		}
		return standardRule()
	}
	def := rules.get("default")
	if def.kind == null {
		def.wrong("has no value", "write it, or remove the key")
	}
	d := def.section()
	for _, key := range []string{"approvals", "ask_within", "start_within", "may_ask", "may_approve"} {
		d.need(key, "default names everything, for rules that do not")
	}
	p := d.partial()
	if alone := d.get("alone"); p.Alone != nil && *p.Alone {
		alone.wrong("cannot be the default", "write it in the rule of the action that one person may run")
	}
	p.Alone = nil
	return p.Over(standardRule())
}

func (n *node) namedRules() map[actions.Name]auth.Partial {
	named := map[actions.Name]auth.Partial{}
	known := n.doc.knownActions()
	for _, e := range n.fields() {
		name := actions.Name(e.key)
		switch {
		case e.key == "default":
			continue
		case contains(laterActions, name) && !contains(known, name):
			e.value.later("have the action " + e.key)
		case !contains(known, name):
			e.value.wrong("there is no such action", didYouMean(e.key, texts(append(known, laterActions...))))
			continue
		}
		named[name] = e.value.section().partial()
	}
	return named
}

// knownActions are the built-in actions and the config's own.
func (d *document) knownActions() []actions.Name {
	builtIn, err := actions.BuiltIn()
	if err != nil {
		d.addError("actions", err)
	}
	own := d.config.Definitions
	return append(slices.Sorted(maps.Keys(builtIn)), slices.Sorted(maps.Keys(own))...)
}

func texts(names []actions.Name) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = string(name)
	}
	return all
}

func (n *node) partial() auth.Partial {
	defer n.close()
	var p auth.Partial
	if alone := n.get("alone"); alone.present() {
		p.Alone = read(alone, alone.boolean(false))
	}
	if count := n.get("approvals"); count.present() {
		p.Approvals = read(count, count.approvals())
	}
	if span := n.get("ask_within"); span.present() {
		p.AskWithin = read(span, span.duration(0))
	}
	if span := n.get("start_within"); span.present() {
		p.StartWithin = read(span, span.duration(0))
	}
	if review := n.get("review"); review.present() {
		p.Review = read(review, review.count(0, 0))
	}
	p.MayAsk = n.get("may_ask").heldRoles()
	p.MayApprove = n.get("may_approve").heldRoles()
	return p
}

// read is the value, or nil when reading it found an error.
func read[T any](n *node, value T) *T {
	if !n.present() {
		return nil
	}
	return &value
}

func (n *node) approvals() int {
	i := n.integer(1)
	if n.present() && (i < 1 || i > 1000) {
		n.wrong(fmt.Sprintf("is %d: at least 1 other person must agree", i), "alone: true is what lets one person act, where it may")
	}
	return int(i)
}

// heldRoles reads roles that somebody has; nil when there is anything wrong with them.
func (n *node) heldRoles() []auth.Role {
	n.scalar()
	roles := n.roles()
	if n.kind == list && len(roles) == 0 && len(n.items) == 0 {
		n.wrong("is empty: nobody could", "write a role that somebody has")
	}
	directory := n.doc.config.Directory
	for _, item := range n.items {
		role := auth.Role(item.text)
		if item.kind != text || n.doc.findings.about("people") || len(directory.Holding([]auth.Role{role}, "")) > 0 {
			continue
		}
		item.wrong(fmt.Sprintf("nobody has the role %q", role), didYouMean(item.text, rolesOf(directory)))
	}
	if n.doc.findings.about(n.path) {
		return nil
	}
	return roles
}

func rolesOf(d auth.Directory) []string {
	var all []string
	for _, p := range d.People() {
		for _, r := range p.Roles {
			all = append(all, string(r))
		}
	}
	return all
}
