package config

import (
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"time"

	"twokey/actions"
	"twokey/auth"
)

// Person is a person of auth, and how and when to reach them.
type Person struct {
	auth.Person
	Phone string
	Away  Away
}

// Away is from when until when, both days included, somebody is not there. The zero Away is never.
type Away struct{ From, To Date }

// Escalate is when those who have not voted on a pending request are called again, and whom to call when nobody has after
// the last time.
type Escalate struct {
	After []time.Duration // since it was asked, each longer than the one before
	HTTP  string          // a URL; empty: none
	Exec  []string        // a program and its arguments; empty: none
}

// defaultAfter is when those who have not voted are called again.
func defaultAfter() []time.Duration {
	return []time.Duration{time.Minute, 3 * time.Minute, 6 * time.Minute}
}

// Contact is somebody to call who need not be a person of the bot.
type Contact struct{ Role, Name, Phone string }

// personName is one word: people type it after a command.
var personName = regexp.MustCompile(`^[\pL\pN][\pL\pN._-]{0,31}$`)

func (n *node) people() ([]Person, auth.Directory) {
	var all []Person
	var known []auth.Person
	var directory auth.Directory
	for _, item := range n.list() {
		p := item.section().onePerson()
		if n.doc.findings.about(item.path) {
			continue
		}
		// One more at a time: what is wrong is then wrong with this one.
		d, err := auth.NewDirectory(append(known, p.Person))
		if err != nil {
			item.wrong(err.Error(), "")
			continue
		}
		directory, known, all = d, append(known, p.Person), append(all, p)
	}
	if len(n.items) < 2 && (n.kind == list || n.kind == null) {
		n.wrong(fmt.Sprintf("has %d of them: what one person asks for, another must approve", len(n.items)), "add a second person")
	}
	return all, directory
}

func (n *node) onePerson() Person {
	defer n.close()
	var p Person
	name := n.need("name", "one word")
	p.Name = auth.Name(name.str(""))
	if name.present() && !personName.MatchString(string(p.Name)) {
		name.wrong(fmt.Sprintf("%q is not one word of letters, digits, dots and dashes", p.Name), "")
	}
	if p.Name == actions.Self {
		name.wrong(fmt.Sprintf("%q is what the bot calls itself", p.Name), "choose another name")
	}
	accounts := n.need("telegram", "the ids of their accounts: [123456789]")
	for _, a := range accounts.list() {
		p.Accounts = append(p.Accounts, auth.Account(a.integer(0)))
	}
	if accounts.kind == list && len(p.Accounts) == 0 {
		accounts.wrong("is empty", "write the ids of their accounts: [123456789]")
	}
	p.Roles = n.need("roles", "what they may do: [admin]").roles()
	p.Phone = n.get("phone").str("")
	p.Away = n.get("away").away()
	return p
}

func (n *node) roles() []auth.Role {
	var roles []auth.Role
	for _, s := range n.strings() {
		roles = append(roles, auth.Role(s))
	}
	return roles
}

func (n *node) away() Away {
	days := n.list()
	if len(days) == 0 {
		return Away{}
	}
	if len(days) != 2 {
		n.wrong(fmt.Sprintf("has %d dates", len(days)), "write the first and the last day: [2026-12-20, 2027-01-06]")
		return Away{}
	}
	a := Away{days[0].date(), days[1].date()}
	if days[0].present() && days[1].present() && a.To.compare(a.From) < 0 {
		n.wrong("ends before it begins", "")
	}
	return a
}

func (d Date) compare(e Date) int {
	return cmp.Or(cmp.Compare(d.Year, e.Year), cmp.Compare(d.Month, e.Month), cmp.Compare(d.Day, e.Day))
}

// person reads the name of somebody in people.
func (n *node) person() auth.Name {
	name := auth.Name(n.filled(""))
	_, known := n.doc.config.Directory.ByName(name)
	if n.present() && !known && !n.doc.findings.about("people") {
		var names []string
		for _, p := range n.doc.config.Directory.People() {
			names = append(names, string(p.Name))
		}
		n.wrong(fmt.Sprintf("%q is nobody in people", name), didYouMean(string(name), names))
	}
	return name
}

func (n *node) escalate() Escalate {
	defer n.close()
	e := Escalate{After: defaultAfter(), HTTP: n.get("http").address(""), Exec: n.get("exec").argv()}
	if after := n.get("after"); after.present() {
		e.After = after.rising()
	}
	if len(e.Exec) > 0 && e.Exec[0] != "" && !filepath.IsAbs(e.Exec[0]) {
		n.get("exec").wrong(fmt.Sprintf("names the program %q", e.Exec[0]), "write its whole path, such as /usr/local/bin/page")
	}
	return e
}

// rising reads a list of spans, each longer than the one before.
func (n *node) rising() []time.Duration {
	var spans []time.Duration
	for i, item := range n.list() {
		d := item.duration(0)
		if item.present() && i > 0 && d <= spans[i-1] {
			item.wrong(fmt.Sprintf("is %s, which is not after the one before", d), "")
		}
		spans = append(spans, d)
	}
	return spans
}

func (n *node) contacts() []Contact {
	var all []Contact
	for _, item := range n.list() {
		c := item.section()
		all = append(all, Contact{
			Role:  c.need("role", "what they are called for").filled(""),
			Name:  c.need("name", "who they are").filled(""),
			Phone: c.need("phone", "their number, in quotes").filled(""),
		})
		c.close()
	}
	n.laterMany(len(all), "contact", "contacts", "show")
	return all
}
