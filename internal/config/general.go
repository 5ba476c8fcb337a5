package config

import (
	"fmt"
	"net"
	"strings"
	"time"

	"twokey/drills/calendar"
	"twokey/internal/heads"
	"twokey/internal/secret"
)

const (
	defaultState  = "state/twokey.db"
	defaultListen = "127.0.0.1:9464"
	defaultKey    = "secrets/journal.key" // where a hint says to make one; nothing is read from there by itself
)

// QuietHours are when news waits until morning; what needs somebody never waits. Equal times are none.
type QuietHours struct{ From, To Clock }

// Clock is a time of day in the config's zone.
type Clock struct{ Hour, Minute int }

// Date is a day of the calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Console is the way in for those who are on the machine.
type Console struct {
	Socket string            // absolute; empty is off
	People map[string]string // Unix user → person
}

func (n *node) zone() *time.Location {
	z := n.get("timezone")
	return z.location(z.filled("UTC"))
}

// ownZone is that of something that says times without one; nil: nobody said.
func (n *node) ownZone() *time.Location {
	z := n.get("timezone")
	if !z.present() {
		return nil
	}
	return z.location(z.filled("UTC"))
}

func (n *node) location(name string) *time.Location {
	// "Local" is whatever the machine says, and two replicas may say different things.
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		n.wrong(fmt.Sprintf("%q is not a time zone", name), "write a name such as Europe/Helsinki or UTC")
		return time.UTC
	}
	return zone
}

func (n *node) state() string {
	s := n.get("state")
	written := s.filled(defaultState)
	if scheme, _, isURL := strings.Cut(written, "://"); isURL {
		s.wrong("is "+scheme+"://…, and this version keeps its state in a file only", "name a file, such as "+defaultState)
		written = defaultState
	}
	path := n.doc.absolute(written)
	if !s.present() && n.doc.world.Guard != nil && s.kind != broken {
		n.doc.addError("state", n.doc.world.Guard(n.doc.shown(written)))
		return path
	}
	s.guarded(n.doc.shown(written))
	return path
}

func (n *node) listen() string {
	l := n.get("listen")
	address := l.hostPort(defaultListen)
	host, _, _ := net.SplitHostPort(address) // that it is one was checked
	if ip := net.ParseIP(host); address != "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		l.warn(fmt.Sprintf("%q is read by everybody who reaches it: there is no password", address), "write "+defaultListen+", or keep others away")
	}
	return address
}

func (n *node) quietHours() QuietHours {
	defer n.close()
	q := QuietHours{
		From: n.need("from", `when they begin, such as "22:00"`).clock(),
		To:   n.need("to", `when they end, such as "07:00"`).clock(),
	}
	if n.get("from").present() && n.get("to").present() && q.From == q.To {
		n.get("to").wrong("is when they begin", "")
	}
	return q
}

// signingKey reads the key that signs the journal's head. There need not be one.
func (n *node) signingKey() secret.Value {
	value, _ := n.secret("signing_key", false)
	if value.IsZero() {
		return value
	}
	if _, err := heads.ParseKey(value); err != nil {
		named := n.get("signing_key_file")
		if !named.present() {
			named = n.get("signing_key")
		}
		named.wrong(err.Error(), makeKey+defaultKey)
		return secret.Value{}
	}
	n.doc.config.Secrets = append(n.doc.config.Secrets, heads.Seed(value))
	return value
}

// makeKey is what to type for a key, before the name of its file.
const makeKey = "make one: twokey journal key --new "

func (n *node) clock() Clock {
	s := n.str("")
	if !n.present() {
		return Clock{}
	}
	c, err := parseClock(s)
	if err != nil {
		n.wrong(err.Error(), `write hours and minutes in quotes, such as "22:00"`)
	}
	return c
}

func parseClock(s string) (Clock, error) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return Clock{}, fmt.Errorf("%q is not a time of day", s)
	}
	return Clock{t.Hour(), t.Minute()}, nil
}

func (n *node) date() Date {
	s := n.str("")
	if !n.present() {
		return Date{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		n.wrong(fmt.Sprintf("%q is not a date", s), `write one such as "2026-12-24"`)
		return Date{}
	}
	return Date{t.Year(), t.Month(), t.Day()}
}

func (n *node) holidays() []calendar.Date {
	var dates []calendar.Date
	for _, item := range n.list() {
		if d := item.date(); item.present() {
			dates = append(dates, calendar.Date(d))
		}
	}
	return dates
}

func (n *node) console() Console {
	defer n.close()
	c := Console{Socket: n.get("socket").file(""), People: map[string]string{}}
	for _, e := range n.get("people").fields() {
		c.People[e.key] = string(e.value.person())
	}
	n.later("listen to the console")
	return c
}
