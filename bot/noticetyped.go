package bot

import (
	"context"
	"maps"
	"strings"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/bot/broadcast"
	"twokey/bot/text"
	"twokey/internal/journal"
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
	case t.Closes && narrows(w):
		b.badNotice(s, tellUsers, &NoticeError{Sentence: t.Name + " goes to exactly those who were told of its matter", Hint: "leave to= and affected_by= out"})
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

// lacks is the first variable that has neither a value nor a default.
func lacks(t NoticeTemplate, w noticeWords) string {
	for _, v := range t.Vars {
		if _, given := w.vars[v.Name]; !given && v.Default == "" {
			return v.Name
		}
	}
	return ""
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
