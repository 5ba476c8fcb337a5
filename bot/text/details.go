package text

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/auth"
)

const (
	maxWork  = 600 // of a step's work, written out
	maxValue = 300 // of a fact's value
)

// Details is the plan whole: what the steps run, what every fact is, the rule, the votes, the whole digest.
func (w Words) Details(v RequestView) Card {
	c := w.sheet(v)
	c.add(join(" · ", join(" ", mark(c.r.Status), called(c.r)), c.state(c.r.Status)))
	c.add(c.say("%s asked %s.", name(c.r.Asked.Person), c.on(c.r.AskedAt)))
	c.purpose()
	c.works()
	c.facts()
	c.gap()
	c.add(c.undo())
	c.add(c.rule(c.a.Rule, c.could()))
	c.votes()
	c.gap()
	if c.r.Digest != "" {
		c.add(c.say("plan %s", code(clean(c.r.Digest, anyText))))
	}
	if c.r.Asked.Revision != "" {
		c.add(c.say("catalogue %s", code(clean(c.r.Asked.Revision, anyText))))
	}
	c.entry()
	return c.card()
}

// works writes every step out: its title, what is known about it, and the work as it is bound.
func (c *sheet) works() {
	var lines []html
	for i, s := range c.plan() {
		line := c.say("%s. %s (%s)", i+1, quiet(s.Title, maxTitle), join(", ", quiet(s.Kind, maxName), c.effect(s.Effect), c.expect(s)))
		lines = append(lines, join("\n", line, code(clean(work(s), maxWork))))
	}
	c.gap()
	c.list(ifSteps, lines...)
}

func (w Words) expect(s actions.Step) html {
	if s.Expect == 0 {
		return ""
	}
	return w.span(s.Expect)
}

// effect says what an effect does to production.
func (w Words) effect(e actions.Effect) html {
	switch e {
	case actions.Read:
		return w.say("looks")
	case actions.Protect:
		return w.say("adds beside")
	case actions.Stop:
		return w.say("makes it do less")
	case actions.Change:
		return w.say("changes")
	}
	return w.say("%s", string(e))
}

// work is a step's body for people: the program with its arguments where there is one, then whatever else it says.
func work(s actions.Step) string {
	var body map[string]any
	if json.Unmarshal(s.Body, &body) != nil {
		return ""
	}
	words := argv(body)
	flatten("", body, func(key, value string) { words = append(words, key+"="+value) })
	return strings.Join(words, " ")
}

// argv takes the program and its arguments out of an exec's body. The program is the one that was resolved; the word it
// was written with is left out.
func argv(body map[string]any) []string {
	program, _ := body["program"].(string)
	run, _ := body["run"].([]any)
	if program == "" || len(run) == 0 {
		return nil
	}
	for _, known := range []string{"program", "run", "bound", "effect"} {
		delete(body, known)
	}
	words := []string{word(program)}
	for _, a := range run[1:] {
		words = append(words, word(fmt.Sprint(a)))
	}
	return words
}

// word is an argument as it is told apart from its neighbours.
func word(a string) string {
	if a == "" || strings.ContainsAny(a, " \t\n\"'\\") {
		return strconv.Quote(a)
	}
	return a
}

// durations are the fields of steps that count nanoseconds.
var durations = []string{"timeout", "settle", "within"}

// flatten names every value that says something: "service.manager=pm2".
func flatten(prefix string, body map[string]any, emit func(key, value string)) {
	for _, key := range slices.Sorted(maps.Keys(body)) {
		switch v := body[key].(type) {
		case map[string]any:
			flatten(prefix+key+".", v, emit)
		case []any:
			for _, one := range v {
				emit(prefix+key, word(fmt.Sprint(one)))
			}
		case float64:
			if n := time.Duration(v); slices.Contains(durations, key) && n != 0 {
				emit(prefix+key, n.String())
			} else if v != 0 {
				emit(prefix+key, strconv.FormatFloat(v, 'f', -1, 64))
			}
		default:
			if s := fmt.Sprint(v); v != nil && s != "" && s != "false" {
				emit(prefix+key, word(s))
			}
		}
	}
}

// facts lists every fact with its whole value.
func (c *sheet) facts() {
	var lines []html
	for _, f := range c.r.Facts {
		if strings.HasPrefix(f.Name, exactText) && c.notifies() || strings.HasPrefix(f.Name, laterText) && c.notifies() {
			continue // they are messages of their own
		}
		line := c.say("%s: %s", quiet(f.Name, anyText), code(clean(measured(f), maxValue)))
		switch {
		case f.Kind == step.Bounded && f.AtLeast:
			line = c.say("%s, at least %s", line, quiet(amount(f.Limit, unit(f)), maxName))
		case f.Kind == step.Bounded:
			line = c.say("%s, at most %s", line, quiet(amount(f.Limit, unit(f)), maxName))
		case f.Kind == step.Pinned:
			line = c.say("%s, must stay so", line)
		}
		lines = append(lines, line)
	}
	c.gap()
	c.list(ifFacts, lines...)
}

// rule says who must agree, and how long that may take.
func (w Words) rule(r auth.Rule, could []auth.Name) html {
	if r.Alone {
		return w.say("Rule: one person may do it.")
	}
	who := w.any(could)
	if who == "" {
		who = w.roles(r.MayApprove)
	}
	agree := w.say("Rule: %s others must agree (%s)", max(1, r.Approvals), who)
	if r.Approvals <= 1 {
		agree = w.say("Rule: one other must agree (%s)", who)
	}
	return w.say("%s within %s, and it must start within %s.", agree, r.AskWithin, r.StartWithin)
}

func (w Words) roles(roles []auth.Role) html {
	return w.any(names(roles))
}

func (c *sheet) votes() {
	var lines []html
	for _, v := range c.r.Votes {
		if v.Approve {
			lines = append(lines, c.say("%s approved %s.", name(v.Person), c.at(v.At, c.r.AskedAt)))
		} else {
			lines = append(lines, c.say("%s denied %s.", name(v.Person), c.at(v.At, c.r.AskedAt)))
		}
	}
	if len(lines) == 0 {
		lines = append(lines, c.say("Nobody has voted."))
	}
	c.list(ifFacts, lines...)
}
