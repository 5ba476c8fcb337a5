package text

import (
	"encoding/json"
	"time"

	"twokey/actions"
	"twokey/auth"
)

// Event is an entry of the journal.
type Event struct {
	Seq         uint64
	Kind, Actor string
	Time        time.Time
	Body        []byte // JSON
}

// Events are entries, oldest first, to be told on a card about a request.
type Events struct {
	List []Event
	// Find is as in JournalView.
	Find func(actions.ID) (*actions.Request, bool)
}

// told tells the newest of the entries, one a line, plain; those about the bot's own messages are left out.
func (w Words) told(events Events, now time.Time) []string {
	var lines []string
	for _, e := range events.List {
		if !Minor(e.Kind) {
			lines = append(lines, clean(unescape(string(w.Event(e, events.Find, now))), maxReason))
		}
	}
	return lines[max0(len(lines)-quoted):]
}

// JournalView is the end of the journal.
type JournalView struct {
	Events []Event // newest first
	All    bool    // also those of the bot's own cards
	// Find gives what is known about a request: its action, and its steps' titles while it is not long over. May be nil.
	Find func(actions.ID) (*actions.Request, bool)
	Now  time.Time
}

// Journal is the answer to /journal: the newest entries as a person tells them.
func (w Words) Journal(v JournalView) Card {
	p := page{words: w}
	if len(v.Events) == 0 {
		p.add(w.say("Nothing has happened yet."))
		return p.card()
	}
	p.add(w.count(len(v.Events), "%s entry, the newest", "%s entries, newest first"))
	p.gap()
	for _, e := range v.Events {
		p.list(ifSteps, w.Event(e, v.Find, v.Now))
	}
	if !v.All {
		p.gap()
		p.add(w.say("With those about cards: %s", typed("/journal all")))
	}
	return p.card()
}

// JournalHow answers a /journal that cannot be understood.
func (w Words) JournalHow(most int) Card {
	p := page{words: w}
	p.add(w.say("Type how many entries, up to %s, and \"all\" for those about cards, too: %s.", most, typed("/journal 20 all")))
	return p.card()
}

// JournalUnread answers when the journal cannot be read.
func (w Words) JournalUnread() Card {
	p := page{words: w}
	p.add(w.say("⚠️ The journal cannot be read now. On the host: %s", typed("twokey journal show")))
	return p.card()
}

// Event tells an entry in one line: when, who, what. A kind without a sentence is told by its name, so that a new one never
// breaks a list.
func (w Words) Event(e Event, find func(actions.ID) (*actions.Request, bool), now time.Time) html {
	t := teller{Words: w, e: e, find: find}
	line := html("")
	if tell := tellingOf(e.Kind).tell; tell != nil {
		line = tell(t)
	}
	if line == "" {
		line = t.unknown()
	}
	return join(" ", w.since(e.Time, now), line)
}

// Minor says that entries of the kind are left out of a list unless somebody asks for them: they are about the bot's own
// messages.
func Minor(kind string) bool { return tellingOf(kind).minor }

// Told says whether there is a sentence for entries of the kind.
func Told(kind string) bool { return tellingOf(kind).tell != nil }

func tellingOf(kind string) telling {
	if t, ok := drillTellings[kind]; ok {
		return t
	}
	return tellings[kind]
}

// telling is how entries of a kind are told.
type telling struct {
	tell  func(teller) html // "" when its body cannot be read
	minor bool
}

// tellings has a line for each kind. One that is missing is told by its name.
var tellings = map[string]telling{
	actions.KindPolicy:      {tell: of(teller.policy)},
	actions.KindAsked:       {tell: of(teller.asked)},
	actions.KindPlanned:     {tell: of(teller.planned)},
	actions.KindVoted:       {tell: of(teller.voted)},
	actions.KindCancelled:   {tell: of(teller.cancelled)},
	actions.KindVoided:      {tell: of(teller.voided)},
	actions.KindStepStarted: {tell: of(teller.started)},
	actions.KindStepDone:    {tell: of(teller.finished)},
	actions.KindInterrupted: {tell: of(teller.interrupted)},
	actions.KindHalted:      {tell: of(teller.halted)},
	actions.KindLate:        {tell: of(teller.late)},
	actions.KindClock:       {tell: of(teller.clock)},
	actions.KindDropped:     {tell: of(teller.dropped)},
	actions.KindProbed:      {tell: of(teller.probed)},
	actions.KindPanic:       {tell: of(teller.panicked)},
	actions.KindReviewed:    {tell: of(teller.reviewed)},
	actions.KindAnswered:    {tell: of(teller.answered)},
	actions.KindConfirmed:   {tell: of(teller.confirmed)},
	actions.KindNoted:       {tell: of(teller.noted)},
	actions.KindForked:      {tell: of(teller.forked)},
	actions.KindForkSettled: {tell: func(t teller) html { return t.say("%s accepted that the journal is the one it is", t.actor()) }},
	"head.signed":           {tell: func(t teller) html { return t.say("the head was signed and sent to who keeps it") }, minor: true},
	"pin.posted":            {tell: func(t teller) html { return t.say("the signed head was pinned") }, minor: true},
	"card.posted":           {tell: of(teller.cardPosted), minor: true},
	"card.closed":           {tell: of(teller.cardClosed), minor: true},
	"broadcast.begun":       {tell: of(teller.begun)},
	"broadcast.prepared":    {tell: of(teller.broadcastPrepared), minor: true},
	"broadcast.paused":      {tell: of(teller.paused)},
	"broadcast.resumed":     {tell: of(teller.resumed)},
	"broadcast.cancelled":   {tell: of(teller.broadcastCancelled)},
	"broadcast.ended":       {tell: of(teller.broadcastEnded)},
	"broadcast.held":        {tell: of(teller.broadcastHeld)},
	"broadcast.posted":      {tell: of(teller.broadcastPosted), minor: true},
	"broadcast.closed":      {tell: of(teller.broadcastClosed), minor: true},
	"chat.migrated":         {tell: func(t teller) html { return t.say("the admin chat became a supergroup") }},
}

// of decodes the body for a sentence about it.
func of[B any](tell func(teller, B) html) func(teller) html {
	return func(t teller) html {
		var body B
		if json.Unmarshal(t.e.Body, &body) != nil {
			return ""
		}
		return tell(t, body)
	}
}

// teller tells one entry.
type teller struct {
	Words
	e    Event
	find func(actions.ID) (*actions.Request, bool)
}

// unknown tells an entry that has no sentence: what it is about, its kind, whose it is.
func (t teller) unknown() html {
	var about struct{ Request actions.ID }
	line := t.say("%s by %s", code(clean(t.e.Kind, anyText)), t.actor())
	if json.Unmarshal(t.e.Body, &about) == nil && about.Request != 0 {
		return t.say("%s: %s", t.request(about.Request), line)
	}
	return line
}

func (t teller) actor() html {
	if t.e.Actor == "" {
		return "twokey"
	}
	return name(auth.Name(t.e.Actor))
}

// request is "#12 /restart", or its number when nothing else is known.
func (t teller) request(id actions.ID) html {
	if t.find != nil {
		if r, ok := t.find(id); ok {
			return called(r)
		}
	}
	return numbered(id)
}

// requests lists several.
func (t teller) requests(ids []actions.ID) html {
	var list []html
	for _, id := range ids[:min(len(ids), maxNames)] {
		list = append(list, t.request(id))
	}
	if more := len(ids) - maxNames; more > 0 {
		list = append(list, t.say("%s more", more))
	}
	return join(", ", list...)
}

// step is "step 2", with its title where that is known.
func (t teller) step(id actions.ID, i int) html {
	line := t.say("step %s", i+1)
	if t.find == nil {
		return line
	}
	if r, ok := t.find(id); ok && i >= 0 && i < len(r.Steps) {
		return t.say("%s, %s", line, quiet(r.Steps[i].Title, maxTitle))
	}
	return line
}
