package proc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// hertz is USER_HZ, the unit of start times in /proc/PID/stat; 100 on every architecture Go runs on (proc(5), sysconf(3)).
const hertz = 100

// Process is one process for its whole life: the kernel reuses pids, but not with the same start time.
type Process struct {
	PID   int    `json:"pid"`
	Name  string `json:"name"`  // as the kernel has it, at most 15 bytes
	Start uint64 `json:"start"` // clock ticks after boot, field 22 of /proc/PID/stat
}

func (p Process) String() string { return fmt.Sprintf("%s (pid %d)", p.Name, p.PID) }

// Names lists processes for people.
func Names(ps []Process) string {
	s := make([]string, len(ps))
	for i, p := range ps {
		s[i] = p.String()
	}
	return strings.Join(s, ", ")
}

// Find gives the process that has the pid now; false when there is none, or only its zombie.
func Find(pid int) (Process, bool) {
	st, err := readStat(pid)
	return st.Process, err == nil && !st.gone
}

// Alive says whether the process still runs. A zombie does not.
func Alive(p Process) bool {
	now, ok := Find(p.PID)
	return ok && now.Start == p.Start
}

// Since is when the process was started, to about 10 ms.
func (p Process) Since() (time.Time, error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return time.Time{}, err
	}
	_, rest, _ := strings.Cut(string(b), "\nbtime ")
	line, _, _ := strings.Cut(rest, "\n")
	boot, err := strconv.ParseInt(line, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("/proc/stat: btime: %w", err)
	}
	ticks := time.Duration(p.Start) * (time.Second / hertz)
	return time.Unix(boot, 0).Add(ticks), nil
}

// UID is the user the process runs as.
func (p Process) UID() (uint32, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(b), "\nUid:")
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		return 0, fmt.Errorf("/proc/%d/status: no Uid", p.PID)
	}
	return id(fields[1]) // effective
}

// Title is the command line of the process, its arguments joined by spaces; what a program made of it, if it did.
func (p Process) Title() (string, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.PID))
	return strings.TrimSpace(strings.ReplaceAll(string(b), "\x00", " ")), err
}

// All gives every process there is, zombies left out.
func All() ([]Process, error) {
	stats, err := scan()
	return processes(stats), err
}

// Tree gives those of the roots that are alive, and everything that descends from them now.
func Tree(roots ...Process) ([]Process, error) {
	stats, err := scan()
	if err != nil {
		return nil, err
	}
	in := map[int]bool{}
	for _, r := range roots {
		in[r.PID] = Alive(r)
	}
	return processes(grow(stats, in)), nil
}

// Tagged gives every living process whose environment has TWOKEY_RUN=tag; a tag that ends in "/" stands for all that
// begin with it. See Carrying for what is seen.
func Tagged(tag string) ([]Process, error) {
	if tag == "" {
		return nil, errors.New("tag: empty")
	}
	return Carrying(TagName + "=" + tag)
}

// Carrying gives every living process whose environment has all the entries, KEY=value; an entry that ends in "/" stands
// for all that begin with it. Environments are those at exec, and only those we may read are seen: our own user's, or
// all with CAP_SYS_PTRACE.
func Carrying(entries ...string) ([]Process, error) {
	var stats []stat
	var err error
	for range 2 { // nothing found is looked for once more, see hunt.quarry
		if stats, err = carriers(entries...); err != nil || len(stats) > 0 {
			break
		}
	}
	return processes(stats), err
}

// Carries says whether the process has, in the environment it was started with, an entry that begins so.
func Carries(p Process, prefix string) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.PID))
	return err == nil && (bytes.HasPrefix(b, []byte(prefix)) || bytes.Contains(b, []byte("\x00"+prefix)))
}

func carriers(entries ...string) ([]stat, error) {
	stats, err := scan()
	return slices.DeleteFunc(stats, func(s stat) bool { return !s.carries(entries) }), err
}

// family is what belongs to a run: the leader's group, what descends from it, and what carries the tag.
func family(leader int, tag string) ([]stat, error) {
	stats, err := scan()
	if err != nil {
		return nil, err
	}
	in := map[int]bool{leader: true}
	for _, s := range stats {
		if s.group == leader || tag != "" && s.carries([]string{TagName + "=" + tag}) {
			in[s.PID] = true
		}
	}
	return grow(stats, in), nil
}

// grow keeps the processes in the set and their descendants.
func grow(stats []stat, in map[int]bool) []stat {
	for grown := true; grown; {
		grown = false
		for _, s := range stats {
			if !in[s.PID] && in[s.parent] {
				in[s.PID], grown = true, true
			}
		}
	}
	return slices.DeleteFunc(stats, func(s stat) bool { return !in[s.PID] })
}

// kernelThread is PF_KTHREAD in field 9 of /proc/PID/stat (include/linux/sched.h).
const kernelThread = 0x00200000

type stat struct {
	Process
	parent, group int
	gone          bool // a zombie with no thread left
	headless      bool // its main thread is a zombie, others live
	kernel        bool // a kernel thread
}

// scan gives every living process but ourselves: we are never a survivor.
func scan() ([]stat, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var all []stat
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil || pid == os.Getpid() {
			continue
		}
		if st, err := readStat(pid); err == nil && !st.gone { // an error: it ended meanwhile
			all = append(all, st)
		}
	}
	slices.SortFunc(all, func(a, b stat) int { return a.PID - b.PID })
	return all, nil
}

// readStat reads /proc/PID/stat (proc_pid_stat(5)). The name is in parentheses and may hold some itself.
func readStat(pid int) (stat, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 0 || end < open {
		return stat{}, fmt.Errorf("/proc/%d/stat: no name", pid)
	}
	f := strings.Fields(string(b[end+1:])) // from field 3, state
	if len(f) < 20 {
		return stat{}, fmt.Errorf("/proc/%d/stat: %d fields", pid, len(f))
	}
	st := stat{Process: Process{PID: pid, Name: string(b[open+1 : end])}}
	var err1, err2, err3, err4 error
	var threads int
	var flags uint64
	st.parent, err1 = strconv.Atoi(f[1])
	st.group, err2 = strconv.Atoi(f[2])
	threads, err3 = strconv.Atoi(f[17])
	st.Start, err4 = strconv.ParseUint(f[19], 10, 64)
	flags, _ = strconv.ParseUint(f[6], 10, 64)
	// A process whose main thread has ended looks like a zombie while its other threads run on.
	st.headless = f[0] == "Z" && threads > 1
	st.gone = f[0] == "X" || f[0] == "Z" && !st.headless
	st.kernel = flags&kernelThread != 0
	return st, errors.Join(err1, err2, err3, err4)
}

func (s stat) carries(entries []string) bool {
	if s.kernel {
		return false
	}
	env := strings.Split(string(s.environ()), "\x00")
	for _, want := range entries {
		has := func(kv string) bool { return kv == want || strings.HasSuffix(want, "/") && strings.HasPrefix(kv, want) }
		if !slices.ContainsFunc(env, has) {
			return false
		}
	}
	return true
}

// environ reads the environment. While a process execs, or dies, it has none, and no command line either: then its next
// state is waited for, so that nothing is missed because it was looked at in that moment.
func (s stat) environ() []byte {
	dir := fmt.Sprintf("/proc/%d/", s.PID)
	if s.headless {
		return ofThreads(dir + "task/")
	}
	for range 200 {
		env, err := os.ReadFile(dir + "environ")
		if err != nil || len(env) > 0 {
			return env
		}
		if title, err := os.ReadFile(dir + "cmdline"); err != nil || len(title) > 0 {
			env, _ = os.ReadFile(dir + "environ") // the command line is there a moment earlier
			return env
		}
		if !Alive(s.Process) {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}

// ofThreads is the environment of the first thread that still has one.
func ofThreads(tasks string) []byte {
	threads, _ := os.ReadDir(tasks)
	for _, t := range threads {
		if env, err := os.ReadFile(tasks + t.Name() + "/environ"); err == nil && len(env) > 0 {
			return env
		}
	}
	return nil
}

func processes(stats []stat) []Process {
	var ps []Process
	for _, s := range stats {
		ps = append(ps, s.Process)
	}
	return ps
}
