package text

import (
	"twokey/actions"
	"twokey/actions/step"
)

// happened is what the steps did to the database and found in it: what was lost first.
func (c *sheet) happened() {
	for _, run := range c.r.Runs {
		if run.Data == nil || run.Data.Backup == nil {
			continue
		}
		c.tried(*run.Data.Backup)
	}
	if w := c.switched(); w != nil {
		if w.Down > 0 { // nobody measured the one that was found done after a crash
			c.add(c.say("Nobody could use the database for %s.", w.Down))
		}
		if d := c.r.Rows(); d != nil {
			c.lost(*d, true)
		}
		c.add(c.say("The one from before is kept: %s", typed("/before")))
	}
}

// switched is the run's switch, nil when there was none.
func (c *sheet) switched() *step.Switch {
	for _, run := range c.r.Runs {
		if run.Data != nil && run.Data.Switch != nil && run.Error == "" {
			return run.Data.Switch
		}
	}
	return nil
}

// wouldLose is what was counted, row by row, on the copy that stands beside, for whoever decides.
func (c *sheet) wouldLose() {
	d := c.r.Rows()
	if d == nil || c.switched() != nil {
		return
	}
	c.gap()
	c.lost(*d, false)
}

func (c *sheet) lost(d step.Differences, done bool) {
	lost, changed, back := d.Total()
	switch {
	case lost+changed+back == 0 && done:
		c.add(c.say("Not a row is otherwise than before."))
		return
	case lost+changed+back == 0:
		c.add(c.say("The copy has the same rows, every one."))
		return
	case done:
		c.add(c.say("%s rows are only in the one from before, %s were changed, %s are back.", lost, changed, back))
	default:
		c.add(c.say("Row by row: %s would be lost, %s are otherwise in the copy, %s would come back.", lost, changed, back))
	}
	var lines []html
	for _, t := range d.Tables {
		lines = append(lines, c.table(t))
	}
	c.list(ifFacts, lines...)
}

// table is one table's line: "users: 7 lost, 3 changed".
func (c *sheet) table(t step.TableRows) html {
	var parts []html
	for _, p := range []struct {
		n    int64
		said string
	}{{t.Lost, "%s lost"}, {t.Changed, "%s changed"}, {t.Back, "%s back"}} {
		if p.n > 0 {
			parts = append(parts, c.say(p.said, p.n))
		}
	}
	if note := quiet(t.Note, maxTitle); note != "" {
		parts = append(parts, note)
	}
	return c.say("%s: %s", quiet(t.Name, maxName), join(", ", parts...))
}

// tried says how far a backup is proven.
func (c *sheet) tried(t step.Tried) {
	line := join(" · ", code(clean(t.ID, maxName)), html(megabytes(t.Size)), quiet(t.Format, maxName), c.countRows(t))
	c.add(line)
	switch {
	case len(t.Wrong) > 0:
		for _, w := range t.Wrong {
			c.add(sentence(w, maxWhy))
		}
	case t.Took > 0:
		c.add(c.say("It is %s, in %s.", quiet(t.Proven(), maxName), t.Took))
	case t.Level == 2: // decodes is a verb, the others are not
		c.add(c.say("It decodes, to its end."))
	default:
		c.add(c.say("It is %s.", quiet(t.Proven(), maxName)))
	}
	for _, n := range t.Not {
		c.add(c.say("Not looked at: %s", sentence(n, maxWhy)))
	}
}

func (c *sheet) countRows(t step.Tried) html {
	if t.Tables == 0 {
		return ""
	}
	return c.say("%s tables, %s rows", t.Tables, t.Rows)
}

// otherBackup is the way on when a restore did not come about.
func (c *sheet) otherBackup() Button {
	if c.a.Name != "restore" || c.r.Status != actions.Failed && c.r.Status != actions.Void && c.r.Status != actions.Refused {
		return Button{}
	}
	return do(c.say("Other backups"), "/backups")
}
