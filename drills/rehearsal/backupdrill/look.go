package backupdrill

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"twokey/drills"
	"twokey/drills/rehearsal"
	"twokey/internal/restore"
)

// Look looks both ways: whether a rehearsal could be held, and whether it could touch production.
func (d *Drill) Look(ctx context.Context) []drills.Look {
	s := d.step(rehearsal.Env{Tag: or(d.Scratch.Tag, "drill looks")})
	size, newest := s.lookBackup(ctx)
	looks := []drills.Look{newest}
	system, server := s.lookServer(ctx)
	if looks = append(looks, server); server.State == drills.Red { // nobody can answer the rest
		return looks
	}
	return append(looks, s.lookReach(ctx), s.lookProduction(ctx, system), s.lookDisk(ctx, size), s.lookLeft(ctx))
}

func green(name, text string) drills.Look {
	return drills.Look{Name: name, State: drills.Green, Text: text}
}

func told(name, text string) drills.Look {
	return drills.Look{Name: name, State: drills.Told, Text: text}
}

func red(ctx context.Context, name string, err error) drills.Look {
	why, hint := explain(ctx, err)
	return refused(name, why, hint)
}

func refused(name, text, hint string) drills.Look {
	return drills.Look{Name: name, State: drills.Red, Text: text, Hint: hint}
}

// lookBackup looks at the newest backup; its size is 0 when there is none.
func (s *step) lookBackup(ctx context.Context) (size int64, l drills.Look) {
	const name = "newest backup"
	f, _, err := newest(ctx, s.Shelf)
	if err != nil {
		return 0, red(ctx, name, err)
	}
	now := time.Now
	if s.Shelf.Now != nil {
		now = s.Shelf.Now
	}
	age := now().Sub(f.Made)
	switch why := s.tooOld(age); {
	case f.Problem != "":
		return f.Size, refused(name, shown(f.Name)+" "+f.Problem, "see who makes it, or make one: /backup")
	case why != "":
		return f.Size, refused(name, shown(f.Name)+" "+why, "see who makes them, or make one: /backup")
	}
	return f.Size, green(name, fmt.Sprintf("%s is %s old", shown(f.Name), long(age)))
}

func (s *step) lookServer(ctx context.Context) (system string, l drills.Look) {
	const name = "scratch server"
	system, err := s.scratch.Server(ctx)
	if err != nil {
		return "", red(ctx, name, err)
	}
	return system, green(name, "both roles get in")
}

// lookReach looks whether the role that loads, and so what is in a backup, could touch production.
func (s *step) lookReach(ctx context.Context) drills.Look {
	const name = "production out of reach"
	ways, none, err := s.scratch.Reaches(ctx, s.Production.Name)
	switch {
	case err != nil:
		return red(ctx, name, err)
	case len(ways) > 0:
		return refused(name, ways[0].Way, ways[0].SQL+"; twokey check prints the roles")
	}
	return green(name, fmt.Sprintf("%s: %s", s.Production.Name, none))
}

// lookProduction says how scratch databases and production are told apart.
func (s *step) lookProduction(ctx context.Context, system string) drills.Look {
	const name = "not production"
	_, there, err := s.scratch.Like(ctx, s.Production.Name)
	known := system != "" && s.Production.SystemIdentifier != ""
	switch {
	case err != nil:
		return red(ctx, name, err)
	case known && system != s.Production.SystemIdentifier:
		return green(name, "the scratch server is another one than production's")
	case known && !there:
		return refused(name, "production's server has no database "+s.Production.Name, "see the service's database address")
	case known:
		return green(name, "the same server; only databases named drill_ and a number are made there, and "+s.Production.Name+" is none")
	case there:
		return told(name, "nothing says whether it is production's server; a database "+s.Production.Name+" is on it")
	}
	return told(name, "nothing says whether it is production's server; no database "+s.Production.Name+" is on it")
}

// lookDisk looks whether the pinned copy and the scratch database fit.
func (s *step) lookDisk(ctx context.Context, size int64) drills.Look {
	const name = "disk"
	var pins syscall.Statfs_t
	if err := statPins(s.Pins, &pins); err != nil {
		return refused(name, "the folder for pinned backups cannot be looked at", "see "+s.Pins)
	}
	free, need := int64(pins.Bavail)*int64(pins.Bsize), size+s.Floor
	space, err := s.scratch.Space(ctx, s.Production.Name, size)
	if err != nil {
		return red(ctx, name, err)
	}
	if sameDisk(s.Pins, space) {
		need += space.Needed + space.Needed/10
	}
	const hint = "make room, or move the folders"
	switch {
	case free < need:
		return refused(name, fmt.Sprintf("%s are needed where backups are pinned, and %s are free", megabytes(need), megabytes(free)), hint)
	case !space.Enough():
		return refused(name, fmt.Sprintf("%s are needed on the server's disk, and %s are free", megabytes(space.Needed+space.Needed/10), megabytes(space.Free)), hint)
	case space.Unknown != "":
		return told(name, "room on the server cannot be seen: "+space.Unknown)
	}
	return green(name, fmt.Sprintf("%s of %s that are free", megabytes(space.Needed), megabytes(space.Free)))
}

// statPins asks the disk of a folder that is made when it is needed.
func statPins(dir string, st *syscall.Statfs_t) error {
	if !filepath.IsAbs(dir) {
		return os.ErrInvalid
	}
	for {
		err := syscall.Statfs(dir, st)
		if !os.IsNotExist(err) || dir == filepath.Dir(dir) {
			return err
		}
		dir = filepath.Dir(dir)
	}
}

// sameDisk says whether pins and the server's files share one.
func sameDisk(pins string, space restore.Space) bool {
	var a, b syscall.Statfs_t
	return space.Free >= 0 && statPins(pins, &a) == nil && statPins(space.Dir, &b) == nil && a.Fsid == b.Fsid
}

// lookLeft tells of scratch databases that are there: of an exercise that goes on, or one that could not be cleaned.
func (s *step) lookLeft(ctx context.Context) drills.Look {
	const name = "left over"
	left, err := s.scratch.Left(ctx)
	switch {
	case err != nil:
		return red(ctx, name, err)
	case len(left) > 0:
		l := told(name, "there are scratch databases of other exercises: "+listed(left))
		l.Hint = "when none is going on, drop them"
		return l
	}
	return green(name, "no scratch database is there")
}
