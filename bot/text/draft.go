package text

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"twokey/auth"
)

// What a button of a draft stands for. Its number is the draft's.
const (
	DraftFamily byte = 'f' // I: which family of templates
	DraftKind   byte = 'k' // I: which template
	DraftPreset byte = 'p' // I: the variable; J: which of what is offered
	DraftAsIs   byte = 'd' // I: the variable, which keeps its default
	DraftMatter byte = 'm' // I: which open matter
	DraftNew    byte = 'n' // it is about nothing that users were told of
	DraftAsk    byte = 'a' // now it is asked for
	DraftTest   byte = 't' // to my own phone first
	DraftChange byte = 'c' // something of it
	DraftVar    byte = 'x' // I: the variable to change
	DraftOther  byte = 'o' // another template
	DraftDrop   byte = 'z'

	DraftWhom    byte = 'w' // ask to whom
	DraftAll     byte = 'e' // to everybody
	DraftSegment byte = 'g' // I: the segment; J: 1 only to it, 0 not only
	DraftHit     byte = 'r' // I: the run that lost rows; J: 1 only to whose they were, 0 not only
	DraftUnlike  byte = 'l' // I: 1 takes a list that is very unlike the last one, 0 does not
	DraftWhen    byte = 'h' // ask when
	DraftTime    byte = 'i' // I: which of the times that are offered
	DraftBack    byte = 'b' // it stays as it was
)

// draftWords are all of them.
const draftWords = "fkpdmnatcxozweghlirb"

// DraftChoice is what a button of a draft stands for. It names the variable it answers, so that a second tap on it answers
// nothing else.
type DraftChoice struct {
	What byte
	I, J int
}

// String is the choice of a Press.
func (d DraftChoice) String() string {
	return "n" + string(d.What) + strconv.Itoa(d.I) + "." + strconv.Itoa(d.J)
}

// ParseDraft reads what String writes, and nothing else.
func ParseDraft(choice string) (DraftChoice, bool) {
	if len(choice) < 3 || choice[0] != 'n' || !strings.Contains(draftWords, choice[1:2]) {
		return DraftChoice{}, false
	}
	first, second, _ := strings.Cut(choice[2:], ".")
	i, err1 := strconv.Atoi(first)
	j, err2 := strconv.Atoi(second)
	d := DraftChoice{What: choice[1], I: i, J: j}
	if err1 != nil || err2 != nil || i < 0 || j < 0 || i > 99 || j > 99 || d.String() != choice {
		return DraftChoice{}, false
	}
	return d, true
}

// DraftView is a notice that somebody is putting together. Nothing of it is asked for yet.
type DraftView struct {
	ID       uint64
	Person   auth.Name
	Template string
	Edit     uint64       // the broadcast that it corrects; 0: it is a new one
	Set      []DraftValue // what is filled in
	Matter   string
	Closes   bool      // goes to exactly those who were told of its matter
	Chosen   bool      // the template was chosen for them, by what they pressed
	To       string    // only to this segment; empty: to everybody
	Affected string    // only to those whose rows this run lost
	Unlike   bool      // a list that is very unlike the last one is taken
	At       time.Time // goes out then, not before; zero: as soon as somebody else agreed
	Now      time.Time
	Wrong    string // why what was given last cannot be used, a sentence
	Hint     string
}

// DraftValue is a variable that is filled in, as it was given.
type DraftValue struct{ Name, Value string }

// MatterView is something that users were told of, and not yet that it is over.
type MatterView struct {
	Name  string
	Users int // who were told
}

const (
	// shownChoices is how many answers a question offers as buttons; the others can be typed.
	shownChoices = 12
	// shownTemplates is how many families, or templates of one, there are buttons for.
	shownTemplates = 20
)

// DraftFamilies asks what users are to be told about.
func (w Words) DraftFamilies(v DraftView, families []string) Card {
	p := page{words: w}
	p.add(w.say("📢 What do you want to tell the users?"))
	p.add(w.say("Nothing goes out before somebody else has agreed."))
	for i, f := range families[:min(len(families), shownTemplates)] {
		p.row(w.draftButton(v, w.notice(f), DraftChoice{What: DraftFamily, I: i}))
	}
	p.row(w.drop(v))
	return p.card()
}

// DraftKinds asks which template of a family it is. index is where each stands in the list of all.
func (w Words) DraftKinds(v DraftView, family string, list []NoticeTemplate, index []int) Card {
	p := page{words: w}
	p.add(w.say("📢 %s: which notice?", w.notice(family)))
	for i, t := range list[:min(len(list), shownTemplates)] {
		kind := strings.TrimPrefix(t.Name, family+".")
		p.add(w.say("%s: %s", w.notice(kind), quiet(t.Summary, maxTitle)))
		p.row(w.draftButton(v, w.notice(kind), DraftChoice{What: DraftKind, I: index[i]}))
	}
	p.row(w.drop(v))
	return p.card()
}

// DraftAsks asks for variable i. Its presets are the buttons; anything else is a reply.
func (w Words) DraftAsks(v DraftView, i int, x NoticeVar) Card {
	p := page{words: w}
	p.add(w.say("📢 %s: %s?", w.notice(v.Template), quiet(x.Name, maxName)))
	p.add(sentence(x.Summary, maxReason))
	w.wrongSoFar(&p, v)
	w.filledIn(&p, v)
	p.gap()
	usual := x.Default != "" && !slices.ContainsFunc(x.Presets, func(o NoticeChoice) bool { return o.Value == x.Default })
	if usual || len(x.Presets) > 0 {
		p.add(w.say("Tap one, or reply to this message with %s.", w.likeThis(x)))
	} else {
		p.add(w.say("Reply to this message with %s.", w.likeThis(x)))
	}
	var row []Button
	for j, o := range x.Presets[:min(len(x.Presets), shownChoices)] {
		if row = append(row, w.draftButton(v, quiet(o.Label, maxLabel), DraftChoice{What: DraftPreset, I: i, J: j})); len(row) == 2 {
			p.row(row...)
			row = nil
		}
	}
	p.row(row...)
	if usual {
		p.row(w.draftButton(v, w.say("As usual: %s", quiet(x.Default, maxName)), DraftChoice{What: DraftAsIs, I: i}))
	}
	if v.Chosen {
		p.row(w.draftButton(v, w.say("Another notice"), DraftChoice{What: DraftOther}))
	}
	p.row(w.drop(v))
	return p.card()
}

// likeThis is how a value of the variable is typed.
func (w Words) likeThis(x NoticeVar) html {
	switch x.Kind {
	case "time":
		return w.say("a time, such as %s or %s", code("now"), code("tomorrow 02:00"))
	case "duration":
		return w.say("how long, such as %s or %s", code("15m"), code("1h 30m"))
	case "choice":
		return w.say("one of them")
	}
	return w.say("your words, as users will read them")
}

// DraftMatters asks what it is about. closes: it goes to those who were told of it, so it must be about something.
func (w Words) DraftMatters(v DraftView, matters []MatterView, closes bool) Card {
	p := page{words: w}
	switch {
	case closes && len(matters) == 0:
		p.add(w.say("📢 %s: there is nothing open", w.notice(v.Template)))
		p.add(w.say("It goes to those who were told that something begins, and nobody waits for such news."))
		p.row(w.draftButton(v, w.say("Another notice"), DraftChoice{What: DraftOther}))
		p.row(w.drop(v))
		return p.card()
	case closes:
		p.add(w.say("📢 %s: what is over?", w.notice(v.Template)), w.say("It goes to exactly those who were told of it."))
	default:
		p.add(w.say("📢 %s: what is it about?", w.notice(v.Template)), w.say("So that the news of its end goes to the same people."))
	}
	w.filledIn(&p, v)
	for i, m := range matters[:min(len(matters), shownChoices)] {
		label := w.say("%s · %s told", quiet(m.Name, maxName), m.Users)
		p.row(w.draftButton(v, label, DraftChoice{What: DraftMatter, I: i}))
	}
	if !closes {
		p.row(w.draftButton(v, w.say("Something new"), DraftChoice{What: DraftNew}))
	}
	p.row(w.drop(v))
	return p.card()
}

func (w Words) draftButton(v DraftView, label html, d DraftChoice) Button {
	return press(label, v.ID, d.String(), "")
}

func (w Words) drop(v DraftView) Button {
	return w.draftButton(v, w.say("Drop it"), DraftChoice{What: DraftDrop})
}

func (w Words) wrongSoFar(p *page, v DraftView) {
	if v.Wrong != "" {
		p.add("⚠️ "+sentence(v.Wrong, maxWhy), sentence(v.Hint, maxWhy))
	}
}

// filledIn lists what is known already.
func (w Words) filledIn(p *page, v DraftView) {
	for _, s := range v.Set {
		p.list(ifArgs, w.say("%s: %s", quiet(s.Name, maxName), quiet(s.Value, maxArg)))
	}
	if m := quiet(v.Matter, anyText); m != "" {
		p.add(w.say("About: %s", m))
	}
	w.addressed(p, v)
}
