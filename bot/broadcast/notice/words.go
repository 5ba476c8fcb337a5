package notice

import (
	"fmt"
	"strings"
	"time"
)

// words are how durations and dates are said in a language. Units are abbreviations, so that no language has to decline
// them.
type words struct {
	about  string // with {} for the duration
	soon   string // for less than a minute
	minute string
	hour   string
	day    string // of two and more
	months []string
	days   []string // from Sunday
}

// digits are for languages that nobody has given words for.
func digits() words {
	return words{about: "{}", soon: "1 min", minute: "min", hour: "h", day: "d"}
}

// known gives the words of the languages that are built in.
func known(lang string) (words, bool) {
	switch lang {
	case "en":
		return words{
			about: "about {}", soon: "less than a minute", minute: "min", hour: "h", day: "days",
			months: []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
			days:   []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		}, true
	case "ru":
		return words{
			about: "около {}", soon: "менее минуты", minute: "мин", hour: "ч", day: "дн.",
			months: []string{"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"},
			days:   []string{"воскресенье", "понедельник", "вторник", "среда", "четверг", "пятница", "суббота"},
		}, true
	}
	return words{}, false
}

// wordsFor finds the words of a language, or of the one it is a kind of; the template's own come first.
func (t *Template) wordsFor(lang string) words {
	for l := lang; l != ""; l = parent(l) {
		if w, is := t.words[l]; is {
			return w
		}
		if w, is := known(l); is {
			return w
		}
	}
	return digits()
}

// parent is the language that lang is a kind of: pt-br → pt → "".
func parent(lang string) string { return lang[:max(0, strings.LastIndexByte(lang, '-'))] }

// span says a duration to the minute, from two days on to the hour.
func (w words) span(d time.Duration) string {
	if d < time.Minute {
		return w.soon
	}
	d = d.Round(time.Minute)
	big, small, bigUnit, smallUnit := time.Hour, time.Minute, w.hour, w.minute
	if d >= 48*time.Hour {
		d = d.Round(time.Hour)
		big, small, bigUnit, smallUnit = 24*time.Hour, time.Hour, w.day, w.hour
	}
	var parts []string
	if n := d / big; n > 0 {
		parts = append(parts, fmt.Sprintf("%d %s", n, bigUnit))
	}
	if n := d % big / small; n > 0 {
		parts = append(parts, fmt.Sprintf("%d %s", n, smallUnit))
	}
	return strings.Replace(w.about, "{}", strings.Join(parts, " "), 1)
}

// The forms of a time: {from}, {from:day}, {from:weekday}.
const (
	clockOnly = ""
	withDay   = "day"
	withName  = "weekday"
)

// stamp is a time that newer clients show in the reader's own zone and older ones as it is written: the zone stands inside,
// because it would contradict a time that was converted.
// Source: https://core.telegram.org/bots/api#date-time-entity-formatting, format r|w?[dD]?[tT]?
func (w words) stamp(at time.Time, form string) string {
	format := map[string]string{clockOnly: "t", withDay: "Dt", withName: "wDt"}[form]
	return fmt.Sprintf(`<tg-time unix="%d" format="%s">%s</tg-time>`, at.Unix(), format, escape(w.written(at, form)))
}

func (w words) written(at time.Time, form string) string {
	clock := at.Format(clockLayout) + " UTC"
	switch {
	case form == clockOnly:
		return clock
	case w.months == nil:
		return at.Format("2006-01-02") + ", " + clock
	}
	day := fmt.Sprintf("%d %s, %s", at.Day(), w.months[at.Month()-1], clock)
	if form == withName {
		return w.days[at.Weekday()] + ", " + day
	}
	return day
}
