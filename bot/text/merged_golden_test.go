package text

import (
	"time"

	"twokey/actions"
	"twokey/actions/step"
)

func compareAction() actions.Action {
	return actions.Action{Name: restoreTables, Summary: "Compare single tables with a backup, to bring rows of it back", Effect: actions.Protect, Rule: rule,
		Params: []actions.Param{{Name: "tables", Type: actions.Text}, {Name: "backup", Type: actions.BackupID}},
		Steps: []actions.Step{{Kind: "restore", Title: "restore beside", Effect: actions.Protect, Ahead: true, Body: body(map[string]any{"do": "copy"})},
			{Kind: "merge", Title: "compare the rows", Effect: actions.Read, Body: body(map[string]any{"do": "diff"})}}}
}

func mergeAction() actions.Action {
	return actions.Action{Name: mergeTables, Summary: "Bring back the rows that were compared", Effect: actions.Change, Destructive: true, Rule: rule,
		Touches: []actions.Touch{"database"},
		Params:  []actions.Param{{Name: "run", Type: actions.RunID}, {Name: "remove", Type: actions.Choice, Values: []string{"no", "yes"}}},
		Steps: []actions.Step{{Kind: "backup", Title: "full backup into safety", Effect: actions.Protect, Body: body(map[string]any{"do": "make"})},
			{Kind: "merge", Title: "bring the rows back", Effect: actions.Change, Body: body(map[string]any{"do": "merge"})},
			{Kind: "restore", Title: "throw the copy away", Effect: actions.Protect, Body: body(map[string]any{"do": "discard"})}}}
}

// compared is a run of /restore_tables that has found something.
func compared(m step.Merged, tables, backup string, stays bool) *actions.Request {
	r := ended(ran(approve(ask(compareAction(), actions.Succeeded)), 4*time.Minute, 12*time.Second), 4*time.Minute, up())
	r.Asked.Args, r.Facts, r.Asked.Reason = actions.Args{"tables": tables, "backup": backup}, nil, "names are gone"
	if stays {
		r.Runs[0].Data = &step.Data{Copy: &step.Copy{Name: "shop__r_12", Run: 12}}
	}
	r.Runs[1].Data = &step.Data{Merge: &m}
	return r
}

func mergedRun() *actions.Request {
	r := ran(approve(ask(mergeAction(), actions.Succeeded), "bob"), 18*time.Second, 2*time.Second, 300*time.Millisecond)
	r.ID, r.Asked.Args, r.Asked.Reason, r.Facts = 15, actions.Args{"run": "12", "remove": "no"}, "", mergeFacts()
	return r
}

func mergeFacts() []step.Fact {
	bounded := func(name string, n float64) step.Fact {
		return step.Fact{Name: name, Kind: step.Bounded, Number: n, Limit: n, Unit: "rows"}
	}
	return []step.Fact{bounded("rows written", 17), bounded("rows added in public.orders", 2), bounded("rows added in public.users", 12),
		bounded("rows changed in public.users", 3), {Name: "triggers of public.users fire", Kind: step.Shown, Value: "audit, touch"},
		{Name: "rows that only the database has stay", Kind: step.Shown, Number: 7, Unit: "rows"},
		{Name: "database", Kind: step.Pinned, Value: "shop at 127.0.0.1:5432, oid 16384"}, {Name: "where the rows come from", Kind: step.Pinned, Value: "shop__r_12, oid 16999"}}
}

func mergeCards(w Words) map[string]Card {
	users := step.TableMerged{Name: "public.users", Added: 12, Changed: 3, Removed: 7, Triggers: []string{"audit", "touch"}, Notes: []string{"column phone is only in the database"}}
	orders := step.TableMerged{Name: "public.orders", Added: 2}
	found := step.Merged{From: "shop__r_12", Tables: []step.TableMerged{users, orders}}
	lacks := step.Merged{From: "shop__r_12", Tables: []step.TableMerged{orders}, Also: []step.TableMerged{{Name: "public.users", Added: 1}}}
	refused := step.Merged{From: "shop__r_12", Tables: []step.TableMerged{users, {Name: "public.logs", Added: 4, Refused: "it has no key, so nobody can say which row is which"}}}
	only := step.Merged{From: "shop__before_9", Tables: []step.TableMerged{{Name: "public.users", Removed: 1}}}
	pending := mergedRun()
	pending.Status, pending.Runs = actions.Pending, nil
	done := ended(mergedRun(), 21*time.Second, up())
	done.Runs[0].Data = &step.Data{Backup: &step.Tried{ID: "24nov-1312", Folder: "safety", Name: "x", Size: 304e6, Format: "custom+zstd", Own: true, Level: 1, Tables: 15, Rows: 4300000}}
	done.Runs[1].Data = &step.Data{Merge: &step.Merged{From: "shop__r_12", Done: true, Tables: []step.TableMerged{{Name: "public.orders", Added: 2},
		{Name: "public.users", Added: 12, Changed: 3, Unlike: 3}}}}
	crashed := mergedRun()
	crashed.Status, crashed.Runs = actions.Interrupted, crashed.Runs[:1]
	crashed = ended(cut(begun(crashed), actions.Cut{Cause: actions.CutCrash, Begun: true, Probe: "nothing was brought back: the transaction was rolled back"}, 1), time.Minute, up())
	return map[string]Card{
		"compared":          w.Request(see(compared(found, "users,orders", "latest", true))),
		"compared-together": w.Request(see(compared(lacks, "orders", "24nov-0400", true))),
		"compared-refused":  w.Request(see(compared(refused, "users,logs", "latest", true))),
		"compared-before":   w.Request(see(compared(only, "users", "before", false))),
		"compared-same":     w.Request(see(compared(step.Merged{Tables: []step.TableMerged{{Name: "public.users"}}}, "users", "latest", true))),
		"merge-pending":     w.Request(see(pending)),
		"merged":            w.Request(see(done)),
		"merge-interrupted": w.Request(see(crashed)),
		"kept-with-a-copy":  w.Kept(KeptView{Now: at(5 * time.Minute), All: []KeptDatabase{{Name: "shop__before_9", Run: 9, Since: at(-time.Hour), Size: 304e6, Until: at(140 * time.Hour), Lost: 54}, {Name: "shop__r_12", Run: 12, Size: 304e6, Since: noon, Until: at(actions.KeepCopies), Copy: true}, {Name: "shop__r_14", Run: 14, Size: 8e6, Copy: true, Used: true}}}),
	}
}
