package text

import (
	"time"

	"twokey/actions"
	"twokey/actions/step"
)

// happened is what the steps did to the database and found in it: what was lost first.
func (c *sheet) happened() {
	c.merged()
	c.decidedNotice()
	for _, run := range c.r.Runs {
		if run.Data == nil {
			continue
		}
		c.add(sentence(run.Data.Found, maxWhy))
		if run.Data.Backup != nil {
			c.tried(*run.Data.Backup)
		}
	}
	if w := c.switched(); w != nil {
		c.add(c.asOf(*w))
		if w.Down > 0 { // nobody measured the one that was found done after a crash
			c.add(c.say("Nobody could use the database for %s.", max(w.Down, leastDown)))
		}
		if d := c.r.Rows(); d != nil {
			c.lost(*d, true)
		}
		c.add(c.say("The one from before is kept: %s", typed("/before")))
	}
}

// leastDown is the shortest time that is told: below a tenth of a second it would be told as none.
const leastDown = 100 * time.Millisecond

// asOf says how old the database is now.
func (c *sheet) asOf(w step.Switch) html {
	for _, f := range c.r.Facts {
		if !f.At.IsZero() && !w.Back {
			return c.say("The database is as of %s.", c.plainMoment(f.At, c.r.AskedAt))
		}
	}
	return ""
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
		c.add(c.say("Rows only in the one from before: %s; changed: %s; back: %s.", lost, changed, back))
	default:
		c.add(c.say("Row by row, in the copy: %s lost, %s changed, %s back.", lost, changed, back))
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
	if t.Folder == "safety" {
		c.add(c.say("The safety copy, made before:"))
	}
	line := join(" · ", code(clean(t.ID, maxName)), html(megabytes(t.Size)), quiet(t.Format, maxName), c.countRows(t))
	c.add(line)
	switch {
	case len(t.Wrong) > 0: // which is why it failed, and said there
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
	if c.a.Name != "restore" && c.a.Name != restoreTables || c.r.Status != actions.Failed && c.r.Status != actions.Void && c.r.Status != actions.Refused {
		return Button{}
	}
	return do(c.say("Other backups"), "/backups")
}
