package step

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// What a Notice step does.
const (
	NoticeTell     = "tell"     // a notice goes out
	NoticeStanding = "standing" // from now on a notice goes out by itself when something happens
	NoticeRevoke   = "revoke"   // not any more
	NoticeEdit     = "edit"     // what was sent says something else from now on
	NoticeRecall   = "recall"   // what was sent is taken back
	NoticeResume   = "resume"   // what was paused goes on
)

var noticeWork = []string{NoticeTell, NoticeStanding, NoticeRevoke, NoticeEdit, NoticeRecall, NoticeResume}

// What a notice within a run is about.
const (
	NoticeDown = "down" // the run takes the service down
	NoticeUp   = "up"   // it is up again, and looked at
)

// Notices finds out what a step would tell the service's users, and says it in full. It sends nothing: what is sent follows
// from the step's entry.
type Notices interface {
	// Plan gives the facts that people decide on: the exact texts, whom, how many. Of a plan that is made again, facts are
	// those that were found first.
	Plan(ctx context.Context, n Notice, run uint64, facts []Fact) ([]Fact, error)
	// Decide gives what the entry says, for facts that were approved.
	Decide(ctx context.Context, n Notice, run uint64, facts []Fact) (Telling, error)
}

// Notice tells the service's users something. It is a decision: all it does is its entry.
type Notice struct {
	Do        string `yaml:"do" json:"do"`
	Template  string `yaml:"template" json:"template,omitempty"`   // tell
	Values    string `yaml:"values" json:"values,omitempty"`       // tell, edit: the template's variables in their canonical form
	To        string `yaml:"to" json:"to,omitempty"`               // tell: a segment; empty: the whole audience
	Affected  string `yaml:"affected" json:"affected,omitempty"`   // tell: the run whose lost rows name the users
	Matter    string `yaml:"matter" json:"matter,omitempty"`       // tell: what it is about; later notices of it go to the same people
	Audience  string `yaml:"audience" json:"audience,omitempty"`   // tell: accept takes a list that differs much from the last one
	Broadcast string `yaml:"broadcast" json:"broadcast,omitempty"` // edit, recall, resume: its number
	Tie       string `yaml:"tie" json:"tie,omitempty"`             // standing, revoke: its number in the list
	Event     string `yaml:"event" json:"event,omitempty"`         // tell, within a run: NoticeDown or NoticeUp
	// Lasts is how long the service is expected to be down, within a run.
	Lasts time.Duration `yaml:"lasts" json:"lasts,omitempty"`

	Bound  bool `yaml:"-" json:"bound,omitempty"` // set by Bind: braces are now text
	Loaded bool `yaml:"-" json:"loaded,omitempty"`
}

// Load marks it as loaded: what it needs is there when its action is.
func (n Notice) Load(Site) (Kind, error) {
	n.Loaded = true
	return &n, n.complete()
}

func (n Notice) complete() error {
	switch {
	case !n.Loaded:
		return errors.New("was not loaded")
	case !slices.Contains(noticeWork, n.Do):
		return fmt.Errorf("do %q: is one of %v", n.Do, noticeWork)
	case n.Event != "" && (n.Do != NoticeTell || n.Event != NoticeDown && n.Event != NoticeUp):
		return fmt.Errorf("event %q: is down or up, of tell", n.Event)
	case n.Do == NoticeTell && n.Template == "" && n.Event == "":
		return errors.New("template: is missing")
	case slices.Contains([]string{NoticeEdit, NoticeRecall, NoticeResume}, n.Do) && n.Broadcast == "":
		return errors.New("broadcast: is missing")
	case (n.Do == NoticeStanding || n.Do == NoticeRevoke) && n.Tie == "":
		return errors.New("tie: is missing")
	}
	return wholes(n.Bound, n.fields()...)
}

func (n Notice) fields() []string {
	return []string{n.Template, n.Values, n.To, n.Affected, n.Matter, n.Audience, n.Broadcast, n.Tie}
}

// About says what it does.
func (n Notice) About() About {
	a := About{Title: "tell the users", Effect: Change, Expect: time.Second, Decides: true}
	switch n.Do {
	case NoticeStanding:
		a.Title = "let a notice go out by itself"
	case NoticeRevoke:
		a.Title, a.Effect = "no notice by itself any more", Stop
	case NoticeEdit:
		a.Title = "correct what the users were told"
	case NoticeRecall:
		a.Title = "take back what the users were told"
	case NoticeResume:
		a.Title = "go on telling the users"
	}
	switch n.Event {
	case NoticeDown:
		a.Title = "tell the users that the service is down"
	case NoticeUp:
		a.Title = "tell them that it is back"
	}
	return a
}

// Placeholders are the names of its parameters.
func (n Notice) Placeholders() []string { return placeholders(n.Bound, n.fields()...) }

// Bind fills in its parameters; "none" is none. A step that is bound stays as it is.
func (n Notice) Bind(args map[string]string) (Kind, error) {
	fields := []*string{&n.Template, &n.Values, &n.To, &n.Affected, &n.Matter, &n.Audience, &n.Broadcast, &n.Tie}
	for _, f := range fields {
		was := *f
		if err := fillWhole(n.Bound, args, f); err != nil {
			return nil, err
		}
		if !n.Bound && *f != was && *f == "none" {
			*f = ""
		}
	}
	n.Bound = true
	return &n, n.complete()
}

// errNoNotices: a config that names no bot of the service's has no actions with such steps.
var errNoNotices = &Failure{Sentence: "the service's users cannot be told: the config names no bot for it", Hint: "see notices in the config"}

// PlansWithin is long enough to copy a list of a million.
func (n Notice) PlansWithin() time.Duration { return 3 * time.Minute }

// Plan says what the users would be told.
func (n Notice) Plan(ctx context.Context, env Env) ([]Fact, error) {
	if env.Notices == nil {
		return nil, errNoNotices
	}
	facts, err := env.Notices.Plan(ctx, n, env.Run, env.Facts)
	return facts, failure(err, "what the users would be told could not be found out", "")
}

// Run says it in full.
func (n Notice) Run(ctx context.Context, env Env) error {
	if env.Notices == nil {
		return errNoNotices
	}
	told, err := env.Notices.Decide(ctx, n, env.Run, env.Facts)
	if err != nil {
		return failure(err, "the users cannot be told", "")
	}
	env.data(Data{Notice: &told})
	return nil
}
