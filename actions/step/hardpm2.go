package step

import (
	"context"
	"errors"
	"regexp"
	"slices"

	"twokey/internal/proc"
)

// Names that mean something else to pm2's command line than the service that is called so.
var pm2Word = regexp.MustCompile(`^([0-9]+|all)$`)

// guess finds the processes by pm2's pid files and their environment, and names the units as pm2 stop takes them, so that
// nothing waits for a jlist. A name that pm2 takes for a number, or for everything, has to be looked up.
func (m pm2) guess(ctx context.Context, env Env) ([]unit, error) {
	_, alive, err := m.daemon(ctx)
	if err != nil {
		units, _ := m.orphans() // what it started is known all the same
		for i := range units {
			units[i].State = ""
		}
		return units, errors.Join(errSilent, err)
	}
	if alive && slices.ContainsFunc(m.Names, pm2Word.MatchString) {
		return m.look(ctx, env)
	}
	units, err := m.orphans()
	for i := range units {
		if alive {
			units[i].State, units[i].Up = "", true
		}
	}
	return units, err
}

// retire ends the daemon: as long as it lives it starts again what ends. It gets no time to end what it keeps running.
func (m pm2) retire(ctx context.Context) (string, error) {
	found, there, err := m.byTitle()
	if err != nil || !there {
		return "", err
	}
	if left, err := proc.End(ctx, []proc.Process{found}, 0); err != nil || len(left) > 0 {
		return "", err
	}
	return "pm2 was ended, and what else it kept runs without it until `pm2 resurrect`", nil
}

// others names the services of this pm2 that run and are not ours.
func (m pm2) others(ctx context.Context, env Env) ([]string, error) {
	_, alive, err := m.daemon(ctx)
	if err != nil || !alive {
		return nil, err
	}
	list, err := m.list(ctx, env)
	var names []string
	for _, p := range list {
		if !slices.Contains(m.Names, p.Name) && p.Env.Status == "online" {
			names = append(names, p.Name)
		}
	}
	return names, err
}

// carriesPM2 says whether pm2 started the process: it is in pm2's list.
func carriesPM2(p proc.Process) bool { return proc.Carries(p, "pm_id=") }
