package evidence

import (
	"fmt"
	"strings"

	"twokey/drills"
	"twokey/internal/showable"
)

func (r Record) mdLooks(s *sheet) {
	s.head("Looks both ways before the start")
	all := first(r.Looks, func(l Look) bool { return l.State == drills.Red })
	each(s, all, "None are on record.", func(l Look) string {
		return md(l.State, nameText) + ": " + md(l.Name, nameText) + ": " + md(l.Text, midText)
	})
	for _, a := range r.Approvals {
		if len(a.Red) > 0 && a.Used {
			s.line("\nStarted although not all was well: %s asked for it, %d people agreed. Reason: %s. They saw red: %s.", md(a.By, nameText), a.People,
				md(a.Reason, longText), md(strings.Join(a.Red, ", "), longText))
		}
	}
}

func (r Record) mdPlanned(s *sheet) {
	s.head("Deviations from the plan")
	each(s, r.Deviations, "None.", func(d string) string { return md(d, longText) })
	s.head("Reschedules")
	each(s, r.Moves, "None.", func(v Move) string {
		return fmt.Sprintf("from %s to %s by %s (%s): %s", local(v.From), local(v.To), md(v.By, nameText), people(v.People), md(v.Reason, longText))
	})
	if len(r.Aborts) > 0 {
		s.head("Aborted tries")
		each(s, r.Aborts, "", func(a Abort) string {
			return fmt.Sprintf("%s by %s: %s", local(a.At), md(a.By, nameText), md(a.Reason, longText))
		})
	}
}

func people(n int) string {
	if n < 2 {
		return "alone"
	}
	return fmt.Sprintf("%d people agreed", n)
}

func (r Record) mdPeople(s *sheet) {
	s.head("People")
	each(s, r.Participants, "Nobody took part.", func(p Participant) string {
		return md(p.Name, nameText) + ": " + md(strings.Join(p.Roles, ", "), midText)
	})
	s.line("- Observers: %s", md(or(strings.Join(r.Observers, ", "), "nobody who only looked on noted anything"), longText))
	each(s, r.Approvals, "- Approvals: nothing needed one", func(a Approval) string {
		return fmt.Sprintf("Approval: %s%s: asked by %s, %s: %s", md(a.What, nameText), a.unused(), md(a.By, nameText), a.agreed(),
			md(a.Reason, longText))
	})
	each(s, r.Escalations, "- Calls for help: none", func(e Escalation) string {
		return fmt.Sprintf("Call for help: %s: %s (entry %d)", md(e.Lack, nameText), md(e.called(), nameText), e.Seq)
	})
}

// agreed is who did, or how many.
func (a Approval) agreed() string {
	if len(a.With) == 0 {
		return people(a.People)
	}
	return "agreed by " + md(strings.Join(a.With, ", "), midText)
}

func (a Approval) unused() string {
	if a.Used {
		return ""
	}
	return " (not needed in the end)"
}

// called is who was.
func (e Escalation) called() string {
	switch drills.Level(e.Level) {
	case drills.Second:
		return "who is next, " + or(e.Person, nobody)
	case drills.Chat:
		return "everybody in the chat"
	case drills.Admins:
		return "each admin in private"
	}
	return e.Level
}

func (r Record) mdNotes(s *sheet) {
	s.head("Notes and photos")
	each(s, r.Notes, "None.", func(n Note) string {
		text := local(n.At) + ", " + md(n.Person, nameText)
		if n.Step > 0 {
			text += fmt.Sprintf(", at step %d", n.Step)
		}
		if n.Text != "" {
			text += ": " + md(n.Text, longText)
		}
		if p := n.Photo; p != nil {
			text += fmt.Sprintf("; photo %s, %d bytes, sha256 %s", md(p.Name, nameText), p.Bytes, code(p.SHA256))
		}
		return text
	})
}

func (r Record) mdFindings(s *sheet) {
	s.head("Findings")
	all := first(r.Findings, func(f FindingNote) bool { return f.State != "settled" })
	each(s, all, "None.", func(f FindingNote) string {
		text := fmt.Sprintf("%d, %s: %s; owner %s, due %s, found by %s", f.Number, f.State, md(f.Text, longText), md(or(f.Owner, nobody), nameText),
			local(f.Due), md(f.FoundBy, nameText))
		if f.ClosedAt != nil {
			text += fmt.Sprintf("; settled by %s on %s: %s", md(f.ClosedBy, nameText), local(f.ClosedAt), md(f.How, longText))
		}
		return text
	})
}

func (r Record) mdSignOff(s *sheet) {
	s.head("Sign-off by a second person")
	s.line("%s", r.signOffWords(md))
}

// signOffWords are who signed, and what.
func (r Record) signOffWords(show func(string, int) string) string {
	o := r.SignOff
	switch {
	case o == nil:
		return "Nobody has signed."
	case o.Findings == 0:
		return show(o.By, nameText) + " signed on " + show(o.At.Local, midText) + ", and agrees that there is no finding."
	}
	return fmt.Sprintf("%s signed on %s, having seen %d of its findings.", show(o.By, nameText), show(o.At.Local, midText), o.Findings)
}

func (r Record) mdJournal(s *sheet) {
	s.head("Where it is written down")
	j := r.Journal
	s.line("- Journal %s, entries %d to %d", code(j.ID), j.First, j.Last)
	s.line("- Its newest entry when this was made: %d, hash %s", j.Head.Seq, code(j.Head.Hash))
	s.line("- The program ended %d times meanwhile", r.Interruptions)
	s.line("- Made %s by twokey %s, schema %s", both(r.Made), code(r.Version), code(r.Schema))
	if j.SignedHead == "" {
		s.line("- Signed head: none was made with this record")
		return
	}
	s.line("\nSigned head of the journal:\n")
	for line := range strings.Lines(j.SignedHead) {
		s.line("    %s", showable.Line(line, midText))
	}
}
