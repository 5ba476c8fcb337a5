package codedrill

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/joho/godotenv"
)

// maxEnvFile is the largest env file that is read; the config has the same.
const maxEnvFile = 1 << 20

// values is an env file as it was read, once: what was compared is what a release is started with.
type values struct {
	env  map[string]string
	info os.FileInfo
	sum  [sha256.Size]byte
}

// readValues reads an env file that somebody else may have made anything of. Nothing of it is in an error.
func readValues(path, what string, flags int) (values, error) {
	no := func(sentence string, cause error) (values, error) {
		return values{}, &failure{sentence: what + " " + sentence, hint: "see " + path, cause: cause}
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY|flags, 0)
	switch {
	case errors.Is(err, syscall.ELOOP):
		return no("is a symbolic link", nil)
	case errors.Is(err, fs.ErrNotExist):
		return no("is not there", nil)
	case err != nil:
		return no("cannot be read", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxEnvFile {
		return no("is not a regular file of at most 1 MiB", err)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxEnvFile+1))
	if err != nil || len(data) > maxEnvFile {
		return no("cannot be read", err)
	}
	env, err := parseEnv(data)
	if err != nil {
		return no("cannot be read as NAME=value lines", nil) // the error has parts of it
	}
	return values{env: env, info: info, sum: sha256.Sum256(data)}, nil
}

// literalDollar stands for $ while a file is parsed: see internal/config, which reads production's in the same way.
const literalDollar = "\uE000"

func parseEnv(data []byte) (map[string]string, error) {
	env, err := godotenv.Unmarshal(strings.ReplaceAll(string(data), "$", literalDollar))
	for k, v := range env {
		env[k] = strings.ReplaceAll(v, literalDollar, "$")
	}
	return env, err
}

// production is what the drill is compared with, read anew each time.
type production struct {
	*judge
	files []values
}

// production reads what must not be in the drill. What cannot be read cannot be compared with: then it is an error.
func (d *Drill) compareWith() (production, error) {
	f, err := d.cfg.Production()
	if err != nil {
		return production{}, &failure{sentence: "production's values cannot be read, so nothing can be compared with them", hint: "see twokey's log", cause: err}
	}
	if f.empty() {
		return production{}, &failure{sentence: "it is not known what production's values are", hint: "name service.env_file in the config"}
	}
	var p production
	var envs []map[string]string
	for _, path := range f.Files {
		v, err := readValues(path, "production's env file", 0)
		if err != nil {
			return production{}, err
		}
		p.files, envs = append(p.files, v), append(envs, v.env)
	}
	p.judge = newJudge(f, envs, func(text string) bool { return d.production(text) || p.leads(text) })
	return p, nil
}

// leads says whether a text names one of production's files, or a file that holds a secret of production's.
func (p *production) leads(text string) bool {
	for _, path := range append(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(":,;= \t", r) }), text) {
		if !filepath.IsAbs(path) || strings.ContainsRune(path, 0) {
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		same := func(f values) bool { return os.SameFile(info, f.info) }
		if slices.ContainsFunc(p.files, same) || info.Mode().IsRegular() && info.Size() <= maxEnvFile && p.holds(path) {
			return true
		}
	}
	return false
}

func (p *production) holds(path string) bool {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	data, _ := io.ReadAll(io.LimitReader(f, maxEnvFile))
	return p.grave.in(string(data))
}

// own reads the drill's env file, and refuses it when anything of it is production's.
func (d *Drill) own() (map[string]string, error) {
	p, err := d.compareWith()
	if err != nil {
		return nil, err
	}
	v, err := readValues(d.cfg.EnvFile, "the drill's env file", syscall.O_NOFOLLOW)
	switch {
	case err != nil:
		return nil, err
	case slices.ContainsFunc(p.files, func(f values) bool { return os.SameFile(f.info, v.info) }):
		return nil, &failure{sentence: "the drill's env file is production's", hint: "write one of its own, with values of its own"}
	case slices.ContainsFunc(p.files, func(f values) bool { return f.sum == v.sum }):
		return nil, &failure{sentence: "the drill's env file is a copy of production's", hint: "write one of its own, with values of its own"}
	case len(v.env) == 0:
		return nil, &failure{sentence: "the drill's env file has no value in it", hint: "write what the release needs, with values of its own"}
	}
	if bad := p.refused(v.env); len(bad) > 0 {
		return nil, &failure{sentence: "the drill's env file has values of production's: " + strings.Join(bad, ", "), hint: "give the drill values of its own; see " + d.cfg.EnvFile}
	}
	return v.env, nil
}

var showable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// refused says by key what is refused, and what it is.
func (p production) refused(env map[string]string) (bad []string) {
	for _, k := range slices.Sorted(maps.Keys(env)) {
		why := p.refuses(k, env[k], env)
		switch {
		case !showable.MatchString(k), p.all.in(k) || p.weak[k]:
			bad = append(bad, "a key that cannot be shown")
		case strings.ContainsRune(env[k], 0):
			bad = append(bad, k+" (a zero byte)")
		case why != "":
			bad = append(bad, fmt.Sprintf("%s (%s)", k, why))
		}
	}
	return bad
}
