package text

import (
	"strconv"
	"strings"
	"time"

	"twokey/auth"
)

// NoticeTemplate is a template as people choose it and fill it in.
type NoticeTemplate struct {
	Name, Summary string
	Languages     []string
	Vars          []NoticeVar
	Closes        bool // goes to exactly those who got an earlier notice of the matter
	Green         bool // goes out only when the checks are green
}

// NoticeVar is one of its variables.
type NoticeVar struct {
	Name, Summary, Kind string
	Default             string         // as typed; empty: it must be given
	Presets             []NoticeChoice // what is offered; of a choice all there are
}

// NoticeChoice is a value that is offered, and what its button says.
type NoticeChoice struct{ Label, Value string }

// How a tie stands.
const (
	TieAgreed  = "agreed"
	TieNever   = "never"   // nobody agreed to it yet
	TieLapsed  = "lapsed"  // its time has run out
	TieChanged = "changed" // its text, event, audience or limit is not what was agreed
	TieEnded   = "ended"   // somebody ended it
)

// TieView is an event with the notice that should go out when it happens.
type TieView struct {
	Number int    // in the config, from 1
	Tie    string // as the config writes it
	State  string
	Until  time.Time // agreed: when it lapses
	At     time.Time // otherwise: since when it does not count
	By     []auth.Name
	ID     uint64 // the entry that agreed to it
	Today  int    // how often it went out today
}

// BroadcastLine is a broadcast in a list.
type BroadcastLine struct {
	ID          uint64
	Op          string
	Template    string
	Of          uint64
	Status      string
	Begun       time.Time
	Sent, Total int
}

// NoticesView is what /notices answers.
type NoticesView struct {
	Off       string // what the config does not name; empty when users can be told
	Templates []NoticeTemplate
	Ties      []TieView
	Today     int // how many went out by themselves today
	PerDay    int
	Users     int // of the newest copy of the audience
	Languages map[string]int
	At        time.Time // when it was copied; zero: never
	Blocked   int       // of them, known to be out of reach
	Last      []BroadcastLine
	Next      []FollowView
	Err       string // what is wrong with telling them, a sentence
	Now       time.Time
}

const (
	// lastBroadcasts is how many broadcasts /notices lists.
	lastBroadcasts = 5
	// listOld is the age at which a copy of the audience is marked.
	listOld = 2 * time.Hour
)

// Notices is the answer to /notices: whom there is to tell, what goes out by itself, what is to come, what went out.
func (w Words) Notices(v NoticesView) Card {
	p := page{words: w}
	if v.Off != "" {
		return w.Off("notices", v.Off)
	}
	w.whom(&p, v)
	p.add(sentence(v.Err, maxWhy))
	w.ties(&p, v)
	w.toCome(&p, v)
	w.lastOnes(&p, v)
	w.templates(&p, v)
	p.row(do(w.say("Tell the users"), "/broadcast"))
	return p.card()
}

// whom says whom there is to tell, as of when.
func (w Words) whom(p *page, v NoticesView) {
	if v.At.IsZero() {
		p.add(w.say("⚠️ Nobody can be told: there is no list of users yet"))
		return
	}
	age := v.Now.Sub(v.At)
	mark := html("📢")
	if age >= listOld {
		mark = "⚠️"
	}
	p.add(join(" ", mark, w.count(v.Users, "%s user · list is %[2]s old", "%s users · list is %[2]s old", age.Round(ageStep(age)))))
	p.add(w.spoken(v.Languages))
	if v.Blocked > 0 {
		p.add(w.count(v.Blocked, "%s of them is known to be out of reach", "%s of them are known to be out of reach"))
	}
}

// ties lists what goes out by itself, and what would if two people agreed.
func (w Words) ties(p *page, v NoticesView) {
	p.gap()
	if len(v.Ties) == 0 {
		p.add(w.say("Nothing goes out by itself."))
		return
	}
	p.add(w.say("<b>By itself</b>, %s of %s today", v.Today, v.PerDay))
	var row []Button
	for _, t := range v.Ties {
		p.list(ifSteps, w.say("%s. %s: %s", t.Number, w.tie(t.Tie), w.tieState(t, v.Now)))
		if t.State != TieAgreed && len(row) < 3 {
			row = append(row, do(w.say("Agree to %s", t.Number), "/notice_auto "+strconv.Itoa(t.Number)))
		}
	}
	p.row(row...)
}

func (w Words) tieState(t TieView, now time.Time) html {
	ask := typed("/notice_auto " + strconv.Itoa(t.Number))
	switch t.State {
	case TieAgreed:
		return join(", ", w.say("agreed until %s (%s, %s)", w.day(t.Until), w.all(t.By), tag(t.ID)), w.oftenToday(t.Today))
	case TieNever:
		return w.say("not agreed: %s", ask)
	case TieLapsed:
		return w.say("lapsed %s: %s", w.day(t.At), ask)
	case TieChanged:
		return w.say("changed since it was agreed, does not count: %s", ask)
	case TieEnded:
		return w.say("ended %s: %s", w.day(t.At), ask)
	}
	return quiet(t.State, maxName)
}

func (w Words) oftenToday(n int) html {
	if n == 0 {
		return ""
	}
	return w.count(n, "%s time today", "%s times today")
}

// day is a date: "22 Feb 2027".
func (w Words) day(t time.Time) html {
	if t.IsZero() {
		return w.say("at an unknown time")
	}
	return html(t.In(w.zone()).Format("2 Jan 2006"))
}

func (w Words) toCome(p *page, v NoticesView) {
	if len(v.Next) == 0 {
		return
	}
	p.gap()
	p.add(w.say("<b>To come</b>"))
	for _, f := range v.Next {
		p.list(ifSteps, w.follow(f, v.Now))
	}
}

func (w Words) lastOnes(p *page, v NoticesView) {
	if len(v.Last) == 0 {
		return
	}
	p.gap()
	p.add(w.say("<b>Last</b>"))
	for _, b := range v.Last[:min(len(v.Last), lastBroadcasts)] {
		what := w.what(BroadcastView{Op: b.Op, Of: b.Of, Template: b.Template})
		p.list(ifSteps, join(" · ", join(" ", broadcastMark(b.Status), tag(b.ID), what), w.broadcastState(b.Status), w.say("%s of %s", b.Sent, b.Total), w.since(b.Begun, v.Now)))
	}
}

// templates lists what can be said.
func (w Words) templates(p *page, v NoticesView) {
	p.gap()
	p.add(w.say("<b>What can be said</b>"))
	for _, t := range v.Templates {
		p.list(ifFacts, w.say("%s (%s): %s", code(clean(t.Name, maxName)), quiet(strings.Join(t.Languages, ", "), maxName), quiet(t.Summary, maxTitle)))
	}
}
