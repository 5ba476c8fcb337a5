package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// lockFile takes path's lock file for this process, or says who has it. The
// lock is on the open file (flock): the kernel lets go of it when the process
// dies, whatever the file says. The file itself is never removed, since two
// processes could then each lock a file of that name.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("journal: %s is in use by %s", path, holder(path+".lock"))
	} else if err != nil {
		err = fmt.Errorf("journal: lock %s.lock: %w", path, err)
	} else if err = sign(f); err != nil {
		err = fmt.Errorf("journal: %w", err)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// sign writes who we are: process, program, since when, each on its line.
func sign(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := fmt.Fprintf(f, "%d\n%s\n%s\n", os.Getpid(), program(os.Args), time.Now().UTC().Format(time.RFC3339))
	return err
}

// program is the command without its options, which may hold anything.
func program(args []string) string {
	name := filepath.Base(args[0])
	if len(args) > 1 && !strings.ContainsAny(args[1], "-=/ \n") {
		name += " " + args[1]
	}
	return name
}

func holder(path string) string {
	text, err := os.ReadFile(path)
	lines := strings.Split(string(text), "\n")
	if err != nil || len(lines) < 4 { // not ours to read, or being written just now
		return "another process"
	}
	return fmt.Sprintf("process %s (%s, since %s)", lines[0], lines[1], lines[2])
}
