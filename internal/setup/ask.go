package setup

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"twokey/actions/step"
	"twokey/internal/proc"
	"twokey/internal/secret"
)

// Answers are everything the config is made of.
type Answers struct {
	Name, Dir, RunAs, Health string
	Process                  step.ProcessConfig
	Bot                      string // its username, when Telegram told
	API                      string
	AdminChat                int64
	People                   []Person
	Zone                     string
	Postgres                 string
	Folder                   Folder
}

// ask finds everything out: the service first, which can be seen, then the people, who cannot.
func (s *Setup) ask(ctx context.Context) (Answers, secret.Value, error) {
	t := s.Talk
	places := s.Places.real()
	a := Answers{API: s.Given.API, Zone: places.zone(), Postgres: places.postgres()}
	t.say("I look around, ask a few questions and write %s. Enter takes what is in [brackets].", s.Config)
	m := lookForManagers(ctx)
	for _, note := range m.notes {
		t.say("Note: %s", note)
	}
	if err := s.askService(ctx, m, &a); err != nil {
		return a, secret.Value{}, err
	}
	token, bot, err := s.askToken(ctx, &a)
	if err != nil {
		return a, token, err
	}
	return a, token, s.askPeople(ctx, bot, &a)
}

func (s *Setup) askService(ctx context.Context, m managers, a *Answers) (err error) {
	t := s.Talk
	a.Dir, err = t.ask(ctx, question{words: "Directory of the service", flag: "--dir", given: s.Given.Dir, fallback: m.likelyDir(), check: isFolder})
	if err != nil {
		return err
	}
	if a.Dir, err = filepath.Abs(a.Dir); err != nil {
		return err
	}
	a.Folder = lookInto(a.Dir)
	if seen := a.Folder.seen(); seen != "" {
		t.say("   found there: %s", seen)
	}
	name := a.Folder.Package
	if name == "" || !typeable(name) {
		name = filepath.Base(a.Dir)
	}
	if a.Name, err = t.ask(ctx, question{words: "What people call it", flag: "--name", given: s.Given.Name, fallback: name}); err != nil {
		return err
	}
	owner, err := s.askManager(ctx, m, a)
	if err != nil {
		return err
	}
	a.RunAs, err = t.ask(ctx, question{words: "Unix user it runs as", flag: "--run-as", given: s.Given.RunAs, fallback: owner, none: true, check: isUser})
	if err != nil {
		return err
	}
	a.Health, err = t.ask(ctx, question{words: "Where it says that it is well, such as http://127.0.0.1:3000/healthz", flag: "--health",
		given: s.Given.Health, none: true, check: isHealth})
	return err
}

// likelyDir is the directory of the only service there is, or the one we are in when a service lives in it.
func (m managers) likelyDir() string {
	var dirs []string
	for _, u := range slices.Concat(m.pm2, m.systemd) {
		if u.Dir != "" && u.Dir != "/" && filepath.IsAbs(u.Dir) && !slices.Contains(dirs, u.Dir) && typeable(u.Dir) {
			dirs = append(dirs, u.Dir)
		}
	}
	here, err := os.Getwd()
	if err != nil {
		here = "/"
	}
	if f := lookInto(here); f.Package != "" || f.EnvFile != "" || f.Compose != "" || len(dirs) != 1 && slices.Contains(dirs, here) {
		return here
	}
	if len(dirs) == 1 {
		return dirs[0]
	}
	return ""
}

// askManager asks who keeps the service running, and gives the user it probably runs as.
func (s *Setup) askManager(ctx context.Context, m managers, a *Answers) (owner string, err error) {
	t := s.Talk
	all := []string{step.ManagerPM2, step.ManagerSystemd, step.ManagerCompose, step.ManagerCustom}
	manager, err := t.ask(ctx, question{words: "What keeps it running: " + strings.Join(all, ", "), flag: "--manager", given: s.Given.Manager,
		fallback: m.likely(a.Dir, a.Folder), check: func(word string) error { return isManager(word, all) }})
	if err != nil {
		return "", err
	}
	a.Process = step.ProcessConfig{Manager: manager, Name: oneProcess(a.Name)}
	if manager == step.ManagerCustom {
		return a.Folder.Owner, s.askPrograms(ctx, a)
	}
	units := m.of(manager, a.Folder)
	if len(units) > 0 {
		t.say("   %s has %s", manager, names(units))
	}
	best, _ := firstOf(units, a.Dir, a.Name)
	a.Process.Name, err = t.ask(ctx, question{words: "Its name in " + manager, flag: "--process", given: s.Given.Process, fallback: best.Name, check: isProcess})
	if err != nil {
		return "", err
	}
	return s.settle(units, a), nil
}

// settle takes over what is known of the unit that was chosen.
func (s *Setup) settle(units []unit, a *Answers) (owner string) {
	owner = a.Folder.Owner
	i := slices.IndexFunc(units, func(u unit) bool { return u.Name == a.Process.Name })
	if i < 0 {
		if path, err := exec.LookPath("pm2"); err == nil && a.Process.Manager == step.ManagerPM2 {
			a.Process.PM2.Program = path
		}
		return owner
	}
	chosen := units[i]
	a.Process.PM2 = chosen.PM2
	if chosen.User != "" {
		owner = chosen.User
	}
	for _, u := range inDir(units, a.Dir) {
		beside := u.Name != chosen.Name && u.PM2 == chosen.PM2 && isProcess(u.Name) == nil
		if beside && !slices.Contains(a.Process.Also, u.Name) {
			a.Process.Also = append(a.Process.Also, u.Name)
		}
	}
	if len(a.Process.Also) > 0 {
		s.Talk.say("   in the same directory, stopped with it by /panic: %s", strings.Join(a.Process.Also, ", "))
	}
	return owner
}

// askPrograms asks for the three programs of a custom manager. There is no shell: words are arguments.
func (s *Setup) askPrograms(ctx context.Context, a *Answers) error {
	for _, p := range []struct {
		verb, given string
		to          *[]string
	}{{"start", s.Given.Start, &a.Process.Custom.Start}, {"stop", s.Given.Stop, &a.Process.Custom.Stop}, {"status", s.Given.Status, &a.Process.Custom.Status}} {
		words := "Program that " + map[string]string{"start": "starts it", "stop": "stops it", "status": "says whether it runs (exit code 0 up, 3 down)"}[p.verb]
		line, err := s.Talk.ask(ctx, question{words: words, flag: "--" + p.verb, given: p.given, check: isProgram})
		if err != nil {
			return err
		}
		*p.to = strings.Fields(line)
	}
	return nil
}

func isFolder(path string) error {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return fmt.Errorf("%s is not a directory", path)
	}
	return nil
}

func isManager(word string, all []string) error {
	if !slices.Contains(all, word) {
		return errors.New("write one of " + strings.Join(all, ", "))
	}
	program := map[string]string{step.ManagerPM2: "pm2", step.ManagerSystemd: "systemctl", step.ManagerCompose: "docker"}[word]
	if program == "" {
		return nil
	}
	if _, err := exec.LookPath(program); err != nil && word != step.ManagerPM2 {
		return fmt.Errorf("%s is not found on this machine's PATH", program)
	}
	return nil
}

// processName is what a step takes for a service's name.
var processName = regexp.MustCompile(`^[A-Za-z0-9_@:.\-/]+$`)

func isProcess(name string) error {
	if !processName.MatchString(name) || name[0] == '-' {
		return errors.New("a name has letters, digits and _ @ : . - /")
	}
	return nil
}

// oneProcess makes a process name of what people call the service, for a manager that is never told it.
func oneProcess(name string) string {
	kept := strings.Trim(strings.Map(func(r rune) rune {
		if isProcess("x"+string(r)) != nil {
			return '-'
		}
		return r
	}, name), "-")
	if kept == "" {
		return "service"
	}
	return kept
}

func isUser(name string) error {
	if !unixUser.MatchString(name) {
		return errors.New("that is not the name of a Unix user")
	}
	_, err := proc.LookupUser(name)
	var known *proc.Error
	if errors.As(err, &known) {
		return errors.New(known.Sentence)
	}
	return err
}

func isHealth(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || step.Health.Check(step.Health{URL: address}) != nil {
		return errors.New("write an http or https address, such as http://127.0.0.1:3000/healthz")
	}
	return nil
}

func isProgram(line string) error {
	words := strings.Fields(line)
	if !filepath.IsAbs(words[0]) {
		return errors.New("begin with the program's whole path, such as /usr/bin/myctl start")
	}
	if _, err := exec.LookPath(words[0]); err != nil {
		return fmt.Errorf("%s is not a program", words[0])
	}
	return nil
}
