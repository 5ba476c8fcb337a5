package text

import (
	"slices"
	"strconv"
	"strings"

	"twokey/actions"
	"twokey/actions/step"
)

// The facts that hold what users will see, each for a language: exactly, or with times that are not known yet.
const (
	exactText = "text "
	laterText = "preview "
)

// texts are the facts with what users will see.
func (c *sheet) texts() (exact, later []step.Fact) {
	for _, f := range c.r.Facts {
		switch {
		case strings.HasPrefix(f.Name, exactText):
			exact = append(exact, f)
		case strings.HasPrefix(f.Name, laterText):
			later = append(later, f)
		}
	}
	return exact, later
}

// Previews are the messages that users would get, each language one, exactly as they would see it. They are users' HTML, not
// a card's: nothing may be added to it.
func (w Words) Previews(r *actions.Request) []Card {
	c := w.sheet(RequestView{Request: r})
	exact, later := c.texts()
	var list []Card
	for _, f := range append(exact, later...) {
		if f.Value != "" {
			list = append(list, Card{HTML: f.Value})
		}
	}
	return list
}

// TextsOf are the same by language.
func TextsOf(r *actions.Request) map[string]string {
	by := map[string]string{}
	for _, f := range r.Facts {
		for _, prefix := range []string{laterText, exactText} {
			if lang, is := strings.CutPrefix(f.Name, prefix); is && f.Value != "" {
				by[lang] = f.Value
			}
		}
	}
	return by
}

// TemplateOf is the template that they were made from; empty when the plan does not say.
func TemplateOf(r *actions.Request) string {
	for _, f := range r.Facts {
		if f.Name == "notice" {
			name, _, _ := strings.Cut(f.Value, "@")
			return name
		}
	}
	return ""
}

// aboutNotices are the facts that a card tells in its own words.
var aboutNotices = []string{"users", "list", "languages", "notice", "values", "matter", "picture", "service bot", "takes", "list differs", "follows", "tie", "a day", "users told"}

// ofNotices says whether a fact is told in words of its own, and not in the list of facts.
func (c *sheet) ofNotices(f step.Fact) bool {
	if strings.HasPrefix(f.Name, exactText) || strings.HasPrefix(f.Name, laterText) {
		return c.notifies()
	}
	return slices.Contains(aboutNotices, f.Name) && c.notifies()
}

// notifies says whether a step of it tells the users something.
func (c *sheet) notifies() bool {
	return c.tells() || slices.ContainsFunc(c.plan(), func(s actions.Step) bool { return s.Kind == "notice" })
}

// usersTold is the line of a run that tells the users something on its way: one approval covers both.
func (c *sheet) usersTold() {
	f, known := c.factOf("users told")
	if !known || c.tells() || !c.notifies() {
		return
	}
	n := int(f.Number)
	if typed, err := strconv.Atoi(strings.TrimSpace(f.Value)); err == nil {
		n = typed
	}
	if n == 0 && f.Value != "" {
		c.add(c.say("📢 %s users will be told.", quiet(f.Value, maxName)))
	} else {
		c.add(c.count(n, "📢 %s user will be told.", "📢 %s users will be told."))
	}
	c.add(c.differs(), c.textsFollow())
}

// textButtons show what users would get once more, here or on one's own phone.
func (c *sheet) textButtons() {
	if exact, later := c.texts(); c.r.Status != actions.Pending || !c.notifies() || len(exact)+len(later) == 0 {
		return
	}
	id := uint64(c.r.ID)
	c.row(press(c.say("Texts"), id, Texts, ""), press(c.say("Send test to me"), id, TestMe, ""))
}

// noticeArguments are an action's arguments where it tells the users: what the texts do not show.
func (c *sheet) noticeArguments() {
	var to html
	if n := c.users(); n > 0 {
		to = c.count(n, "to %s user", "to %s users")
	}
	c.add(join(" · ", c.template(), to), c.aboutWhat())
}

// tellUsers begins a notice about what took the service down; without data where it did not, or users cannot be told.
func (c *sheet) tellUsers() Button {
	if !c.Tells || c.tells() || !c.r.Status.Final() || !c.tookDown() {
		return Button{}
	}
	return press(c.say("Tell the users"), uint64(c.r.ID), TellUsers, "")
}

// tookDown says whether a step that stops the service was begun.
func (c *sheet) tookDown() bool {
	if c.a.Locking == actions.LockSet {
		return len(c.r.Runs) > 0
	}
	for i := range c.r.Runs {
		if i < len(c.r.Steps) && c.r.Steps[i].Effect == actions.Stop && !c.r.Steps[i].Decides {
			return true
		}
	}
	return false
}

// decided is the end of an action that only decides what users are told.
func (c *sheet) decidedNotice() {
	switch {
	case !c.tells():
	case c.a.Name == tellAction, c.a.Name == editAction, c.a.Name == recallAction:
		c.add(c.say("The sending has a card of its own."))
	case c.a.Name == standingAction:
		c.add(c.standingFor())
	}
}
