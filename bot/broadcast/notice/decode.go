package notice

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

var langForm = regexp.MustCompile(`^[a-z]{2,3}(-[a-z0-9]{2,8})*$`)

// decode reads the templates of one file: a family under notices, or the file's own one.
func decode(f *file, root *node, family string, o Options) []*draft {
	shared := shared{summary: root.get("summary"), fallback: root.get("default"), words: root.get("words"), options: o}
	notices, texts := root.get("notices"), root.lookup("texts")
	if notices.kind == absent {
		return []*draft{shared.draft(f, root, family)}
	}
	if texts != nil {
		texts.wrong("stands beside notices, and each of those has its own", "move it under one of the notices")
		root.asked = append(root.asked, "texts")
	}
	var drafts []*draft
	for _, e := range notices.fields("a name and what it says for each notice") {
		if !fileForm.MatchString(e.key) {
			e.value.wrong("cannot be the name of a notice", "use small letters, digits and _")
			continue
		}
		if e.value.is(mapping, "vars and texts") {
			drafts = append(drafts, shared.draft(f, e.value, family+"."+e.key))
			e.value.close()
		}
	}
	if notices.kind == mapping && len(notices.entries) == 0 {
		notices.wrong("has no notice", "write one, or texts at the top")
	}
	return drafts
}

// shared is what all notices of a file have in common.
type shared struct {
	summary, fallback, words *node
	options                  Options
}

// draft reads one notice. Its parts are read in an order in which each may look at those before it.
func (s shared) draft(f *file, n *node, name string) *draft {
	t := &Template{Name: name, links: s.options.Links, zone: s.options.Zone}
	d := &draft{Template: t, at: n, file: f}
	t.Summary = readSummary(n, s)
	t.Closes, t.Green = n.get("closes").boolean(), n.get("green").boolean()
	t.Resend, t.Silent = n.get("resend").boolean(), n.get("silent").boolean()
	t.words = readWords(s.words)
	t.Picture = readPicture(n.get("picture"), filepath.Dir(f.name))
	texts := n.get("texts")
	d.readTexts(texts)
	d.readFallback(s.fallback, texts)
	d.readVars(n.get("vars"))
	d.judgeTexts(texts)
	d.readReminders(n.get("reminders"))
	t.Reminder = n.get("reminder").str()
	d.readFollow(n.get("follow"))
	t.Digest = t.digest()
	return d
}

func readSummary(n *node, s shared) string {
	own := n.get("summary")
	if !own.present() {
		return s.summary.str()
	}
	return own.str()
}

// readTexts reads the sources, by language.
func (d *draft) readTexts(n *node) {
	d.Texts, d.pieces = map[string]string{}, map[string][]piece{}
	for _, e := range n.fields("a text for each language") {
		lang := plainLang(e.key)
		if !langForm.MatchString(lang) {
			e.value.wrong("is not a language", "write its code, such as en, ru or pt-BR")
			continue
		}
		if _, twice := d.Texts[lang]; twice {
			e.value.wrong("is there twice", "")
			continue
		}
		d.Texts[lang] = e.value.str()
	}
	if len(d.Texts) == 0 && n.kind != broken {
		n.wrong("is missing: "+d.Name+" says nothing", "write a text for each language")
	}
}

// readFallback finds the language of those whose own has no text.
func (d *draft) readFallback(n, texts *node) {
	d.Default = plainLang(n.str())
	langs := d.languages()
	switch {
	case d.Default == "" && len(langs) == 1:
		d.Default = langs[0]
	case d.Default == "" && slices.Contains(langs, "en"):
		d.Default = "en"
	}
	if len(langs) > 0 && !slices.Contains(langs, d.Default) && n.kind != broken {
		hint := "write default: " + langs[0] + " at the top of the file, or a text in the default language"
		texts.file.add(texts.line, fmt.Sprintf("%s has no text in the default language %s", d.Name, quote(d.Default)), hint)
	}
}

// readWords reads how durations are said in languages that are not built in.
func readWords(n *node) map[string]words {
	all := map[string]words{}
	for _, e := range n.fields("about, hour and minute for each language") {
		if !langForm.MatchString(plainLang(e.key)) {
			e.value.wrong("is not a language", "write its code, such as de or pt-BR")
			continue
		}
		if e.value.is(mapping, `{about: "etwa {}", soon: gleich, minute: Min., hour: Std., day: Tage}`) {
			all[plainLang(e.key)] = readLanguage(e.value)
		}
	}
	return all
}

func readLanguage(n *node) words {
	defer n.close()
	w := digits()
	for key, to := range map[string]*string{"about": &w.about, "soon": &w.soon, "minute": &w.minute, "hour": &w.hour, "day": &w.day} {
		word := n.get(key)
		if s := word.str(); s != "" {
			*to = s
			d := &draft{Template: &Template{Green: true}}
			d.judgeWords(word, strings.Replace(s, "{}", "1", 1))
		}
	}
	if about := n.get("about"); strings.Count(w.about, "{}") != 1 {
		about.wrong("must have {} once, where the duration stands", `write about: "etwa {}"`)
	}
	slices.Sort(n.asked)
	n.asked = slices.Compact(n.asked)
	return w
}

// judgeWords judges words that a value will be shown as, as if somebody had typed them.
func (d *draft) judgeWords(n *node, s string) {
	v := Var{Max: maxChoice}
	err := v.judge(s)
	if claim := claims(s); err == nil && claim != "" && !d.Green {
		err = &Error{Sentence: fmt.Sprintf("says %s, which claims that the service is well again", quote(claim)), Hint: "write green: true, so that it waits for the checks, or say it another way"}
	}
	if err != nil {
		n.wrong(err.Error(), hintOf(err))
	}
}

func (d *draft) readReminders(n *node) {
	for _, item := range n.list("a list of durations: [24h, 1h]") {
		span, err := parseDuration(item.str())
		if item.kind == scalar && err != nil {
			item.wrong(err.Error(), "write one such as 24h")
		}
		d.Reminders = append(d.Reminders, span)
	}
	slices.SortFunc(d.Reminders, func(a, b time.Duration) int { return int(b - a) })
}

func (d *draft) readFollow(n *node) {
	for _, item := range n.list("a list: [{send: maintenance.starting, at: from}]") {
		if !item.is(mapping, "{send: maintenance.starting, at: from}") {
			continue
		}
		f := Follow{item.get("send").str(), item.get("at").str(), item.get("when").str()}
		item.close()
		switch {
		case f.Send == "":
			item.wrong("sends nothing", "write send: and the name of a notice")
		case (f.At == "") == (f.When == ""):
			item.wrong("needs a time or something to wait for, one of them", "write at: from, or when: "+ChecksGreen)
		case f.When != "" && f.When != ChecksGreen:
			item.wrong("waits for "+quote(f.When)+", which is not known", "write when: "+ChecksGreen)
		}
		d.Follow = append(d.Follow, f)
	}
}
