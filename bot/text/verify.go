package text

import (
	"slices"
	"strconv"
	"strings"

	"twokey/actions"
	"twokey/actions/step"
)

// verified is the end card of a look at the checks: what they came to, beside what was confirmed last, and who must confirm.
func (c *sheet) verified() {
	list := c.r.Findings()
	c.add(join(" · ", join(" ", verdictMark(list), command(c.r)), c.score(list)))
	c.add(join(", ", c.state(c.r.Status), c.confirmation()))
	c.reason()
	c.gap()
	c.findings(list)
	c.gap()
	c.add(c.beside())
	c.notes()
	c.add(c.took())
	c.entry()
	c.checkButtons(list)
}

// verdictMark differs in shape between all green and not.
func verdictMark(list []step.Finding) html {
	if slices.ContainsFunc(list, func(f step.Finding) bool { return f.Bad() }) {
		return "❌"
	}
	return "✅"
}

// score is "8 of 8 green", or what is not.
func (c *sheet) score(list []step.Finding) html {
	n := map[step.CheckState]int{}
	for _, f := range list {
		n[f.State]++
	}
	judged := n[step.Green] + n[step.Red] + n[step.Broken]
	switch bad := n[step.Red] + n[step.Broken]; {
	case bad > 0:
		return c.count(bad, "%s of %s is not green", "%s of %s are not green", judged)
	case judged == 0:
		return c.say("nothing is judged")
	}
	return c.say("%s of %s green", judged, judged)
}

// confirmation says whether it counts, or who can make it count.
func (c *sheet) confirmation() html {
	switch {
	case c.r.Confirmed != nil:
		return c.say("confirmed · %s, %s. It counts.", name(c.r.Confirmed.Person), c.at(c.r.ConfirmedAt, c.day()))
	case c.r.Lapsed:
		return c.say("not confirmed in time: it does not count. Look again: %s", typed("/verify"))
	case c.r.Unconfirmed():
		return c.say("not confirmed · it counts when %s confirms it before %s.", c.people(c.could(), c.say("or"), c.mention), c.until(c.r.ConfirmUntil, c.r.AskedAt))
	}
	return ""
}

// findings lists every check: ✓ as expected, ✗ not, ? somebody has to look, · only told.
func (c *sheet) findings(list []step.Finding) {
	var lines []html
	for _, f := range list {
		lines = append(lines, c.finding(f))
	}
	c.list(ifSteps, lines...)
}

var checkMarks = map[step.CheckState]html{step.Green: "✓", step.Red: "✗", step.Broken: "✗", step.Open: "?", step.Told: "·"}

func (c *sheet) finding(f step.Finding) html {
	line := join(" ", checkMarks[f.State], quiet(f.Name, maxName))
	if value := c.found1(f); value != "" {
		line = c.say("%s: %s", line, value)
	}
	if was := c.was(f); was != "" {
		line = c.say("%s (%s)", line, was)
	}
	if f.State == step.Red && f.Want != "" {
		line = c.say("%s, want %s", line, quiet(f.Want, maxName))
	}
	switch {
	case f.Why != "" && f.Value == "" && f.Number == nil:
		line = c.say("%s: %s", line, sentence(f.Why, maxWhy))
	case f.Why != "":
		line = c.say("%s. %s", line, sentence(f.Why, maxWhy))
	}
	return line
}

// found1 is what was found, a number with its thousands apart.
func (c *sheet) found1(f step.Finding) html {
	switch {
	case f.State == step.Open:
		return quiet(f.Ask, maxReason)
	case f.Number != nil:
		return decimal(*f.Number)
	}
	return quiet(f.Value, anyText)
}

func decimal(n float64) html {
	if whole := int64(n); float64(whole) == n {
		return number(whole)
	}
	return html(strconv.FormatFloat(n, 'f', -1, 64))
}

// was is the number that was confirmed last, where it is another one.
func (c *sheet) was(f step.Finding) html {
	i := slices.IndexFunc(c.r.Before, func(b step.Finding) bool { return b.Name == f.Name })
	if i < 0 || f.Number == nil || c.r.Before[i].Number == nil {
		return ""
	}
	if before := *c.r.Before[i].Number; before != *f.Number {
		return c.say("was %s", decimal(before))
	}
	return c.say("as before")
}

// beside says what the numbers in brackets are.
func (c *sheet) beside() html {
	if c.r.BeforeID == 0 {
		return ""
	}
	return c.say("In brackets: confirmed last, %s, %s.", numbered(c.r.BeforeID), c.on(c.r.BeforeAt))
}

// maxAsked is how many checks of people get buttons.
const maxAsked = 8

func (c *sheet) checkButtons(list []step.Finding) {
	id := uint64(c.r.ID)
	if c.r.Unconfirmed() {
		for i, f := range list {
			if f.Ask == "" || i >= maxAsked+len(list) {
				continue
			}
			c.row(press(c.say("✓ %s", quiet(f.Name, maxName)), id, CheckDone(i), ""), press(c.say("✗ %s", quiet(f.Name, maxName)), id, CheckFailed(i), ""))
		}
		c.row(press(c.say("Confirm"), id, Confirm, good))
	}
	var row []Button
	if slices.ContainsFunc(list, func(f step.Finding) bool { return f.Rows }) {
		row = append(row, press(c.say("Rows (private)"), id, Rows, ""))
	}
	if c.r.Confirmed != nil || c.r.Lapsed {
		row = append(row, do(c.say("Look again"), "/verify"))
	}
	c.row(row...)
}

// checked lists what the checks of a run's last step came to, on the end card of a change.
func (c *sheet) checked() {
	if list := c.r.Findings(); len(list) > 0 {
		c.add(c.say("Checks: %s", c.score(list)))
		var bad []html
		for _, f := range list {
			if f.Bad() {
				bad = append(bad, c.finding(f))
			}
		}
		c.list(ifFacts, bad...)
	}
}

// CheckDone and CheckFailed are the choices of a person who did check number i of a request.
func CheckDone(i int) string { return "k" + strconv.Itoa(i) + "y" }

// CheckFailed is CheckDone's opposite.
func CheckFailed(i int) string { return "k" + strconv.Itoa(i) + "n" }

// ParseCheck reads the choices of CheckDone and CheckFailed.
func ParseCheck(choice string) (i int, done, ok bool) {
	rest, is := strings.CutPrefix(choice, "k")
	if !is || len(rest) < 2 {
		return 0, false, false
	}
	i, err := strconv.Atoi(rest[:len(rest)-1])
	done = strings.HasSuffix(rest, "y")
	if err != nil || i < 0 || i > 99 || strconv.Itoa(i) != rest[:len(rest)-1] || !done && !strings.HasSuffix(rest, "n") {
		return 0, false, false
	}
	return i, done, true
}

// unlocking is what an unlock's refused plan offers: to ask again and accept by name what is red.
func (c *sheet) unlocking() Button {
	if c.r.Status != actions.Refused || c.a.Locking != actions.LockLift || len(c.r.Red()) == 0 {
		return Button{}
	}
	return press(c.say("Ask again, accept these"), uint64(c.r.ID), Accept, danger)
}
