// Package postgres runs a PostgreSQL of our own, in a folder of its own, with the programs that are on the machine. It is
// for the demo: a cluster that need not survive anything, which ends with us whatever becomes of us.
package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"twokey/internal/proc"
)

const (
	// initWithin is how long initdb may take, on a machine that does something else, too.
	initWithin = 2 * time.Minute
	// answersWithin is how long a new cluster may take until it answers.
	answersWithin = time.Minute
	// lives is how long it may run at most; proc wants an end.
	lives = 30 * 24 * time.Hour
	// grace is how long it may take to end: SIGTERM reaches its sessions, too, so none keeps it.
	grace = 2 * time.Second
)

// ErrNone says that there are no programs of a PostgreSQL server.
var ErrNone = errors.New("no PostgreSQL here")

// Cluster is a PostgreSQL server.
type Cluster struct {
	Dir  string // its files
	Host string
	Port int
	// Settings are more of the server's, such as fsync=on; a later one counts.
	Settings []string

	bin      string
	as       *proc.User // nil: ourselves
	password string     // every role's
	log      *proc.Bounded
}

// Programs is the folder of the newest server's programs; ErrNone when there is none. Beside PATH it looks where Debian
// has them.
func Programs() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		at, err := filepath.EvalSymlinks(filepath.Join(dir, "initdb"))
		if err != nil || !filepath.IsAbs(at) {
			continue
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(at), "postgres")); err == nil {
			return filepath.Dir(at), nil
		}
	}
	return "", ErrNone
}

func version(initdb string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	return n
}

// New makes a cluster in a folder that is made for it, which the user it runs as must be able to reach. bin is from Programs.
func New(ctx context.Context, bin, dir string) (*Cluster, error) {
	c := &Cluster{Dir: dir, Host: "127.0.0.1", bin: bin, password: rand.Text(), log: proc.NewBounded(8<<10, 8<<10)}
	var err error
	if c.as, err = unprivileged(); err != nil {
		return nil, err
	}
	if err := c.folder(); err != nil {
		return nil, err
	}
	pwfile := filepath.Join(dir, "password")
	if err := c.own(os.WriteFile(pwfile, []byte(c.password+"\n"), 0o600), pwfile); err != nil {
		return nil, err
	}
	res, err := proc.Run(ctx, c.command("initdb", initWithin, "-D", c.data(), "-U", "postgres", "-A", "scram-sha-256", "--pwfile="+pwfile,
		"-N", "-E", "UTF8", "--locale=C"))
	if err != nil {
		return nil, err
	}
	if !res.OK() {
		return nil, fmt.Errorf("initdb: ended with %d (%s): %s", res.Exit, res.Why, c.log.Tail(5))
	}
	return c, os.Remove(pwfile)
}

// unprivileged is whom the server runs as: it refuses to be root.
func unprivileged() (*proc.User, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := proc.LookupUser(name); err == nil {
			return u, nil
		}
	}
	return nil, errors.New("we are root, and there is neither a user postgres nor nobody to run PostgreSQL as")
}

func (c *Cluster) folder() error { return c.own(os.Mkdir(c.Dir, 0o700), c.Dir) }

// own gives a file to the user the server runs as.
func (c *Cluster) own(err error, path string) error {
	if err != nil || c.as == nil {
		return err
	}
	return os.Chown(path, int(c.as.UID), int(c.as.GID))
}

func (c *Cluster) data() string { return filepath.Join(c.Dir, "data") }

func (c *Cluster) command(program string, within time.Duration, args ...string) proc.Cmd {
	return proc.Cmd{Path: filepath.Join(c.bin, program), Args: args, Dir: c.Dir, As: c.as, Timeout: within, Grace: grace, Output: c.log,
		Env: []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}}
}

// Foreign says whether the server runs as another user than we do, who then must be able to reach its folder.
func Foreign() bool { return os.Geteuid() == 0 }

// Run runs the server on the port until ctx is done.
func (c *Cluster) Run(ctx context.Context) error {
	args := []string{"-D", c.data(), "-p", strconv.Itoa(c.Port), "-k", ""}
	for _, set := range append([]string{"listen_addresses=" + c.Host, "fsync=off", "shared_buffers=16MB", "max_connections=30"}, c.Settings...) {
		args = append(args, "-c", set)
	}
	res, err := proc.Run(ctx, c.command("postgres", lives, args...))
	if err == nil && res.Why != proc.Cancelled {
		err = fmt.Errorf("postgres: ended with %d: %s", res.Exit, c.log.Tail(3))
	}
	return err
}

// Answers waits until it does.
func (c *Cluster) Answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answersWithin)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := pgx.Connect(ctx, c.URL("postgres", "postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("postgres does not answer: %w", context.Cause(ctx))
		case <-again.C:
		}
	}
}

// Exec runs statements, several in one text, as a role.
func (c *Cluster) Exec(ctx context.Context, role, database, sql string) error {
	conn, err := pgx.Connect(ctx, c.URL(role, database))
	if err != nil {
		return fmt.Errorf("postgres: connect as %s: %w", role, err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

// Bin is the folder of its programs.
func (c *Cluster) Bin() string { return c.bin }

// URL is how a role reaches a database; it holds the password.
func (c *Cluster) URL(role, database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(role, c.password), Host: net.JoinHostPort(c.Host, strconv.Itoa(c.Port)),
		Path: database, RawQuery: "sslmode=disable"}
	return u.String()
}
