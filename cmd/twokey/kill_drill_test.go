package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"twokey/drills"
	"twokey/internal/journal"
)

// TestKillInADrill kills the real program with SIGKILL at entries of a database drill of 20 MB, while the service writes. The drill begins
// its automatic part anew, passes, and nothing that it made is left: no scratch database, session, program, pin; the service is unhurt.
func TestKillInADrill(t *testing.T) {
	var points []string
	var sum tally
	t.Run("undisturbed", func(t *testing.T) {
		v := openDrill(t, nil, &sum)
		v.drills(t)
		entries, err := v.entries()
		must(t, err)
		points = drillPoints(entries)
		v.settled(t, isOld)
	})
	t.Run("entry", func(t *testing.T) {
		for round := range *rounds {
			for i, point := range points {
				if *rounds == 1 && !strings.HasSuffix(point, drills.KindStepStarted) && i%5 != 0 {
					continue // a step under way is in every round
				}
				at, _, _ := strings.Cut(point, " ")
				t.Run(fmt.Sprintf("%s, round %d", point, round+1), func(t *testing.T) {
					t.Parallel()
					v := openDrill(t, []string{at}, &sum)
					v.drills(t)
					must(t, v.disarm())
					v.settled(t, isOld)
				})
			}
		}
	})
	t.Logf("drill, %d points: killed %d times", len(points), sum.kills.Load())
}

// drillPoints are the moments after each entry of a drill from its start on, until what it made is gone.
func drillPoints(entries []journal.Entry) (points []string) {
	first := slices.IndexFunc(entries, func(e journal.Entry) bool { return e.Kind == drills.KindStarted })
	last := slices.IndexFunc(entries, func(e journal.Entry) bool { return e.Kind == drills.KindCleaned })
	for _, e := range entries[first : last+1] {
		points = append(points, fmt.Sprintf("after:%d %s", e.Seq, e.Kind))
	}
	return points
}

// openDrill is a vault that practises. Its newest row is some hours older than the backup, which is made once for all tests, and whose
// header has a clock without a zone: that of the config is meant, two hours from ours.
func openDrill(t *testing.T, crashes []string, sum *tally) *vault {
	t.Helper()
	v := openVault(t, durable.take(t), sum)
	v.extra += "drills:\n  database_rollback: {schedule: \"first tue of june 10:00\", type: database, target: 30m, owners: [ann]," +
		" fresh: \"SELECT now() - interval '8 hours'\", stale_after: 26h}\n"
	must(t, v.writeConfig())
	v.crashes = crashes
	must(t, v.live())
	return v
}

// drills holds one to its end.
func (v *vault) drills(t *testing.T) {
	t.Helper()
	v.says("ann", []string{"/drill", "start", "database_rollback"})
	must(t, v.whatever(func() error {
		return v.wait("the automatic steps do not end", func() bool { return v.shows(v.admin, "🧪 running database_rollback drill", "Gone: ", "▸ 6.") })
	}))
	for _, next := range []string{"▸ 7.", "🧪 passed database_rollback drill"} {
		must(t, v.whatever(func() error {
			if v.shows(v.admin, next) {
				return nil
			}
			found, err := v.button(v.admin, "Done")
			if err != nil {
				return err
			}
			v.presses("ann", found)
			return v.wait("it does not go on to "+next, func() bool { return v.shows(v.admin, next) })
		}))
	}
	if n := v.catalogue(t, "SELECT count(*) FROM pg_database WHERE datname ~ '^drill_'"); n != "0" {
		t.Errorf("%s scratch databases are left", n)
	}
}
