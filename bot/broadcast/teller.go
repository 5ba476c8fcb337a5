package broadcast

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"twokey/actions/step"
	"twokey/bot/broadcast/audience"
	"twokey/bot/broadcast/delivery"
	"twokey/bot/broadcast/notice"
	"twokey/internal/journal"
)

// lapses is how long a standing approval holds.
const lapses = 90 * 24 * time.Hour

// unlike is how far a copy of the audience may be from the one that people agreed to, before they have to look at it.
const unlike = 0.20

// lookedWithin is how old a look at the service may be for a text that says that all is well.
const lookedWithin = time.Hour

// Teller finds out what the users would be told, and decides it: it is what steps about notices work with (step.Notices).
type Teller struct {
	Log      *journal.Log
	State    *State
	Composer Composer
	Ledger   *delivery.Ledger
	Lists    Lists
	Ties     []step.Tie
	PerDay   int
	Bot      int64 // the service's bot
	Rate     func() float64
	World    func() World // under the journal's lock
}

// FactList is the fact that says which copy of the users a notice goes to.
const FactList = "list"

// Facts about notices; bot/text knows them by these names.
const (
	factUsers     = "users"
	factLanguages = "languages"
	factText      = "text "
	factPreview   = "preview "
	factNotice    = "notice"
	factValues    = "values"
	factMatter    = "matter"
	factPicture   = "picture"
	factBot       = "service bot"
	factTakes     = "takes"
	factDiffers   = "list differs"
	factFollows   = "follows"
	factTie       = "tie"
	factPerDay    = "a day"
	factQuery     = "users are found by"
	factTold      = "users told"
)

// Plan gives the facts that people decide on. For a plan that is looked at again, facts are those that were approved.
func (t *Teller) Plan(ctx context.Context, n step.Notice, run uint64, facts []step.Fact) ([]step.Fact, error) {
	switch n.Do {
	case step.NoticeStanding, step.NoticeRevoke:
		return t.planTie(ctx, n)
	case step.NoticeEdit, step.NoticeRecall, step.NoticeResume:
		return t.planLater(ctx, n)
	}
	if n.Event != "" {
		return t.planWithin(ctx, n, run)
	}
	return t.planTell(ctx, n, facts)
}

// Decide says in full what was approved.
func (t *Teller) Decide(ctx context.Context, n step.Notice, run uint64, facts []step.Fact) (step.Telling, error) {
	switch n.Do {
	case step.NoticeStanding, step.NoticeRevoke:
		return t.decideTie(n)
	case step.NoticeEdit, step.NoticeRecall, step.NoticeResume:
		return t.decideLater(n)
	}
	if n.Event != "" {
		return t.decideWithin(n, run)
	}
	told, err := t.Composer.Values(n.Template, n.Values)
	if err != nil {
		return told, refused(err)
	}
	told.Matter, told.Bot, told.Follow = n.Matter, t.Bot, coming(told.Follow, value(facts, factFollows), time.Now())
	if !told.Closes {
		list, there := t.Lists.Get(value(facts, FactList))
		if !there {
			return told, &step.Failure{Sentence: "the copy of the users that was agreed to is not there any more", Hint: "ask again"}
		}
		told.List = listed(list)
	}
	told.Users = int(number(facts, factUsers))
	return told, nil
}

// planTell is a notice that a person asks for.
func (t *Teller) planTell(ctx context.Context, n step.Notice, approved []step.Fact) ([]step.Fact, error) {
	told, err := t.Composer.Values(n.Template, n.Values)
	if err != nil {
		return nil, refused(err)
	}
	if err := t.mayClaim(n.Template); err != nil {
		return nil, err
	}
	told.Follow = coming(told.Follow, value(approved, factFollows), time.Now())
	facts := t.saying(told, factText)
	if told.Closes {
		more, err := t.closing(ctx, n)
		return append(facts, more...), err
	}
	more, err := t.addressees(ctx, n, approved)
	return append(facts, more...), err
}

// saying are the facts about what a notice says.
func (t *Teller) saying(told step.Telling, kind string) []step.Fact {
	facts := []step.Fact{
		{Name: factNotice, Kind: step.Pinned, Value: told.Template + "@" + told.Source[:min(8, len(told.Source))]},
		{Name: factBot, Kind: step.Pinned, Value: strconv.FormatInt(t.Bot, 10)},
	}
	if told.Values != "" && kind == factText {
		facts = append(facts, step.Fact{Name: factValues, Kind: step.Pinned, Value: told.Values})
	}
	if told.Picture != "" {
		facts = append(facts, step.Fact{Name: factPicture, Kind: step.Pinned, Value: told.Picture})
	}
	for _, lang := range languages(told) {
		f := step.Fact{Name: kind + lang, Kind: step.Pinned, Value: told.Texts[lang]}
		if kind == factPreview {
			f.Kind = step.Shown
		}
		facts = append(facts, f)
	}
	if follows := t.follows(told); follows != "" {
		facts = append(facts, step.Fact{Name: factFollows, Kind: step.Pinned, Value: follows})
	}
	return facts
}

// languages are those of the texts, the default first.
func languages(told step.Telling) []string {
	var list []string
	for lang := range told.Texts {
		list = append(list, lang)
	}
	slices.SortFunc(list, func(a, b string) int {
		if (a == told.Default) != (b == told.Default) {
			if a == told.Default {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	return list
}

// follows says what the same approval covers; which text that is, its digest says.
func (t *Teller) follows(told step.Telling) string {
	var lines []string
	for _, f := range told.Follow {
		lines = append(lines, said(f))
	}
	return strings.Join(lines, "; ")
}

func said(f step.FollowNotice) string {
	when := "when " + f.When
	if f.When == "" {
		when = "at " + f.At.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("%s %s (%s)", f.Template, when, f.Source[:min(8, len(f.Source))])
}

// coming are the followers whose time has not come yet; of a plan that is made again, those that were approved with it, so that
// a reminder whose time came meanwhile does not make it another plan.
func coming(list []step.FollowNotice, approved string, now time.Time) []step.FollowNotice {
	return slices.DeleteFunc(slices.Clone(list), func(f step.FollowNotice) bool {
		if approved != "" {
			return !strings.Contains("; "+approved+";", "; "+said(f)+";")
		}
		return !f.At.IsZero() && !f.At.After(now)
	})
}

// mayClaim refuses a text that says that all is well, unless somebody looked and it is.
func (t *Teller) mayClaim(name string) error {
	tpl, ok := t.Composer.Set.Get(name)
	if !ok || !tpl.Green {
		return nil
	}
	var w World
	var now time.Time
	t.Log.View(func(n journal.Now) { w, now = t.World(), n.Time })
	hint := "run /verify, and ask again when it is green"
	switch {
	case w.Locked != nil:
		return &step.Failure{Sentence: name + " says that the service is well again, and it is locked", Hint: "lift the lockdown first: /unlock"}
	case w.Down != nil:
		return &step.Failure{Sentence: name + " says that the service is well again, and it is down", Hint: hint}
	case w.Looked == nil || now.Sub(w.Looked.At) > lookedWithin:
		return &step.Failure{Sentence: name + " says that the service is well again, and nobody looked within the last hour", Hint: hint}
	case !w.Green:
		return &step.Failure{Sentence: name + " says that the service is well again, and the checks are red", Hint: hint}
	}
	return nil
}

// closing are the facts about a notice that ends a matter: it goes to those who got an earlier one of it.
func (t *Teller) closing(ctx context.Context, n step.Notice) ([]step.Fact, error) {
	var earlier []uint64
	var open []string
	t.Log.View(func(journal.Now) { earlier, open = t.State.Earlier(n.Matter), t.State.Open() })
	if n.Matter == "" || len(earlier) == 0 {
		return nil, &step.Failure{Sentence: n.Template + " goes to those who were told about something, and nobody was told about " + or(n.Matter, "nothing"), Hint: about(open)}
	}
	count, err := t.Ledger.Reached(ctx, earlier)
	if err != nil {
		return nil, err
	}
	return append(t.many(count), step.Fact{Name: factMatter, Kind: step.Pinned, Value: n.Matter}), nil
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func about(open []string) string {
	if len(open) == 0 {
		return "no notice is open"
	}
	quoted := make([]string, len(open))
	for i, m := range open {
		quoted[i] = fmt.Sprintf("matter=%q", m)
	}
	return "say which: " + strings.Join(quoted, ", ")
}

// many are the facts about how many users it is, and how long that takes.
func (t *Teller) many(count int) []step.Fact {
	limit := float64(count + count/20 + 50)
	facts := []step.Fact{{Name: factUsers, Kind: step.Bounded, Number: float64(count), Limit: limit, Unit: "users"}}
	if rate := t.Rate(); rate > 0 {
		took := time.Duration(float64(count) / rate * float64(time.Second)).Round(time.Second)
		facts = append(facts, step.Fact{Name: factTakes, Kind: step.Shown, Value: took.String()})
	}
	return facts
}

// addressees are the facts about whom a notice goes to.
func (t *Teller) addressees(ctx context.Context, n step.Notice, approved []step.Fact) ([]step.Fact, error) {
	list, there := t.Lists.Get(value(approved, FactList))
	var warning string
	if !there {
		var err error
		if list, warning, err = t.newList(ctx, n); err != nil {
			return nil, err
		}
	}
	skips, err := t.Ledger.Skips(ctx, t.Lists.Path(list))
	if err != nil {
		return nil, err
	}
	if list.Users-skips <= 0 {
		return nil, &step.Failure{Sentence: "there is nobody to tell: the list of users is empty, or all of them are out of reach", Hint: "see notices.audience in the config"}
	}
	facts := append(t.many(list.Users-skips), step.Fact{Name: FactList, Kind: step.Pinned, Value: list.ID, At: list.At},
		step.Fact{Name: factLanguages, Kind: step.Shown, Value: spoken(list)})
	if n.Matter != "" {
		facts = append(facts, step.Fact{Name: factMatter, Kind: step.Pinned, Value: n.Matter})
	}
	if warning != "" {
		facts = append(facts, step.Fact{Name: factDiffers, Kind: step.Shown, Value: warning})
	}
	return facts, nil
}

// newList copies the audience, and takes of it whom the notice is for. What is unlike the last list that people agreed to is
// refused, unless they say so.
func (t *Teller) newList(ctx context.Context, n step.Notice) (list audience.Copy, warning string, err error) {
	all, old, err := t.Lists.Fresh(ctx)
	if err != nil {
		return list, "", err
	}
	if old != "" {
		warning = old
	}
	differs, err := t.differs(ctx, all)
	if err != nil {
		return list, "", err
	}
	if differs != "" && n.Audience != "accept" {
		return list, "", &step.Failure{Sentence: "the list of users is " + differs, Hint: "see whether notices.audience is right, and ask again with audience=accept"}
	}
	if differs != "" {
		warning = strings.TrimPrefix(warning+"; "+differs, "; ")
	}
	list, err = t.Lists.Narrow(ctx, all, n)
	return list, warning, err
}

// differs says how a copy is unlike the one that people agreed to last; empty when it is like it, or there is none.
func (t *Teller) differs(ctx context.Context, c audience.Copy) (string, error) {
	var last *step.UserList
	t.Log.View(func(journal.Now) { last = t.State.List() })
	if last == nil {
		return "", nil
	}
	id := last.ID
	if last.Of != "" {
		id = last.Of
	}
	change, err := t.Lists.Unlike(ctx, id, c)
	if err != nil || change.Share() <= unlike {
		return "", err
	}
	return fmt.Sprintf("very unlike the last one: %d are new and %d are gone, of %d", change.Added, change.Gone, change.Both+change.Gone), nil
}

func listed(c audience.Copy) *step.UserList {
	return &step.UserList{ID: c.ID, At: c.At, Users: c.Users, Languages: c.Languages, Of: c.Of, Segment: c.Segment}
}

// spoken are the languages of a list, the most spoken first.
func spoken(c audience.Copy) string {
	var langs []string
	for l := range c.Languages {
		langs = append(langs, l)
	}
	slices.SortFunc(langs, func(a, b string) int {
		if d := c.Languages[b] - c.Languages[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	var said []string
	for _, l := range langs {
		said = append(said, or(l, "unknown")+" "+strconv.Itoa(c.Languages[l]))
	}
	return strings.Join(said, ", ")
}

// refused makes what is wrong with a text a failure with its own sentence.
func refused(err error) error {
	var e *notice.Error
	if errors.As(err, &e) {
		return &step.Failure{Sentence: e.Sentence, Hint: e.Hint, Cause: err}
	}
	return err
}

// value and number are what was approved.
func value(facts []step.Fact, name string) string {
	for _, f := range facts {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

func number(facts []step.Fact, name string) float64 {
	for _, f := range facts {
		if f.Name == name {
			return f.Number
		}
	}
	return 0
}
