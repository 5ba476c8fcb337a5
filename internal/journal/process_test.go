package journal_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"twokey/internal/journal"
	"twokey/internal/journal/journaltest"
)

// This test binary is also the processes that the tests below end or starve.
func TestMain(m *testing.M) {
	path := os.Getenv("JOURNAL_TEST_PATH")
	var err error
	switch os.Getenv("JOURNAL_TEST_CHILD") {
	case "":
		os.Exit(m.Run())
	case "append":
		err = appendForEver(path)
	case "full":
		err = fillDisk(path)
	}
	if err != nil {
		fmt.Println("child:", err)
		os.Exit(1)
	}
}

func child(ctx context.Context, what, path string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), "JOURNAL_TEST_CHILD="+what, "JOURNAL_TEST_PATH="+path)
	return cmd
}

// appendForEver prints every head after it was acknowledged.
func appendForEver(path string) error {
	ctx := context.Background()
	s, err := journal.OpenSQLite(ctx, path)
	if err != nil {
		return err
	}
	l, err := journal.Open(ctx, s, time.Now, &sum{})
	if err != nil {
		return err
	}
	for {
		e, err := l.Update(ctx, "", draft(strings.Repeat("x", 500)))
		if errors.Is(err, journal.ErrUnavailable) {
			continue // this machine may be slow
		}
		if err != nil {
			return err
		}
		fmt.Println(e.Seq, e.Hash)
	}
}

func TestWhatWasAcknowledgedSurvivesSIGKILL(t *testing.T) {
	path := filepath.Join(t.TempDir(), "twokey.db")
	acked := map[uint64]string{} // hash by seq
	for round := range 6 {
		appendAndKill(t, path, 1+50*round, acked)
		s, err := journal.OpenSQLite(t.Context(), path) // the kernel let go of the lock
		if err != nil {
			t.Fatal(err)
		}
		there := map[uint64]string{}
		for _, e := range journaltest.All(t, s, 0) {
			there[e.Seq] = e.Hash.String()
		}
		for seq, hash := range acked {
			if there[seq] != hash {
				t.Errorf("round %d: entry %d was acknowledged and is not there", round, seq)
			}
		}
		if between := len(there) - len(acked); between > round+1 {
			t.Errorf("round %d: %d entries there, %d acknowledged; want at most one a round in between", round, len(there), len(acked))
		}
		wantWhole(t, s, uint64(len(there)))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// appendAndKill runs a process that appends, kills it in the middle of that
// after some entries, and notes all that it acknowledged.
func appendAndKill(t *testing.T, path string, entries int, acked map[uint64]string) {
	t.Helper()
	cmd := child(t.Context(), "append", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines, n := bufio.NewScanner(out), 0
	for lines.Scan() {
		var seq uint64
		var hash string
		if _, err := fmt.Sscan(lines.Text(), &seq, &hash); err != nil || len(hash) != 64 {
			if n < entries { // only a killed process may leave half a line
				t.Fatalf("the child said %q", lines.Text())
			}
			break
		}
		acked[seq] = hash
		if n++; n == entries {
			refusedByName(t, path, cmd.Process.Pid)
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // "signal: killed"
	if n < entries {
		t.Fatalf("the child ended after %d entries", n)
	}
}

func refusedByName(t *testing.T, path string, pid int) {
	t.Helper()
	_, err := journal.OpenSQLite(t.Context(), path)
	if want := fmt.Sprintf("in use by process %d (journal.test, since ", pid); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("OpenSQLite = %v, want %q", err, want)
	}
}

// fillDisk appends until the kernel refuses to let files grow, as on a full
// disk, and then has room again.
func fillDisk(path string) error {
	signal.Ignore(syscall.SIGXFSZ) // then write(2) fails with EFBIG
	ctx := context.Background()
	s, err := journal.OpenSQLite(ctx, path)
	if err != nil {
		return err
	}
	defer s.Close()
	fold := &sum{}
	l, err := journal.Open(ctx, s, time.Now, fold)
	if err != nil {
		return err
	}
	var room syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &room); err != nil {
		return err
	}
	refused := 0
	for i := range 120 {
		switch i % 30 {
		case 10:
			err = limitFiles(path, room, 100_000)
		case 20:
			err = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &room)
		}
		if err != nil {
			return err
		}
		_, err := l.Update(ctx, "", draft(strings.Repeat("x", 30_000)))
		if errors.Is(err, journal.ErrUnavailable) {
			refused++
		} else if err != nil {
			return fmt.Errorf("append %d: %w", i, err)
		}
	}
	r, err := journal.Verify(ctx, s)
	if err != nil || r.Broken != nil || r.Entries < 60 || r.Entries != uint64(fold.total) || r.Entries+uint64(refused) != 120 {
		return fmt.Errorf("verify: %+v, %w; %d refused, %d folded", r, err, refused, fold.total)
	}
	fmt.Println("refused", refused)
	return nil
}

// limitFiles lets files grow to a little more than the WAL is now.
func limitFiles(path string, room syscall.Rlimit, more uint64) error {
	info, err := os.Stat(path + "-wal")
	if err != nil {
		return err
	}
	room.Cur = uint64(info.Size()) + more
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &room)
}

func TestAFullDiskIsUnavailableUntilThereIsRoom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "twokey.db")
	out, err := child(t.Context(), "full", path).CombinedOutput()
	var refused int
	if _, scanErr := fmt.Sscanf(string(out), "refused %d", &refused); err != nil || scanErr != nil || refused < 5 {
		t.Fatalf("the child said %q (%v); want that several appends were refused", out, err)
	}
	wantWhole(t, openSQLite(t, path), uint64(120-refused))
}

func flock(f *os.File) error {
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
