package step

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"twokey/internal/rows"
)

// The facts that say how many rows of a table a merge writes: their limits are exactly the numbers, and what is approved with
// them is all that may be written.
const (
	factWritten = "rows written"
	factAdded   = "rows added in "
	factChanged = "rows changed in "
	factRemoved = "rows removed in "
)

// mergeFacts is what people approve. A table that was named and cannot be written is a refusal; where all are meant it is left
// out, and said.
func mergeFacts(p rows.Planned, k rows.Kinds, all bool) ([]Fact, error) {
	var exact, told []Fact
	var sum, stay int64
	limits := p.Limits(k)
	for _, t := range p.Tables {
		if t.Refused != "" {
			left, err := leftOut(t, all)
			if err != nil {
				return nil, err
			}
			told = append(told, left...)
			continue
		}
		c := limits[t.Name]
		exact = append(exact, tableFacts(t.Name, c)...)
		told = append(told, tableNotes(t, c)...)
		sum += c.Insert + c.Update + c.Remove
		stay += t.Remove - c.Remove
	}
	if sum == 0 {
		return nil, &Failure{Sentence: "not a row would be written: there is nothing to bring back", Hint: "choose another backup: /backups"}
	}
	if stay > 0 {
		told = append(told, Fact{Name: "rows that only the database has stay", Kind: Shown, Number: float64(stay), Unit: "rows"})
	}
	for _, c := range p.Cycles {
		told = append(told, Fact{Name: "in a circle of foreign keys", Kind: Shown, Value: listed(c)})
	}
	return slices.Concat([]Fact{atMost(factWritten, sum)}, exact, told), nil
}

// leftOut says which table cannot be written, and why.
func leftOut(t rows.TablePlan, all bool) ([]Fact, error) {
	switch {
	case !all:
		return nil, &Failure{Sentence: fmt.Sprintf("rows of table %s cannot be brought back: %s", t.Name, t.Refused), Hint: "leave this table out"}
	case t.Change == rows.Change{}:
		return nil, nil
	}
	return []Fact{{Name: t.Name + " is left out", Kind: Shown, Value: t.Refused}}, nil
}

func atMost(name string, n int64) Fact {
	return Fact{Name: name, Kind: Bounded, Number: float64(n), Limit: float64(n), Unit: "rows"}
}

func tableFacts(table string, c rows.Change) []Fact {
	facts := []Fact{atMost(factAdded+table, c.Insert), atMost(factChanged+table, c.Update), atMost(factRemoved+table, c.Remove)}
	return slices.DeleteFunc(facts, func(f Fact) bool { return f.Limit == 0 })
}

// tableNotes is what else happens when rows of the table are written.
func tableNotes(t rows.TablePlan, c rows.Change) []Fact {
	if c == (rows.Change{}) {
		return nil
	}
	var told []Fact
	if len(t.Triggers) > 0 {
		told = append(told, Fact{Name: "triggers of " + t.Name + " fire", Kind: Shown, Value: listed(t.Triggers)})
	}
	for _, n := range t.Notes {
		told = append(told, Fact{Name: t.Name + ": " + n, Kind: Shown})
	}
	return told
}

// approvedRows are the numbers by table that the facts allow.
func approvedRows(facts []Fact) map[string]rows.Change {
	all := map[string]rows.Change{}
	for _, f := range facts {
		if f.Kind != Bounded {
			continue
		}
		for prefix, add := range map[string]func(*rows.Change){
			factAdded:   func(c *rows.Change) { c.Insert = int64(f.Limit) },
			factChanged: func(c *rows.Change) { c.Update = int64(f.Limit) },
			factRemoved: func(c *rows.Change) { c.Remove = int64(f.Limit) },
		} {
			if table, is := strings.CutPrefix(f.Name, prefix); is {
				c := all[table]
				add(&c)
				all[table] = c
			}
		}
	}
	return all
}

func tablesOf(limits map[string]rows.Change) []string { return slices.Sorted(maps.Keys(limits)) }

// tablesPlanned are the numbers of a plan, for people.
func tablesPlanned(all []rows.TablePlan) []TableMerged {
	var list []TableMerged
	for _, t := range all {
		list = append(list, TableMerged{Name: t.Name, Added: t.Insert, Changed: t.Update, Removed: t.Remove, Triggers: t.Triggers, Notes: t.Notes, Refused: t.Refused})
	}
	return list
}

// mergedRows are those of a merge.
func mergedRows(from string, done rows.Merged) *Merged {
	m := &Merged{From: from, Done: true}
	for _, t := range done.Tables {
		m.Tables = append(m.Tables, TableMerged{Name: t.Name, Added: t.Insert, Changed: t.Update, Removed: t.Remove, Unlike: t.Unlike})
	}
	return m
}
