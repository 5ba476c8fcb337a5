package main

import (
	"debug/buildinfo"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// machine prints what the figures depend on.
func machine(w io.Writer, binary, dir string) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return fmt.Errorf("binary: %w (make build)", err)
	}
	fmt.Fprintf(w, "machine  %d cpus (%s), %s memory, Linux %s, load %s\n", runtime.NumCPU(), field("/proc/cpuinfo", "model name"),
		field("/proc/meminfo", "MemTotal"), first("/proc/sys/kernel/osrelease"), first("/proc/loadavg"))
	fmt.Fprintf(w, "disk     %s\n", disk(dir))
	fmt.Fprintf(w, "built    %s with %s %s/%s\n\n", binary, info.GoVersion, runtime.GOOS, runtime.GOARCH)
	return nil
}

// field finds "name : value" in a file of /proc.
func field(path, name string) string {
	data, _ := os.ReadFile(path) // what cannot be found out is printed as unknown
	for line := range strings.Lines(string(data)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func first(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	line, _, _ := strings.Cut(string(data), "\n")
	return line
}

// disk names the file system a folder is on.
func disk(dir string) string {
	data, _ := os.ReadFile("/proc/self/mountinfo")
	at, found := "", "unknown"
	for line := range strings.Lines(string(data)) {
		point, what, ok := mount(line)
		inside := point == "/" || dir == point || strings.HasPrefix(dir, point+"/")
		if ok && inside && len(point) >= len(at) { // of two on one point, the later hides the earlier
			at, found = point, what
		}
	}
	if strings.HasPrefix(found, "tmpfs") {
		found += " (in memory: the times of a disk are not measured; name another with -dir)"
	}
	return found
}

// mount takes a line of mountinfo apart (proc_pid_mountinfo(5)): the 5th field is the mount point; behind the dash are the
// type and the source.
func mount(line string) (point, what string, ok bool) {
	left, right, found := strings.Cut(line, " - ")
	before, after := strings.Fields(left), strings.Fields(right)
	if !found || len(before) < 5 || len(after) < 2 {
		return "", "", false
	}
	return before[4], fmt.Sprintf("%s on %s, mounted at %s", after[0], after[1], before[4]), true
}
