package backup

import (
	"regexp"
	"strconv"
	"time"
)

// ahead is how far in the future a time may be: whoever wrote it may have lived in another zone. A later one is not believed,
// or a file could be the latest for ever.
const ahead = 26 * time.Hour

// dated finds 20241124_040000, 2024-11-24T04:00:00Z, 2024-11-24_04-00 and 20241124 in a name.
var dated = regexp.MustCompile(`(?:^|[^0-9])(20[0-9]{2})[-_.]?([0-9]{2})[-_.]?([0-9]{2})(?:[-_T. ]?([0-9]{2})[-_:.h]?([0-9]{2})(?:[-_:.]?([0-9]{2}))?(Z)?)?(?:[^0-9]|$)`)

// nameTime is the time in a name. One with a day only is of some time on that day, so then mtime tells more if it is of
// the same day.
func nameTime(name string, written time.Time, zone *time.Location) (time.Time, bool) {
	m := dated.FindStringSubmatch(name)
	if m == nil {
		return time.Time{}, false
	}
	var n [7]int
	for i := 1; i < 7; i++ {
		n[i], _ = strconv.Atoi(m[i])
	}
	if m[7] == "Z" {
		zone = time.UTC
	}
	t, real := clock(n[1], n[2], n[3], n[4], n[5], n[6], zone)
	w := written.In(zone)
	if m[4] == "" && w.Year() == t.Year() && w.YearDay() == t.YearDay() {
		return written, real
	}
	return t, real
}

// date says when a backup was made, by the best that knows it.
func (f *File) date(h *header, now time.Time, zone *time.Location) {
	believed := func(t time.Time) bool { return !t.IsZero() && t.Before(now.Add(ahead)) }
	if f.Manifest != nil && believed(f.Manifest.Made) {
		f.Made, f.MadeFrom = f.Manifest.Made, FromManifest
		return
	}
	if h != nil {
		if t, real := h.time(zone); real && believed(t) {
			f.Made, f.MadeFrom = t, FromArchive
			return
		}
	}
	if t, real := nameTime(f.Name, f.Written, zone); real && believed(t) {
		f.Made, f.MadeFrom = t, FromName
		return
	}
	f.Made, f.MadeFrom = f.Written, FromMtime
	if f.Problem == "" && !believed(f.Written) {
		f.Problem = "has a time in the future"
	}
}
