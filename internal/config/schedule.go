package config

import (
	"strings"
	"time"

	"twokey/drills/calendar"
)

// schedule reads the words of a calendar, or five fields of cron. What people may not have thought of is a warning.
func (n *node) schedule() *calendar.Schedule { return n.comes(n.filled("")) }

// cron reads five fields; an empty text is never, which is nil.
func (n *node) cron() *calendar.Schedule {
	s := n.str("")
	if s == "" || !n.present() {
		return nil
	}
	if strings.Contains(s, " of ") {
		n.wrong("is for every day", hintCron)
		return nil
	}
	c := n.comes(s)
	if c == nil {
		return nil
	}
	for _, odd := range c.Odd(n.doc.world.now()) {
		n.warn(odd, "")
	}
	return c
}

const (
	hintCron  = `write five fields, minute hour day month weekday, such as "0 4 * * *"`
	hintWords = `write it as "second tue of month 10:00", "last business day of quarter 10:00" or "third tue of january 10:00"`
)

func (n *node) comes(s string) *calendar.Schedule {
	if !n.present() {
		return nil
	}
	c, err := calendar.Parse(s, n.doc.config.Zone, calendar.NewHolidays(n.doc.config.Holidays))
	if err == nil {
		return c
	}
	hint := hintCron
	if strings.Contains(s, " of ") {
		hint = hintWords
	}
	n.wrong(err.Error(), hint)
	return nil
}

func (w World) now() time.Time {
	if w.Now == nil {
		return time.Now()
	}
	return w.Now()
}
