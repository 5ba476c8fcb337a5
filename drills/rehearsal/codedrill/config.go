package codedrill

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"twokey/internal/proc"
)

// Config says what is drilled, and how.
type Config struct {
	Repo   string     // the service's directory, absolute: the top of a git repository that belongs to User
	Branch string     // what is deployed from
	User   *proc.User // whom everything of the release, and git, runs as; nil: ourselves
	Git    string     // absolute
	// Work is a folder of ours, absolute, where side worktrees go. User must be able to enter it and what is above it (mode 0711),
	// and nobody but us to write there. Where User is somebody else, we have to be root or have CAP_CHOWN: what is made there is
	// given to them.
	Work  string
	Build [][]string // programs and their arguments, in order
	Test  []string
	Start []string // starts the release and stays; empty: nothing is started
	// Health is asked after the start, until it answers well; it is where the release of the drill listens, not production. Empty: the release has to live for Lives.
	Health string
	Lives  time.Duration // 10 s when zero; with Health how long it may take to answer, a minute when zero
	// EnvFile is the drill's own, absolute; empty: nothing is started.
	EnvFile string
	// Production gives what must not be in EnvFile. It is asked when it is needed, and required with an EnvFile; where there is one
	// without, the release's files are still searched.
	Production func() (Forbidden, error)
	Within     time.Duration // for each program; 30 minutes when zero
	Room       int64         // how many bytes have to be free in Work; 1 GiB when zero
	Runbook    string        // what people read; empty: none
	// LookPath finds a program by its name; nil: in /usr/local/bin, /usr/bin and /bin.
	LookPath func(name string) (string, error)
}

const (
	defaultWithin = 30 * time.Minute
	defaultLives  = 10 * time.Second
	healthLives   = time.Minute
	defaultRoom   = 1 << 30
	gitWithin     = time.Minute
	systemPath    = "/usr/local/bin:/usr/bin:/bin"
)

// New resolves the programs, and refuses what could touch production.
func New(cfg Config) (*Drill, error) {
	d := &Drill{cfg: cfg}
	d.cfg.Within = orElse(cfg.Within, defaultWithin)
	d.cfg.Room = orElse(cfg.Room, defaultRoom)
	d.cfg.Lives = orElse(cfg.Lives, map[bool]time.Duration{true: defaultLives, false: healthLives}[cfg.Health == ""])
	if cfg.LookPath == nil {
		d.cfg.LookPath = lookPath
	}
	if err := d.paths(); err != nil {
		return nil, err
	}
	return d, d.resolve()
}

func orElse[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}

func (d *Drill) paths() error {
	for _, p := range []struct{ name, path string }{{"the service's directory", d.cfg.Repo}, {"git", d.cfg.Git}, {"the folder for drills", d.cfg.Work},
		{"the drill's env file", orElse(d.cfg.EnvFile, "/")}} {
		if !filepath.IsAbs(p.path) || strings.ContainsAny(p.path, "\n\x00") {
			return &failure{sentence: fmt.Sprintf("%s, %q, is not an absolute path", p.name, p.path), hint: "write the whole path"}
		}
	}
	switch {
	case within(resolved(d.cfg.Work), resolved(d.cfg.Repo)):
		return &failure{sentence: "the folder for drills is within the service's directory", hint: "name another one"}
	case within(resolved(d.cfg.Repo), resolved(d.cfg.Work)):
		return &failure{sentence: "the service's directory is within the folder for drills, where things are removed", hint: "name another folder"}
	case len(d.cfg.Test) == 0:
		return &failure{sentence: "a code drill without tests proves nothing: write service.code.test", hint: "write service.code.test in the config"}
	case d.starts() && d.cfg.Production == nil:
		return &failure{sentence: "nothing may be started while it is not known what production's values are", hint: "this is a bug in twokey"}
	}
	return nil
}

// starts says whether the release is started at all.
func (d *Drill) starts() bool { return d.cfg.EnvFile != "" && len(d.cfg.Start) > 0 }
