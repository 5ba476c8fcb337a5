package text

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// number writes a count, its thousands apart.
func number(n int64) html {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u00a0" + s[i:]
	}
	return html(sign + s)
}

// amount writes a measured number with its unit.
func amount(n float64, unit string) string {
	s := strconv.FormatFloat(n, 'f', 1, 64)
	return strings.TrimSpace(strings.TrimSuffix(s, ".0") + " " + unit)
}

// span writes a duration with the two largest units that say something.
func (w Words) span(d time.Duration) html {
	if d = max(0, d); d > 10*time.Second {
		d = d.Round(time.Second)
	}
	switch {
	case d < 10*time.Second:
		return w.say("%s s", html(strings.TrimSuffix(strconv.FormatFloat(d.Seconds(), 'f', 1, 64), ".0")))
	case d < time.Minute:
		return w.say("%s s", int(d.Seconds()))
	case d < time.Hour:
		return w.units(d, time.Minute, "%s min", time.Second, "%s s")
	case d.Round(time.Minute) < 24*time.Hour:
		return w.units(d.Round(time.Minute), time.Hour, "%s h", time.Minute, "%s min")
	default:
		return w.units(d.Round(time.Hour), 24*time.Hour, "%s d", time.Hour, "%s h")
	}
}

func (w Words) units(d, big time.Duration, inBig string, small time.Duration, inSmall string) html {
	s := w.say(inBig, int(d/big))
	if rest := d % big / small; rest > 0 {
		s = join(" ", s, w.say(inSmall, int(rest)))
	}
	return s
}

func (w Words) zone() *time.Location {
	if w.Zone == nil {
		return time.UTC
	}
	return w.Zone
}

// city is the zone as people call it: "Europe/Helsinki" is Helsinki.
func (w Words) city(t time.Time) string {
	name := w.zone().String()
	if name == "Local" {
		name, _ = t.In(w.zone()).Zone()
	}
	return strings.ReplaceAll(name[strings.LastIndexByte(name, '/')+1:], "_", " ")
}

// stamp is a time that newer clients show in the reader's own zone and older ones as it is written. The zone's name stands
// inside for that reason: outside it would contradict a converted time.
// Source: https://core.telegram.org/bots/api#date-time-entity-formatting, format r|w?[dD]?[tT]?
func stamp(t time.Time, format, written string) html {
	return html(fmt.Sprintf(`<tg-time unix="%d" format="%s">%s</tg-time>`, t.Unix(), format, escape(written)))
}

// until is a deadline: a clock time with its zone, with the day when that is not the day of near.
func (w Words) until(t, near time.Time) html {
	format, layout := w.near(t, near, "t", "15:04")
	return stamp(t, format, t.In(w.zone()).Format(layout)+" ("+clean(w.city(t), 32)+")")
}

// at is a moment: to the second on the day of near, else to the minute with its day.
func (w Words) at(t, near time.Time) html {
	if t.IsZero() {
		return w.say("at an unknown time")
	}
	if format, _ := w.near(t, near, "T", ""); format != "T" {
		return w.since(t, near)
	}
	return stamp(t, "T", t.In(w.zone()).Format("15:04:05"))
}

// on is a moment to the minute, with its day.
func (w Words) on(t time.Time) html { return w.since(t, time.Time{}) }

// since is a moment to the minute, with the day when that is not the day of near.
func (w Words) since(t, near time.Time) html {
	format, layout := w.near(t, near, "t", "15:04")
	return stamp(t, format, t.In(w.zone()).Format(layout))
}

func (w Words) near(t, near time.Time, format, layout string) (string, string) {
	y, m, d := t.In(w.zone()).Date()
	ny, nm, nd := near.In(w.zone()).Date()
	if y == ny && m == nm && d == nd {
		return format, layout
	}
	return "wd" + format, "Mon 2 Jan " + layout
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }
