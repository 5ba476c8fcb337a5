package pgtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Kill ends the server and all its processes with SIGKILL, as a machine does that loses its power. Restart brings it back.
func (s *Server) Kill() {
	pid := s.proc.Process.Pid
	_ = syscall.Kill(pid, syscall.SIGSTOP) // so that it starts nothing between the look and the end
	children := childrenOf(pid)
	_ = syscall.Kill(pid, syscall.SIGKILL)
	for _, child := range children {
		_ = syscall.Kill(child, syscall.SIGKILL)
	}
	<-s.done
}

// Restart starts a server that was killed, on its port, and returns when it answers: with what its log says was committed.
func (s *Server) Restart() error {
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	for {
		// Until the kernel has taken the last child's memory the server refuses to start.
		err := s.start()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w\n%s", err, s.log.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// childrenOf are the processes whose parent is pid: the server's sessions and helpers, each in a process group of its own.
func childrenOf(pid int) []int {
	var list []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		_, after, _ := strings.Cut(string(text), ") ") // a name in brackets may hold anything but this
		fields := strings.Fields(after)
		if len(fields) < 2 || fields[1] != strconv.Itoa(pid) {
			continue
		}
		if child, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			list = append(list, child)
		}
	}
	return list
}
