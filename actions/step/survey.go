package step

import (
	"context"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"twokey/internal/proc"
)

// PM2Daemon is a pm2 that runs on this machine: its home, whose it is, and what it was started with.
type PM2Daemon struct {
	Home  string
	Owner string // a Unix user
	Node  string // the program that runs it; empty when it may not be seen
}

// PM2Service is a service that a pm2 knows, whether it runs or not.
type PM2Service struct {
	Name string
	Dir  string
}

// PM2Daemons finds every pm2 that runs here by its title. No program of pm2's is called: each would start a daemon of its own.
func PM2Daemons() ([]PM2Daemon, error) {
	all, err := proc.All()
	if err != nil {
		return nil, err
	}
	var daemons []PM2Daemon
	for _, p := range all {
		home, is := daemonHome(p)
		if owner, ok := ownerName(p); is && ok {
			node, _ := os.Readlink("/proc/" + strconv.Itoa(p.PID) + "/exe")
			daemons = append(daemons, PM2Daemon{Home: home, Owner: owner, Node: node})
		}
	}
	return daemons, nil
}

// daemonHome is the home that a daemon's title names; not when the kernel cut it.
func daemonHome(p proc.Process) (string, bool) {
	title, err := p.Title()
	if err != nil || !strings.HasPrefix(title, "PM2 v") {
		return "", false
	}
	_, home, found := strings.Cut(title, ": God Daemon (")
	home, whole := strings.CutSuffix(home, ")")
	return home, found && whole && filepath.IsAbs(home)
}

func ownerName(p proc.Process) (string, bool) {
	uid, err := p.UID()
	if err != nil {
		return "", false
	}
	u, err := user.LookupId(strconv.FormatUint(uint64(uid), 10))
	if err != nil {
		return "", false
	}
	return u.Username, true
}

// PM2Services are the services of the pm2 in c.Home, asked as the user it belongs to; none when it does not run. Like
// every look of a step it starts no daemon.
func PM2Services(ctx context.Context, c PM2Config, owner string, env Env) ([]PM2Service, error) {
	var s service
	if err := c.resolve(Site{Dir: "/", RunAs: owner}, &s); err != nil {
		return nil, err
	}
	m := pm2{s}
	if _, alive, err := m.daemon(ctx); err != nil || !alive {
		return nil, err
	}
	list, err := m.list(ctx, env)
	var found []PM2Service
	for _, p := range list {
		found = append(found, PM2Service{Name: p.Name, Dir: p.Env.Dir})
	}
	return found, err
}
