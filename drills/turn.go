package drills

import (
	"slices"
	"time"

	"twokey/auth"
)

// turn is whose turn an exercise is: of its owners, the first after last who is there on the day and did not lead the drill last
// time. When nobody else is there, who led it does it again; "" when nobody is there at all.
func (s *State) turn(x *Exercise, last, led auth.Name, w World) auth.Name {
	var here []auth.Name
	from := slices.Index(x.Owners, last) + 1
	for i := range x.Owners {
		if n := x.Owners[(from+i)%len(x.Owners)]; !s.Absent(n, x.At, w) {
			here = append(here, n)
		}
	}
	for _, n := range here {
		if n != led {
			return n
		}
	}
	if len(here) == 0 {
		return ""
	}
	return here[0]
}

// Absent says whether somebody is not there at a time, by the journal or the config. Who said they are back is, whatever the
// config says of the days around that.
func (s *State) Absent(who auth.Name, at time.Time, w World) bool {
	if a, ok := s.away[who]; ok && a.holds(at) {
		return true
	}
	back, said := s.back[who]
	return slices.ContainsFunc(w.Away, func(a Absence) bool {
		return a.Person == who && a.holds(at) && !(said && a.holds(back))
	})
}

func (a Absence) holds(t time.Time) bool { return !t.Before(a.From) && t.Before(a.Until) }
