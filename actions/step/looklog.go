package step

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"twokey/internal/logfile"
)

const (
	// logWithin is how long looking through the ends of the log files may take.
	logWithin = 10 * time.Second
	// ahead is how far in the future a line may be before its time is one of another zone, and so means nothing.
	ahead = 2 * time.Minute
)

// lookLog wants the newest line with a text to be new enough. What the line says is not told: it may be anything.
func (v Verify) lookLog(ctx context.Context, c Check, now time.Time) Finding {
	f := Finding{Name: c.Name, State: Broken, Want: "within " + lasting(c.Within)}
	ctx, cancel := context.WithTimeout(ctx, logWithin)
	defer cancel()
	zone, err := time.LoadLocation(v.Zone)
	if err != nil {
		f.Why = "the zone of its times is not known"
		return f
	}
	lines, err := logfile.Reader{Zone: zone}.Last(ctx, v.Logs, func(line string) bool { return strings.Contains(line, c.Log) }, 1)
	switch {
	case len(lines) == 0 && errors.Is(err, fs.ErrNotExist):
		f.Why = "there is no log file"
	case len(lines) == 0 && err != nil:
		f.Why = "the log files cannot be read"
	case len(lines) == 0:
		f.State, f.Value = Red, "no such line"
	case lines[0].Time.IsZero():
		f.Why = "its lines have no time"
	case lines[0].Time.Sub(now) > ahead:
		f.Why = "its newest line is in the future: timezone in the config should be that of the log"
	default:
		f.aged(now.Sub(lines[0].Time), c.Within)
	}
	return f
}

// aged judges how old a line is.
func (f *Finding) aged(age, within time.Duration) {
	age = max(0, age)
	if f.State, f.Value = Green, lasting(age)+" ago"; age > within {
		f.State = Red
	}
}
