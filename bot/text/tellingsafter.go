package text

import (
	"twokey/actions"
	"twokey/auth"
)

func (t teller) panicked(b actions.Pressed) html {
	line := t.say("🔒 %s pressed panic (%s)", name(b.Asked.Person), tag(t.e.Seq))
	if len(b.Voids) > 0 {
		line = t.say("%s, void: %s", line, t.requests(b.Voids))
	}
	return t.because(line, b.Asked.Reason)
}

func (t teller) reviewed(b actions.Review) html {
	line := t.say("%s reviewed %s: it was right", name(b.Person), t.request(b.Request))
	if !b.Right {
		line = t.say("%s reviewed %s: it was not right", name(b.Person), t.request(b.Request))
	}
	return t.because(line, b.Text)
}

func (t teller) answered(b actions.Answered) html {
	if b.Done {
		return t.say("%s did the check %s of %s: it is well", name(b.Person), quiet(b.Check, maxName), t.request(b.Request))
	}
	return t.say("%s did the check %s of %s: it failed", name(b.Person), quiet(b.Check, maxName), t.request(b.Request))
}

func (t teller) confirmed(b actions.Confirmed) html {
	if b.Green {
		return t.say("%s confirmed what %s found: all green", name(b.Person), t.request(b.Request))
	}
	return t.say("%s confirmed what %s found: not all green", name(b.Person), t.request(b.Request))
}

func (t teller) noted(b actions.Noted) html {
	switch b.About {
	case actions.NoteWrong:
		return t.because(t.say("%s said what is wrong (%s)", name(b.Person), tag(uint64(b.Request))), b.Text)
	case actions.NoteAffected:
		return t.because(t.say("%s said who is affected (%s)", name(b.Person), tag(uint64(b.Request))), b.Text)
	}
	return t.because(t.say("%s noted about %s", name(b.Person), t.request(b.Request)), b.Text)
}

func (t teller) forked(b actions.Forked) html {
	var who []auth.Name
	for _, p := range b.Pins {
		who = append(who, p.Person)
	}
	return t.say("⚠️ the journal is not the one whose head %s keeps", t.any(who))
}
