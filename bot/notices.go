package bot

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"twokey/actions"
	"twokey/bot/text"
)

// NoticeTemplate is a template as people choose it and fill it in.
type NoticeTemplate = text.NoticeTemplate

// NoticeTexts is what users would get: HTML by language.
type NoticeTexts struct {
	Template string // whose picture is above them; empty when nobody knows
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

// askNotice asks, as if it had been typed whole. Variables are bound here, so that what is asked is what was meant: "now" is
// when it was asked, or when it goes out at a time.
func (b *Bot) askNotice(ctx context.Context, cause string, s sender, name actions.Name, w noticeWords) (actions.ID, error) {
	action, there := b.Catalogue.Get(name)
	if !there {
		return 0, &actions.Refusal{Reason: actions.UnknownAction, Action: name}
	}
	t, _ := b.template(w.template)
	values, err := b.bindDraft(t, w)
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
