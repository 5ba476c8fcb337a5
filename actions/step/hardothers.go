package step

import (
	"context"
	"slices"
	"strings"
)

// briefly looks, but not for long: with no answer it names the units as their manager takes them, and nobody knows what runs.
func briefly(ctx context.Context, env Env, m manager, names []string, id func(string) string) ([]unit, error) {
	within, cancel := context.WithTimeout(ctx, guessWithin)
	defer cancel()
	if units, err := m.look(within, env); err == nil {
		return units, nil
	}
	var units []unit
	for _, name := range names {
		units = append(units, unit{Name: name, ID: id(name), Up: true, Blind: true})
	}
	return units, nil
}

func (m systemd) guess(ctx context.Context, env Env) ([]unit, error) {
	return briefly(ctx, env, m, m.Names, unitName)
}

func (m custom) guess(ctx context.Context, env Env) ([]unit, error) {
	return briefly(ctx, env, m, m.Names[:1], strings.Clone)
}

func (m compose) guess(ctx context.Context, env Env) ([]unit, error) {
	return briefly(ctx, env, m, m.Names, strings.Clone)
}

// others names the running services of the same project.
func (m compose) others(ctx context.Context, env Env) ([]string, error) {
	out, err := m.answer(ctx, env, m.argv("ps", "--format", "json")...)
	if err != nil {
		return nil, err
	}
	list, err := composeList(out)
	var names []string
	for _, c := range list {
		if !slices.Contains(m.Names, c.Service) && c.State == "running" {
			names = append(names, c.Service)
		}
	}
	return names, err
}
