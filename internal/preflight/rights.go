package preflight

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"twokey/internal/proc"
)

// Hands is what we may do to others' processes: the service runs as another user.
type Hands struct {
	RunAs  string // service.run_as; empty: the service is touched as we are
	Lookup func(name string) (*proc.User, error)
	Status func() (string, error) // /proc/self/status; nil: the real one
	UID    int
}

// Tests looks at our own rights.
func (h Hands) Tests() []Test {
	return []Test{{Area: Rights, Name: "service user", Look: func(context.Context) []Result {
		if h.RunAs == "" {
			return []Result{off("service user", "the service is touched as the user twokey runs as: no run_as")}
		}
		u, err := h.Lookup(h.RunAs)
		if err != nil {
			return []Result{fail("service user", fmt.Sprintf("there is no Unix user %s", named(h.RunAs)), "correct service.run_as, or make the user: useradd --system "+h.RunAs)}
		}
		if int(u.UID) == h.UID {
			return []Result{ok("service user", fmt.Sprintf("twokey runs as the service's own user %s", h.RunAs))}
		}
		return []Result{judgeRights(h.RunAs, h.capabilities())}
	}}}
}

// capability is one of the rights that root is made of. The numbers are those of linux/capability.h.
type capability struct {
	name string
	bit  uint
	why  string
}

var needed = []capability{
	{"CAP_SETUID", 7, "run programs as the service's user"},
	{"CAP_SETGID", 6, "run programs with that user's groups"},
	{"CAP_KILL", 5, "end what it left running"},
	{"CAP_SYS_PTRACE", 19, "find what a crash left running"},
}

// judgeRights says which of the rights to touch another user's processes are missing from the effective set.
func judgeRights(user string, effective uint64) Result {
	var missing, reasons []string
	for _, c := range needed {
		if effective&(1<<c.bit) == 0 {
			missing, reasons = append(missing, c.name), append(reasons, c.why)
		}
	}
	if len(missing) == 0 {
		return ok("service user", fmt.Sprintf("twokey may work as user %s: %s", user, listed(names(needed), len(needed))))
	}
	return fail("service user", fmt.Sprintf("to touch the service as user %s twokey lacks %s: it could not %s", user, listed(missing, len(missing)), listed(reasons, len(reasons))),
		"in its unit file: AmbientCapabilities="+strings.Join(names(needed), " ")+"; at a shell, run this check as root or as the unit does")
}

func names(list []capability) []string {
	var all []string
	for _, c := range list {
		all = append(all, c.name)
	}
	return all
}

var effectiveLine = regexp.MustCompile(`(?m)^CapEff:\s*([0-9a-fA-F]+)$`)

// capabilities is the effective set, none when it cannot be read.
func (h Hands) capabilities() uint64 {
	read := h.Status
	if read == nil {
		read = func() (string, error) { b, err := os.ReadFile("/proc/self/status"); return string(b), err }
	}
	text, err := read()
	m := effectiveLine.FindStringSubmatch(text)
	if err != nil || m == nil {
		return 0
	}
	set, err := strconv.ParseUint(m[1], 16, 64)
	if err != nil {
		return 0
	}
	return set
}
