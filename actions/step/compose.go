package step

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// compose talks to docker through `docker compose` (v2) and `docker inspect`. Containers are stopped and started, never
// made anew: their image and environment stay.
type compose struct{ service }

// composeContainer is what is taken of `docker compose ps --format json`.
type composeContainer struct{ ID, Service, State string }

// dockerContainer is what is taken of `docker inspect`.
type dockerContainer struct {
	ID           string `json:"Id"`
	RestartCount int
	State        struct {
		Status    string
		Pid       int
		StartedAt time.Time
	}
}

func (m compose) look(ctx context.Context, env Env) ([]unit, error) {
	out, err := m.answer(ctx, env, m.argv("ps", "--all", "--no-trunc", "--format", "json")...)
	if err != nil {
		return nil, err
	}
	list, err := composeList(out)
	if err != nil {
		return nil, failure(err, "docker's list of containers cannot be read", "see whether `docker compose ps` works on the host")
	}
	var units []unit
	for _, name := range m.Names {
		var ids []string
		for _, c := range list {
			if c.Service == name {
				ids = append(ids, c.ID)
			}
		}
		if len(ids) == 0 {
			return nil, m.unknown(name, list)
		}
		found, err := m.inspect(ctx, env, name, ids)
		if err != nil {
			return nil, err
		}
		units = append(units, found...)
	}
	return units, nil
}

func (m compose) unknown(name string, list []composeContainer) error {
	var names []string
	for _, c := range list {
		names = append(names, c.Service)
	}
	slices.Sort(names)
	there := strings.Join(slices.Compact(names), ", ")
	return &Failure{
		Sentence: fmt.Sprintf("docker compose has no container of a service named %s; it has %s", name, or(there, "none")),
		Hint:     "correct service.process.name or service.process.compose, or create it on the host: docker compose up",
	}
}

// composeList reads a JSON object a line, or, before v2.21, one array.
func composeList(out []byte) ([]composeContainer, error) {
	var list []composeContainer
	if out = bytes.TrimSpace(out); bytes.HasPrefix(out, []byte("[")) {
		return list, json.Unmarshal(out, &list)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var c composeContainer
		if err := d.Decode(&c); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// inspect asks for the containers' processes, which `ps` does not tell.
func (m compose) inspect(ctx context.Context, env Env, name string, ids []string) ([]unit, error) {
	out, err := m.answer(ctx, env, append([]string{m.Program, "inspect", "--type=container", "--"}, ids...)...)
	if err != nil {
		return nil, err
	}
	var list []dockerContainer
	if err := json.Unmarshal(out, &list); err != nil || len(list) != len(ids) {
		return nil, failure(fmt.Errorf("%d of %d containers: %v", len(list), len(ids), err), "docker's answer about "+name+" cannot be read", "see `docker inspect` on the host")
	}
	var units []unit
	for _, c := range list {
		u := unit{Name: name, ID: c.ID, State: c.State.Status, Restarts: c.RestartCount, Alone: c.RestartCount, Since: c.State.StartedAt}
		u.Up = !slices.Contains([]string{"created", "exited", "dead"}, u.State)
		u.setProcs(c.State.Pid)
		// Docker's processes may be in another machine (a virtual one) or pid namespace: then its word is all there is.
		u.Blind = u.State == "running" && len(u.Procs) == 0
		units = append(units, u)
	}
	return units, nil
}

func (m compose) answer(ctx context.Context, env Env, argv ...string) ([]byte, error) {
	out, res, err := m.ask(ctx, env, argv...)
	if err == nil {
		err = ended("docker", res, commandTimeout, "see whether docker works on the host")
	}
	return out, failure(err, "docker does not answer", "see whether docker works on the host")
}

func (m compose) argv(args ...string) []string {
	argv := []string{m.Program, "compose", "--project-directory", m.Dir}
	for _, f := range m.Files {
		argv = append(argv, "--file", f)
	}
	if m.Project != "" {
		argv = append(argv, "--project-name", m.Project)
	}
	return append(argv, args...)
}

func (m compose) glance(ctx context.Context, env Env, _ []unit) ([]unit, error) {
	return m.look(ctx, env)
}

func (m compose) stop(ctx context.Context, env Env, units []unit) error {
	return m.command(ctx, env, "stop", units)
}

func (m compose) start(ctx context.Context, env Env, units []unit) error {
	return m.command(ctx, env, "start", units)
}

func (m compose) command(ctx context.Context, env Env, verb string, units []unit) error {
	var names []string
	for _, u := range units {
		if !slices.Contains(names, u.Name) {
			names = append(names, u.Name)
		}
	}
	return m.tell(ctx, env, m.cmd(ctx, env, m.argv(append([]string{verb, "--"}, names...)...)...))
}
