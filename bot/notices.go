package bot

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/bot/broadcast"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// NoticeTemplate is a template as people choose it and fill it in.
type NoticeTemplate = text.NoticeTemplate

// NoticeTexts is what users would get: HTML by language.
type NoticeTexts struct {
	Template string // empty when the texts are a request's
	Texts    map[string]string
	Default  string // the language of those whose own has no text
}

// Notices is what can be said to the service's users. All but SendTest work in memory.
type Notices interface {
	// Templates lists them, in an order that does not change.
	Templates() []NoticeTemplate
	// Bind makes what was typed for a template's variables canonical; "now" is now. A *NoticeError says what is wrong.
	Bind(template string, typed map[string]string, now time.Time) (values string, err error)
	// Render takes only what Bind gave.
	Render(template, values string) (NoticeTexts, error)
	// SendTest sends every text with the service's bot. A class of telegram says why it could not.
	SendTest(ctx context.Context, account int64, t NoticeTexts) error
}

// NoticeError is why a value cannot be used.
type NoticeError struct {
	Var            string // the variable; empty when it is about the whole
	Sentence, Hint string
}

func (e *NoticeError) Error() string { return e.Sentence }

// The actions that a notice's words are typed for, and their parameters.
const (
	tellUsers   actions.Name = "broadcast"
	editTold    actions.Name = "broadcast_edit"
	goOnTelling actions.Name = "broadcast_resume"

	valuesParam = "values"
	noValue     = "none"
)

// noticeWords is what was typed behind /broadcast, taken apart.
type noticeWords struct {
	template string
	own      map[string]string // matter, to, affected, audience
	vars     map[string]string // the template's variables
	at       time.Time
	reason   string
	edit     uint64 // the broadcast to correct; 0: it is a new one
}

// ownWords are the parameters of the command itself; affected_by is what people say.
var ownWords = map[string]string{"matter": "matter", "to": "to", "affected_by": "affected", "affected": "affected", "audience": "audience"}

// takeApart reads the words of the command. The first one without a name is the template's.
func (b *Bot) takeApart(words []string) (noticeWords, error) {
	w := noticeWords{own: map[string]string{}, vars: map[string]string{}}
	for _, word := range words {
		name, value, named := strings.Cut(word, "=")
		own, is := ownWords[name]
		switch {
		case !named && w.template == "":
			w.template = word
		case !named:
			return w, &NoticeError{Sentence: "\"" + word + "\" belongs to nothing", Hint: `put words that belong together in quotes: impact="two words"`}
		case name == "template" && w.template == "":
			w.template = value
		case name == "template", is && w.own[own] != "", w.vars[name] != "":
			return w, &NoticeError{Var: name, Sentence: "is given twice"}
		case is:
			w.own[own] = b.Redact(value)
		default:
			w.vars[name] = b.Redact(value)
		}
	}
	return w, nil
}

// broadcastTyped is /broadcast. Whole, it is a request; where something is missing, the rest is asked for by buttons.
func (b *Bot) broadcastTyped(ctx context.Context, cause string, s sender, cmd Command) {
	words, at, err := b.when(tellUsers, cmd.Words)
	var w noticeWords
	if err == nil {
		w, err = b.takeApart(words)
	}
	if err != nil {
		b.badNotice(s, tellUsers, err)
		return
	}
	w.at, w.reason = at, cmd.Reason
	t, known := b.template(w.template)
	switch {
	case w.template == "":
		b.beginDraft(s, b.draftOf(w, nil, true))
	case !known:
		b.reply(s, b.Words.NoSuchNotice(w.template, b.nearTemplates(w.template)))
	case lacks(t, w) != "" || t.Closes && w.own["matter"] == "":
		b.beginDraft(s, b.draftOf(w, nil, false))
	default:
		_, err := b.askNotice(ctx, cause, s, tellUsers, w)
		b.toldOrRefused(s, tellUsers, err)
	}
}

// editTyped is /broadcast_edit NUMBER [name=value …]: what users were told says something else from now on.
func (b *Bot) editTyped(ctx context.Context, cause string, s sender, cmd Command) {
	w, err := b.takeApart(cmd.Words)
	if err != nil {
		b.badNotice(s, editTold, err)
		return
	}
	typed := w.template
	if n, named := w.vars["broadcast"]; named {
		typed = n
		delete(w.vars, "broadcast")
	}
	id, ok := parseID(typed)
	if !ok {
		b.reply(s, b.Words.Refusal(&actions.Refusal{Reason: actions.BadParam, Action: editTold, Param: "broadcast", Detail: "is its number, such as 1290; see /notices"}))
		return
	}
	template, values, ok := b.toldSoFar(uint64(id))
	if !ok {
		b.reply(s, b.Words.BroadcastRefusal(text.BroadcastNo{Reason: string(broadcast.NoSuchBroadcast), ID: uint64(id)}))
		return
	}
	some := len(w.vars) > 0
	maps.Copy(values, w.vars)
	w = noticeWords{template: template, own: map[string]string{}, vars: values, reason: cmd.Reason, edit: uint64(id)}
	if !some {
		d := b.draftOf(w, nil, false)
		d.changes = true
		b.beginDraft(s, d)
		return
	}
	_, err = b.askNotice(ctx, cause, s, editTold, w)
	b.toldOrRefused(s, editTold, err)
}

// askNotice asks, as if it had been typed whole. Variables are bound here, so that what is asked is what was meant: "now" is
// when it was asked.
func (b *Bot) askNotice(ctx context.Context, cause string, s sender, name actions.Name, w noticeWords) (actions.ID, error) {
	action, there := b.Catalogue.Get(name)
	if !there {
		return 0, &actions.Refusal{Reason: actions.UnknownAction, Action: name}
	}
	values, err := b.Notices.Bind(w.template, w.vars, b.now())
	if err != nil {
		return 0, err
	}
	args := actions.Args{valuesParam: values}
	if w.edit != 0 {
		args["broadcast"] = idText(actions.ID(w.edit))
	} else {
		args["template"] = w.template
	}
	maps.Copy(args, w.own)
	args, err = bindValues(action, args)
	if err != nil {
		return 0, err
	}
	return b.tryAsk(ctx, cause, s, &actions.Asked{Action: action, Args: args, Reason: w.reason, At: w.at})
}

// bindValues binds arguments of which one is the values of a template: they were bound there, and may be longer than what
// people type for a parameter.
func bindValues(action actions.Action, args actions.Args) (actions.Args, error) {
	values, has := args[valuesParam]
	rest := maps.Clone(args)
	if has {
		rest[valuesParam] = noValue
	}
	bound, err := action.Bind(typed(rest))
	if err == nil && values != "" {
		bound[valuesParam] = values
	}
	return bound, err
}

// toldOrRefused says what came of it where the card does not.
func (b *Bot) toldOrRefused(s sender, name actions.Name, err error) {
	var bad *NoticeError
	if errors.As(err, &bad) {
		b.badNotice(s, name, bad)
		return
	}
	b.settled(s, err)
}

func (b *Bot) badNotice(s sender, name actions.Name, err error) {
	var bad *NoticeError
	if !errors.As(err, &bad) {
		b.settled(s, err)
		return
	}
	b.reply(s, b.Words.BadNotice(string(name), bad.Var, b.Redact(bad.Sentence), b.Redact(bad.Hint)))
}

func (b *Bot) template(name string) (NoticeTemplate, bool) {
	all := b.Notices.Templates()
	i := slices.IndexFunc(all, func(t NoticeTemplate) bool { return t.Name == name })
	if i < 0 {
		return NoticeTemplate{}, false
	}
	return all[i], true
}

// lacks is the first variable that has neither a value nor a default.
func lacks(t NoticeTemplate, w noticeWords) string {
	for _, v := range t.Vars {
		if _, given := w.vars[v.Name]; !given && v.Default == "" {
			return v.Name
		}
	}
	return ""
}

// nearTemplates lists those that begin like what was typed, or have it in their name.
func (b *Bot) nearTemplates(typed string) (list []string) {
	family, _, _ := strings.Cut(strings.ToLower(typed), ".")
	for _, t := range b.Notices.Templates() {
		if begin := min(3, len(family), len(t.Name)); begin > 0 && strings.HasPrefix(t.Name, family[:begin]) || family != "" && strings.Contains(t.Name, family) {
			list = append(list, t.Name)
		}
	}
	return list
}

// toldSoFar is what a broadcast says by now: as it went out, or as it was corrected last.
func (b *Bot) toldSoFar(id uint64) (template string, values map[string]string, ok bool) {
	var written string
	b.Log.View(func(journal.Now) {
		if b.Broadcasts == nil {
			return
		}
		for _, x := range b.Broadcasts.All() {
			switch {
			case x.ID == id && x.Telling.Template != "":
				template, written, ok = x.Telling.Template, x.Telling.Values, true
			case ok && x.Telling.Do == step.NoticeEdit && x.Telling.Of == id:
				written = x.Telling.Values
			}
		}
	})
	return template, parseValues(written), ok
}
