package config

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"twokey/internal/secret"
)

var envKeys = map[string]string{"host": "DB_HOST", "port": "DB_PORT", "user": "DB_USERNAME", "password": "DB_PASSWORD", "name": "DB_DATABASE"}

func TestEnvFileSaysHowTheServiceReachesItsDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env")
	s := Service{EnvFile: path, Database: Database{FromEnvFile: envKeys}}
	for line, want := range map[string]string{
		`DB_PASSWORD=plain-pass`:              "plain-pass",
		`DB_PASSWORD="with blank # and @/:%"`: "with blank # and @/:%",
		`DB_PASSWORD='single $HOME'`:          "single $HOME",
		`DB_PASSWORD=a$HOME$1b`:               "a$HOME$1b",
		`DB_PASSWORD="a${HOME}b"`:             "a${HOME}b",
		`export DB_PASSWORD=x # a comment`:    "x",
		"DB_PASSWORD=first\nDB_PASSWORD=last": "last",
	} {
		text := "DB_HOST=db.internal\nDB_USERNAME=app\nDB_DATABASE=shop\n" + line + "\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := s.DatabaseURL()
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		u, err := url.Parse(got.Reveal())
		if err != nil || u.Scheme+" "+u.Host+" "+u.Path+" "+u.User.Username() != "postgres db.internal:5432 /shop app" {
			t.Errorf("%s: %s, %v", line, u, err)
		}
		if p, _ := u.User.Password(); p != want {
			t.Errorf("%s: password %q, want %q", line, p, want)
		}
		if told := secret.NewRedactor(s.databasePassword()...).String("it is " + want); len(want) >= 6 && told != "it is "+secret.Mark {
			t.Errorf("%s: told as %q", line, told)
		}
	}
}

func TestEnvFileThatIsNoneSaysNothingOfItsContent(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole := write("whole", "DB_HOST=hunter2\nDB_USERNAME=hunter2\nDB_DATABASE=hunter2\nDB_PASSWORD=hunter2\n")
	link, pipe := filepath.Join(dir, "link"), filepath.Join(dir, "pipe")
	if err := os.Symlink(whole, link); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		whole:                                "",
		link:                                 "is a symbolic link",
		pipe:                                 "is not a regular file",
		dir:                                  "is not a regular file",
		filepath.Join(dir, "gone"):           "no such file",
		write("torn", "hunter2\n=\"hunter2"): "cannot be read as NAME=value lines",
		write("short", "DB_HOST=hunter2"):    "is missing or empty",
		write("big", strings.Repeat("#", maxEnvFile+1)): "is not a regular file",
	} {
		_, err := Service{EnvFile: path, Database: Database{FromEnvFile: envKeys}}.DatabaseURL()
		said := fmt.Sprint(err)
		if want == "" && err != nil || want != "" && !strings.Contains(said, want) || strings.Contains(said, "hunter2") {
			t.Errorf("%s: %v, want %q", filepath.Base(path), err, want)
		}
	}
	if _, err := (Service{}).DatabaseURL(); err == nil {
		t.Error("no database is an address")
	}
}
