package preflight

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Machine is the host we live on.
type Machine struct {
	State string // the journal's file
	Zone  *time.Location
	Now   func() time.Time
}

// Tests looks at the host.
func (m Machine) Tests() []Test {
	return []Test{
		{Area: Host, Name: "time zone", Look: func(context.Context) []Result {
			return []Result{ok("time zone", fmt.Sprintf("times are told in %s: now %s", m.Zone, m.Now().In(m.Zone).Format("15:04")))}
		}},
		{Area: Host, Name: "disk", Look: func(context.Context) []Result { return []Result{m.disk()} }},
	}
}

const (
	// least is what must be free: below it one run's output (64 MiB) can fill the disk, and then nothing starts any more.
	least = 256 << 20
	// little is when somebody should look.
	little = 2 << 30
)

func (m Machine) disk() Result {
	dir := filepath.Dir(m.State)
	var st unix.Statfs_t
	err := unix.Statfs(there(dir), &st)
	if err != nil {
		return fail("disk", "the folder of the state, "+dir+", cannot be looked at: "+err.Error(), "see its mode, or correct state")
	}
	return judgeDisk(dir, st.Bavail*uint64(st.Bsize))
}

// there is the folder, or the first one above it that exists.
func there(dir string) string {
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return dir
}

func judgeDisk(dir string, free uint64) Result {
	sentence := fmt.Sprintf("%s free for the state in %s", amount(free), dir)
	switch hint := "free some, or put the state on another disk: when it is full, nothing can start"; {
	case free < least:
		return fail("disk", "only "+sentence, hint)
	case free < little:
		return warn("disk", "only "+sentence, hint)
	}
	return ok("disk", sentence)
}

func amount(bytes uint64) string {
	if bytes >= 10<<30 {
		return fmt.Sprintf("%d GB", bytes>>30)
	}
	if bytes >= 1<<30 {
		return fmt.Sprintf("%.1f GB", float64(bytes)/(1<<30))
	}
	return fmt.Sprintf("%d MB", bytes>>20)
}

const (
	// skewSeen is from when a skew is said; Telegram's dates have whole seconds, and an answer takes its time.
	skewSeen = 5 * time.Second
	// skewMost is from when the journal's own clock rule would stop the bot.
	skewMost = 30 * time.Second
)

// judgeClock compares with Telegram's clock: ahead is how far that is ahead of ours.
func judgeClock(ahead time.Duration) Result {
	how := "behind"
	if ahead < 0 {
		how = "ahead of"
	}
	off := ahead.Abs().Round(time.Second)
	sentence := fmt.Sprintf("the host's clock is %s %s Telegram's", off, how)
	switch hint := "set it by NTP: timedatectl set-ntp true"; {
	case off > skewMost:
		return fail("clock", sentence, hint)
	case off > skewSeen:
		return warn("clock", sentence, hint)
	}
	return ok("clock", "the host's clock agrees with Telegram's")
}
