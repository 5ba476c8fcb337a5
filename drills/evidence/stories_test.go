package evidence_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"twokey/auth"
	"twokey/drills"
	"twokey/internal/journal"
)

// hostile is what somebody writes who wants it to be something else.
var hostile = "# heading\n> quote\n- list\n| cell | cell |\n<script>alert(1)</script> <img src=https://evil.example/x.png> [click](https://evil.example) " +
	"![i](https://evil.example/i.png) <https://evil.example> https://evil.example www.evil.example a@evil.example @ann `code` ```\n***b*** ~~s~~ &lt;b&gt; " +
	"javascript:alert(1) \u202edrill passed\u202c zero\u200bwidth \u2066iso\u2069 \x00\x1b[31mred\x1b[0m $x^2$ \ufeff{{.}} ${x} ]]> --> </title></svg> " +
	"o\u0301\u0301\u0301\u0301\u0301\u0301\u0301 " + strings.Repeat("long", 1000)

// hostileName is the same where the journal itself takes no NUL.
var hostileName = strings.ReplaceAll(hostile, "\x00", "")

// stories are exercises of every sort, each as it went in the journal.
func stories() map[string]func(*desk) {
	return map[string]func(*desk){"passed": passed, "failed": failed, "partial": partial, "skipped": skipped, "missed": missed,
		"aborted": aborted, "repeated": repeated, "moved": moved, "anyway": anyway, "approvers": approvers, "dropped": dropped,
		"hostile": everythingHostile, "planned": func(d *desk) {}}
}

// story is one of them, from its first reminder on.
func story(t testing.TB, name string) *desk {
	t.Helper()
	p := plan(t, "database", drills.Database, "first tue of quarter 10:00")
	if name == "approvers" {
		p = plan(t, "reach", drills.Approvers, "first tue of quarter 10:00")
	}
	d := newDesk(t, p)
	d.until(at("2027-01-05 08:03:10"))
	stories()[name](d)
	return d
}

func passed(d *desk) {
	d.start("ann", restoring())
	d.restored(4 * time.Minute)
	d.note(drills.Noted{Person: "bob", Text: "the runbook names the old host"})
	d.note(drills.Noted{Person: "dan", Text: "watched over her shoulder"})
	d.note(drills.Noted{Person: "ann", Photo: &drills.Photo{Name: "screen-1.jpg", SHA256: "9d1a0949c39e66a0cd65240bc0ac9177", Bytes: 48213}})
	d.step(3*time.Minute, drills.StepDone, drills.Found{Line: "one page is stale"})
	d.clean("the scratch database drill_7 is gone: pg_database has none of that name")
	d.find("the runbook names the old host", "bob", "ann")
	d.find("the disk was 80 % full", "cid", "ann")
	d.passes(time.Hour)
	d.do(func(journal.Now) (journal.Draft, error) {
		return d.state.Follow(drills.Followed{Exercise: d.id, Finding: 1, Person: "bob", How: "names the new one since commit 77aa001"})
	})
	d.sign("cid")
}

func failed(d *desk) {
	d.start("bob", restoring())
	d.step(2*time.Second, drills.StepDone, drills.Found{Line: "shop-2027-01-05.dump, 2 h old"})
	d.step(8*time.Second, drills.StepFailed, drills.Found{Why: "the backup is cut off: its last block is missing", Hint: "/backup makes a new one",
		Checks:   []drills.Check{{Name: "sum", Value: "9d1a… instead of b5bb…", State: drills.Red, Why: "the file is shorter than it was"}},
		Findings: []string{"the newest backup is cut off"}})
	d.step(time.Minute, drills.StepDone, drills.Found{})
	d.clean("nothing was made")
	d.passes(20 * 24 * time.Hour)
}

func partial(d *desk) {
	d.start("ann", restoring())
	d.restored(41 * time.Minute)
	d.step(time.Minute, drills.StepSkipped, drills.Found{Why: "no time left"})
	d.clean("the scratch database drill_7 is gone")
	d.passes(time.Minute)
	d.sign("bob")
}

func skipped(d *desk) {
	d.agree(drills.Agreed{Do: drills.AgreedSkip, Exercise: d.x().ID, Person: "ann", Reason: "the release of the year is today", People: 2, With: []auth.Name{"cid"}})
}

func missed(d *desk) { d.until(at("2027-04-10 00:00:00")); d.id = d.state.All()[0].ID }

func dropped(d *desk) {
	d.id = d.x().ID
	d.world.Plans = nil
	d.do(func(journal.Now) (journal.Draft, error) { return d.state.Load(d.world), nil })
}

func aborted(d *desk) {
	d.start("ann", restoring())
	d.step(2*time.Second, drills.StepDone, drills.Found{Line: "shop-2027-01-05.dump, 2 h old"})
	d.now = d.now.Add(time.Minute)
	d.abort("cid", "an incident began")
	d.clean("nothing was made")
}

func repeated(d *desk) {
	aborted(d)
	d.passes(26 * time.Hour)
	passed(d)
}

func moved(d *desk) {
	id := d.x().ID
	d.do(func(now journal.Now) (journal.Draft, error) {
		return d.state.Reschedule(now, id, d.x().Owner, at("2027-01-12 08:00:00"), "ann is ill", 1)
	})
	d.until(at("2027-01-11 08:00:00"))
	d.agree(drills.Agreed{Do: drills.AgreedMove, Exercise: id, To: at("2027-04-02 07:00:00"), Person: "bob", Reason: "the host is being replaced", People: 2, With: []auth.Name{"cid"}})
	d.until(at("2027-04-02 09:30:00"))
	d.id = id
	d.start("cid", restoring())
	d.restored(5 * time.Minute)
	d.step(time.Minute, drills.StepDone, drills.Found{})
	d.clean("the scratch database drill_7 is gone")
	d.passes(time.Minute)
}

func anyway(d *desk) {
	o := restoring()
	o.Looks = []drills.Look{{Name: "incident", State: drills.Green, Text: "no incident is open"},
		{Name: "disk", State: drills.Red, Text: "11 GB free, 14 GB wanted", Hint: "/cleanup"}}
	o.Runbook = nil
	d.agree(drills.Agreed{Do: drills.AgreedAnyway, Exercise: d.x().ID, Person: "bob", Reason: "the dump is small", People: 2, With: []auth.Name{"cid"}, Red: []string{"disk"}})
	d.start("ann", o)
	d.restored(4 * time.Minute)
	d.step(time.Minute, drills.StepDone, drills.Found{})
	d.clean("the scratch database drill_7 is gone")
	d.passes(time.Minute)
}

func approvers(d *desk) {
	d.world.Thin = func(reached []auth.Name) []string {
		return []string{"restore needs 2 of ann, bob: only bob was reached"}
	}
	d.start("ann", drills.Opening{Script: []drills.Step{{Key: drills.AnswersKey, Title: "each of those who approve answers", Proves: true}},
		Scenario: "It is night, and two have to agree.", Criteria: []string{"everybody answers within 30 minutes"}})
	for _, who := range []auth.Name{"bob", "ann"} {
		d.now = d.now.Add(2*time.Minute + 5*time.Second)
		d.do(func(journal.Now) (journal.Draft, error) { return d.state.Answer(d.id, who) })
	}
	d.passes(time.Hour)
}

// everythingHostile has that text wherever somebody can write one, and more of everything than is shown.
func everythingHostile(d *desk) {
	h := hostile
	id := d.x().ID
	d.do(func(now journal.Now) (journal.Draft, error) {
		return d.state.Reschedule(now, id, d.x().Owner, at("2027-01-12 08:00:00"), h, 1)
	})
	d.until(at("2027-01-12 08:00:00"))
	d.agree(drills.Agreed{Do: drills.AgreedAnyway, Exercise: id, Person: "bob", Reason: h, People: 2, With: []auth.Name{"cid"}, Red: []string{h}})
	o := drills.Opening{Scenario: h, Objective: h, Revision: h, Runbook: &drills.Document{Path: h, SHA256: h}}
	for i := range 35 { // an entry has a megabyte at most
		o.Script = append(o.Script, drills.Step{Key: h[:40], Title: h, Proves: i == 34, Within: time.Second})
		o.Criteria = append(o.Criteria, h)
		o.Scope = append(o.Scope, drills.Fact{Name: h[:700], Value: h})
		o.Looks = append(o.Looks, drills.Look{Name: h[:700], State: drills.Red, Text: h, Hint: h[:40]})
	}
	d.start("ann", o)
	d.abort("cid", h)
	d.start("ann", o)
	for range 20 {
		d.note(drills.Noted{Person: auth.Name(hostileName), Text: h, Photo: &drills.Photo{Name: h, SHA256: h, Bytes: 1}})
		d.find(h, auth.Name(hostileName), "ann")
	}
	for range 35 {
		d.step(time.Minute, drills.StepDone, drills.Found{Line: h, Why: h, Hint: h, Output: h,
			Checks: []drills.Check{{Name: h, Value: h, State: drills.Red, Why: h}},
			Scope:  []drills.Fact{{Name: h, Value: h}}, Newest: &drills.Newest{At: d.now.Add(-time.Hour), Where: h}, Findings: []string{h}})
	}
	d.passes(time.Minute)
	d.sign("bob")
}

// inPlaceOf is the same record with another text in the place of what is hostile.
func inPlaceOf(t *testing.T, text []byte, other string) []byte {
	t.Helper()
	var was any
	if err := json.Unmarshal(text, &was); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(replaced(was, other))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func replaced(v any, other string) any {
	switch v := v.(type) {
	case string:
		if strings.Contains(v, "evil") || strings.Contains(v, "# heading") {
			return other
		}
	case []any:
		for i := range v {
			v[i] = replaced(v[i], other)
		}
	case map[string]any:
		for k := range v {
			v[k] = replaced(v[k], other)
		}
	}
	return v
}
