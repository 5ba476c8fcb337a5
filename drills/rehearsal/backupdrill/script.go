package backupdrill

import (
	"context"
	"fmt"

	"twokey/drills"
)

// Script is what the drill consists of.
func (d *Drill) Script(ctx context.Context) ([]drills.Step, error) {
	name, of := "the newest backup", ""
	if f, _, err := newest(ctx, d.Shelf); err == nil { // without one the first step says so
		name, of = shown(f.Name), " of "+stamp(f.Made)
	} else if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return []drills.Step{
		{Key: keyBackup, Title: "copy the newest backup and read it to its end", Auto: true},
		{Key: keyScratch, Title: "make a scratch database, and prove it is not " + or(d.Production.Name, "production"), Auto: true},
		{Key: keyLoad, Title: "load the backup into it", Auto: true},
		{Key: keyVerify, Title: "check rows, keys, and how new they are", Auto: true, Proves: true},
		{Key: keyDrop, Title: "drop it, and prove it is gone", Auto: true},
		{Key: "runbook", Title: "read the runbook", Ask: d.runbook(name, of)},
		{Key: "reach", Title: "who would have been reached", Optional: true,
			Ask: "Who would have approved this at 3 at night, and could they have been reached?\nSay who, and how, in a note."},
	}, nil
}

func (d *Drill) runbook(name, of string) string {
	return fmt.Sprintf("Read %s: would it have brought %s back from %s%s?\n"+
		"Is each line still right: names, folders, roles, how long it takes?\nWhat is not, say in a note.",
		or(d.Runbook, "what is written down for this"), or(d.Production.Name, "the database"), name, of)
}
