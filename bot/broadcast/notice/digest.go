package notice

import (
	"maps"
	"slices"
	"time"
)

// digest is over everything of the source that decides what users see, and who sees it when. Not in it are what only
// admins see: summaries, labels, presets and examples.
func (t *Template) digest() string {
	type variable struct {
		Name, Default string
		Kind          Kind
		Max           int
		Lines, Past   bool
		Values        []Choice
	}
	var vars []variable
	for _, v := range t.Vars {
		var values []Choice
		for _, c := range v.Values {
			values = append(values, Choice{Value: c.Value, Texts: c.Texts})
		}
		vars = append(vars, variable{v.Name, v.Default, v.Kind, v.Max, v.Lines, v.Past, values})
	}
	return digest("twokey notice template 1", t.Name, t.Texts, t.Default, vars, t.spoken(), t.Picture.digest(),
		t.Closes, t.Green, t.Resend, t.Silent, t.Reminders, t.Reminder, t.Follow)
}

// spoken are the words that durations and dates are said with, as far as the texts' languages need them: built-in ones, too,
// so that a release that says them in another way is noticed.
func (t *Template) spoken() []string {
	var all []string
	for _, lang := range slices.Sorted(maps.Keys(t.Texts)) {
		w := t.wordsFor(lang)
		all = append(all, w.about, w.soon, w.minute, w.hour, w.day)
		for _, form := range []string{clockOnly, withDay, withName} {
			all = append(all, w.stamp(time.Date(2026, 1, 14, 2, 0, 0, 0, time.UTC), form))
		}
	}
	return all
}
