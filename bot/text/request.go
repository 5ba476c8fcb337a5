package text

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"twokey/actions"
	"twokey/auth"
)

// RequestView is all a card about a request is made from. Only Request must be there.
type RequestView struct {
	Request *actions.Request
	// Viewer is whose private copy it is; empty in the admin chat. The requester's copy has a Cancel button and no others' choices.
	Viewer  auth.Name
	Could   []auth.Name        // the others who may approve
	Verdict auth.Verdict       // who agreed, and how many are missing
	Waits   []*actions.Request // what an approved one waits for
	Holder  *actions.Request   // the stop that made it void, or holds it
	// Progress is the board's newest word about the step that runs.
	Progress actions.Progress
	// Account is where people can be mentioned; who is not in it is only named.
	Account map[auth.Name]auth.Account
	Phone   map[auth.Name]string    // how people are called; only on a pending card
	Looked  map[auth.Name]time.Time // who has opened the details or tapped something, and when first
	Named   *actions.Request        // the run that a resume, undo or leave is about
	// Service is what the service does while the request is not over; an end card has its own in the request.
	Service actions.Service
	// Reviewers are who may still review what was done alone.
	Reviewers []auth.Name
	// Told is what the users were told last about a panic; nil: nothing.
	Told *ToldView
	// Lifts is the panic whose lockdown an unlock lifts.
	Lifts *actions.Request
	// Proven is when what it does was last proven from one end to the other, where that is known.
	Proven *ProvenView
}

// Request is the card of a request in whatever state it is.
func (w Words) Request(v RequestView) Card {
	c := w.sheet(v)
	c.body()
	return c.card()
}

// sheet is a card about one request while it is being written.
type sheet struct {
	Words
	page
	v RequestView
	r *actions.Request
	a actions.Action
}

func (w Words) sheet(v RequestView) *sheet {
	return &sheet{Words: w, page: page{words: w}, v: v, r: v.Request, a: v.Request.Action()}
}

func (c *sheet) body() {
	switch {
	case c.a.Locking == actions.LockSet:
		c.panicked()
		return
	case c.a.Confirm && c.r.Status == actions.Succeeded && !c.r.Brief:
		c.verified()
		return
	case c.tells() && c.r.Status == actions.Pending:
		c.toTell()
		return
	}
	switch c.r.Status {
	case actions.Planning:
		c.planning()
	case actions.Pending:
		c.pending()
	case actions.Approved:
		c.approved()
	case actions.Running:
		c.running()
	case actions.Succeeded:
		c.succeeded()
	case actions.Failed:
		c.failed()
	case actions.Interrupted:
		c.interrupted()
	default:
		c.dead()
	}
}

// state is the state's own word.
func (w Words) state(s actions.Status) html {
	switch s {
	case actions.Planning:
		return w.say("planning")
	case actions.Pending:
		return w.say("pending")
	case actions.Approved:
		return w.say("approved")
	case actions.Running:
		return w.say("running")
	case actions.Succeeded:
		return w.say("succeeded")
	case actions.Failed:
		return w.say("failed")
	case actions.Interrupted:
		return w.say("interrupted")
	case actions.Refused:
		return w.say("refused")
	case actions.Denied:
		return w.say("denied")
	case actions.Expired:
		return w.say("expired")
	case actions.Cancelled:
		return w.say("cancelled")
	case actions.Void:
		return w.say("void")
	}
	return w.say("%s", string(s))
}

func mark(s actions.Status) html {
	switch s {
	case actions.Planning, actions.Pending:
		return "⏳"
	case actions.Approved, actions.Running:
		return "▶️"
	case actions.Succeeded:
		return "✅"
	case actions.Failed:
		return "❌"
	case actions.Interrupted:
		return "⚠️"
	}
	return "⛔"
}

// headArgs is how long arguments may be to stand in the first line, in characters.
const headArgs = 20

// command is "/restart", or "/warm_cache eu" when the arguments are short. It is code: a bare /word is sent by one tap.
func command(r *actions.Request) html {
	line := "/" + string(r.Action().Name)
	if args := arguments(r.Asked); utf8.RuneCountInString(args) <= headArgs {
		line = strings.TrimSpace(line + " " + args)
	}
	return code(clean(line, maxCommand))
}

// arguments writes them as they can be typed: a single one bare, several by name.
func arguments(a actions.Asked) string {
	names := argNames(a)
	if len(names) == 1 {
		return a.Args[names[0]]
	}
	words := make([]string, len(names))
	for i, n := range names {
		words[i] = n + "=" + a.Args[n]
	}
	return strings.Join(words, " ")
}

// argNames lists the arguments there are, in the order of the parameters.
func argNames(a actions.Asked) []string {
	if a.Action.Locking == actions.LockLift {
		return nil // what is accepted by name stands on the card by its name
	}
	var names []string
	for _, p := range a.Action.Params {
		if value, given := a.Args[p.Name]; given && !unsaid(p, value) {
			names = append(names, p.Name)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(a.Args)) {
		if !slices.Contains(names, n) && !declared(a, n) {
			names = append(names, n)
		}
	}
	return names
}

// unsaid says whether an argument says nothing: it is "none", or that the service is started again, which is a step of the plan.
func unsaid(p actions.Param, value string) bool {
	return value == p.Default && (value == none || p.Name == actions.Then)
}

// none is an argument that says nothing.
const none = "none"

func declared(a actions.Asked, name string) bool {
	return slices.ContainsFunc(a.Action.Params, func(p actions.Param) bool { return p.Name == name })
}

// numbered is "#12".
func numbered(id actions.ID) html { return tag(uint64(id)) }

func tag(n uint64) html { return html("#" + unspaced(n)) }

// called is "#12 /restart".
func called(r *actions.Request) html { return numbered(r.ID) + " " + command(r) }

const (
	maxCommand = 60  // of an action's name with short arguments
	maxName    = 32  // of a person, a parameter, a service
	maxTitle   = 100 // of a step
	maxArg     = 200 // of an argument, as the catalogue allows
	maxReason  = 300
	maxWhy     = 400 // of a sentence that a step or a plan gives
	maxNames   = 6   // people in one line
)

func name(n auth.Name) html { return quiet(string(n), maxName) }

// mention is a name that rings its owner's phone where the account is known.
func (c *sheet) mention(n auth.Name) html { return mentioned(c.v.Account, n) }

func mentioned(accounts map[auth.Name]auth.Account, n auth.Name) html {
	account, known := accounts[n]
	if !known {
		return name(n)
	}
	return html(`<a href="tg://user?id=`+unspaced(uint64(account))+`">`) + html(Show(string(n), maxName)) + "</a>"
}

// any is "bob, cid or dora": one of them is enough.
func (w Words) any(names []auth.Name) html { return w.people(names, w.say("or"), name) }

// all is "bob, cid and dora".
func (w Words) all(names []auth.Name) html { return w.people(names, w.say("and"), name) }

func (w Words) people(names []auth.Name, last html, one func(auth.Name) html) html {
	var list []html
	for _, n := range names[:min(len(names), maxNames)] {
		list = append(list, one(n))
	}
	if more := len(names) - maxNames; more > 0 {
		list = append(list, w.say("%s more", more))
	}
	if n := len(list); n > 1 && last != "" {
		return join(", ", list[:n-1]...) + " " + last + " " + list[n-1]
	}
	return join(", ", list...)
}
