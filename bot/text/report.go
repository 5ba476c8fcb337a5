package text

import "time"

// takeBackFor is how long Telegram lets a bot delete its messages. Source: https://core.telegram.org/bots/api#deletemessage
const takeBackFor = 48 * time.Hour

// report is what became of everybody.
func (w Words) report(p *page, v BroadcastView) {
	switch {
	case v.Status == BroadcastFailed:
		p.add(sentence(v.Why, maxWhy))
	case v.Status == BroadcastCancelled && v.StoppedBy != "":
		p.add(w.say("%s cancelled the rest %s.", name(v.StoppedBy), w.at(v.Ended, v.Begun)))
	case v.Status == BroadcastCancelled:
		p.add(w.say("What it was about is over: the rest was not told any more."))
	}
	line := w.count(v.Total, "Of %s user", "Of %s users")
	if took := v.Ended.Sub(v.Begun); v.Status == BroadcastDone && !v.Ended.IsZero() {
		line = w.say("%s, in %s", line, took)
	}
	p.add(w.say("%s:", line))
	for _, l := range w.ends(v) {
		p.add("· " + l)
	}
	if v.Op == OpSend && v.Sent+v.Unknown > 0 {
		p.add(w.say("It can be taken back until %s.", w.until(v.Begun.Add(takeBackFor), v.Begun)))
	}
}

// ends has a line for each way it went; the unknown ones are said in full, because nobody may take them for either.
func (w Words) ends(v BroadcastView) []html {
	unknown := w.say("%s may or may not have got it; not sent again", v.Unknown)
	switch {
	case v.Op != OpSend:
		unknown = w.say("%s unknown: the answer did not come", v.Unknown)
	case v.Resend:
		unknown = w.say("%s may or may not have got it, or have it twice", v.Unknown)
	}
	lines := []html{w.reached(v)}
	for _, c := range []struct {
		n    int
		line html
	}{
		{v.Unknown, unknown},
		{v.Blocked, w.count(v.Blocked, "%s has blocked the bot", "%s have blocked the bot")},
		{v.Gone, w.count(v.Gone, "%s is gone or never started it", "%s are gone or never started it")},
		{v.Failed, w.failedOnes(v)},
		{v.Skipped, w.say("%s skipped: known to be out of reach", v.Skipped)},
		{v.Cancelled, w.count(v.Cancelled, "%s was not told", "%s were not told")},
	} {
		if c.n > 0 {
			lines = append(lines, c.line)
		}
	}
	return lines
}

func (w Words) failedOnes(v BroadcastView) html {
	if v.Op == OpRecall {
		return w.say("%s could not be taken back, mostly too old", v.Failed)
	}
	return w.say("%s failed; the list says why", v.Failed)
}

// let says who let it go out.
func (w Words) let(v BroadcastView) html {
	switch {
	case v.Tie != "":
		return w.say("By itself: %s (agreed in %s).", w.tie(v.Tie), tag(v.Standing))
	case v.Follows != 0:
		return w.say("It follows %s and was agreed with it.", tag(v.Follows))
	case v.Request == 0:
		return ""
	case len(v.ApprovedBy) > 0:
		return w.say("%s asked, %s approved (%s).", name(v.Asked), w.all(v.ApprovedBy), numbered(v.Request))
	}
	return w.say("%s asked (%s).", name(v.Asked), numbered(v.Request))
}

func (w Words) about(v BroadcastView) html {
	var parts []html
	if m := quiet(v.Matter, anyText); m != "" {
		parts = append(parts, w.say("About: %s", m))
	}
	if !v.ListAt.IsZero() {
		parts = append(parts, w.say("list from %s", w.since(v.ListAt, v.Begun)))
	}
	return join("; ", parts...)
}

func (w Words) upNow(up bool) html {
	if up {
		return w.say("The service is up")
	}
	return w.say("The service is down")
}

// broadcastButtons are one person's: stopping is cheap. What changes what users see is a command, for two people.
func (w Words) broadcastButtons(p *page, v BroadcastView) {
	rest := press(w.say("Cancel the rest"), v.ID, BroadcastCancel, danger)
	switch {
	case v.Status == BroadcastRunning:
		p.row(press(w.say("Pause"), v.ID, BroadcastPause, ""), rest)
		return
	case v.Status == BroadcastPaused:
		p.row(press(w.say("Go on"), v.ID, BroadcastGoOn, good), rest)
		return
	}
	if len(v.Next) > 0 {
		p.row(press(w.say("Cancel what follows"), v.ID, BroadcastCancel, danger))
	}
	if v.Op == OpSend && v.Sent+v.Unknown > 0 {
		p.row(do(w.say("Correct it"), "/broadcast_edit "+unspaced(v.ID)), do(w.say("Take it back"), "/broadcast_recall "+unspaced(v.ID)))
	}
	if v.Total > 0 {
		p.row(press(w.say("Rate"), v.ID, BroadcastRate, ""), press(w.say("List (private)"), v.ID, BroadcastList, ""))
	}
}

// BroadcastRing is the one-line reply, HTML, to a broadcast's card when it ended, failed, or paused by itself; empty when
// nobody must look.
func (w Words) BroadcastRing(v BroadcastView) string {
	head := join(" ", broadcastMark(v.Status), w.what(v), tag(v.ID), w.broadcastState(v.Status))
	switch v.Status {
	case BroadcastDone, BroadcastCancelled:
		return string(join(" · ", head, w.say("%s, of %s", w.reached(v), v.Total)))
	case BroadcastFailed:
		return string(join(" · ", head, sentence(v.Why, maxTitle)))
	case BroadcastPaused:
		if v.PausedBy == "" {
			return string(join(" · ", head, sentence(v.Why, maxTitle)))
		}
	}
	return ""
}

// BroadcastAnswer answers a press on a broadcast's card that worked.
func (w Words) BroadcastAnswer(choice string) string {
	switch choice {
	case BroadcastPause:
		return plain(w.say("Paused. What is on its way still arrives, nothing else goes out."))
	case BroadcastGoOn:
		return plain(w.say("It goes on."))
	case BroadcastCancel:
		return plain(w.say("Cancelled. Whoever has not got it will not."))
	case BroadcastRate:
		return plain(w.say("The picture is on its way."))
	case BroadcastList:
		return plain(w.say("The list is on its way, to you alone."))
	}
	return ""
}

// ListCaption stands over the list of a broadcast's recipients.
func (w Words) ListCaption(id uint64) string {
	return string(w.say("Who got %s, and who did not. Personal: keep it to yourself.", tag(id)))
}

// LedgerUnread answers when what became of recipients cannot be read.
func (w Words) LedgerUnread() Card {
	p := page{words: w}
	p.add(w.say("What became of the recipients cannot be read now. Try again."))
	return p.card()
}
