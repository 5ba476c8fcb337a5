package backup

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// unsettle marks the files that somebody still writes: those written to a moment ago, or open for writing. A manifest is
// written when all else is done, so what has one is finished.
func unsettle(files []File, now time.Time) {
	var recent []int
	for i, f := range files {
		age := now.Sub(f.Written)
		switch {
		case f.Manifest != nil || f.Problem != "" || f.Unfinished != "" || age > 24*time.Hour:
		case age >= 0 && age < settled:
			files[i].Unfinished = "was written to a moment ago"
		default:
			recent = append(recent, i)
		}
	}
	if len(recent) == 0 {
		return
	}
	open := openForWriting()
	for _, i := range recent {
		if open[inode{files[i].stamp.dev, files[i].stamp.ino}] {
			files[i].Unfinished = "is open for writing"
		}
	}
}

type inode struct{ dev, ino uint64 }

// openForWriting are the files that any process has open to write, of those processes that we may look at: our own user's,
// or all as root.
func openForWriting() map[inode]bool {
	open := map[inode]bool{}
	pids, _ := os.ReadDir("/proc")
	for _, pid := range pids {
		if _, err := strconv.Atoi(pid.Name()); err != nil {
			continue
		}
		fds, _ := os.ReadDir("/proc/" + pid.Name() + "/fd")
		for _, fd := range fds {
			var st unix.Stat_t
			at := "/proc/" + pid.Name()
			if unix.Stat(at+"/fd/"+fd.Name(), &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFREG && writes(at+"/fdinfo/"+fd.Name()) {
				open[inode{uint64(st.Dev), st.Ino}] = true
			}
		}
	}
	return open
}

// writes reads the flags a descriptor was opened with, which are octal (proc_pid_fdinfo(5)).
func writes(fdinfo string) bool {
	f, err := os.Open(fdinfo)
	if err != nil {
		return false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if flags, is := strings.CutPrefix(lines.Text(), "flags:"); is {
			n, err := strconv.ParseInt(strings.TrimSpace(flags), 8, 64)
			return err == nil && n&unix.O_ACCMODE != unix.O_RDONLY
		}
	}
	return false
}
