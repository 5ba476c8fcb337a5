package bot

import (
	"slices"
	"strings"
	"sync"
	"time"

	"twokey/auth"
	"twokey/bot/text"
)

// draftLives is how long a draft is kept that nobody touches.
const draftLives = 30 * time.Minute

// Drafts are the notices that people are putting together, by buttons and replies: one a person, in memory. A crash forgets
// them, and nothing of them was asked. A nil Drafts keeps none.
type Drafts struct {
	mu   sync.Mutex
	of   map[auth.Name]*draft
	last uint64
}

// NewDrafts has none.
func NewDrafts() *Drafts { return &Drafts{of: map[auth.Name]*draft{}} }

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
	wrong   *NoticeError                   // of what was given last

	showing sync.Mutex // held while it is shown; before Drafts.mu
	message int        // where it stands; 0: it is to be sent anew
	before  int        // the message that it stood in before
	shown   string     // the values whose texts stand above message
}

// begin keeps a new draft and gives the one it replaces; nil when there was none.
func (ds *Drafts) begin(d *draft, now time.Time) (old *draft) {
	if ds == nil {
		return nil
	}
	ds.mu.Lock()
	defer ds.mu.Unlock()
	ds.last = max(ds.last+1, uint64(now.UnixMilli()))
	d.id, d.touched = ds.last, now
	old = ds.of[d.owner]
	ds.of[d.owner] = d
	return old
}

// with does f with the draft of a number, and says whether there is one. Whoever does something with it has touched it.
func (ds *Drafts) with(id uint64, now time.Time, f func(*draft)) bool {
	if ds == nil {
		return false
	}
	ds.mu.Lock()
	defer ds.mu.Unlock()
	ds.forget(now)
	for _, d := range ds.of {
		if d.id == id {
			f(d)
			d.touched = now
			return true
		}
	}
	return false
}

// mine is a person's; 0 when there is none.
func (ds *Drafts) mine(who auth.Name, now time.Time) (id uint64) {
	if ds == nil {
		return 0
	}
	ds.mu.Lock()
	defer ds.mu.Unlock()
	ds.forget(now)
	if d := ds.of[who]; d != nil {
		return d.id
	}
	return 0
}

// drop forgets a draft.
func (ds *Drafts) drop(id uint64) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	for who, d := range ds.of {
		if d.id == id {
			delete(ds.of, who)
		}
	}
}

// forget drops what nobody touched for long; mu is held.
func (ds *Drafts) forget(now time.Time) {
	for who, d := range ds.of {
		if now.Sub(d.touched) > draftLives {
			delete(ds.of, who)
		}
	}
}

// question is what a draft asks next.
type question string

const (
	whichFamily   question = "family"
	whichTemplate question = "template"
	whatValue     question = "value" // of a variable
	whichMatter   question = "matter"
	whatChanges   question = "changes"
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
	case d.changes:
		return whatChanges, 0
	}
	for i, v := range t.Vars {
		_, given := d.w.vars[v.Name]
		if !given && !d.usual[v.Name] && (d.whole || v.Default == "" || d.isWrong(v.Name)) {
			return whatValue, i
		}
	}
	if d.w.edit == 0 && !d.settled && (t.Closes || len(d.matters) > 0) {
		return whichMatter, 0
	}
	return isReady, 0
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
	v := text.DraftView{ID: d.id, Person: d.owner, Template: d.w.template, Edit: d.w.edit, Matter: d.w.own["matter"]}
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
