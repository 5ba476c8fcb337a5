package text

import (
	"fmt"
	"slices"
	"time"
)

// KeptDatabase is a database from before a switch, or a copy of a backup that stays for a while.
type KeptDatabase struct {
	Name  string
	Run   uint64
	Since time.Time
	Size  int64
	Until time.Time
	Lost  int64 // rows that only it has, as counted after the switch; below zero: not known
	Copy  bool
	Used  bool // a copy of a request that is not over
	Half  bool // its dropping was cut off half way: nothing of it is left but its name
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
	var copies []KeptDatabase
	kept := slices.DeleteFunc(slices.Clone(v.All), func(k KeptDatabase) bool { return k.Copy })
	for _, k := range v.All {
		if k.Copy {
			copies = append(copies, k)
		}
	}
	w.keptCount(&p, kept)
	for _, k := range kept {
		p.gap()
		if k.Half {
			p.add(join(" · ", numbered64(k.Run), w.say("⚠️ nothing is left of it: its dropping was cut off half way, and it cannot be gone back to")), code(clean(k.Name, maxName)))
			p.row(do(w.say("Drop %s", numbered64(k.Run)), fmt.Sprintf("/drop_before %d", k.Run)))
			continue
		}
		p.add(join(" · ", numbered64(k.Run), w.keptSince(k, v.Now), html(megabytes(k.Size))), w.keptRows(k), code(clean(k.Name, maxName)))
		p.row(do(w.say("Undo %s", numbered64(k.Run)), fmt.Sprintf("/undo %d", k.Run)), do(w.say("Drop %s", numbered64(k.Run)), fmt.Sprintf("/drop_before %d", k.Run)))
	}
	w.copies(&p, copies, v.Now)
	return p.card()
}

// keptCount says how many there are to go back to.
func (w Words) keptCount(p *page, kept []KeptDatabase) {
	n := 0
	for _, k := range kept {
		if !k.Half {
			n++
		}
	}
	if n == 0 {
		p.add(w.say("No database from before a switch is kept."))
		return
	}
	p.add(w.count(n, "%s database from before a switch is kept", "%s databases from before a switch are kept"))
}

// copies are those of backups. One that is somebody's work under way has no buttons.
func (w Words) copies(p *page, all []KeptDatabase, now time.Time) {
	if len(all) == 0 {
		return
	}
	p.gap()
	p.add(w.count(len(all), "%s copy of a backup is beside it", "%s copies of backups are beside it"))
	for _, k := range all {
		p.gap()
		if k.Half {
			p.add(join(" · ", numbered64(k.Run), w.say("half dropped: what is left of it goes by itself")), code(clean(k.Name, maxName)))
			continue
		}
		p.add(join(" · ", numbered64(k.Run), w.copySince(k, now), html(megabytes(k.Size))), code(clean(k.Name, maxName)))
		if !k.Used {
			p.row(do(w.say("Merge %s", numbered64(k.Run)), fmt.Sprintf("/merge_tables %d", k.Run)), do(w.say("Throw away %s", numbered64(k.Run)), fmt.Sprintf("/discard %d", k.Run)))
		}
	}
}

func (w Words) copySince(k KeptDatabase, now time.Time) html {
	if k.Used {
		return w.say("in use")
	}
	return w.keptSince(k, now)
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
