package step

import (
	"errors"
	"fmt"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"twokey/internal/proc"
)

// The programs that keep a service running.
const (
	ManagerPM2     = "pm2"
	ManagerSystemd = "systemd"
	ManagerCompose = "compose"
	ManagerCustom  = "custom"
)

// ProcessConfig is service.process: who keeps the service running, and under which name.
type ProcessConfig struct {
	Manager string        `yaml:"manager"`
	Name    string        `yaml:"name"`
	Also    []string      `yaml:"also"`   // stopped with it by a step that says also: true
	Settle  time.Duration `yaml:"settle"` // how long it must run after a start to count as started; 3 s, or 1 s with a health.url
	PM2     PM2Config     `yaml:"pm2"`
	Systemd SystemdConfig `yaml:"systemd"`
	Compose ComposeConfig `yaml:"compose"`
	Custom  CustomConfig  `yaml:"custom"`
}

// PM2Config says where pm2 is. It runs as service.run_as.
type PM2Config struct {
	Home    string `yaml:"home"`    // PM2_HOME; .pm2 in the user's home when empty
	Program string `yaml:"program"` // found on PATH when empty
	Node    string `yaml:"node"`    // found on PATH when empty
}

// SystemdConfig says where systemctl is. It runs as we do: polkit or root must let us stop and start the unit.
type SystemdConfig struct {
	Program string `yaml:"program"`
}

// ComposeConfig says what `docker compose` is to look at. It runs as we do. Process.Name is the compose service.
type ComposeConfig struct {
	Program string   `yaml:"program"` // docker, found on PATH when empty
	Files   []string `yaml:"files"`   // -f; relative to the service's directory
	Project string   `yaml:"project"` // -p
}

// CustomConfig is three argument lists. They run as service.run_as. Status exits 0 when the service is up and 3 when it
// is down (LSB); a line "pid 4711", or only a number, tells its process. What start leaves running must not write to
// start's own output.
type CustomConfig struct {
	Start  []string `yaml:"start"`
	Stop   []string `yaml:"stop"`
	Status []string `yaml:"status"`
}

// service is the resolved configuration of what a Process step stops and starts.
type service struct {
	Manager string        `json:"manager"`
	Names   []string      `json:"names"`
	Program string        `json:"program,omitempty"` // pm2, systemctl or docker
	Dir     string        `json:"dir,omitempty"`
	Env     []string      `json:"env,omitempty"` // the whole environment of Program
	As      *proc.User    `json:"as,omitempty"`
	Home    string        `json:"home,omitempty"`    // pm2
	Files   []string      `json:"files,omitempty"`   // compose
	Project string        `json:"project,omitempty"` // compose
	Start   []string      `json:"start,omitempty"`   // custom
	Stop    []string      `json:"stop,omitempty"`    // custom
	Status  []string      `json:"status,omitempty"`  // custom
	Settle  time.Duration `json:"settle"`
	Health  Health        `json:"health"`
}

// systemPath is where programs that a manager calls are looked for, after the folders of node and pm2.
const systemPath = "/usr/local/bin:/usr/bin:/bin"

// serviceName keeps a name from being an option, a pattern, or one of pm2's own words ("all", a number is an id there).
var serviceName = regexp.MustCompile(`^[A-Za-z0-9_@:.\-/]+$`)

func checkName(name string) error {
	if !serviceName.MatchString(name) || strings.HasPrefix(name, "-") {
		return fmt.Errorf("service.process.name %q: use letters, digits and _ @ : . - /", name)
	}
	return nil
}

// resolve makes the configuration complete.
func (c ProcessConfig) resolve(site Site) (service, error) {
	s := service{Manager: c.Manager, Dir: site.Dir, Settle: c.Settle, Health: site.Health, Env: []string{"PATH=" + systemPath}}
	if err := errors.Join(checkName(c.Name), site.Health.Check()); err != nil {
		return s, err
	}
	if s.Health.Within == 0 {
		s.Health.Within = healthWithin
	}
	switch {
	case c.Settle < 0:
		return s, fmt.Errorf("service.process.settle %s: below zero", c.Settle)
	case c.Settle == 0 && s.Health.URL != "":
		s.Settle = time.Second
	case c.Settle == 0:
		s.Settle = 3 * time.Second
	}
	var err error
	switch c.Manager {
	case ManagerPM2:
		err = c.PM2.resolve(site, &s)
	case ManagerSystemd:
		s.Program, err = site.program(or(c.Systemd.Program, "systemctl"))
	case ManagerCompose:
		err = c.Compose.resolve(site, &s)
	case ManagerCustom:
		err = c.Custom.resolve(site, &s)
	default:
		err = fmt.Errorf("service.process.manager %q: is one of pm2, systemd, compose, custom", c.Manager)
	}
	if err == nil && c.Manager == ManagerCustom && len(c.Also) > 0 {
		err = errors.New("service.process.also: a custom manager knows one service only")
	}
	return s, err
}

func (c PM2Config) resolve(site Site, s *service) error {
	var err error
	if s.Program, err = site.program(or(c.Program, "pm2")); err != nil {
		return err
	}
	if s.As, err = site.user(); err != nil {
		return err
	}
	who := s.As
	if who == nil {
		if who, err = ourselves(); err != nil {
			return err
		}
	}
	s.Home = or(c.Home, filepath.Join(who.Home, ".pm2"))
	if !filepath.IsAbs(s.Home) {
		return fmt.Errorf("service.process.pm2.home %q: not an absolute path", s.Home)
	}
	folders := filepath.Dir(s.Program) // nvm keeps node beside pm2
	if node, err := site.program(or(c.Node, "node")); err == nil {
		folders = filepath.Dir(node) + ":" + folders
	} else if c.Node != "" {
		return err
	}
	// NO_COLOR: its words go into our output. PM2_DISCRETE_MODE: no banner before them.
	s.Env = []string{"PATH=" + folders + ":" + systemPath, "HOME=" + who.Home, "USER=" + who.Name, "PM2_HOME=" + s.Home, "PM2_DISCRETE_MODE=true", "NO_COLOR=1"}
	return nil
}

func (c ComposeConfig) resolve(site Site, s *service) (err error) {
	for _, f := range c.Files {
		if !filepath.IsAbs(f) {
			f = filepath.Join(site.Dir, f)
		}
		s.Files = append(s.Files, f)
	}
	s.Project = c.Project
	s.Program, err = site.program(or(c.Program, "docker"))
	return err
}

func (c CustomConfig) resolve(site Site, s *service) (err error) {
	for _, a := range []struct {
		name string
		from []string
		to   *[]string
	}{{"start", c.Start, &s.Start}, {"stop", c.Stop, &s.Stop}, {"status", c.Status, &s.Status}} {
		if len(a.from) == 0 {
			return fmt.Errorf("service.process.custom.%s: missing", a.name)
		}
		path, err := site.program(a.from[0])
		if err != nil {
			return fmt.Errorf("service.process.custom.%s: %w", a.name, err)
		}
		*a.to = append([]string{path}, a.from[1:]...)
	}
	if s.As, err = site.user(); err == nil && s.As != nil {
		s.Env = append(s.Env, "HOME="+s.As.Home, "USER="+s.As.Name)
	}
	return err
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func ourselves() (*proc.User, error) {
	u, err := user.Current()
	if err != nil {
		return nil, err
	}
	return &proc.User{Name: u.Username, Home: u.HomeDir}, nil
}
