package main

import (
	"bytes"
	"strings"
	"testing"

	"twokey/drills/rehearsal"
	"twokey/drills/rehearsal/nightdrill"
	ownpg "twokey/internal/postgres"
)

// TestTheEmergencyDrillOnTheStage: the drill plays the real program, and reads from it how long it took.
func TestTheEmergencyDrillOnTheStage(t *testing.T) {
	t.Parallel()
	program, err := unwatched()
	must(t, err)
	dir := demoFolder(t)
	d := &nightdrill.Drill{Config: nightdrill.Config{Program: program, Dir: dir, Postgres: ownpg.Programs}}
	var out bytes.Buffer
	env := rehearsal.Env{Exercise: 1, Tag: "stage" + strings.ReplaceAll(dir, "/", ".") + "/1/stage", Output: &out, Progress: func(string) {}}
	f, err := d.Do(t.Context(), env, "stage")
	if err != nil || !strings.HasPrefix(f.Line, "from panic to restored, unlocked and up ") || len(f.Checks) != 5 || len(f.Output) != 64 {
		t.Errorf("%+v, %v\n%s", f, err, out.String())
	}
	if proof, err := d.Clean(t.Context(), env); err != nil || proof == "" {
		t.Errorf("%q, %v", proof, err)
	}
	nothingOf(t, dir)
	emptied(t, dir)
}
