package bot

import (
	"slices"
	"strings"
	"sync"
	"time"

	"twokey/auth"
	"twokey/bot/text"
)

// draft is one of them. What is asked next follows from what is filled in.
type draft struct {
	id      uint64 // by the clock, so that no other life has the same
	owner   auth.Name
	touched time.Time
	where   sender // whom and where to answer

	family  string
	w       noticeWords
	usual   map[string]bool                // variables that keep their default
	whole   bool                           // all variables are asked for, not only those that must be given
	offers  map[string][]text.NoticeChoice // by variable, what the run it is about suggests
	matters []text.MatterView              // that were open when it began
	settled bool                           // what it is about is known
	changes bool                           // it is chosen what is to change
	aside   question                       // whom or when, which are only asked when somebody wants to; else empty
	whom    text.Audiences                 // whom it may be only for, when it began
	chosen  bool                           // the template follows from what was pressed
	wrong   *NoticeError                   // of what was given last

	showing sync.Mutex // held while it is shown; before Drafts.mu
	message int        // where it stands; 0: it is to be sent anew
	before  int        // the message that it stood in before
	shown   string     // the values whose texts stand above message
}

// question is what a draft asks next.
type question string

const (
	whichFamily   question = "family"
	whichTemplate question = "template"
	whatValue     question = "value" // of a variable
	whichMatter   question = "matter"
	whatChanges   question = "changes"
	whichPeople   question = "people"
	whichTime     question = "time"
	isReady       question = "ready" // nothing: it can be asked for
)

// next says what is asked next, and of which variable.
func (d *draft) next(all []NoticeTemplate) (q question, i int) {
	t, known := d.template(all)
	switch {
	case !known && d.family == "":
		return whichFamily, 0
	case !known:
		return whichTemplate, 0
	case d.aside != "":
		return d.aside, 0
	case d.changes:
		return whatChanges, 0
	}
	for i, v := range t.Vars {
		_, given := d.w.vars[v.Name]
		if !given && !d.usual[v.Name] && (d.whole || v.Default == "" || d.isWrong(v.Name)) {
			return whatValue, i
		}
	}
	if d.w.edit == 0 && d.asksMatter(t) {
		return whichMatter, 0
	}
	return isReady, 0
}

// asksMatter says whether it is to be asked what it is about. What closes a matter needs one that is open.
func (d *draft) asksMatter(t NoticeTemplate) bool {
	if t.Closes {
		return !slices.ContainsFunc(d.matters, func(m text.MatterView) bool { return m.Name == d.w.own["matter"] })
	}
	return !d.settled && len(d.matters) > 0
}

func (d *draft) isWrong(variable string) bool { return d.wrong != nil && d.wrong.Var == variable }

func (d *draft) template(all []NoticeTemplate) (NoticeTemplate, bool) {
	i := slices.IndexFunc(all, func(t NoticeTemplate) bool { return t.Name == d.w.template })
	if i < 0 {
		return NoticeTemplate{}, false
	}
	return all[i], true
}

// variable is variable i with what is offered for it: first what the run suggests.
func (d *draft) variable(t NoticeTemplate, i int) (text.NoticeVar, bool) {
	if i < 0 || i >= len(t.Vars) {
		return text.NoticeVar{}, false
	}
	v := t.Vars[i]
	v.Presets = append(slices.Clone(d.offers[v.Name]), v.Presets...)
	return v, true
}

// families lists what templates are about: what stands before the point of their names.
func families(all []NoticeTemplate) (list []string) {
	for _, t := range all {
		if f := familyOf(t.Name); !slices.Contains(list, f) {
			list = append(list, f)
		}
	}
	return list
}

func familyOf(template string) string {
	f, _, _ := strings.Cut(template, ".")
	return f
}

// members are the templates of a family, and where each stands in the list of all.
func members(all []NoticeTemplate, family string) (list []NoticeTemplate, index []int) {
	for i, t := range all {
		if familyOf(t.Name) == family {
			list, index = append(list, t), append(index, i)
		}
	}
	return list, index
}

// view is what a card shows of it.
func (d *draft) view(t NoticeTemplate) text.DraftView {
	v := text.DraftView{ID: d.id, Person: d.owner, Template: d.w.template, Edit: d.w.edit, Matter: d.w.own["matter"], Closes: t.Closes, Chosen: d.chosen,
		To: said(d.w.own["to"]), Affected: said(d.w.own["affected"]), Unlike: d.w.own["audience"] == acceptUnlike, At: d.w.at, Now: d.touched}
	if v.Template == "" {
		v.Template = d.family
	}
	seen := map[string]bool{}
	for _, x := range t.Vars {
		seen[x.Name] = true
		switch value, given := d.w.vars[x.Name]; {
		case given:
			v.Set = append(v.Set, text.DraftValue{Name: x.Name, Value: value})
		case x.Default != "" && (d.usual[x.Name] || !d.whole):
			v.Set = append(v.Set, text.DraftValue{Name: x.Name, Value: x.Default})
		}
	}
	for _, name := range sortedKeys(d.w.vars) {
		if !seen[name] {
			v.Set = append(v.Set, text.DraftValue{Name: name, Value: d.w.vars[name]})
		}
	}
	if d.wrong != nil {
		v.Wrong, v.Hint = d.wrong.Sentence, d.wrong.Hint
	}
	return v
}
