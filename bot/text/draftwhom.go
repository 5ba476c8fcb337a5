package text

import (
	"slices"
	"strconv"
	"time"
)

// Audiences are those whom a notice may be only for.
type Audiences struct {
	Segments []string
	Hits     []Hit // newest first; none when the config does not say whose the rows are
}

// Hit is a run that switched the databases: rows were lost, and they were somebody's.
type Hit struct {
	Run    uint64
	Action string
	At     time.Time
}

// DraftSlot is a time that is offered for a notice to go out.
type DraftSlot struct {
	Label string // as it is typed
	I     int    // which of those there are
}

// narrowed says whether it is not for everybody.
func (v DraftView) narrowed() bool { return v.To != "" || v.Affected != "" }

// addressed says what of whom and when is not the ordinary.
func (w Words) addressed(p *page, v DraftView) {
	if to := quiet(v.To, maxName); to != "" {
		p.add(w.say("Only to: %s", to))
	}
	if run := quiet(v.Affected, maxName); run != "" {
		p.add(w.say("Only to those whose rows run %s lost", run))
	}
	if v.Unlike {
		p.add(w.say("A list that is very unlike the last one is taken."))
	}
	if !v.At.IsZero() {
		p.add(w.say("It goes out %s, not before.", w.until(v.At, v.Now)))
	}
}

// whomAndWhen are the buttons of whom it goes to and when, with what is chosen.
func (w Words) whomAndWhen(p *page, v DraftView) {
	if v.Edit != 0 {
		return
	}
	if !v.Closes {
		p.row(w.draftButton(v, w.say("To: %s", w.toWhom(v)), DraftChoice{What: DraftWhom}))
	}
	when := w.say("once agreed")
	if !v.At.IsZero() {
		when = w.since(v.At, v.Now)
	}
	p.row(w.draftButton(v, w.say("When: %s", when), DraftChoice{What: DraftWhen}))
}

// toWhom is short enough for a button.
func (w Words) toWhom(v DraftView) html {
	run := quiet(v.Affected, maxName)
	switch {
	case v.To == "" && run == "":
		return w.say("everybody")
	case run == "":
		return quiet(v.To, maxName)
	case v.To == "":
		return w.say("hit by run %s", run)
	}
	return w.say("%s, run %s", quiet(v.To, maxName), run)
}

// DraftTo asks whom it goes to.
func (w Words) DraftTo(v DraftView, a Audiences) Card {
	p := page{words: w}
	p.add(w.say("📢 %s: to whom?", w.notice(v.Template)))
	if len(a.Segments)+len(a.Hits) == 0 {
		p.add(w.say("There is only everybody: %s and %s in the config name others.", code("notices.segments"), code("notices.affected")))
	}
	if len(a.Segments) > 0 && len(a.Hits) > 0 {
		p.add(w.say("Of a segment and a run: to those who are of both."))
	}
	for _, h := range a.Hits[:min(len(a.Hits), shownChoices)] {
		p.list(ifFacts, w.say("Run %s lost rows: %s, %s", unspaced(h.Run), code("/"+clean(h.Action, maxName)), w.since(h.At, v.Now)))
	}
	w.filledIn(&p, v)
	p.row(w.choiceOf(v, w.say("Everybody"), !v.narrowed(), DraftChoice{What: DraftAll}))
	for i, s := range a.Segments[:min(len(a.Segments), shownChoices)] {
		is := s == v.To
		p.row(w.choiceOf(v, quiet(s, maxName), is, DraftChoice{What: DraftSegment, I: i, J: other(is)}))
	}
	for i, h := range a.Hits[:min(len(a.Hits), shownChoices)] {
		is := strconv.FormatUint(h.Run, 10) == v.Affected
		p.row(w.choiceOf(v, w.say("Hit by run %s", unspaced(h.Run)), is, DraftChoice{What: DraftHit, I: i, J: other(is)}))
	}
	p.row(w.choiceOf(v, w.say("Take a list unlike the last"), v.Unlike, DraftChoice{What: DraftUnlike, I: other(v.Unlike)}))
	w.back(&p, v)
	return p.card()
}

// other is what a tap makes of something that is chosen or not. It is on the button, so that a second tap changes nothing.
func other(chosen bool) int {
	if chosen {
		return 0
	}
	return 1
}

// choiceOf is a button of which it is seen whether it is chosen.
func (w Words) choiceOf(v DraftView, label html, chosen bool, c DraftChoice) Button {
	if chosen {
		label = "✓ " + label
	}
	return w.draftButton(v, label, c)
}

// DraftWhens asks when it goes out.
func (w Words) DraftWhens(v DraftView, slots []DraftSlot) Card {
	p := page{words: w}
	p.add(w.say("📢 %s: when?", w.notice(v.Template)))
	p.add(w.say("It goes out then, or when somebody else has agreed, whichever is later."))
	w.wrongSoFar(&p, v)
	w.filledIn(&p, v)
	p.gap()
	p.add(w.say("Tap one, or reply to this message with a time, such as %s, %s or %s.", code("18:30"), code("tomorrow 09:00"), code("in 2h")))
	for s := range slices.Chunk(slots, 2) {
		var row []Button
		for _, x := range s {
			label := quiet(x.Label, maxLabel)
			if x.I == 0 {
				label = w.say("Once agreed")
			}
			row = append(row, w.choiceOf(v, label, x.I == 0 && v.At.IsZero(), DraftChoice{What: DraftTime, I: x.I}))
		}
		p.row(row...)
	}
	w.back(&p, v)
	return p.card()
}

func (w Words) back(p *page, v DraftView) {
	p.row(w.draftButton(v, w.say("Leave it as it is"), DraftChoice{What: DraftBack}), w.drop(v))
}
