package step

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"twokey/internal/proc"
)

// pm2 talks to the pm2 daemon of one PM2_HOME, through its command line. Measured with pm2 7.0.4:
//
//   - Every pm2 command, even jlist, starts a daemon when none answers. So the daemon is looked for first; should it die
//     in between, the daemon that pm2 starts carries our tag and is ended with the command.
//   - `pm2 start ID` on a known service does not change its stored environment: our tag never reaches the service.
//     (`--update-env` would.) On a service that runs it is a restart.
//   - Names are patterns of a kind to pm2 ("all", namespaces, numbers). Ids are exact.
//   - jlist's answer has every service's whole environment.
type pm2 struct{ service }

// noDaemon is the state of a unit when its pm2 is not there.
const noDaemon = "pm2 is not running"

// pm2Process is what is taken of jlist's answer.
type pm2Process struct {
	Name string `json:"name"`
	PID  int    `json:"pid"`
	ID   int    `json:"pm_id"`
	Env  struct {
		Status   string `json:"status"`
		Restarts int    `json:"restart_time"`
		Program  string `json:"pm_exec_path"`
		Dir      string `json:"pm_cwd"`
		PIDFile  string `json:"pm_pid_path"`
		// Of these pm2 itself makes numbers, or null; what else may be there must not make the whole answer unreadable.
		Asked    any `json:"created_at"` // when somebody last started or restarted it, in ms
		Started  any `json:"pm_uptime"`  // when it was last started, in ms
		Unstable any `json:"unstable_restarts"`
		KillTime any `json:"kill_timeout"` // in ms
	} `json:"pm2_env"`
}

// alone is how often pm2 started the service by itself since somebody asked for it: at least so often. A restart counts as
// asked for before it stops what runs, so that the new process may be younger by the time that takes.
func (p pm2Process) alone() int {
	number := func(v any) float64 {
		n, _ := v.(float64)
		return n
	}
	asked, started := number(p.Env.Asked), number(p.Env.Started)
	slack := max(number(p.Env.KillTime), 1600) + 1000
	if asked == 0 || started-asked <= slack {
		return int(number(p.Env.Unstable))
	}
	return max(1, int(number(p.Env.Unstable)))
}

func (m pm2) look(ctx context.Context, env Env) ([]unit, error) {
	daemon, alive, err := m.daemon(ctx)
	if err != nil {
		return nil, err
	}
	if !alive {
		return m.orphans()
	}
	if owner, err := daemon.UID(); err == nil && m.As != nil && owner != m.As.UID {
		return nil, &Failure{
			Sentence: fmt.Sprintf("pm2 in %s runs as user number %d, not as %s", m.Home, owner, m.As.Name),
			Hint:     "correct service.run_as or service.process.pm2.home",
		}
	}
	list, err := m.list(ctx, env)
	if err != nil {
		return nil, err
	}
	return m.choose(list)
}

// list is `pm2 jlist`.
func (m pm2) list(ctx context.Context, env Env) ([]pm2Process, error) {
	out, res, err := m.ask(ctx, env, m.Program, "jlist")
	if err == nil {
		err = ended("pm2 jlist", res, commandTimeout, "see whether pm2 works on the host")
	}
	if err != nil {
		return nil, failure(err, "pm2 does not answer", "see whether pm2 works on the host")
	}
	lines := slices.Collect(bytes.Lines(out))
	for _, line := range slices.Backward(lines) { // what comes before is chatter
		line = bytes.TrimSpace(line)
		if !bytes.HasPrefix(line, []byte("[{")) && string(line) != "[]" {
			continue
		}
		var list []pm2Process
		if json.Unmarshal(line, &list) == nil {
			return list, nil
		}
	}
	return nil, &Failure{Sentence: "pm2's list of services cannot be read", Hint: "see whether `pm2 jlist` works on the host"}
}

// choose takes those with exactly our names. Several of one name are one service when they run the same program.
func (m pm2) choose(list []pm2Process) ([]unit, error) {
	var units []unit
	for _, name := range m.Names {
		var first *pm2Process
		for i, p := range list {
			if p.Name != name {
				continue
			}
			if first == nil {
				first = &list[i]
			}
			if p.Env.Program != first.Env.Program || p.Env.Dir != first.Env.Dir {
				return nil, &Failure{
					Sentence: fmt.Sprintf("pm2 has several different services named %s (ids %d and %d)", name, first.ID, p.ID),
					Hint:     "give each its own name in pm2",
				}
			}
			units = append(units, m.unit(p))
		}
		if first == nil {
			return nil, &Failure{
				Sentence: fmt.Sprintf("pm2 has no service named %s; it has %s", name, have(list)),
				Hint:     "correct service.process.name, or start it once on the host and `pm2 save`",
			}
		}
	}
	return units, nil
}

func have(list []pm2Process) string {
	var names []string
	for _, p := range list {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func (m pm2) unit(p pm2Process) unit {
	u := unit{Name: p.Name, ID: strconv.Itoa(p.ID), State: p.Env.Status, Restarts: p.Env.Restarts, Alone: p.alone(), pidFile: p.Env.PIDFile}
	u.Up = !slices.Contains([]string{"stopped", "errored"}, p.Env.Status)
	u.setProcs(p.PID)
	if !u.Up && u.pidFile != "" { // what it left behind carries the same pid file in its environment
		left, _ := proc.Carrying("name="+p.Name, "pm_pid_path="+p.Env.PIDFile)
		u.Procs = append(u.Procs, m.strays(left)...)
	}
	return u
}

// strays leaves out daemons, which a service may have started by calling pm2, and what they keep running.
func (m pm2) strays(ps []proc.Process) []proc.Process {
	kept := slices.DeleteFunc(mine(ps, m.As), isDaemon)
	return kept
}

func isDaemon(p proc.Process) bool {
	title, err := p.Title()
	return err != nil || strings.HasPrefix(title, "PM2 v")
}

// glance reads pid files, which pm2 writes at every start and removes at every end.
func (m pm2) glance(ctx context.Context, env Env, units []unit) ([]unit, error) {
	now := slices.Clone(units)
	for i := range now {
		pid, err := readPID(now[i].pidFile)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return m.look(ctx, env)
		}
		now[i].setProcs(pid)
		if len(now[i].Procs) > 0 && now[i].State != "errored" {
			now[i].Up = true
		}
	}
	return now, nil
}

func (m pm2) stop(ctx context.Context, env Env, units []unit) error {
	return m.command(ctx, env, "stop", units)
}

func (m pm2) start(ctx context.Context, env Env, units []unit) error {
	return m.command(ctx, env, "start", units)
}

func (m pm2) command(ctx context.Context, env Env, verb string, units []unit) error {
	if slices.ContainsFunc(units, func(u unit) bool { return u.State == noDaemon }) {
		return m.noDaemonFailure()
	}
	argv := append([]string{m.Program, verb}, unitIDs(units)...)
	return m.tell(ctx, env, m.cmd(ctx, env, argv...))
}

func (s service) noDaemonFailure() error {
	who := "our user"
	sudo := ""
	if s.As != nil {
		who, sudo = "user "+s.As.Name, "sudo -u "+s.As.Name+" "
	}
	return &Failure{
		Sentence: "pm2 is not running for " + who,
		Hint:     "on the host: " + sudo + "PM2_HOME=" + s.Home + " " + s.Program + " resurrect",
	}
}

// daemon finds the daemon as pm2 does, by its socket, without starting one.
func (m pm2) daemon(ctx context.Context) (proc.Process, bool, error) {
	pid, err := readPID(filepath.Join(m.Home, "pm2.pid"))
	p, alive := proc.Find(pid)
	alive = alive && pid > 0
	if errors.Is(err, fs.ErrPermission) { // its title is for everybody to see
		p, alive, err = m.byTitle()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return p, false, failure(err, "pm2's home "+m.Home+" cannot be read", "see its mode, or correct service.process.pm2.home")
	}
	d := net.Dialer{Timeout: 2 * time.Second}
	conn, err := d.DialContext(ctx, "unix", filepath.Join(m.Home, "rpc.sock"))
	switch {
	case err == nil:
		conn.Close()
		return p, true, nil
	case ctx.Err() != nil:
		return p, false, ctx.Err()
	case errors.Is(err, fs.ErrPermission):
		return p, alive && isDaemon(p), nil
	case alive && isDaemon(p):
		return p, false, &Failure{
			Sentence: fmt.Sprintf("pm2 runs (pid %d), but does not answer", p.PID),
			Hint:     "on the host: restart pm2; calling it as it is would start a second one", Cause: err,
		}
	}
	return p, false, nil
}

// byTitle finds the daemon by its command line. The kernel cuts long titles.
func (m pm2) byTitle() (proc.Process, bool, error) {
	all, err := proc.All()
	if err != nil {
		return proc.Process{}, false, err
	}
	for _, p := range mine(all, m.As) {
		title, err := p.Title()
		_, home, ok := strings.Cut(title, ": God Daemon (")
		home, whole := strings.CutSuffix(home, ")")
		if err == nil && ok && (home == m.Home || !whole && home != "" && strings.HasPrefix(m.Home, home)) {
			return p, true, nil
		}
	}
	return proc.Process{}, false, nil
}

// orphans are the units when the daemon is dead: down, with the processes that outlived it.
func (m pm2) orphans() ([]unit, error) {
	var units []unit
	for _, name := range m.Names {
		u := unit{Name: name, ID: name, State: noDaemon}
		left, err := proc.Carrying("name="+name, "pm_pid_path="+filepath.Join(m.Home, "pids")+"/")
		if err != nil {
			return nil, err
		}
		filed, err := m.filed(name)
		if err != nil {
			return nil, failure(err, "pm2 is not running, and its pid files in "+m.Home+" cannot be read", "see on the host what runs")
		}
		for _, p := range append(m.strays(left), m.strays(filed)...) {
			if !slices.Contains(u.Procs, p) {
				u.Procs = append(u.Procs, p)
			}
		}
		units = append(units, u)
	}
	return units, nil
}

// filed are the processes that the service's pid files name: <name>-<id>.pid. One that is younger than its file has the
// pid of another that is gone.
func (m pm2) filed(name string) ([]proc.Process, error) {
	dir := filepath.Join(m.Home, "pids")
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var ps []proc.Process
	file := regexp.MustCompile(`^` + regexp.QuoteMeta(name) + `-\d+\.pid$`)
	for _, e := range entries {
		info, statErr := e.Info()
		if !file.MatchString(e.Name()) || statErr != nil {
			continue
		}
		pid, readErr := readPID(filepath.Join(dir, e.Name()))
		err = errors.Join(err, readErr)
		p, ok := proc.Find(pid)
		if since, sinceErr := p.Since(); pid > 1 && ok && sinceErr == nil && since.Before(info.ModTime().Add(2*time.Second)) {
			ps = append(ps, p)
		}
	}
	return ps, err
}

// readPID reads a file that its user may have made anything of: no link is followed, nothing waits, little is read.
func readPID(path string) (int, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	b := make([]byte, 32)
	n, _ := f.Read(b)
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil {
		return 0, nil // being written: as good as not there
	}
	return pid, nil
}
