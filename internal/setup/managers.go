package setup

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"twokey/actions/step"
	"twokey/internal/proc"
)

// unit is a service that something keeps running.
type unit struct {
	Name, Dir, User string
	PM2             step.PM2Config
}

// managers are what keeps services running on this machine, and what they keep.
type managers struct {
	pm2     []unit
	systemd []unit
	docker  bool
	notes   []string // what could not be looked at
}

const (
	lookTimeout = 15 * time.Second
	pm2Patience = 5 * time.Second // node needs 150–300 ms to start
)

// lookForManagers asks each that is there. None is started.
func lookForManagers(ctx context.Context) managers {
	var m managers
	m.lookForPM2(ctx)
	if systemctl, err := exec.LookPath("systemctl"); err == nil {
		m.systemd = systemdUnits(ctx, systemctl)
	}
	_, err := exec.LookPath("docker")
	m.docker = err == nil
	return m
}

func (m *managers) lookForPM2(ctx context.Context) {
	for _, d := range pm2Daemons() {
		program := pm2Program(d)
		if program == "" {
			m.notes = append(m.notes, "pm2 runs as "+d.Owner+", but its program is not found: put it on PATH")
			continue
		}
		c := step.PM2Config{Home: d.Home, Program: program}
		services, err := askPM2(ctx, c, d.Owner)
		if err != nil {
			m.notes = append(m.notes, shown(err.Error()))
		}
		for _, s := range services {
			if typeable(s.Name) {
				m.pm2 = append(m.pm2, unit{Name: s.Name, Dir: s.Dir, User: d.Owner, PM2: c})
			}
		}
	}
}

// askPM2 has little patience: a pm2 that hangs is not what the dialogue is about.
func askPM2(ctx context.Context, c step.PM2Config, owner string) ([]step.PM2Service, error) {
	ctx, cancel := context.WithTimeout(ctx, pm2Patience)
	defer cancel()
	return step.PM2Services(ctx, c, owner, step.Env{Tag: "init/1"})
}

// pm2Daemons are those that run, by their titles, and where pm2 would be of who asks: a long title is cut.
func pm2Daemons() []step.PM2Daemon {
	daemons, _ := step.PM2Daemons()
	home := os.Getenv("PM2_HOME")
	me, err := user.Current()
	if err != nil {
		return daemons
	}
	if home == "" {
		home = filepath.Join(me.HomeDir, ".pm2")
	}
	_, err = os.Stat(filepath.Join(home, "pm2.pid"))
	if err == nil && !slices.ContainsFunc(daemons, func(d step.PM2Daemon) bool { return d.Home == home }) {
		owner := ownerOf(home)
		daemons = append(daemons, step.PM2Daemon{Home: home, Owner: owner})
	}
	return daemons
}

// pm2Program is pm2 as it is found on PATH, or beside the node that runs the daemon, where nvm keeps it.
func pm2Program(d step.PM2Daemon) string {
	if path, err := exec.LookPath("pm2"); err == nil {
		return path
	}
	beside := filepath.Join(filepath.Dir(d.Node), "pm2")
	if _, err := os.Stat(beside); err == nil && d.Node != "" {
		return beside
	}
	return ""
}

// systemdUnits are the services that run, with what systemd says of their directory and user.
func systemdUnits(ctx context.Context, systemctl string) []unit {
	var names []string
	for _, line := range strings.Split(answer(ctx, systemctl, "list-units", "--type=service", "--state=running", "--plain", "--no-legend", "--no-pager"), "\n") {
		if f := strings.Fields(line); len(f) > 0 && strings.HasSuffix(f[0], ".service") && typeable(f[0]) {
			names = append(names, f[0])
		}
	}
	if len(names) == 0 {
		return nil
	}
	var units []unit
	blocks := answer(ctx, systemctl, append([]string{"show", "--no-pager", "--property=Id,WorkingDirectory,User", "--"}, names...)...)
	for _, block := range strings.Split(blocks, "\n\n") {
		p := map[string]string{}
		for _, line := range strings.Split(block, "\n") {
			key, value, _ := strings.Cut(line, "=")
			p[key] = value
		}
		if name := strings.TrimSuffix(p["Id"], ".service"); name != "" {
			units = append(units, unit{Name: name, Dir: p["WorkingDirectory"], User: p["User"]})
		}
	}
	return units
}

// answer is what a program prints; nothing when it fails.
func answer(ctx context.Context, program string, args ...string) string {
	var out bytes.Buffer
	res, err := proc.Run(ctx, proc.Cmd{Path: program, Args: args, Env: []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C"},
		Timeout: lookTimeout, Output: &limited{to: &out, left: maxPlain}, Stderr: &limited{}})
	if err != nil || !res.OK() {
		return ""
	}
	return out.String()
}

// limited takes so many bytes and refuses the rest.
type limited struct {
	to   *bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, errors.New("too much")
	}
	return l.to.Write(p)
}

// of gives the units of one manager; compose's are in the directory.
func (m managers) of(manager string, f Folder) []unit {
	switch manager {
	case step.ManagerPM2:
		return m.pm2
	case step.ManagerSystemd:
		return m.systemd
	case step.ManagerCompose:
		var units []unit
		for _, name := range f.Units {
			units = append(units, unit{Name: name})
		}
		return units
	}
	return nil
}

// likely is who probably keeps the service running: whoever has a unit in its directory.
func (m managers) likely(dir string, f Folder) string {
	switch {
	case len(inDir(m.pm2, dir)) > 0:
		return step.ManagerPM2
	case len(inDir(m.systemd, dir)) > 0:
		return step.ManagerSystemd
	case f.Compose != "" && m.docker:
		return step.ManagerCompose
	case len(m.pm2) > 0:
		return step.ManagerPM2
	case len(m.systemd) > 0:
		return step.ManagerSystemd
	}
	return step.ManagerCustom
}

func inDir(units []unit, dir string) []unit {
	return slices.DeleteFunc(slices.Clone(units), func(u unit) bool { return u.Dir == "" || real(u.Dir) != real(dir) })
}

// real is a path without symbolic links: a release is often one.
func real(path string) string {
	if p, err := filepath.EvalSymlinks(path); err == nil {
		return p
	}
	return filepath.Clean(path)
}

// firstOf is the likeliest of the units: one in the directory, best with the service's name, or any with the name.
func firstOf(units []unit, dir, name string) (unit, bool) {
	here := inDir(units, dir)
	for _, among := range [][]unit{here, units} {
		if i := slices.IndexFunc(among, func(u unit) bool { return u.Name == name }); i >= 0 {
			return among[i], true
		}
	}
	if len(here) > 0 {
		return here[0], true
	}
	if len(units) == 1 {
		return units[0], true
	}
	return unit{}, false
}

func names(units []unit) string {
	var all []string
	for _, u := range units {
		all = append(all, shown(u.Name))
	}
	return strings.Join(slices.Compact(all), ", ")
}
