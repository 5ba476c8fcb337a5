package pgtools

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"twokey/internal/secret"
)

// maxAppName is what PostgreSQL keeps of an application_name (NAMEDATALEN - 1).
const maxAppName = 63

// AppName is how the sessions of a tag are found again. The end of a tag tells the run and the step.
func AppName(tag string) string {
	const prefix = "twokey "
	return prefix + tag[max(0, len(tag)-(maxAppName-len(prefix))):]
}

func (t Tools) look(name string) (string, error) {
	if t.LookPath != nil {
		return t.LookPath(name)
	}
	return exec.LookPath(name)
}

// reach puts into the environment where the server is and who we are, and the password into a file that only we can read: an
// environment can be read by every process of the same user.
func (t Tools) reach(p *place, target Target, c Call) error {
	conf, err := pgconn.ParseConfig(target.URL.Reveal())
	if err != nil || target.URL.IsZero() {
		return &Error{Sentence: "the database's address cannot be read", Hint: "correct it: postgres://role:password@host:port/name"} // the error has parts of it
	}
	host, port := conf.Host, strconv.Itoa(int(conf.Port))
	if len(t.Prefix) > 0 {
		if host, port, err = net.SplitHostPort(or(t.Inside, "127.0.0.1:5432")); err != nil {
			return &Error{Sentence: "the server's address in the container cannot be read", Hint: "write host:port", Cause: err}
		}
	}
	database := or(target.Database, conf.Database)
	p.env = append(p.env, "PGHOST="+host, "PGPORT="+port, "PGUSER="+conf.User, "PGDATABASE="+database, "PGAPPNAME="+AppName(c.Tag))
	p.env = append(p.env, tls(target.URL)...)
	if len(c.Options) > 0 {
		p.env = append(p.env, "PGOPTIONS="+options(c.Options))
	}
	if conf.Password == "" {
		return nil
	}
	if len(t.Prefix) > 0 {
		// No file of ours is in there. The container's own environment does not have it: docker hands it to this program only.
		p.env = append(p.env, "PGPASSWORD="+conf.Password)
		return nil
	}
	return p.passfile(strings.Join([]string{escape(host), escape(port), "*", escape(conf.User), escape(conf.Password)}, ":"))
}

// passfile has one line in the form of libpq's .pgpass, which it only reads when nobody else may.
func (p *place) passfile(line string) error {
	f, err := os.CreateTemp("", "twokey-pass-") // 0600
	if err != nil {
		return &Error{Sentence: "no file for a password could be made", Hint: "see the disk of " + os.TempDir(), Cause: err}
	}
	p.files = append(p.files, f.Name())
	p.env = append(p.env, "PGPASSFILE="+f.Name())
	_, err = f.WriteString(line + "\n")
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return &Error{Sentence: "no file for a password could be written", Hint: "see the disk of " + os.TempDir(), Cause: err}
	}
	return nil
}

// escape is for one field of a .pgpass (libpq, "The Password File").
func escape(field string) string { return strings.NewReplacer(`\`, `\\`, `:`, `\:`).Replace(field) }

// tls are the settings of an address that say how the connection is protected; the names are libpq's.
func tls(address secret.Value) []string {
	var env []string
	u, err := url.Parse(address.Reveal())
	if err != nil {
		return nil
	}
	for _, name := range []string{"sslmode", "sslrootcert", "sslcert", "sslkey"} {
		if v := u.Query().Get(name); v != "" {
			env = append(env, "PG"+strings.ToUpper(name)+"="+v)
		}
	}
	return env
}

// options are the server's command-line options for one session (libpq's PGOPTIONS), in order of their names.
func options(set map[string]string) string {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(set)) {
		words = append(words, fmt.Sprintf("-c %s=%s", k, strings.NewReplacer(`\`, `\\`, ` `, `\ `).Replace(set[k])))
	}
	return strings.Join(words, " ")
}

// Conninfo names a database to a program's --dbname, whatever characters are in its name: one with a = or of the form of an
// address would be read as more than a name.
func Conninfo(database string) string {
	return "dbname='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(database) + "'"
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}
