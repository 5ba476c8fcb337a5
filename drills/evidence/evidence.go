// Package evidence makes of an exercise what somebody who was not there can believe: a record with every field an auditor asks for,
// as JSON and as Markdown, a page to print, a badge, a picture of how it went over time, and a year of it in one file.
//
// All of it is a pure function of exercises and a little context; nothing here reads a file, a clock or the journal. The JSON is the
// record: it has every text as it was written, and it is what is signed. The rest is for the eye: texts are cut, long lists end with
// how many more there are, and nothing that somebody wrote is taken for a heading, a link, an image or HTML.
//
// A record is of a drill, always. Nothing in it counts as an incident.
package evidence

import (
	"time"

	"twokey/drills"
)

// About is what a record says besides the exercise.
type About struct {
	Service    string
	Zone       *time.Location // nil: UTC
	Version    string         // of the program
	Journal    string         // which journal it is: the short hash of its first entry
	Seq        uint64         // of the journal's newest entry
	Hash       string         // its hash
	SignedHead string         // the signed note of it; may be empty
	Made       time.Time
	PublicKey  string           // what the signatures are checked with; empty: nothing is signed
	Before     *drills.Exercise // the exercise of the same drill that was held before this one: was the runbook changed since? nil: none
}

func (a About) zone() *time.Location {
	if a.Zone == nil {
		return time.UTC
	}
	return a.Zone
}

// Before finds the exercise of the same drill that was held last before one was, for About.
func Before(all []*drills.Exercise, x *drills.Exercise) (found *drills.Exercise) {
	for _, o := range all {
		if o.Drill != x.Drill || o.ID == x.ID || o.Started.IsZero() || !o.Started.Before(begun(x)) {
			continue
		}
		if found == nil || o.Started.After(found.Started) {
			found = o
		}
	}
	return found
}

// begun is when an exercise was held, or should have been.
func begun(x *drills.Exercise) time.Time {
	if x.Started.IsZero() {
		return x.At
	}
	return x.Started
}

// Of is the record of an exercise.
func Of(x *drills.Exercise, a About) Record {
	m := maker{x, a}
	r := Record{Schema: Schema, Kind: Kind, ID: x.ID, Drill: string(x.Drill), Type: x.Type, Service: a.Service, Version: a.Version,
		PublicKey: a.PublicKey, Made: m.moment(a.Made), Journal: m.journal(), Interruptions: x.Crashes}
	m.outcome(&r)
	m.plan(&r)
	m.times(&r)
	m.people(&r)
	m.held(&r)
	m.after(&r)
	return r
}

// maker makes the parts of a record.
type maker struct {
	x *drills.Exercise
	a About
}

func (m maker) journal() Journal {
	return Journal{ID: m.a.Journal, First: m.x.ID, Last: m.x.Last, Head: Head{m.a.Seq, m.a.Hash}, SignedHead: m.a.SignedHead}
}
