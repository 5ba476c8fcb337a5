package step

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"twokey/internal/pgtest"
)

// The test binary plays other programs: under their name (a symlink, see standin_test.go), or as "-play NAME args…".
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "-play" {
		syscall.Exit(play(os.Args[2], os.Args[3:])) // os.Exit would sleep a second under the race detector
	}
	if f, ok := standIns[filepath.Base(os.Args[0])]; ok {
		syscall.Exit(f(standIn(filepath.Dir(os.Args[0])), os.Args[1:]))
	}
	code := m.Run()
	postgres.Stop()
	os.Exit(code)
}

// postgres is the database server of these tests.
var postgres pgtest.Shared

func play(name string, args []string) int {
	switch name {
	case "args":
		fmt.Printf("%q", args)
	case "env":
		fmt.Printf("%q", os.Environ())
	case "exit":
		var n int
		fmt.Sscan(args[0], &n)
		return n
	case "merge":
		return playMerge(args[0], args[1], args[2], args[3], args[4])
	case "sleep":
		select {}
	case "service": // ends when asked; tells its pid
		if len(args) > 1 {
			signal.Ignore(syscall.SIGTERM)
		}
		os.WriteFile(args[0]+".new", fmt.Append(nil, os.Getpid()), 0o644)
		os.Rename(args[0]+".new", args[0])
		select {}
	}
	return 0
}

// eventually waits for a fact about an outside process.
func eventually(t *testing.T, what string, fact func() bool) {
	t.Helper()
	late, tick := time.After(30*time.Second), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for !fact() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("never: %s", what)
		}
	}
}
