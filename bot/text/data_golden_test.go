package text

import (
	"encoding/json"
	"time"

	"twokey/actions"
	"twokey/actions/step"
)

func restoreAction() actions.Action {
	a := stopAction()
	a.Name, a.Summary, a.Effect, a.Destructive, a.Undo = "restore", "Put the database back to a backup", actions.Change, true, "switch_back"
	a.Touches = []actions.Touch{actions.App, "database"}
	a.Params = []actions.Param{{Name: "backup", Type: actions.BackupID}, {Name: "service", Type: actions.Choice, Values: []string{"running", "stopped"}}}
	one := func(title string, effect actions.Effect, ahead, starts bool, expect time.Duration) actions.Step {
		return actions.Step{Kind: "restore", Title: title, Effect: effect, Ahead: ahead, Starts: starts, Expect: expect, Body: json.RawMessage("{}")}
	}
	a.Steps = []actions.Step{one("restore beside", actions.Protect, true, false, 0), one("checks on the copy", actions.Read, true, false, 0),
		one("stop sigmatradebot (pm2)", actions.Stop, false, false, 2*time.Second), one("switch to the copy", actions.Change, false, false, time.Second),
		one("start sigmatradebot (pm2)", actions.Change, false, true, 4*time.Second), one("count what was lost", actions.Read, false, false, 0),
		one("look whether the service is well", actions.Read, false, false, 3*time.Second)}
	return a
}

// restoring is ann's restore in a state.
func restoring(s actions.Status) *actions.Request {
	r := ask(restoreAction(), s)
	r.Steps = r.Action().Steps
	r.Asked.Args, r.Asked.Reason = actions.Args{"backup": "24nov-0400", "service": "running"}, "orders show wrong amounts"
	r.Facts = []step.Fact{
		{Name: "back to", Kind: step.Shown, At: at(-9 * time.Hour), Value: "backup of 304 MB, made by twokey"},
		{Name: "backup", Kind: step.Pinned, Value: "24nov-0400 sha256 9f3c21ab9f3c21ab9f3c21ab9f3c21ab9f3c21ab9f3c21ab9f3c21ab9f3c21ab"},
		{Name: "it decodes to its end", Kind: step.Shown, Value: "15 tables, 48210 rows"},
		{Name: "rows lost", Kind: step.Bounded, Number: 54, Limit: 91, Unit: "rows"},
		{Name: "database", Kind: step.Pinned, Value: "sigmatrade at 127.0.0.1:5432, oid 16384"},
	}
	return r
}

// differences are what was found, by table.
func differences() *step.Data {
	return &step.Data{Rows: &step.Differences{Tables: []step.TableRows{
		{Name: "public.deposits", Lost: 9, Changed: 3}, {Name: "public.transactions", Lost: 31}, {Name: "public.users", Lost: 14, Back: 1},
		{Name: "public.kyc", Lost: 2, Note: "the table is gone"}}}}
}

func databaseCards(w Words) map[string]Card {
	pending := restoring(actions.Pending)
	pending.Runs = []actions.StepRun{{Started: at(time.Minute), Finished: at(2 * time.Minute)}, {Started: at(2 * time.Minute), Finished: at(2*time.Minute + 20*time.Second), Data: differences()}}
	done := ended(ran(restoring(actions.Succeeded), 118*time.Second, 20*time.Second, 2*time.Second, 200*time.Millisecond, 3*time.Second, 9*time.Second, 2*time.Second), 4*time.Minute, up())
	done.Runs[1].Data, done.Runs[5].Data = differences(), differences()
	done.Runs[3].Data = &step.Data{Switch: &step.Switch{Name: "sigmatrade", Kept: "sigmatrade__before_12", Down: 180 * time.Millisecond}}
	same := restoring(actions.Succeeded)
	*same = *done.Clone()
	same.Runs[5].Data = &step.Data{Rows: &step.Differences{}}
	failed := ended(ran(restoring(actions.Failed), 118*time.Second, 20*time.Second, 2*time.Second, time.Second), 3*time.Minute, down())
	failed.Why, failed.Hint = "120 rows would be lost now, and the approval holds up to 91: nothing was switched", "start the service, and ask again: the new number is then on the card"
	failed.Runs[3].Error = failed.Why
	refused := restoring(actions.Refused)
	refused.Steps, refused.Facts, refused.Digest = nil, nil, ""
	refused.Why, refused.Hint = "the backup 24nov-0400 holds 6 of 15 tables: public.admins, public.referrals, public.system_settings and 6 more would vanish",
		"choose a full backup: /backups, or bring back single tables: /restore_tables"
	return map[string]Card{
		"restore-pending":   w.Request(see(pending)),
		"restore-succeeded": w.Request(see(done)),
		"restore-same-rows": w.Request(see(same)),
		"restore-failed":    w.Request(see(failed)),
		"restore-refused":   w.Request(see(refused)),
		"backup-made":       w.Request(see(tried(step.Tried{ID: "24nov-0400", Size: 304e6, Format: "custom+zstd", Own: true, Level: 1, Tables: 15, Rows: 48210}, ""))),
		"backup-proven": w.Request(see(tried(step.Tried{ID: "24nov-0400", Size: 304e6, Format: "custom+zstd", Own: true, Level: 5, Took: 271 * time.Second, Tables: 15, Rows: 48210,
			Not: []string{"pg_amcheck is not installed"}}, ""))),
		"backup-decodes": w.Request(see(tried(step.Tried{ID: "24nov-0400", Size: 304e6, Format: "custom", Level: 2, Tables: 15, Rows: 48210}, ""))),
		"backup-wrong": w.Request(see(tried(step.Tried{ID: "24nov-0400", Size: 304e6, Format: "custom", Level: 0, Wrong: []string{"backup 24nov-0400 is cut off (ends inside table transactions)"}},
			"backup 24nov-0400 is cut off (ends inside table transactions)"))),
		"when-found":      w.Request(see(foundOut("orphaned deposits: first red in the backup of 22 Nov 04:00 UTC (22nov-0400), still green in that of 21 Nov 04:00 UTC (21nov-0400); 4 of 14 backups were restored to find that"))),
		"backups":         w.Backups(shelf(0)),
		"backups-older":   w.Backups(shelf(1)),
		"backups-old":     w.Backups(BackupsView{All: shelf(0).All[2:], Now: at(0), MaxAge: 26 * time.Hour}),
		"backups-none":    w.Backups(BackupsView{Now: at(0), Err: "the folder /srv/shop/backups/daily of daily backups cannot be read"}),
		"backups-off":     w.Backups(BackupsView{Now: at(0), Off: true}),
		"backups-pick":    w.PickBackup("restore", shelf(0)),
		"backups-no-pick": w.PickBackup("restore", BackupsView{Now: at(0)}),
		"backups-hostile": w.Backups(BackupsView{Now: at(0), All: []BackupView{{ID: hostileText, Made: at(0), Size: 1, Format: hostileText, Folder: hostileText, Holds: hostileText,
			Level: hostileText, Problem: hostileText, Wrong: []string{hostileText}}}}),
		"before": w.Kept(KeptView{Now: at(0), All: []KeptDatabase{{Name: "sigmatrade__before_12", Run: 12, Since: at(-time.Hour), Until: at(6 * 24 * time.Hour), Size: 1620e6, Lost: 54},
			{Name: "sigmatrade__before_7", Run: 7, Since: at(-9 * 24 * time.Hour), Until: at(-2 * 24 * time.Hour), Size: 1500e6, Lost: -1}}}),
		"before-half": w.Kept(KeptView{Now: at(0), All: []KeptDatabase{{Name: "sigmatrade__before_12", Run: 12, Since: at(-time.Hour), Until: at(6 * 24 * time.Hour), Size: 1620e6, Lost: 54},
			{Name: "sigmatrade__before_7", Run: 7, Since: at(-9 * 24 * time.Hour), Until: at(-2 * 24 * time.Hour), Lost: -1, Half: true},
			{Name: "sigmatrade__r_14", Run: 14, Since: at(-time.Hour), Until: at(time.Hour), Copy: true, Half: true}}}),
		"before-only-half": w.Kept(KeptView{Now: at(0), All: []KeptDatabase{{Name: "sigmatrade__before_7", Run: 7, Since: at(-9 * 24 * time.Hour), Lost: -1, Half: true}}}),
		"before-none":      w.Kept(KeptView{Now: at(0)}),
		"before-unseen":    w.Kept(KeptView{Now: at(0), Err: "database postgres cannot be reached as ops_restore: nothing listens there"}),
		"before-off":       w.Kept(KeptView{Now: at(0), Off: "service.database.admin_url_file"}),
		"migrations":       w.Migrations(MigrationsView{Names: []string{"Init1700000000001", "AddKyc1700000000002"}}),
		"migrations-none":  w.Migrations(MigrationsView{}),
		"off":              w.Off("restore", "service.backups, service.database.load_url_file"),
	}
}

// tried is a request that made or tried a backup; why is why it failed.
func tried(t step.Tried, why string) *actions.Request {
	a := stopAction()
	a.Name, a.Summary, a.Effect, a.Rule.Alone, a.Undo = "verify_backup", "Prove a backup by all that can be looked at", actions.Protect, true, ""
	a.Steps = []actions.Step{{Kind: "backup", Title: "prove the backup", Effect: actions.Protect, Body: json.RawMessage("{}")}}
	status := actions.Succeeded
	if why != "" {
		status = actions.Failed
	}
	r := ended(ran(ask(a, status), 300*time.Second), 5*time.Minute, up())
	r.Steps, r.Why, r.ApprovedBy = a.Steps, why, nil
	r.Runs[0].Data, r.Runs[0].Error = &step.Data{Backup: &t}, why
	return r
}

func foundOut(what string) *actions.Request {
	r := tried(step.Tried{}, "")
	r.Runs[0].Data = &step.Data{Found: what}
	return r
}

// shelf is some backups of every kind.
func shelf(page int) BackupsView {
	day := func(n int) time.Time { return at(0).Add(-time.Duration(n) * 24 * time.Hour) }
	return BackupsView{Page: page, Now: at(0), MaxAge: 26 * time.Hour, All: []BackupView{
		{ID: "24nov-0400", Made: at(-9 * time.Hour), Size: 304e6, Format: "custom+zstd", Folder: "daily", Holds: "15 tables, 48210 rows", By: 1201, Level: "proven by a full restore", Proven: at(-time.Hour), Took: 271 * time.Second},
		{ID: "24nov-0350", Made: at(-9*time.Hour - 10*time.Minute), Size: 2e6, Format: "custom", Folder: "daily", Seen: at(-6 * time.Minute), Level: "decodes", Proven: at(-time.Hour), Wrong: []string{"holds 6 of 15 tables: public.admins would vanish"}},
		{ID: "23nov-0400", Made: day(1), Size: 303e6, Format: "custom+gzip", Folder: "daily", Holds: "PostgreSQL 15.14", Seen: day(1), Level: "decodes", Proven: day(1)},
		{ID: "22nov-0400", Made: day(2), Size: 12, Format: "unknown", Folder: "daily", Problem: "is no backup that PostgreSQL's programs could read"},
		{ID: "22nov-0300", Made: day(2), Size: 304e6, Format: "custom+zstd", Folder: "safety", By: 1100},
		{ID: "20nov-0400", Made: day(4), Size: 300e6, Format: "plain+gzip", Folder: "monthly"},
	}}
}
