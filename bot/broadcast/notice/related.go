package notice

import (
	"fmt"
	"slices"
)

// related checks what a template says of others: that they are there, and get every value they need.
func (d *draft) related(s Set) {
	from, isFrom := d.find("from")
	if reminders := d.at.get("reminders"); len(d.Reminders) > 0 && (!isFrom || from.Kind != KindTime) {
		reminders.wrong("are before the variable from, and there is no such time", "write from: {type: time} under vars")
	}
	reminder := d.at.get("reminder")
	switch {
	case d.Reminder == "" && len(d.Reminders) > 0:
		d.at.get("reminders").wrong("send nothing", "write reminder: and the name of the notice they send")
	case d.Reminder != "" && len(d.Reminders) == 0:
		reminder.wrong("is never sent", "write reminders: [24h, 1h]")
	case d.Reminder != "":
		d.covers(s, reminder, d.Reminder, false)
	}
	for i, f := range d.Follow {
		item := d.at.get("follow").items[i]
		if at, is := d.find(f.At); f.At != "" && (!is || at.Kind != KindTime) {
			item.wrong(fmt.Sprintf("is sent at %s, which is no time of this notice", quote(f.At)), "write the name of a variable of type time")
		}
		if f.Send != "" {
			d.covers(s, item, f.Send, f.When == ChecksGreen)
		}
	}
}

// covers checks that another template is there, that d has the values it needs, and that it waits for what it claims.
func (d *draft) covers(s Set, at *node, name string, green bool) {
	other, is := s.Get(name)
	switch {
	case !is:
		at.wrong(fmt.Sprintf("sends %s, and there is no such notice", quote(name)), "there are "+listed(s.names()))
		return
	case other == d.Template:
		at.wrong("sends the notice itself", "name another one")
		return
	case other.Green && !green:
		at.wrong(fmt.Sprintf("sends %s, which claims that the service is well again, at a time", name), "write follow: [{send: "+name+", when: "+ChecksGreen+"}]")
		return
	}
	for _, v := range other.Vars {
		own, is := d.find(v.Name)
		if is && own.Kind != v.Kind || !is && v.Default == "" {
			at.wrong(fmt.Sprintf("sends %s, which needs the %s %s", name, v.Kind, v.Name), "add it to the variables of this notice")
		}
		if is && v.Kind == KindChoice && !slices.Equal(own.names(), v.names()) {
			at.wrong(fmt.Sprintf("sends %s, which has other values of %s", name, v.Name), "give both the same")
		}
	}
}

// trySample renders the notice once. What it finds is mostly a summary that cannot stand for its variable.
func (d *draft) trySample() {
	if _, _, err := d.Sample(noon()); err != nil {
		d.file.add(d.at.line, fmt.Sprintf("%s cannot be rendered with plausible values: %s", d.Name, err), "write an example of the variable: "+hintOf(err))
	}
}

func (s Set) names() []string {
	var names []string
	for _, t := range s.templates {
		names = append(names, t.Name)
	}
	return names
}

// Passed gives what another template takes over of this one's values: those of the variables both have.
func (t *Template) Passed(v Values, to *Template) map[string]string {
	typed := map[string]string{}
	for name, value := range v {
		if to.known(name) == nil {
			typed[name] = value
		}
	}
	return typed
}
