package text

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"twokey/actions"
	"twokey/actions/step"
)

func unspaced(n uint64) string { return strconv.FormatUint(n, 10) }

// purpose is what the action is for, its arguments where the first line had no room, and the reason in quotes.
func (c *sheet) purpose() {
	c.gap()
	c.details()
}

// details is purpose without the line above it.
func (c *sheet) details() {
	if c.v.Named == nil {
		c.add(quiet(c.a.Summary, maxReason))
	}
	c.arguments()
	c.about()
	c.lifting()
	c.reason()
}

func (c *sheet) arguments() {
	if c.tells() {
		c.noticeArguments()
		return
	}
	if len([]rune(arguments(c.r.Asked))) <= headArgs {
		return
	}
	var lines []html
	for _, n := range argNames(c.r.Asked) {
		lines = append(lines, c.say("%s: %s", quiet(n, maxName), quiet(c.r.Asked.Args[n], maxArg)))
	}
	c.list(ifArgs, lines...)
}

func (c *sheet) reason() {
	if r := quiet(c.r.Asked.Reason, maxReason); r != "" {
		c.add(c.say("Reason: \"%s\"", r))
	}
}

// lifting says which lockdown an unlock lifts.
func (c *sheet) lifting() {
	if l := c.v.Lifts; l != nil {
		p := c.sheet(RequestView{Request: l})
		c.add(c.say("%s pressed panic %s: %s", name(l.Asked.Person), c.since(l.AskedAt, c.r.AskedAt), p.wrong()))
	}
}

// about says where the run stands that a resume, undo or leave names: that is what people judge.
func (c *sheet) about() {
	n := c.v.Named
	if n == nil {
		return
	}
	c.add(c.say("It is about %s of %s, %s %s.", called(n), name(n.Asked.Person), c.state(n.Status), c.at(n.EndedAt, c.r.AskedAt)))
	if n.Cut != nil {
		about := c.sheet(RequestView{Request: n})
		c.add(about.cause(n.Cut))
		c.add(about.found(n.Cut)...)
	}
}

// does says what the service does, as a sentence, where that is more than an end card's first line says.
func (c *sheet) does(s actions.Service) html {
	if s.Note == "" && (!s.Known || s.Since.IsZero()) {
		return ""
	}
	return c.service(s)
}

// service says what it does, as a sentence.
func (c *sheet) service(s actions.Service) html {
	note := quiet(s.Note, anyText)
	if note != "" {
		note = " (" + note + ")"
	}
	switch {
	case !s.Known:
		return c.say("The service state is unknown%s.", note)
	case s.Since.IsZero() && s.Up:
		return c.say("The service is up%s.", note)
	case s.Since.IsZero():
		return c.say("The service is down%s.", note)
	case s.Up:
		return c.say("The service is up since %s%s.", c.at(s.Since, c.day()), note)
	}
	return c.say("The service is down since %s%s.", c.at(s.Since, c.day()), note)
}

// current is service for a card that is not over: what is not known is not said.
func (c *sheet) current() html {
	if !c.v.Service.Known {
		return ""
	}
	return c.service(c.v.Service)
}

// short is service for a first line.
func (w Words) short(s actions.Service) html {
	switch {
	case !s.Known:
		return w.say("service state unknown")
	case s.Up:
		return w.say("service up")
	}
	return w.say("service down")
}

// day is the day the card is about: times on it need no date.
func (c *sheet) day() time.Time {
	if c.r.EndedAt.IsZero() {
		return c.r.AskedAt
	}
	return c.r.EndedAt
}

// plan is the steps as the plan has them, or as the catalogue does before there is one.
func (c *sheet) plan() []actions.Step {
	if len(c.r.Steps) > 0 {
		return c.r.Steps
	}
	return c.a.Steps
}

// downtime is how long the service will be down, 0 when nobody knows; whether it will; and whether it comes up again.
func (c *sheet) downtime() (d time.Duration, down, up bool) {
	known := true
	for _, s := range c.plan() {
		down = down || s.Effect == actions.Stop
		if down && !up {
			d += s.Expect
			known = known && s.Expect > 0
		}
		up = up || down && s.Starts
	}
	if !known || !up {
		d = 0
	}
	return d, down, up
}

// consequence says what will be lost and what the service will do.
func (c *sheet) consequence() html {
	d, down, up := c.downtime()
	switch {
	case c.a.Locking == actions.LockLift:
		return c.say("nothing starts by itself; from then on a start can be asked for.")
	case c.decides():
		return c.say("nothing is done; it only settles that run and frees its locks.")
	case down && up && d > 0:
		return c.say("the service will be down for about %s.", d)
	case down && up:
		return c.say("the service will be down for a while.")
	case down:
		return c.say("the service will be down until somebody starts it.")
	case c.a.Starts():
		return c.say("the service will be started.")
	case c.a.Effect == actions.Read:
		return c.say("it only looks; the service stays as it is.")
	case c.a.Effect == actions.Protect:
		return c.say("it adds beside production; the service stays as it is.")
	}
	return c.touches()
}

func (c *sheet) touches() html {
	var list []html
	for _, t := range c.a.Touches {
		list = append(list, quiet(string(t), maxName))
	}
	if len(list) == 0 {
		return c.say("the service is neither stopped nor started.")
	}
	return c.say("it touches %s; the service is neither stopped nor started.", join(", ", list...))
}

// decides says whether nothing but words is in it.
func (c *sheet) decides() bool {
	for _, s := range c.plan() {
		if s.Kind != actions.Decision {
			return false
		}
	}
	return len(c.plan()) > 0
}

// decisive is the one number of the first line: what is measured against an upper limit, else how long the service is
// down, else how long it takes.
func (c *sheet) decisive() html {
	if bound := c.bound(); bound != "" {
		return bound
	}
	if d, _, _ := c.downtime(); d > 0 {
		return c.say("down about %s", d)
	}
	if d := c.a.Expect(); d > 0 {
		return c.say("about %s", d)
	}
	return ""
}

// bound is the first thing measured against an upper limit: what is lost.
func (c *sheet) bound() html {
	for _, f := range c.r.Facts {
		if f.Kind == step.Bounded && !f.AtLeast && !c.ofNotices(f) {
			if d := c.r.Rows(); d != nil && f.Name == step.FactLost { // counted row by row since
				lost, changed, _ := d.Total()
				f.Number = float64(lost + changed)
			}
			return c.say("%s: %s", quiet(f.Name, maxName), quiet(measured(f), maxName))
		}
	}
	return ""
}

func measured(f step.Fact) string {
	if f.Value != "" {
		return f.Value
	}
	return amount(f.Number, unit(f))
}

// unit is a fact's unit where its name does not say it already: "rows lost: 54".
func unit(f step.Fact) string {
	if f.Unit != "" && strings.Contains(f.Name, f.Unit) {
		return ""
	}
	return f.Unit
}

// expected lists the steps before they run.
func (c *sheet) expected() {
	if c.decides() || c.tells() {
		return
	}
	if len(c.r.Runs) > 0 { // what runs ahead has begun
		c.steps()
		return
	}
	var lines []html
	for i, s := range c.plan() {
		line := c.say("%s. %s", i+1, quiet(s.Title, maxTitle))
		if s.Expect > 0 {
			line = c.say("%s, %s", line, s.Expect)
		}
		if s.Ahead {
			line = c.say("%s, before the start", line)
		}
		lines = append(lines, line)
	}
	c.gap()
	c.list(ifSteps, lines...)
}

// proof is what the plan rests on: what is measured, with its limit, what is only told, and what must not change.
func (c *sheet) proof() {
	var lines []html
	var pinned []html
	for _, f := range c.r.Facts {
		if c.ofNotices(f) {
			continue
		}
		switch f.Kind {
		case step.Pinned:
			if name, red := strings.CutPrefix(f.Name, acceptedRed); red {
				lines = append(lines, c.say("⚠️ Red, and accepted by name: %s", quiet(name, anyText)))
				continue
			}
			pinned = append(pinned, quiet(f.Name, anyText))
		default:
			lines = append(lines, c.fact(f, anyText))
		}
	}
	c.gap()
	c.list(ifFacts, lines...)
	if n := len(pinned); n > maxNames {
		pinned = append(pinned[:maxNames], c.say("%s more", n-maxNames))
	}
	if list := join(", ", pinned...); list != "" {
		c.add(c.say("Void if changed before the start: %s.", list))
	}
}

// acceptedRed begins the name of the fact that a check is red and somebody accepts that (actions/step, verify).
const acceptedRed = "accepted although red: "

// fact is one fact with its value and its limit.
func (c *sheet) fact(f step.Fact, max int) html {
	value := brief(measured(f))
	if !f.At.IsZero() {
		return c.say("%s: %s", quiet(f.Name, max), join(", ", c.plainMoment(f.At, c.r.AskedAt), quiet(value, max)))
	}
	if f.Kind != step.Bounded && f.Value == "" && f.Unit == "" {
		return quiet(f.Name, max)
	}
	line := c.say("%s: %s", quiet(f.Name, max), quiet(value, max))
	limit := quiet(amount(f.Limit, unit(f)), maxName)
	switch {
	case f.Kind != step.Bounded:
		return line
	case f.AtLeast:
		return c.say("%s, at least %s", line, limit)
	}
	return c.say("%s, at most %s", line, limit)
}

var hash = regexp.MustCompile(`\b([0-9a-f]{8})[0-9a-f]{24,}\b`)

// brief cuts hashes to what people compare.
func brief(value string) string { return hash.ReplaceAllString(value, "$1…") }

// undo says how it is taken back.
func (c *sheet) undo() html {
	switch {
	case c.tells():
		return c.takenBack()
	case c.a.Effect == actions.Read || c.a.Effect == actions.Protect || c.decides():
		return ""
	case c.a.Locking == actions.LockLift:
		return c.say("Undo: %s", typed("/"+string(actions.Panic)))
	case c.a.Undo == start && c.v.Viewer != "":
		return c.say("Undo: %s", typed("/start_service")) // in a private chat /start is Telegram's own
	case c.a.Undo == switchBack:
		return c.say("Undo: %s, the same switch back", typed("/undo "+unspaced(uint64(c.r.ID))))
	case c.a.Undo != "":
		return c.say("Undo: %s", typed("/"+string(c.a.Undo)))
	case c.merges():
		return c.say("Undo: out of the safety copy, with %s", typed("/"+string(restoreTables)))
	case c.a.Name == inPlace:
		return c.say("Undo: %s, the copy made first", typed("/restore_in_place safety"))
	case c.copies():
		return c.say("Undo: %s, the copy made first", typed("/restore safety"))
	}
	return c.say("It cannot be undone.")
}

// switchBack is the built-in action that takes a restore back.
const switchBack actions.Name = "switch_back"

// inPlace restores where no copy can be made.
const inPlace actions.Name = "restore_in_place"

// copies says whether it makes a safety copy before it changes anything.
func (c *sheet) copies() bool {
	for _, s := range c.plan() {
		if s.Kind == "backup" && s.Effect == actions.Protect {
			return true
		}
		if s.Effect == actions.Change {
			return false
		}
	}
	return false
}

// typed is something to type, or its name: code, so that a tap copies it instead of sending it.
func typed(line string) html { return code(clean(line, maxArg)) }

// needs says how many others must agree, and who agreed already.
func (c *sheet) needs() html {
	v := c.v.Verdict
	total := len(v.By) + v.Missing
	switch {
	case total <= 1 && len(c.could()) == 0:
		return ""
	case total <= 1:
		return c.say("One other must agree: %s.", c.any(c.could()))
	case len(v.By) == 0:
		return c.say("%s others must agree: %s.", total, c.all(c.could()))
	case v.Missing == 1:
		return c.say("%s of %s agreed: %s. One more must: %s.", len(v.By), total, c.all(v.By), c.any(c.could()))
	}
	return c.say("%s of %s agreed: %s. Still asked: %s.", len(v.By), total, c.all(v.By), c.all(c.could()))
}

// numbers is the last line of a card that is not over: the request's number, and the plan's hash.
func (c *sheet) numbers() html {
	if c.r.Digest == "" {
		return numbered(c.r.ID)
	}
	return join(" · ", numbered(c.r.ID), c.say("plan %s", html(Show(c.r.Digest[:min(8, len(c.r.Digest))], 8))))
}

// entry is the end card's last line.
func (c *sheet) entry() {
	if c.r.Last == 0 {
		return
	}
	c.gap()
	c.add(join(" · ", numbered(c.r.ID), c.say("journal %s %s", tag(c.r.Last), html(Show(c.r.Hash, maxName)))))
}

// sentence ends a program's or a step's words with a full stop.
func sentence(s string, max int) html {
	s = strings.TrimSpace(clean(s, max))
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") || strings.HasSuffix(s, "…") {
		return quietWords(s, max)
	}
	return quietWords(s, max) + "."
}
