package text

import (
	"slices"
	"strings"

	"twokey/actions"
	"twokey/actions/step"
)

const (
	restoreTables actions.Name = "restore_tables"
	mergeTables   actions.Name = "merge_tables"
)

// merges says whether rows of another database are written.
func (c *sheet) merges() bool {
	return slices.ContainsFunc(c.plan(), func(s actions.Step) bool { return s.Kind == "merge" && s.Effect == actions.Change })
}

// headline is an end card's number: of rows where it is about rows, else what the service does.
func (c *sheet) headline() html {
	m := c.r.Merge()
	if m == nil && c.tells() && c.users() > 0 {
		return c.count(c.users(), "%s user", "%s users")
	}
	if m == nil {
		return c.short(c.r.Service)
	}
	added, changed, removed := m.Total()
	if m.Done {
		return c.count(int(added+changed+removed), "%s row written", "%s rows written")
	}
	return c.count(int(added+changed), "%s row to bring back", "%s rows to bring back")
}

// merged is what a comparison has found, or a merge has written: the sum first, then table by table.
func (c *sheet) merged() {
	m := c.r.Merge()
	if m == nil {
		return
	}
	if c.r.Service.Known && c.does(c.r.Service) == "" {
		c.add(c.service(c.r.Service))
	}
	if m.Done {
		c.brought(*m)
	} else {
		c.compared(*m)
	}
}

// compared is what could be brought back.
func (c *sheet) compared(m step.Merged) {
	added, changed, removed := m.Total()
	if added+changed+removed == 0 {
		c.add(c.say("Not a row is otherwise: there is nothing to bring back."))
	} else {
		c.add(c.say("%s has %s that the database lacks, and %s otherwise.", c.whose(), c.nRows(added), c.nRows(changed)))
	}
	c.perTable(m)
	c.belong(m)
	if left := mergeable(m); len(left) < len(m.Tables) {
		if len(left) > 0 {
			c.add(c.say("Without what cannot be merged: %s", typed(c.compare(strings.Join(left, ",")))))
		}
	} else if removed > 0 {
		c.add(c.count(int(removed), "%s row is only in the database and stays. To remove it, too: %s", "%s rows are only in the database and stay. To remove them, too: %s", typed(c.line(mergeTables)+" yes")))
	}
	if c.copyStays() {
		c.add(c.say("The copy stays until %s.", c.until(c.r.EndedAt.Add(actions.KeepCopies), c.r.EndedAt)))
	}
}

func (c *sheet) nRows(n int64) html { return c.count(int(n), "%s row", "%s rows") }

// whose rows they are.
func (c *sheet) whose() html {
	if c.copyStays() {
		return c.say("The backup")
	}
	return c.say("The kept database")
}

// copyStays says whether there is a copy that only this was for.
func (c *sheet) copyStays() bool {
	return slices.ContainsFunc(c.r.Runs, func(r actions.StepRun) bool { return r.Data != nil && r.Data.Copy != nil && !r.Data.Copy.Gone })
}

// line is a command about this run.
func (c *sheet) line(name actions.Name) string {
	return "/" + string(name) + " " + unspaced(uint64(c.r.ID))
}

func (c *sheet) perTable(m step.Merged) {
	var lines []html
	for _, t := range m.Tables {
		lines = append(lines, c.tableMerged(t, m.Done))
		for _, n := range t.Notes {
			lines = append(lines, c.say("%s: %s", shortTable(t.Name), quiet(n, maxTitle)))
		}
		if len(t.Triggers) > 0 {
			lines = append(lines, c.say("%s: triggers fire: %s", shortTable(t.Name), quiet(strings.Join(t.Triggers, ", "), maxTitle)))
		}
		if t.Unlike > 0 {
			lines = append(lines, c.say("%s: a trigger made others of %s rows", shortTable(t.Name), t.Unlike))
		}
	}
	c.list(ifFacts, lines...)
}

// tableMerged is one table's line: "users: 7 missing, 3 otherwise".
func (c *sheet) tableMerged(t step.TableMerged, done bool) html {
	said := []string{"%s missing", "%s otherwise", "%s only here"}
	if done {
		said = []string{"%s added", "%s changed", "%s removed"}
	}
	var parts []html
	for i, n := range []int64{t.Added, t.Changed, t.Removed} {
		if n > 0 {
			parts = append(parts, c.say(said[i], n))
		}
	}
	if t.Refused != "" {
		parts = append(parts, c.say("cannot be merged: %s", quiet(t.Refused, maxTitle)))
	}
	if len(parts) == 0 {
		parts = append(parts, c.say("the same"))
	}
	return c.say("%s: %s", shortTable(t.Name), join(", ", parts...))
}

// shortTable is a table's name as it is typed.
func shortTable(name string) html { return quiet(strings.TrimPrefix(name, "public."), maxName) }

// belong says which tables the rows refer to that lack rows, too: without them a foreign key may forbid the merge.
func (c *sheet) belong(m step.Merged) {
	if len(m.Also) == 0 {
		return
	}
	var lines []html
	names := c.r.Asked.Args["tables"]
	for _, t := range m.Also {
		lines = append(lines, c.tableMerged(step.TableMerged{Name: t.Name, Added: t.Added}, false))
		names += "," + strings.TrimPrefix(t.Name, "public.")
	}
	c.add(c.say("They refer to other tables, where rows are missing, too:"))
	c.list(ifFacts, lines...)
	c.add(c.say("Take them together: %s", typed(c.compare(names))))
}

// compare is the command that compares other tables with the same.
func (c *sheet) compare(tables string) string {
	return "/" + string(restoreTables) + " " + tables + " " + c.r.Asked.Args["backup"]
}

// mergeable are the tables that nothing forbids to merge.
func mergeable(m step.Merged) (names []string) {
	for _, t := range m.Tables {
		if t.Refused == "" {
			names = append(names, strings.TrimPrefix(t.Name, "public."))
		}
	}
	return names
}

// brought is what was written, and how it is taken back.
func (c *sheet) brought(m step.Merged) {
	added, changed, removed := m.Total()
	c.add(c.say("Added: %s. Changed: %s. Removed: %s.", c.nRows(added), c.nRows(changed), c.nRows(removed)))
	c.perTable(m)
	var tables []string
	for _, t := range m.Tables {
		tables = append(tables, strings.TrimPrefix(t.Name, "public."))
	}
	back := typed("/" + string(restoreTables) + " " + strings.Join(tables, ",") + " " + c.safety())
	if added > 0 {
		c.add(c.say("Undo: %s, and merge that with removing.", back))
		return
	}
	c.add(c.say("Undo: %s, and merge that.", back))
}

// safety is the backup that was made before.
func (c *sheet) safety() string {
	for _, run := range c.r.Runs {
		if run.Data != nil && run.Data.Backup != nil {
			return run.Data.Backup.ID
		}
	}
	return "safety"
}

// mergeButtons are what comes next of a comparison. Removing is not a button: who wants it types it.
func (c *sheet) mergeButtons() {
	m := c.r.Merge()
	if m == nil || m.Done {
		return
	}
	added, changed, _ := m.Total()
	if added+changed > 0 && len(mergeable(*m)) == len(m.Tables) {
		c.row(do(c.say("Merge %s", c.nRows(added+changed)), c.line(mergeTables)))
	}
	if c.copyStays() {
		c.row(do(c.say("Throw the copy away"), c.line("discard")))
	}
}
