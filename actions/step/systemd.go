package step

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"twokey/internal/proc"
)

// systemd talks to systemd through systemctl (systemctl(1), systemd 247 or later for --timestamp=unix).
type systemd struct{ service }

// cgroups is where the control groups are (cgroup v2, as systemd mounts it).
const cgroups = "/sys/fs/cgroup"

const systemdProperties = "Id,LoadState,ActiveState,SubState,MainPID,NRestarts,ActiveEnterTimestamp,ControlGroup"

func (m systemd) look(ctx context.Context, env Env) ([]unit, error) {
	var units []unit
	for _, name := range m.Names {
		id := unitName(name)
		out, res, err := m.ask(ctx, env, m.Program, "show", "--timestamp=unix", "--property="+systemdProperties, "--", id)
		if err == nil {
			err = ended("systemctl show", res, commandTimeout, "see whether systemctl works on the host")
		}
		if err != nil {
			return nil, failure(err, "systemd does not answer", "see whether systemctl works on the host")
		}
		u, found := systemdUnit(name, id, out)
		if !found {
			return nil, &Failure{Sentence: "systemd has no unit " + id, Hint: "correct service.process.name; on the host: systemctl list-unit-files --type=service"}
		}
		units = append(units, u)
	}
	return units, nil
}

// unitName is the whole name: systemctl would add .service by itself, but not to a name with another dot.
func unitName(name string) string {
	if strings.HasSuffix(name, ".service") {
		return name
	}
	return name + ".service"
}

func systemdUnit(name, id string, out []byte) (unit, bool) {
	p := map[string]string{}
	for line := range bytes.Lines(out) {
		key, value, _ := strings.Cut(strings.TrimSpace(string(line)), "=")
		p[key] = value
	}
	u := unit{Name: name, ID: id, State: p["ActiveState"]}
	u.Up = !slices.Contains([]string{"inactive", "failed"}, u.State)
	u.Restarts, _ = strconv.Atoi(p["NRestarts"])
	u.Alone = u.Restarts // systemd forgets them when somebody starts the unit
	if sec, err := strconv.ParseInt(strings.TrimPrefix(p["ActiveEnterTimestamp"], "@"), 10, 64); err == nil && u.Up {
		u.Since = time.Unix(sec, 0)
	}
	pid, _ := strconv.Atoi(p["MainPID"])
	u.setProcs(pid)
	for _, p := range inGroup(p["ControlGroup"]) {
		if !slices.Contains(u.Procs, p) {
			u.Procs = append(u.Procs, p)
		}
	}
	return u, p["LoadState"] != "not-found" && p["ActiveState"] != ""
}

// inGroup gives the processes of a control group and those inside it.
func inGroup(group string) []proc.Process {
	if group == "" || group == "/" {
		return nil
	}
	var ps []proc.Process
	_ = filepath.WalkDir(filepath.Join(cgroups, group), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.Name() != "cgroup.procs" {
			return nil // a group that ends while we walk has nothing to say
		}
		b, _ := os.ReadFile(path)
		for _, f := range strings.Fields(string(b)) {
			pid, _ := strconv.Atoi(f)
			if p, ok := proc.Find(pid); ok {
				ps = append(ps, p)
			}
		}
		return nil
	})
	return ps
}

func (m systemd) glance(ctx context.Context, env Env, _ []unit) ([]unit, error) {
	return m.look(ctx, env)
}

func (m systemd) stop(ctx context.Context, env Env, units []unit) error {
	return m.command(ctx, env, "stop", units)
}

func (m systemd) start(ctx context.Context, env Env, units []unit) error {
	return m.command(ctx, env, "start", units)
}

func (m systemd) command(ctx context.Context, env Env, verb string, units []unit) error {
	argv := append([]string{m.Program, verb, "--no-ask-password", "--"}, unitIDs(units)...)
	return m.tell(ctx, env, m.cmd(ctx, env, argv...))
}
