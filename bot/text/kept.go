package text

import (
	"fmt"
	"time"
)

// KeptDatabase is a database from before a switch.
type KeptDatabase struct {
	Name  string
	Run   uint64
	Since time.Time
	Size  int64
	Until time.Time
	Lost  int64 // rows that only it has, as counted after the switch; below zero: not known
}

// KeptView is what /before answers.
type KeptView struct {
	All []KeptDatabase
	Now time.Time
	Err string // why the server could not be asked, a sentence
	Off string // what the config does not name; empty: it does
}

// Kept is the answer to /before: what there is to go back to without a backup.
func (w Words) Kept(v KeptView) Card {
	p := page{words: w}
	switch {
	case v.Off != "":
		return w.Off("before", v.Off)
	case v.Err != "":
		p.add(w.say("⚠️ The kept databases cannot be seen"), sentence(v.Err, maxWhy))
		return p.card()
	case len(v.All) == 0:
		p.add(w.say("No database from before a switch is kept."))
		return p.card()
	}
	p.add(w.count(len(v.All), "%s database from before a switch is kept", "%s databases from before a switch are kept"))
	for _, k := range v.All {
		p.gap()
		p.add(join(" · ", numbered64(k.Run), w.keptSince(k, v.Now), html(megabytes(k.Size))), w.keptRows(k), code(clean(k.Name, maxName)))
		p.row(do(w.say("Undo %s", numbered64(k.Run)), fmt.Sprintf("/undo %d", k.Run)), do(w.say("Drop %s", numbered64(k.Run)), fmt.Sprintf("/drop_before %d", k.Run)))
	}
	return p.card()
}

func numbered64(n uint64) html { return tag(n) }

func (w Words) keptSince(k KeptDatabase, now time.Time) html {
	if k.Since.IsZero() {
		return w.say("nobody knows since when")
	}
	if !k.Until.IsZero() && now.After(k.Until) {
		return w.say("since %s, longer than it had to be", w.since(k.Since, now))
	}
	if !k.Until.IsZero() {
		return w.say("since %s, until %s", w.since(k.Since, now), w.since(k.Until, now))
	}
	return w.say("since %s", w.since(k.Since, now))
}

func (w Words) keptRows(k KeptDatabase) html {
	if k.Lost < 0 {
		return ""
	}
	return w.say("%s rows were only in it at the switch", k.Lost)
}

// MigrationsView is what /migrations answers.
type MigrationsView struct {
	Names []string // in the order they were made
	Err   string
	Off   string
}

// migrationsShown is how many fit a phone.
const migrationsShown = 12

// Migrations is the answer to /migrations: the database's changes of shape, the newest first.
func (w Words) Migrations(v MigrationsView) Card {
	p := page{words: w}
	switch {
	case v.Off != "":
		return w.Off("migrations", v.Off)
	case v.Err != "":
		p.add(w.say("⚠️ The migrations cannot be seen"), sentence(v.Err, maxWhy))
		return p.card()
	case len(v.Names) == 0:
		p.add(w.say("The database has no migrations."))
		return p.card()
	}
	p.add(w.count(len(v.Names), "%s migration", "%s migrations"))
	for i := len(v.Names) - 1; i >= 0 && i >= len(v.Names)-migrationsShown; i-- {
		p.list(ifFacts, w.say("%s. %s", i+1, quiet(v.Names[i], maxTitle)))
	}
	p.row(do(w.say("Take the last one back"), "/migration_revert"))
	return p.card()
}
