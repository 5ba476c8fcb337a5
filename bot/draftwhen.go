package bot

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"twokey/actions"
	"twokey/bot/text"
)

// whens are the times that are offered, as they can be typed. The buttons name them by where they stand here.
var whens = []string{"now", "in 15 min", "in 1 h", "tonight 22:00", "tonight 02:00", "tomorrow 09:00"}

// slots are those that make sense now, each meaning once.
func slots(now time.Time, zone *time.Location) (list []text.DraftSlot) {
	var means []time.Time
	for i, w := range whens {
		at, ok := parseWhen(w, now, zone)
		if !ok || slices.ContainsFunc(means, at.Equal) {
			continue
		}
		list, means = append(list, text.DraftSlot{Label: w, I: i}), append(means, at)
	}
	return list
}

// schedule takes one of the times that are offered.
func (b *Bot) schedule(d *draft, i int) {
	if i < len(whens) {
		b.scheduleTyped(d, whens[i])
	}
}

// scheduleTyped takes a time, or asks for it again.
func (b *Bot) scheduleTyped(d *draft, typed string) {
	now := b.now()
	at, ok := parseWhen(typed, now, b.zone())
	switch {
	case !ok:
		d.aside, d.wrong = whichTime, &NoticeError{Sentence: strconv.Quote(typed) + " is no time to come", Hint: "type it like 18:30, tomorrow 09:00, in 2h or 2026-11-25T03:00"}
		return
	case at.Sub(now) > actions.Farthest:
		d.aside, d.wrong = whichTime, &NoticeError{Sentence: strconv.Quote(typed) + " is more than 7 days ahead", Hint: "nobody remembers by then what they agreed to"}
		return
	}
	d.w.at, d.aside, d.wrong = at, "", nil
}

// askTimeAgain is for a draft that lay around until its time was over.
func (d *draft) askTimeAgain() {
	d.w.at, d.aside = time.Time{}, whichTime
	d.wrong = &NoticeError{Sentence: "the time that was chosen is over", Hint: "choose another, or once agreed"}
}

func (b *Bot) isOver(at time.Time) bool { return !at.IsZero() && !b.now().Before(at) }

// parseWhen reads when a notice goes out: now, in 15 min, tonight 02:00, tomorrow 09:00, or what at= takes. Now is the zero time,
// and a span ends with its minute, so that the time on the card is never before the one that was meant.
func parseWhen(typed string, now time.Time, zone *time.Location) (time.Time, bool) {
	word, rest, _ := strings.Cut(strings.ToLower(strings.Join(strings.Fields(typed), " ")), " ")
	switch word {
	case "now":
		return time.Time{}, rest == ""
	case "in":
		span := strings.NewReplacer(" ", "", "min", "m").Replace(rest)
		d, err := time.ParseDuration(span)
		return now.Add(d + time.Minute - time.Nanosecond).Truncate(time.Minute).UTC(), err == nil && d > 0
	case "tonight":
		return tonight(rest, now, zone)
	case "tomorrow":
		clock, err := time.Parse("15:04", rest)
		return onDay(now.In(zone).AddDate(0, 0, 1), clock, zone), err == nil
	}
	at, ok := parseAt(strings.ToUpper(strings.TrimSpace(typed)), now, zone)
	return at, ok && at.After(now)
}

// nightFrom and nightTo are the hours that are called tonight.
const nightFrom, nightTo = 17, 8

func tonight(clock string, now time.Time, zone *time.Location) (time.Time, bool) {
	at, ok := parseAt(clock, now, zone)
	h := at.In(zone).Hour()
	return at, ok && (h >= nightFrom || h < nightTo) && at.Sub(now) < 24*time.Hour && (h < nightTo || sameDay(at, now, zone))
}

func sameDay(a, b time.Time, zone *time.Location) bool {
	return a.In(zone).Format(time.DateOnly) == b.In(zone).Format(time.DateOnly)
}

// bindDraft makes what was given canonical: what somebody said as they meant it now, and what nobody said, such as a default of
// now or in 30m, as it is when it goes out.
func (b *Bot) bindDraft(t NoticeTemplate, w noticeWords) (string, error) {
	vars := timed(t, w)
	values, err := b.Notices.Bind(w.template, vars, b.now())
	if err != nil || w.at.IsZero() {
		return values, err
	}
	bound := parseValues(values)
	for name := range vars {
		if is, there := bound[name]; there {
			vars[name] = is
		}
	}
	return b.Notices.Bind(w.template, vars, w.at)
}

// timed are the variables with "now" as the time at which it goes out: users read it then.
func timed(t NoticeTemplate, w noticeWords) map[string]string {
	vars := maps.Clone(w.vars)
	for _, v := range t.Vars {
		if v.Kind == "time" && !w.at.IsZero() && strings.EqualFold(strings.TrimSpace(vars[v.Name]), "now") {
			vars[v.Name] = minute(w.at)
		}
	}
	return vars
}

// saying is what the texts are made of, as it was given.
func (d *draft) saying(t NoticeTemplate) string {
	vars := timed(t, d.w)
	var line []string
	for _, name := range sortedKeys(vars) {
		line = append(line, name+"="+strconv.Quote(vars[name]))
	}
	if slices.ContainsFunc(t.Vars, func(v text.NoticeVar) bool { return v.Kind == "time" && vars[v.Name] == "" }) {
		line = append(line, d.w.at.String()) // a default counts from then
	}
	return strings.Join(line, " ")
}
