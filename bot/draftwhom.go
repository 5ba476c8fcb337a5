package bot

import (
	"strconv"

	"twokey/bot/text"
)

// acceptUnlike takes a list of users that is very unlike the last one.
const acceptUnlike = "accept"

// said is what a parameter says; "none" says nothing.
func said(value string) string {
	if value == noValue {
		return ""
	}
	return value
}

// narrows says whether it is not for everybody.
func narrows(w noticeWords) bool { return said(w.own["to"]) != "" || said(w.own["affected"]) != "" }

// address takes in a choice about whom it goes to, and opens and closes what is only asked when somebody wants to.
func (d *draft) address(c text.DraftChoice) {
	d.wrong = nil
	switch c.What {
	case text.DraftWhom:
		d.aside = whichPeople
		return
	case text.DraftWhen:
		d.aside = whichTime
		return
	case text.DraftAll:
		delete(d.w.own, "to")
		delete(d.w.own, "affected")
	case text.DraftSegment:
		if c.I < len(d.whom.Segments) {
			d.only("to", d.whom.Segments[c.I], c.J == 1)
		}
	case text.DraftHit:
		if c.I < len(d.whom.Hits) {
			d.only("affected", strconv.FormatUint(d.whom.Hits[c.I].Run, 10), c.J == 1)
		}
	case text.DraftUnlike:
		d.only("audience", acceptUnlike, c.I == 1)
	}
	d.aside = ""
}

func (d *draft) only(name, value string, is bool) {
	if delete(d.w.own, name); is {
		d.w.own[name] = value
	}
}

// fit takes out what the template has no use for: what closes a matter goes to those who were told of it.
func (d *draft) fit(t NoticeTemplate) {
	if t.Closes {
		delete(d.w.own, "to")
		delete(d.w.own, "affected")
	}
}
