package config

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/joho/godotenv"

	"twokey/internal/secret"
)

// maxEnvFile is the largest env file that is read.
const maxEnvFile = 1 << 20

// databaseURL reads the address of a role. The password in it is a secret of its own: other programs print it without the rest.
func (n *node) databaseURL(key string, later bool) (secret.Value, bool) {
	value, given := n.secret(key, later)
	if value.IsZero() {
		return value, given
	}
	u, err := url.Parse(value.Reveal())
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Host == "" && u.RawQuery == "" {
		at := n.get(key + "_file")
		if !at.present() {
			at = n.get(key)
		}
		at.wrong("is not the address of a database", "write one such as postgres://role:password@127.0.0.1:5432/name; in a password, %, @, / and : are written as %25, %40, %2F and %3A")
		return secret.Value{}, given
	}
	n.doc.config.Secrets = append(n.doc.config.Secrets, passwordOf(u)...)
	return value, given
}

func passwordOf(u *url.URL) []secret.Value {
	var all []secret.Value
	if p, has := u.User.Password(); has && p != "" {
		all = append(all, secret.New(p))
	}
	if p := u.Query().Get("password"); p != "" {
		all = append(all, secret.New(p))
	}
	return all
}

// DatabaseURL is how the service itself reaches its database: url, or what its env file says at this moment. Nothing of
// the file is in an error.
func (s Service) DatabaseURL() (secret.Value, error) {
	switch {
	case !s.Database.URL.IsZero():
		return s.Database.URL, nil
	case s.Database.FromEnvFile == nil || s.EnvFile == "":
		return secret.Value{}, &Problem{Sentence: "the config does not say how the service reaches its database", Hint: "write service.database.from_env_file or url_file"}
	}
	values, err := readEnvFile(s.EnvFile)
	if err != nil {
		return secret.Value{}, err
	}
	part := map[string]string{}
	for name, key := range s.Database.FromEnvFile {
		if part[name] = values[key]; part[name] == "" && name != "port" && name != "password" {
			return secret.Value{}, fmt.Errorf("env file %s: %s is missing or empty", s.EnvFile, key)
		}
	}
	if part["port"] == "" {
		part["port"] = "5432"
	}
	u := url.URL{Scheme: "postgres", User: url.UserPassword(part["user"], part["password"]),
		Host: net.JoinHostPort(part["host"], part["port"]), Path: "/" + part["name"]}
	return secret.New(u.String()), nil
}

// databasePassword is what must not be told of how the service reaches its database, as far as it can be read now.
func (s Service) databasePassword() []secret.Value {
	if s.Database.FromEnvFile == nil {
		return nil
	}
	value, err := s.DatabaseURL()
	if err != nil {
		return nil // whoever needs it says so
	}
	u, err := url.Parse(value.Reveal())
	if err != nil {
		return nil
	}
	return append(passwordOf(u), value)
}

// literalDollar stands for $ while the file is parsed: the library replaces $NAME, but the service's own (Node's dotenv,
// systemd, docker) does not, and a password may have one.
const literalDollar = "\uE000"

// readEnvFile reads a file that the service's user may have made anything of: no link is followed, nothing waits, little is
// read.
func readEnvFile(path string) (map[string]string, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	switch {
	case errors.Is(err, syscall.ELOOP):
		return nil, fmt.Errorf("env file %s: is a symbolic link", path)
	case err != nil:
		return nil, fmt.Errorf("env file %s: %w", path, cause(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxEnvFile {
		return nil, fmt.Errorf("env file %s: is not a regular file of at most %d bytes", path, maxEnvFile)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxEnvFile))
	if err != nil {
		return nil, fmt.Errorf("env file %s: %w", path, cause(err))
	}
	values, err := godotenv.Unmarshal(strings.ReplaceAll(string(data), "$", literalDollar))
	if err != nil {
		return nil, fmt.Errorf("env file %s: cannot be read as NAME=value lines", path) // the error has parts of it
	}
	for k, v := range values {
		values[k] = strings.ReplaceAll(v, literalDollar, "$")
	}
	return values, nil
}
