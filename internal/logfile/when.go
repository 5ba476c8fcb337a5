package logfile

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// How a line may begin. Colours and a bracket may stand before a time.
var (
	// 2026-11-25 15:01:02, with T, with slashes, with a fraction, with a zone: ISO, RFC 3339, pm2, PostgreSQL, Go.
	iso = regexp.MustCompile(`^(?:\x1b\[[0-9;]*m)*[\[(]?([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,]([0-9]{1,9})[0-9]*)? ?(Z\b|UTC\b|GMT\b|[+-][0-9]{2}:?[0-9]{2}\b)?`)
	// Nov 25 15:01:02: syslog, which leaves the year out.
	syslog = regexp.MustCompile(`^[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2}\b`)
	// {"time":1764082862000 or {"timestamp":"2026-…": pino, winston and their like.
	inJSON = regexp.MustCompile(`"(?:time|timestamp|@timestamp|ts)" ?: ?(?:"([^"]{19,40})"|([0-9]{10,19})\b)`)
)

// time is the time a line begins with, zero when it begins with none. written is when its file was last written to: it says
// in which year a line is that leaves it out.
func (r Reader) time(line string, written time.Time) time.Time {
	if strings.HasPrefix(line, "{") {
		return r.jsonTime(line)
	}
	if m := iso.FindStringSubmatch(line); m != nil {
		return r.isoTime(m)
	}
	if m := syslog.FindString(line); m != "" {
		return r.syslogTime(m, written)
	}
	return time.Time{}
}

func (r Reader) zone() *time.Location {
	if r.Zone == nil {
		return time.UTC
	}
	return r.Zone
}

func (r Reader) isoTime(m []string) time.Time {
	zone, ok := offset(m[6])
	if !ok {
		zone = r.zone()
	}
	t, err := time.ParseInLocation(time.DateTime, m[1]+"-"+m[2]+"-"+m[3]+" "+m[4], zone)
	if err != nil {
		return time.Time{} // the 31st of November
	}
	fraction, _ := strconv.Atoi((m[5] + "000000000")[:9]) // the pattern leaves only digits
	return t.Add(time.Duration(fraction))
}

// offset reads Z, UTC or +02:00. What no zone has, such as -1234, is something else.
func offset(s string) (*time.Location, bool) {
	switch s {
	case "":
		return nil, false
	case "Z", "UTC", "GMT":
		return time.UTC, true
	}
	digits := strings.ReplaceAll(s[1:], ":", "")
	n, _ := strconv.Atoi(digits) // the pattern leaves only digits
	hours, minutes := n/100, n%100
	if hours > 14 || minutes%15 != 0 || minutes > 45 {
		return nil, false
	}
	seconds := hours*3600 + minutes*60
	if s[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("", seconds), true
}

// syslogTime takes the newest year in which the line is not from after its file was written. A day of difference is the
// zone's.
func (r Reader) syslogTime(s string, written time.Time) time.Time {
	for year := written.In(r.zone()).Year() + 1; year > written.Year()-8; year-- { // 8: a 29th of February is that rare
		t, err := time.ParseInLocation("2006 Jan _2 15:04:05", strconv.Itoa(year)+" "+s, r.zone())
		if err == nil && t.Before(written.Add(24*time.Hour)) {
			return t
		}
	}
	return time.Time{}
}

func (r Reader) jsonTime(line string) time.Time {
	m := inJSON.FindStringSubmatch(line)
	switch {
	case m == nil:
		return time.Time{}
	case m[1] != "":
		if parts := iso.FindStringSubmatch(m[1]); parts != nil {
			return r.isoTime(parts)
		}
		return time.Time{}
	}
	return epoch(m[2])
}

// epoch reads a count since 1970, in seconds, ms, µs or ns: their numbers of digits tell them apart until 2286.
func epoch(digits string) time.Time {
	n, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case err != nil:
		return time.Time{}
	case len(digits) == 10:
		return time.Unix(n, 0).UTC()
	case len(digits) == 13:
		return time.UnixMilli(n).UTC()
	case len(digits) == 16:
		return time.UnixMicro(n).UTC()
	case len(digits) == 19:
		return time.Unix(0, n).UTC()
	}
	return time.Time{}
}
