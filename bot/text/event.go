package text

import (
	"strings"
	"time"
)

// FollowView is a notice that is still to come under an approval that was given: at a time, or when something is so.
type FollowView struct {
	Template string
	At       time.Time
	When     string // checks_green
	Of       uint64 // the broadcast it follows, where the card is not that one's own
}

// notice is a template's name as people say it: "maintenance starting".
func (w Words) notice(template string) html {
	if template == "" {
		return w.say("a notice")
	}
	return quiet(strings.NewReplacer(".", " ", "_", " ").Replace(template), maxName)
}

// event is what lets a notice go out by itself.
func (w Words) event(when string, longer time.Duration) html {
	switch {
	case when == "down_longer_than":
		return w.say("down for more than %s", longer)
	case when == "overdue":
		return w.say("down for longer than was promised")
	case when == "lockdown":
		return w.say("locked by a panic")
	case when == "checks_green":
		return w.say("the checks are green")
	}
	return quiet(when, maxName)
}

// tie is an event and its notice, from what the config writes: "down_longer_than 1m0s → maintenance.starting".
func (w Words) tie(written string) html {
	when, send, whole := strings.Cut(written, " → ")
	name, longer, _ := strings.Cut(when, " ")
	d, err := time.ParseDuration(longer)
	if !whole || longer != "" && err != nil {
		return quiet(written, anyText)
	}
	return w.say("%s → %s", w.event(name, d), w.notice(send))
}

// follow is a notice to come, with when.
func (w Words) follow(f FollowView, near time.Time) html {
	line := w.notice(f.Template)
	switch {
	case !f.At.IsZero():
		line = w.say("%s %s", line, w.until(f.At, near))
	case f.When != "":
		line = w.say("%s when %s", line, w.event(f.When, 0))
	}
	if f.Of != 0 {
		return w.say("%s, after %s", line, tag(f.Of))
	}
	return line
}

// follows are those of one approval, in one line.
func (w Words) follows(list []FollowView, near time.Time) html {
	var all []html
	for _, f := range list[:min(len(list), maxNames)] {
		all = append(all, w.follow(f, near))
	}
	if more := len(list) - maxNames; more > 0 {
		all = append(all, w.say("%s more", more))
	}
	if len(all) == 0 {
		return ""
	}
	return w.say("Then, under the same approval: %s.", join("; ", all...))
}

// parseFollows reads "maintenance.starting at 2026-11-26T00:00:00Z; maintenance.finished when checks_green".
func parseFollows(s string) (list []FollowView) {
	for part := range strings.SplitSeq(s, ";") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		f := FollowView{Template: words[0]}
		if len(words) == 3 && words[1] == "at" {
			f.At, _ = time.Parse(time.RFC3339, words[2])
		}
		if len(words) == 3 && words[1] == "when" {
			f.When = words[2]
		}
		list = append(list, f)
	}
	return list
}
