// Command ensure installs what the tests run against and this machine lacks: Node, pm2 (into .tools of the repository,
// at the version that internal/tools/package.json pins), other people's bot libraries (into .tools/libraries, likewise), a
// PostgreSQL server, a Redis server and Chromium. As root on Debian it uses apt-get; anywhere else it says what to run, and fails.
//
//	go run ./internal/tools/ensure [node] [pm2] [libraries] [postgres] [redis] [chromium]
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"twokey/internal/tools/chromium"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "ensure:", err)
		os.Exit(1)
	}
}

func run(names []string, out io.Writer) error {
	if len(names) == 0 {
		names = []string{"node", "pm2", "libraries", "postgres", "redis", "chromium"}
	}
	m := machine{look: exec.LookPath, glob: filepath.Glob, call: caller(out), root: os.Geteuid() == 0, debian: exists("/etc/debian_version")}
	repo, err := repository()
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		switch name {
		case "node":
			err = m.node()
		case "pm2":
			err = m.modules(filepath.Join(repo, "internal/tools"), filepath.Join(repo, ".tools"))
		case "libraries":
			err = m.modules(filepath.Join(repo, "internal/tools/libraries"), filepath.Join(repo, ".tools/libraries"))
		case "postgres":
			err = m.postgres()
		case "redis":
			err = m.redis()
		case "chromium":
			err = m.chromium()
		default:
			err = errors.New("is none of node, pm2, libraries, postgres, redis, chromium")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// machine is what ensure looks at and changes.
type machine struct {
	look   func(program string) (string, error)
	glob   func(pattern string) ([]string, error)
	call   func(dir string, argv ...string) error
	root   bool
	debian bool
}

func (m machine) node() error {
	_, noNode := m.look("node")
	_, noNPM := m.look("npm")
	if noNode == nil && noNPM == nil {
		return nil
	}
	return m.apt("nodejs", "npm")
}

func (m machine) postgres() error {
	if _, err := m.look("initdb"); err == nil {
		return nil
	}
	if found, _ := m.glob("/usr/lib/postgresql/*/bin/initdb"); len(found) > 0 {
		return nil
	}
	return m.apt("postgresql")
}

func (m machine) redis() error {
	if _, err := m.look("redis-server"); err == nil {
		return nil
	}
	return m.apt("redis-server")
}

func (m machine) chromium() error {
	if _, err := chromium.Find(m.look); err == nil {
		return nil
	}
	return m.apt("chromium")
}

// apt installs Debian packages, or says how to.
func (m machine) apt(packages ...string) error {
	install := append([]string{"apt-get", "install", "--yes", "--no-install-recommends"}, packages...)
	if !m.debian {
		return fmt.Errorf("is missing; install it (on Debian: %s)", strings.Join(packages, " "))
	}
	if !m.root {
		return fmt.Errorf("is missing; run: sudo %s", strings.Join(install, " "))
	}
	if err := m.call("", "apt-get", "update", "--quiet"); err != nil {
		return err
	}
	return m.call("", install...)
}

// repository is the folder of go.mod, above the one we are in.
func repository() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if exists(filepath.Join(dir, "go.mod")) {
			return dir, nil
		}
		if dir == "/" {
			return "", errors.New("no go.mod here or above: run it inside the repository")
		}
	}
	return "", err
}

func caller(out io.Writer) func(dir string, argv ...string) error {
	return func(dir string, argv ...string) error {
		fmt.Fprintln(out, strings.Join(argv, " "))
		c := exec.Command(argv[0], argv[1:]...)
		c.Dir, c.Stdout, c.Stderr = dir, out, os.Stderr
		c.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if err := c.Run(); err != nil {
			return fmt.Errorf("%s: %w", strings.Join(argv, " "), err)
		}
		return nil
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
