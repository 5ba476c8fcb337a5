package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"twokey/actions"
	"twokey/internal/proc"
)

// TestKillWhatARestoreUses kills, once each, what works for a restore of 20 MB: the program while it loads, pg_restore, and
// PostgreSQL at each step, which then comes back. What must hold is what TestKillAtEveryEntryOfARestore says.
func TestKillWhatARestoreUses(t *testing.T) {
	tests := map[string]func(*testing.T, *vault){
		"the program while it loads":              killedLoading,
		"the program while it loads, stopped":     killedLoadingStopped,
		"the program while it proves a backup":    killedProving,
		"pg_restore while it loads":               killedPgRestore,
		"PostgreSQL while a copy loads":           powerLostLoading,
		"PostgreSQL while the copy is looked at":  powerLostChecking,
		"PostgreSQL in the switch":                func(t *testing.T, v *vault) { powerLostSwitching(t, v, "named in", actions.Failed, isOld) },
		"PostgreSQL when the switch is committed": func(t *testing.T, v *vault) { powerLostSwitching(t, v, "committed", actions.Succeeded, isBackup) },
		"PostgreSQL in the switch, for long":      powerLostForLong,
		"both in the switch":                      bothKilled,
		"the program in the switch back":          func(t *testing.T, v *vault) { killedGoingBack(t, v, "closed live") },
		"the program when it had switched back":   func(t *testing.T, v *vault) { killedGoingBack(t, v, "committed") },
	}
	for round := range *rounds {
		for name, test := range tests {
			t.Run(fmt.Sprintf("%s, round %d", name, round+1), func(t *testing.T) {
				t.Parallel()
				test(t, openVault(t, durable.take(t), new(tally)))
			})
		}
	}
}

// loading waits until rows are being loaded into a copy, and keeps pg_restore from going on.
func (v *vault) loading(t *testing.T) []proc.Process {
	t.Helper()
	must(t, until("rows are loaded into a copy", func() bool {
		return v.catalogue(t, "SELECT count(*) FROM pg_stat_activity WHERE datname ~ '^NAME__r_' AND query LIKE 'COPY %' AND state = 'active'") != "0"
	}))
	entries, err := v.entries()
	must(t, err)
	ps, err := proc.Tagged(entries[0].Hash.Short() + "/")
	must(t, err)
	for _, p := range ps {
		_ = syscall.Kill(p.PID, syscall.SIGSTOP)
	}
	if len(ps) == 0 {
		t.Fatal("no pg_restore works for a copy that is being loaded")
	}
	return ps
}

func tell(ps []proc.Process, sig syscall.Signal) {
	for _, p := range ps {
		_ = syscall.Kill(p.PID, sig)
	}
}

// ends waits for the end of the newest request of an action, and wants it to be that one.
func (v *vault) ends(t *testing.T, action actions.Name, want actions.Status) *actions.Request {
	t.Helper()
	must(t, v.wait("it does not end", func() bool { return v.ended(string(action)) }))
	r := v.newest(action)
	if r.Status != want {
		t.Fatalf("it is %s (%s), not %s:\n%s", r.Status, r.Why, want, v.show(v.admin))
	}
	return r
}

func killedLoading(t *testing.T, v *vault) {
	must(t, v.live())
	v.says("ann", []string{"/restore", "latest"})
	v.loading(t)
	must(t, errors.Join(v.kill(), v.live()))
	v.ends(t, "restore", actions.Void)
	must(t, v.tells(v.admin, "void /restore", "the bot was killed", "thrown away"))
	v.settled(t, isOld)
}

func killedLoadingStopped(t *testing.T, v *vault) {
	must(t, v.live())
	v.restore(t, "service=stopped")
	v.loading(t)
	must(t, errors.Join(v.kill(), v.live()))
	r := v.ends(t, "restore", actions.Interrupted)
	must(t, v.tells(v.admin, "interrupted /restore", "nfinished copy is there"))
	v.settled(t, v.way(t, r, actions.Resume, v.unhurt(t)))
}

func killedProving(t *testing.T, v *vault) {
	must(t, v.live())
	v.says("ann", []string{"/verify_backup", "latest", "how=restore"})
	v.loading(t)
	must(t, errors.Join(v.kill(), v.live()))
	v.ends(t, "verify_backup", actions.Interrupted)
	must(t, v.approve("Leave", "ann", func() error { return nil }))
	must(t, v.agree("leave", "Approve leave"))
	must(t, v.tells(v.admin, "succeeded /leave"))
	must(t, errors.Join(v.stop(), v.live())) // it tidies up at its start, and then every minute
	v.settled(t, isOld)
}

func killedPgRestore(t *testing.T, v *vault) {
	must(t, v.live())
	v.says("ann", []string{"/restore", "latest"})
	tell(v.loading(t), syscall.SIGKILL)
	v.ends(t, "restore", actions.Void)
	must(t, v.tells(v.admin, "void /restore", "pg_restore", "thrown away"))
	v.settled(t, isOld)
}

func powerLostLoading(t *testing.T, v *vault) {
	must(t, v.live())
	v.says("ann", []string{"/restore", "latest"})
	ps := v.loading(t)
	v.pg.Kill()
	tell(ps, syscall.SIGCONT)
	v.ends(t, "restore", actions.Void)
	must(t, v.tells(v.admin, "void /restore", "being thrown away")) // and not: could not be
	must(t, v.pg.Restart())
	must(t, v.tells(v.admin, "void /restore", "was thrown away"))
	v.settled(t, isOld)
}

func powerLostChecking(t *testing.T, v *vault) {
	v.extra = "\nchecks:\n  - {name: slow, sql: \"SELECT 1 FROM pg_sleep(1000)\", expect: \"> 0\"}\n"
	must(t, errors.Join(v.writeConfig(), v.live()))
	v.says("ann", []string{"/restore", "latest"})
	must(t, until("the copy is looked at", func() bool {
		return v.catalogue(t, "SELECT count(*) FROM pg_stat_activity WHERE datname ~ '^NAME__r_' AND wait_event = 'PgSleep'") != "0"
	}))
	v.pg.Kill()
	v.ends(t, "restore", actions.Void)
	must(t, v.pg.Restart())
	must(t, v.tells(v.admin, "void /restore", "was thrown away"))
	v.settled(t, isOld)
}

// holdSwitch begins a restore that waits in the switch until the function it gives is called.
func (v *vault) holdSwitch(t *testing.T, step string) (goOn func()) {
	t.Helper()
	v.crashes = []string{"TWOKEY_SWITCH=hold:" + v.dir + ":" + step}
	must(t, v.live())
	v.armed = false
	v.restore(t)
	file := filepath.Join(v.dir, "held")
	must(t, until("it is in the switch", func() bool { _, err := os.Stat(file); return err == nil }))
	return func() { must(t, os.Remove(file)) }
}

func powerLostSwitching(t *testing.T, v *vault, step string, want actions.Status, rows string) {
	goOn := v.holdSwitch(t, step)
	v.pg.Kill()
	must(t, v.pg.Restart())
	goOn()
	r := v.ends(t, "restore", want)
	if want == actions.Failed && (r.Why == "" || v.find(v.admin, "Start service").message == 0) {
		t.Errorf("it failed because of %q:\n%s", r.Why, v.show(v.admin))
	}
	v.settled(t, rows)
}

func powerLostForLong(t *testing.T, v *vault) {
	goOn := v.holdSwitch(t, "named in")
	v.pg.Kill()
	goOn()
	r := v.ends(t, "restore", actions.Interrupted)
	if r.Cut.Cause != actions.CutUnknown || !r.Cut.Unasked {
		t.Errorf("%+v", r.Cut)
	}
	must(t, v.tells(v.admin, "interrupted /restore", "does not answer", "asked again"))
	must(t, v.pg.Restart())
	must(t, until("what is there is found out", func() bool { return !v.newest("restore").Cut.Unasked }))
	must(t, v.tells(v.admin, "interrupted /restore", "opened again", "nothing was switched"))
	is := v.unhurt(t)
	v.tellsTruth(t, v.newest("restore"), is)
	v.settled(t, v.way(t, r, actions.Resume, is))
}

func bothKilled(t *testing.T, v *vault) {
	v.holdSwitch(t, "closed live")
	v.pg.Kill()
	must(t, errors.Join(v.kill(), v.live()))
	r := v.ends(t, "restore", actions.Interrupted)
	must(t, v.tells(v.admin, "interrupted /restore", "cannot be reached", "asked again"))
	must(t, v.pg.Restart())
	must(t, until("what is there is found out", func() bool { return !v.newest("restore").Cut.Unasked }))
	must(t, v.tells(v.admin, "interrupted /restore", "opened again", "nothing was switched"))
	is := v.unhurt(t)
	v.tellsTruth(t, v.newest("restore"), is)
	v.settled(t, v.way(t, r, actions.Leave, is))
}

// killedGoingBack also leaves the kept database open, as a crash may while it is lent: the next start closes it.
func killedGoingBack(t *testing.T, v *vault, step string) {
	must(t, v.live())
	v.restore(t)
	v.ends(t, "restore", actions.Succeeded)
	must(t, v.stop())
	v.crashes = []string{"TWOKEY_SWITCH=die:" + step}
	must(t, v.live())
	v.says("ann", []string{"/undo", fmt.Sprint(v.newest("restore").ID)})
	must(t, v.agree("undo", "Approve undo"))
	must(t, v.bot.ended())
	kept := v.catalogue(t, "SELECT min(datname) FROM pg_database WHERE datname ~ '^NAME__before_'")
	v.pg.Exec(t, "postgres", "postgres", "ALTER DATABASE "+kept+" ALLOW_CONNECTIONS true")
	must(t, v.reborn())
	v.ends(t, "undo", actions.Interrupted)
	must(t, until("what is there is found out", func() bool { return !v.newest("undo").Cut.Unasked })) // on a slow machine it is asked again
	r := v.newest("undo")
	must(t, until("it is closed again", func() bool {
		return v.catalogue(t, "SELECT datallowconn FROM pg_database WHERE datname = '"+kept+"'") == "f"
	}))
	v.unhurt(t)
	want := map[string]string{"committed": "the switch back was done", "closed live": "nothing was switched back"}[step]
	if !strings.Contains(r.Cut.Probe, want) {
		t.Errorf("it says: %s", r.Cut.Probe)
	}
	v.way(t, r, actions.Resume, "")
	v.settled(t, isOld)
}
