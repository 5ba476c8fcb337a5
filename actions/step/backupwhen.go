package step

import (
	"context"
	"fmt"
	"slices"

	"twokey/internal/backup"
)

// when finds the first backup in which a check is red, by halves: each look is a full restore beside.
func (b Backup) when(ctx context.Context, env Env) error {
	i := slices.IndexFunc(b.Checks, func(c Check) bool { return CheckKey(c.Name) == CheckKey(b.Check) })
	if i < 0 {
		return &Failure{Sentence: fmt.Sprintf("there is no check %q that asks the database", b.Check), Hint: "see /verify for their names"}
	}
	all, err := b.Config.shelf().List(ctx)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(f backup.File) bool { return !f.Usable() || f.Folder == backup.Safety })
	slices.Reverse(all) // oldest first
	if len(all) == 0 {
		return &Failure{Sentence: "there is no backup to look into", Hint: "see /backups"}
	}
	first, looked, err := firstBad(len(all), func(n int) (bool, error) {
		env.progress("the backup %s", all[n].ID)
		return b.red(ctx, env, all[n], b.Checks[i])
	})
	if err != nil {
		return err
	}
	env.found([]Finding{{Name: b.Checks[i].Name, State: Told, Value: found(all, first) + fmt.Sprintf("; %d of %d backups were restored to find that", looked, len(all))}})
	return env.dropScratch()
}

// found says where a check turned red.
func found(all []backup.File, first int) string {
	called := func(f backup.File) string {
		return fmt.Sprintf("%s (%s)", f.Made.UTC().Format("2 Jan 15:04 UTC"), f.ID)
	}
	switch {
	case first == len(all):
		return "green in every backup, the newest of " + called(all[len(all)-1])
	case first == 0:
		return "red already in the oldest backup, of " + called(all[0])
	}
	return "first red in the backup of " + called(all[first]) + ", still green in that of " + called(all[first-1])
}

// firstBad finds the first of n that is bad, when those behind a bad one are bad, too; n when none is. It also says how many
// it looked at.
func firstBad(n int, bad func(int) (bool, error)) (first, looked int, err error) {
	low, high := 0, n // all before low are good; high is bad, or there is none
	for low < high {
		at := low + (high-low)/2
		if high == n {
			at = n - 1 // the newest first: most often it is only in there, or in none
		}
		is, err := bad(at)
		if err != nil {
			return 0, looked, err
		}
		if looked++; is {
			high = at
		} else {
			low = at + 1
		}
	}
	return low, looked, nil
}

// red makes one check in one backup.
func (b Backup) red(ctx context.Context, env Env, f backup.File, c Check) (red bool, err error) {
	p, err := pin(ctx, *b.Config, env, f)
	if err != nil {
		return false, err
	}
	err = b.Config.beside(ctx, env, p, func(name string) error {
		list := env.checksIn(ctx, name, []Check{c})
		if list[0].State == Broken {
			return &Failure{Sentence: "check " + c.Name + " could not be made: " + list[0].Why, Hint: "see the check"}
		}
		red = list[0].State == Red
		return nil
	})
	return red, err
}
