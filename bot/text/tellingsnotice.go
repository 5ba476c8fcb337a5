package text

import (
	"twokey/actions/step"
	"twokey/auth"
)

// onBroadcast is what the entries about broadcasts have that people care for. Their whole bodies are the broadcasts' own.
type onBroadcast struct {
	Broadcast uint64
	Person    auth.Name
	Why       string
	Telling   step.Telling
	Tie       *step.Tie
	Of        uint64
	Counts    struct{ Total, Sent, Unknown int }
	Cause     string
	Template  string
	Matter    string
	Message   int
	Total     int
}

func (t teller) begun(b onBroadcast) html {
	line := t.say("📢 %s goes out (%s)", t.notice(b.Telling.Template), tag(t.e.Seq))
	switch {
	case b.Tie != nil:
		return t.say("%s by itself: %s", line, t.tie(b.Tie.String()))
	case b.Of != 0:
		return t.say("%s, after %s", line, tag(b.Of))
	}
	return line
}

func (t teller) paused(b onBroadcast) html {
	if b.Person == "" {
		return t.because(t.say("broadcast %s paused by itself", tag(b.Broadcast)), b.Why)
	}
	return t.say("%s paused broadcast %s", name(b.Person), tag(b.Broadcast))
}

func (t teller) resumed(b onBroadcast) html {
	if b.Person == "" {
		return t.say("broadcast %s went on", tag(b.Broadcast))
	}
	return t.say("%s let broadcast %s go on", name(b.Person), tag(b.Broadcast))
}

func (t teller) broadcastCancelled(b onBroadcast) html {
	return t.say("%s cancelled the rest of broadcast %s", name(b.Person), tag(b.Broadcast))
}

func (t teller) broadcastEnded(b onBroadcast) html {
	line := t.say("broadcast %s ended: %s of %s sent", tag(b.Broadcast), b.Counts.Sent, b.Counts.Total)
	if b.Counts.Unknown > 0 {
		line = t.say("%s, %s unknown", line, b.Counts.Unknown)
	}
	return t.because(line, b.Why)
}

func (t teller) broadcastHeld(b onBroadcast) html {
	why, _ := t.heldWhy(HeldView{Cause: b.Cause})
	return t.because(t.say("%s does not go out: %s", t.notice(b.Template), why), b.Why)
}

func (t teller) broadcastPrepared(b onBroadcast) html {
	return t.say("broadcast %s has its list: %s", tag(b.Broadcast), t.count(b.Total, "%s recipient", "%s recipients"))
}

func (t teller) broadcastPosted(b onBroadcast) html {
	if b.Message == 0 {
		return t.say("the card of broadcast %s cannot be posted there", tag(b.Broadcast))
	}
	return t.say("the card of broadcast %s was posted", tag(b.Broadcast))
}

func (t teller) broadcastClosed(b onBroadcast) html {
	return t.say("the card of broadcast %s is final", tag(b.Broadcast))
}
