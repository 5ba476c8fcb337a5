package text

import (
	"fmt"
	"strings"
	"time"
)

// BackupView is one backup as people choose among them.
type BackupView struct {
	ID      string
	Made    time.Time
	Size    int64
	Format  string // what its first bytes say
	Folder  string
	Holds   string // what is known of it: "15 tables", "database shop, PostgreSQL 15.14"
	By      uint64 // the request that made it; 0: foreign
	Seen    time.Time
	Level   string    // "decodes", "proven by a full restore"; empty: nothing is known
	Proven  time.Time // when that was found
	Took    time.Duration
	Problem string   // why it cannot be used; empty when it can
	Wrong   []string // what was found wrong with it
}

// usable says whether somebody could restore it, as far as is known.
func (b BackupView) usable() bool { return b.Problem == "" && len(b.Wrong) == 0 }

// BackupsView is what /backups answers.
type BackupsView struct {
	All    []BackupView // newest first
	Page   int          // from 0
	Now    time.Time
	MaxAge time.Duration // an older newest one is an alarm
	Err    string        // why a folder could not be read, a sentence
	Off    bool          // the config names no folder
}

// backupsShown is how many fit a phone.
const backupsShown = 5

// Backups is the answer to /backups: newest first, what each truly is, and how far it is proven.
func (w Words) Backups(v BackupsView) Card {
	p := page{words: w}
	if v.Off {
		p.add(w.say("The config names no backups."), w.say("Write service: {backups: {daily: backups/daily}}."))
		return p.card()
	}
	p.add(w.newest(v), sentence(v.Err, maxWhy))
	from := min(max(0, v.Page)*backupsShown, len(v.All))
	to := min(from+backupsShown, len(v.All))
	for _, b := range v.All[from:to] {
		p.gap()
		p.add(w.backupLine(b, v.Now), w.backupSource(b, v.Now), w.backupProof(b, v.Now))
		if b.usable() {
			p.row(do(w.say("Restore %s", w.plainMoment(b.Made, v.Now)), "/restore "+b.ID))
		}
	}
	var newer, older Button
	if from > 0 {
		newer = do(w.say("Newer"), fmt.Sprintf("/backups %d", v.Page))
	}
	if to < len(v.All) {
		older = do(w.say("Older"), fmt.Sprintf("/backups %d", v.Page+2))
	}
	p.row(newer, older)
	p.row(do(w.say("Back up now"), "/backup"), do(w.say("Verify the latest"), "/verify_backup"))
	return p.card()
}

// newest is the first line: whether there is one, and how old it is.
func (w Words) newest(v BackupsView) html {
	b, there := v.newest()
	switch age := v.Now.Sub(b.Made); {
	case !there:
		return w.say("❌ There is no backup that could be restored")
	case v.MaxAge > 0 && age > v.MaxAge:
		return w.say("❌ The latest backup is %s old, at most %s", age, v.MaxAge)
	case len(b.Wrong) > 0:
		return w.say("❌ The latest backup, %s old, is not what it should be", age)
	case b.Level == "":
		return w.say("⚠️ The latest backup is %s old, and unproven", age)
	default:
		return w.say("✅ The latest backup is %s old", age)
	}
}

// backupLine is "today 04:00 · 304 MB · decodes", with a mark when it cannot be used.
func (w Words) backupLine(b BackupView, now time.Time) html {
	state := quiet(b.Level, maxName)
	if state == "" {
		state = w.say("not proven")
	}
	mark := html("")
	switch {
	case b.Problem != "":
		mark, state = "⛔ ", quiet(b.Problem, maxTitle)
	case len(b.Wrong) > 0:
		mark, state = "❌ ", w.say("something is wrong")
	}
	return mark + join(" · ", w.moment(b.Made, now), html(megabytes(b.Size)), state)
}

// backupLabel is backupLine for a button, which has room for some thirty characters.
func (w Words) backupLabel(b BackupView, now time.Time) html {
	state := w.say("unproven")
	switch {
	case b.Took > 0:
		state = w.say("proven")
	case b.Level != "" && len(b.Level) <= 10:
		state = quiet(b.Level, maxName)
	}
	made := w.moment(b.Made, now)
	if local := b.Made.In(w.zone()); !sameDay(local, now.In(w.zone())) {
		made = html(local.Format("2 Jan 15:04"))
	}
	return join(" · ", made, html(megabytes(b.Size)), state)
}

func sameDay(a, b time.Time) bool { return a.Format(time.DateOnly) == b.Format(time.DateOnly) }

func (w Words) backupSource(b BackupView, now time.Time) html {
	from := w.say("foreign")
	switch {
	case b.By != 0:
		from = w.say("made by twokey %s", tag(b.By))
	case !b.Seen.IsZero():
		from = w.say("foreign, first seen %s ago", now.Sub(b.Seen))
	}
	return join(" · ", code(clean(b.ID, maxName)), quiet(b.Format, maxName), quiet(b.Folder, maxName), quiet(b.Holds, maxTitle), from)
}

func (w Words) backupProof(b BackupView, now time.Time) html {
	if len(b.Wrong) > 0 {
		return quiet(strings.Join(b.Wrong, "; "), maxWhy)
	}
	if b.Proven.IsZero() {
		return ""
	}
	if b.Took > 0 {
		return w.say("looked at %s, restored in %s", w.since(b.Proven, now), b.Took)
	}
	return w.say("looked at %s", w.since(b.Proven, now))
}

// moment is a time people choose by: "today 04:00", "22 Nov 04:00".
func (w Words) moment(t, now time.Time) html {
	return w.plainMoment(t, now)
}

func (w Words) plainMoment(t, now time.Time) html {
	local, today := t.In(w.zone()), now.In(w.zone())
	clock := html(local.Format("15:04"))
	switch {
	case sameDay(local, today):
		return w.say("today %s", clock)
	case sameDay(local, today.AddDate(0, 0, -1)):
		return w.say("yesterday %s", clock)
	case local.Year() != today.Year():
		return html(local.Format("2 Jan 2006 15:04"))
	}
	return html(local.Format("2 Jan 15:04"))
}

// megabytes is a size as people compare sizes; MB are 10⁶ bytes.
func megabytes(n int64) string {
	switch {
	case n < 1e6:
		return fmt.Sprintf("%d kB", max(1, n/1e3))
	case n < 10e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n < 10e9:
		return fmt.Sprintf("%d MB", (n+5e5)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

// PickBackup asks which one a command is about: one line each, newest first.
func (w Words) PickBackup(command string, v BackupsView) Card {
	p := page{words: w}
	var usable []BackupView
	for _, b := range v.All {
		if b.usable() {
			usable = append(usable, b)
		}
	}
	if len(usable) == 0 {
		p.add(w.say("There is no backup that could be restored."), sentence(v.Err, maxWhy), w.say("See %s.", typed("/backups")))
		return p.card()
	}
	p.add(w.say("Which backup?"), w.say("You can also type it: %s", typed("/"+command+" "+usable[0].ID)))
	for _, b := range usable[:min(len(usable), 2*backupsShown)] {
		p.row(do(w.backupLabel(b, v.Now), "/"+command+" "+b.ID))
	}
	return p.card()
}
