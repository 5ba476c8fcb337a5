package setup

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Places are where to look on the machine. The zero value is the real ones.
type Places struct {
	Timezone  string // a file with the zone's name
	Localtime string // a link to the zone's file
	Postgres  string // a pattern: folders of PostgreSQL's programs
}

func (p Places) real() Places {
	if p == (Places{}) {
		return Places{Timezone: "/etc/timezone", Localtime: "/etc/localtime", Postgres: "/usr/lib/postgresql/*/bin"}
	}
	return p
}

// Folder is what the service's directory shows of it.
type Folder struct {
	Owner   string   // the Unix user it belongs to
	Package string   // the name in package.json, without its scope
	Scripts []string // those of package.json that are of use here
	EnvFile string   // .env, when there is one
	Keys    Keys
	Branch  string // of git
	Logs    string // where log files are
	Backups string // where daily backups are
	Compose string // the compose file
	Units   []string
}

// lookInto looks around in a directory. What cannot be read is not there.
func lookInto(dir string) Folder {
	f := Folder{Owner: ownerOf(dir), Branch: branchOf(dir)}
	f.Package, f.Scripts = packageOf(dir)
	if data, err := readPlain(filepath.Join(dir, ".env")); err == nil {
		f.EnvFile, f.Keys = ".env", keysOf(string(data))
	}
	if found, _ := filepath.Glob(filepath.Join(globbed(dir), "logs", "*.log")); len(found) > 0 {
		f.Logs = filepath.Join(globbed(dir), "logs", "*.log")
	}
	if info, err := os.Stat(filepath.Join(dir, "backups", "daily")); err == nil && info.IsDir() {
		f.Backups = filepath.Join(dir, "backups")
	}
	for _, name := range []string{"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"} {
		if data, err := readPlain(filepath.Join(dir, name)); err == nil && f.Compose == "" {
			f.Compose, f.Units = name, composeServices(string(data))
		}
	}
	return f
}

// seen says what was found, for people.
func (f Folder) seen() string {
	var all []string
	add := func(found bool, words string) {
		if found {
			all = append(all, words)
		}
	}
	add(f.Package != "", "package.json ("+shown(f.Package)+")")
	add(f.EnvFile != "", ".env (only names of keys are read)")
	add(f.Compose != "", f.Compose+" ("+strings.Join(f.Units, ", ")+")")
	add(f.Branch != "", "git on "+shown(f.Branch))
	add(f.Logs != "", "logs/*.log")
	add(f.Backups != "", "backups/daily")
	return strings.Join(all, ", ")
}

// maxPlain bounds a file that is read here; an env file with a hundred keys has 8 KiB.
const maxPlain = 1 << 20

// readPlain reads a file that others may have made anything of: nothing waits, and little is read.
func readPlain(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is not a regular file")
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(f, maxPlain))
}

func packageOf(dir string) (name string, scripts []string) {
	var p struct {
		Name    string         `json:"name"`
		Scripts map[string]any `json:"scripts"`
	}
	data, err := readPlain(filepath.Join(dir, "package.json"))
	if err != nil || json.Unmarshal(data, &p) != nil {
		return "", nil
	}
	for _, s := range slices.Sorted(maps.Keys(p.Scripts)) {
		if s == "build" || s == "test" || strings.HasPrefix(s, "migration:") {
			scripts = append(scripts, s)
		}
	}
	return p.Name[strings.LastIndexByte(p.Name, '/')+1:], scripts
}

// branchOf reads .git/HEAD: git itself runs programs that the repository names.
func branchOf(dir string) string {
	data, err := readPlain(filepath.Join(dir, ".git", "HEAD"))
	if err != nil {
		return ""
	}
	branch, is := strings.CutPrefix(strings.TrimSpace(string(data)), "ref: refs/heads/")
	if !is || strings.Contains(branch, " ") || !typeable(branch) {
		return ""
	}
	return branch
}

// unixUser is what the config takes for a user's name.
var unixUser = regexp.MustCompile(`^[a-z_][a-z0-9_-]{0,31}$`)

func ownerOf(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	s, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return ""
	}
	u, err := user.LookupId(strconv.FormatUint(uint64(s.Uid), 10))
	if err != nil || !unixUser.MatchString(u.Username) {
		return ""
	}
	return u.Username
}

// globbed is a path in which nothing is a pattern.
func globbed(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

var composeKey = regexp.MustCompile(`^( +)([A-Za-z0-9._-]+):\s*(#.*)?$`)

// composeServices are the names under services:, without a look at what they say.
func composeServices(text string) []string {
	var names []string
	inside, indent := false, ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n")
		switch {
		case line == "" || strings.HasPrefix(strings.TrimSpace(line), "#"):
			continue
		case line[0] != ' ':
			inside = strings.HasPrefix(line, "services:")
			continue
		}
		m := composeKey.FindStringSubmatch(line)
		if !inside || m == nil {
			continue
		}
		if indent == "" {
			indent = m[1]
		}
		if m[1] == indent {
			names = append(names, m[2])
		}
	}
	return names
}

// zone is the machine's time zone; UTC when it does not say.
func (p Places) zone() string {
	written, _ := os.ReadFile(p.Timezone)
	link, _ := os.Readlink(p.Localtime)
	_, linked, _ := strings.Cut(link, "zoneinfo/")
	for _, name := range []string{strings.TrimSpace(string(written)), linked} {
		if _, err := time.LoadLocation(name); err == nil && name != "" && name != "Local" {
			return name
		}
	}
	return "UTC"
}

var version = regexp.MustCompile(`/([0-9]+)/bin$`)

// postgres is the folder of the newest PostgreSQL's programs; empty when there is none.
func (p Places) postgres() string {
	found, _ := filepath.Glob(p.Postgres)
	best, newest := "", 0
	for _, dir := range found {
		m := version.FindStringSubmatch(dir)
		if m == nil {
			continue
		}
		if v, err := strconv.Atoi(m[1]); err == nil && v > newest {
			best, newest = dir, v
		}
	}
	return best
}
