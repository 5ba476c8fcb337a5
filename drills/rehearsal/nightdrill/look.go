package nightdrill

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"twokey/drills"
)

// need is how much a stage writes, with room for the write-ahead log: PostgreSQL's cluster is of 70 MB, all else of 2.
const need = 512 << 20

// Look looks both ways: whether the stage can be set, and whether the scenario can be read.
func (d *Drill) Look(context.Context) []drills.Look {
	return []drills.Look{d.lookScenario(), d.lookProgram(), d.lookDatabase(), d.lookDisk(), d.lookOther()}
}

func (d *Drill) lookScenario() drills.Look {
	const name = "scenario"
	s, err := d.scenario()
	if err != nil {
		what, hint, _ := strings.Cut(err.Error(), "\n")
		return drills.Look{Name: name, State: drills.Red, Text: what, Hint: strings.TrimPrefix(strings.TrimSpace(hint), "hint: ")}
	}
	return drills.Look{Name: name, State: drills.Green, Text: fmt.Sprintf("%s: %d events in %s", s.Name, len(s.Events), minutes(s.Events[len(s.Events)-1].After))}
}

func (d *Drill) lookProgram() drills.Look {
	l := drills.Look{Name: "program", State: drills.Green, Text: "it is there"}
	info, err := os.Stat(d.Program)
	if err != nil || !filepath.IsAbs(d.Program) || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		l.State, l.Text, l.Hint = drills.Red, fmt.Sprintf("%s is no program that can be run as the stage", d.Program), "start twokey anew from where it is installed"
	}
	return l
}

// lookDatabase only tells: without one the tabletop can be held all the same.
func (d *Drill) lookDatabase() drills.Look {
	l := drills.Look{Name: "database", State: drills.Green, Text: "PostgreSQL's programs are there"}
	if _, why, hint := d.database(); why != "" {
		l.State, l.Text, l.Hint = drills.Told, "the stage will be left out: "+why, hint
	}
	return l
}

func (d *Drill) lookDisk() drills.Look {
	const name = "disk"
	var st unix.Statfs_t
	at := d.Dir
	err := unix.Statfs(at, &st)
	for os.IsNotExist(err) && at != filepath.Dir(at) { // it is made when it is needed
		at = filepath.Dir(at)
		err = unix.Statfs(at, &st)
	}
	free := st.Bavail * uint64(st.Bsize)
	switch {
	case err != nil:
		return drills.Look{Name: name, State: drills.Red, Text: "the disk of " + d.Dir + " cannot be looked at", Hint: "see the folder on the host"}
	case free < need:
		return drills.Look{Name: name, State: drills.Red, Text: fmt.Sprintf("the stage needs %d MB, and %d MB are free", need>>20, free>>20), Hint: "make room at " + d.Dir}
	}
	return drills.Look{Name: name, State: drills.Green, Text: fmt.Sprintf("%d MB of %d MB that are free", need>>20, free>>20)}
}

// lookOther finds another stage: two would measure each other. One that nobody plays any more is only told of.
func (d *Drill) lookOther() drills.Look {
	const name = "other stages"
	dirs, err := d.folders()
	for _, dir := range dirs {
		found, err := d.living(dir)
		if err != nil || len(found) > 0 {
			return drills.Look{Name: name, State: drills.Red, Text: "another stage is being played in " + filepath.Base(dir), Hint: "wait until it ends"}
		}
	}
	switch {
	case err != nil:
		return drills.Look{Name: name, State: drills.Red, Text: "it cannot be seen whether another stage is being played", Hint: "see " + d.Dir}
	case len(dirs) > 0:
		return drills.Look{Name: name, State: drills.Told, Text: "what a stage made is still there: " + filepath.Base(dirs[0]),
			Hint: "when no drill goes on, remove it from " + d.Dir}
	}
	return drills.Look{Name: name, State: drills.Green, Text: "none is being played"}
}

// folders are those of stages that are there.
func (d *Drill) folders() (dirs []string, err error) {
	all, err := os.ReadDir(d.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range all {
		if strings.HasPrefix(e.Name(), folders) {
			dirs = append(dirs, filepath.Join(d.Dir, e.Name()))
		}
	}
	return dirs, err
}
