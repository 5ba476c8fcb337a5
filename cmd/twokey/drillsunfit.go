package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"twokey/actions"
	"twokey/bot/broadcast"
	"twokey/drills"
	"twokey/drills/rehearsal"
	"twokey/internal/config"
	"twokey/internal/journal"
	"twokey/internal/secret"
)

// unfit is a drill of which the program can do nothing, because the config lacks something. Two people may hold it by hand.
type unfit struct{ why error }

// Script is one step, by hand.
func (u unfit) Script(context.Context) ([]drills.Step, error) {
	return []drills.Step{{Key: "hand", Title: "hold it by hand", Proves: true, Ask: "The program can do nothing of it: " + u.why.Error()}}, nil
}

// Look is red.
func (u unfit) Look(context.Context) []drills.Look {
	return []drills.Look{{Name: "config", State: drills.Red, Text: u.why.Error(), Hint: "see twokey check"}}
}

// Do does nothing: there is nothing automatic.
func (u unfit) Do(context.Context, rehearsal.Env, string) (drills.Found, error) {
	return drills.Found{Why: u.why.Error()}, u.why
}

// Clean cannot: what was made, was made with another config.
func (u unfit) Clean(context.Context, rehearsal.Env) (string, error) {
	return "", fmt.Errorf("what an earlier config's drill made cannot be thrown away with this one: %w", u.why)
}

// checkDrills says what the config lacks for its drills. Nothing is asked of the world.
func checkDrills(ctx context.Context, cfg config.Config, out io.Writer) (well bool) {
	if len(cfg.Drills) == 0 {
		return true
	}
	acts := actions.NewState()
	log, err := journal.Open(ctx, journal.NewMemory(), time.Now, acts)
	if err != nil {
		fmt.Fprintln(out, "error:", err)
		return false
	}
	well = true
	redact := secret.NewRedactor(cfg.Secrets...)
	newPractice(cfg, log, drills.NewState(), acts, broadcast.NewState(), redact, func(err error) {
		well = false
		fmt.Fprintln(out, "error:", redact.String(err.Error()))
	})
	return well
}
