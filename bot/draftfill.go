package bot

import (
	"errors"
	"maps"
	"slices"

	"twokey/bot/text"
)

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// fill takes in a choice. One that is not there any more changes nothing.
func (d *draft) fill(all []NoticeTemplate, c text.DraftChoice) {
	t, _ := d.template(all)
	switch c.What {
	case text.DraftFamily:
		if list := families(all); c.I < len(list) {
			d.family = list[c.I]
			if of, _ := members(all, d.family); len(of) == 1 {
				d.w.template = of[0].Name
			}
		}
	case text.DraftKind:
		if c.I < len(all) {
			d.w.template = all[c.I].Name
		}
	case text.DraftPreset, text.DraftAsIs:
		d.take(t, c)
	case text.DraftWhom, text.DraftWhen, text.DraftBack, text.DraftAll, text.DraftSegment, text.DraftHit, text.DraftUnlike:
		d.address(c)
	case text.DraftMatter:
		if c.I < len(d.matters) {
			d.w.own["matter"], d.settled, d.changes = d.matters[c.I].Name, true, false
		}
	case text.DraftNew:
		delete(d.w.own, "matter")
		d.settled = true
	case text.DraftChange:
		d.changes, d.wrong = true, nil
	case text.DraftVar:
		if v, ok := d.variable(t, c.I); ok {
			d.changes, d.whole = false, true
			delete(d.w.vars, v.Name)
			delete(d.usual, v.Name)
			d.keepDefaults(t, v.Name)
		}
	case text.DraftOther:
		d.family, d.w.template, d.changes, d.whole, d.wrong, d.chosen = "", "", false, true, nil, false
		d.w.vars, d.usual = map[string]string{}, map[string]bool{}
	}
}

// take fills in what is offered for a variable.
func (d *draft) take(t NoticeTemplate, c text.DraftChoice) {
	v, ok := d.variable(t, c.I)
	switch {
	case !ok:
	case c.What == text.DraftAsIs && v.Default != "":
		delete(d.w.vars, v.Name)
		d.usual[v.Name], d.wrong = true, nil
	case c.What == text.DraftPreset && c.J < len(v.Presets):
		d.w.vars[v.Name], d.wrong = v.Presets[c.J].Value, nil
	}
}

// keepDefaults keeps those that were not asked for as they are, when one variable is to be another.
func (d *draft) keepDefaults(t NoticeTemplate, except string) {
	for _, v := range t.Vars {
		if _, given := d.w.vars[v.Name]; !given && v.Name != except && v.Default != "" {
			d.usual[v.Name] = true
		}
	}
}

// check binds what is filled in so far: what is wrong is asked for again at once. That something is still missing is no news.
func (b *Bot) check(d *draft) {
	t, known := d.template(b.Notices.Templates())
	q, i := d.next(b.Notices.Templates())
	if !known || q == whatChanges || d.aside != "" {
		return
	}
	_, err := b.bindDraft(t, d.w)
	var bad *NoticeError
	if !errors.As(err, &bad) || q == whatValue && t.Vars[i].Name == bad.Var {
		return
	}
	d.reject(t, bad)
}

// reject takes a value out that cannot be used. When it is nobody's in particular, it is chosen what is to change.
func (d *draft) reject(t NoticeTemplate, bad *NoticeError) {
	_, given := d.w.vars[bad.Var]
	switch known := slices.ContainsFunc(t.Vars, func(v text.NoticeVar) bool { return v.Name == bad.Var }); {
	case known && given:
		delete(d.w.vars, bad.Var)
	case given: // of another template, or of a language of its own
		delete(d.w.vars, bad.Var)
		d.changes = true
	case !known:
		if q, _ := d.next([]NoticeTemplate{t}); q != isReady {
			return
		}
		d.changes = true
	default:
		return
	}
	d.wrong = bad
}
