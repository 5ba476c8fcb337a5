package text

import (
	"strings"
	"time"
)

// PreflightView is what a look at the world came to.
type PreflightView struct {
	Busy    bool // somebody else's look is not over
	Checked time.Time
	Took    time.Duration
	Found   []Found // in the order to show
	SQL     bool    // there is SQL that would make the roles
}

// Found is one thing that was looked at.
type Found struct {
	Area     string
	State    string // ok, warn, fail, off
	Sentence string
	Hint     string
}

// The states of Found.
const (
	FoundOK   = "ok"
	FoundWarn = "warn"
	FoundFail = "fail"
	FoundOff  = "off"
)

// maxFound is the longest sentence or hint of a look, in characters.
const maxFound = 300

// Preflight is the answer to /preflight: what fails, what to know, and, behind a quote, the rest.
func (w Words) Preflight(v PreflightView) Card {
	p := page{words: w}
	if v.Busy {
		p.add(w.say("I am looking already; who asked first gets the answer."))
		return p.card()
	}
	by := map[string][]Found{}
	for _, f := range v.Found {
		if f.State != FoundOK && f.State != FoundWarn && f.State != FoundOff {
			f.State = FoundFail // what we do not know is not well
		}
		by[f.State] = append(by[f.State], f)
	}
	looked := len(v.Found) - len(by[FoundOff])
	p.add(w.preflightHeadline(len(by[FoundFail]), len(by[FoundWarn]), looked))
	p.add(w.say("checked %s, in %s", w.at(v.Checked, v.Checked), v.Took))
	w.findings(&p, must, "❌", by[FoundFail])
	w.findings(&p, ifFacts, "⚠️", by[FoundWarn])
	if v.SQL {
		p.gap()
		p.add(w.say("On the host %s prints the SQL that makes the roles.", code("twokey check")))
	}
	p.gap()
	p.quote(rest(v.Found))
	return p.card()
}

func (w Words) preflightHeadline(failed, warned, looked int) html {
	var line html
	switch {
	case failed > 0:
		line = w.say("❌ preflight: %s of %s failed", failed, looked)
	case warned == 0:
		return w.say("✅ preflight: all %s in order", looked)
	default:
		return w.count(warned, "⚠️ preflight: nothing failed, %s warning", "⚠️ preflight: nothing failed, %s warnings")
	}
	if warned > 0 {
		line = join(", ", line, w.count(warned, "%s warning", "%s warnings"))
	}
	return line
}

func (w Words) findings(p *page, rank int, mark html, list []Found) {
	for _, f := range list {
		p.gap()
		lines := []html{join(" ", mark, prose(f.Sentence))}
		if f.Hint != "" {
			lines = append(lines, w.say("→ %s", prose(f.Hint)))
		}
		p.list(rank, lines...)
	}
}

// rest is what is well and what was not looked at, area by area, for a quote.
func rest(list []Found) []string {
	var lines []string
	area := ""
	for _, f := range list {
		if f.State != FoundOK && f.State != FoundOff {
			continue
		}
		if f.Area != area {
			area = f.Area
			lines = append(lines, clean(area, maxName))
		}
		lines = append(lines, map[bool]string{true: "✓ ", false: "– "}[f.State == FoundOK]+clean(f.Sentence, maxFound))
	}
	return lines
}

// prose shows a sentence with outside words in it: each word that could be tapped is code, the others are not.
func prose(s string) html {
	words := strings.Fields(clean(s, maxFound))
	parts := make([]html, len(words))
	for i, word := range words {
		parts[i] = quiet(word, maxFound)
	}
	return join(" ", parts...)
}
