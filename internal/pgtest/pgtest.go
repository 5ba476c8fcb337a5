// Package pgtest gives tests a real PostgreSQL: a cluster of its own in a folder of its own, which ends with the test
// program whatever becomes of it. Only tests use it.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"twokey/internal/postgres"
)

// password is every role's; long and odd enough to be found wherever it should not be.
const password = "Pg/test:secret 4711"

// startWithin is how long a new cluster may take until it answers.
const startWithin = time.Minute

// Server is a cluster that runs.
type Server struct {
	Host string // 127.0.0.1
	Port int
	Dir  string // its files; others may read nothing in it

	bin   string
	with  Options
	as    *syscall.Credential // nil: ourselves
	proc  *exec.Cmd
	done  chan struct{}
	log   journal
	roles sync.Mutex // held while roles are made or given rights: the server does not like two at once
}

// Options are how a cluster differs from a quick one. The zero Options is what most tests want.
type Options struct {
	Fsync    bool              // what is committed survives Kill; without, a kill of the server alone still does, a kill in the middle of a write may not
	Settings map[string]string // such as wal_level: logical
}

// journal is the server's log, which it writes while somebody reads.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// Log is all that the server has said so far.
func (s *Server) Log() string { return s.log.String() }

// Shared is one cluster for the tests of a package. The zero Shared starts it when the first test asks; TestMain stops it.
type Shared struct {
	With Options

	once   sync.Once
	server *Server
	err    error
}

// Get gives the cluster.
func (c *Shared) Get(t testing.TB) *Server {
	t.Helper()
	c.once.Do(func() { c.server, c.err = StartWith(c.With) })
	if c.err != nil {
		t.Fatalf("no PostgreSQL: %v; run: make tools", c.err)
	}
	return c.server
}

// Stop stops it, if it was started.
func (c *Shared) Stop() {
	if c.server != nil {
		c.server.Stop()
	}
}

// Start makes a cluster and starts it. Somebody must Stop it; should we die, the kernel does.
func Start() (*Server, error) { return StartWith(Options{}) }

// StartWith is Start with options.
func StartWith(o Options) (*Server, error) {
	s := &Server{Host: "127.0.0.1", with: o}
	var err error
	if s.bin, err = postgres.Programs(); err != nil {
		return nil, err
	}
	if s.as, err = unprivileged(); err != nil {
		return nil, err
	}
	if s.Dir, err = os.MkdirTemp("", "pgtest"); err != nil {
		return nil, err
	}
	if err = s.init(); err == nil {
		err = s.start()
	}
	if err != nil {
		s.Stop()
		return nil, fmt.Errorf("%w\n%s", err, s.log.String())
	}
	return s, nil
}

// unprivileged is whom the server runs as: it refuses to be root.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), NoSetGroups: false}, errors.Join(err, gidErr)
	}
	return nil, errors.New("we are root, and there is neither a user postgres nor nobody to run it as")
}

func (s *Server) init() error {
	if s.as != nil {
		if err := os.Chown(s.Dir, int(s.as.Uid), int(s.as.Gid)); err != nil {
			return err
		}
	}
	pwfile := filepath.Join(s.Dir, "password")
	if err := os.WriteFile(pwfile, []byte(password+"\n"), 0o644); err != nil {
		return err
	}
	initdb := s.command("initdb", "-D", s.data(), "-U", "postgres", "-A", "scram-sha-256", "--pwfile="+pwfile, "-N", "-E", "UTF8", "--locale=C")
	if err := initdb.Run(); err != nil {
		return fmt.Errorf("initdb: %w", err)
	}
	if s.Port = freePort(); s.Port == 0 {
		return errors.New("there is no free port")
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.Dir, "data") }

// arguments are the server's own; what Options set comes last and so counts.
func (s *Server) arguments() []string {
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.Port), "-k", "", "-c", "listen_addresses=" + s.Host, "-c", "shared_buffers=16MB",
		"-c", "max_connections=40", "-c", "client_connection_check_interval=100"}
	if !s.with.Fsync {
		args = append(args, "-c", "fsync=off")
	}
	for _, name := range slices.Sorted(maps.Keys(s.with.Settings)) {
		args = append(args, "-c", name+"="+s.with.Settings[name])
	}
	return args
}

func (s *Server) start() error {
	s.proc, s.done = s.command("postgres", s.arguments()...), make(chan struct{})
	begun := make(chan error)
	// The kernel ends the server with the thread that started it, so that thread stays until the server ends.
	go func(server *exec.Cmd, done chan struct{}) {
		runtime.LockOSThread()
		defer close(done)
		err := server.Start()
		begun <- err
		if err == nil {
			_ = server.Wait()
		}
	}(s.proc, s.done)
	if err := <-begun; err != nil {
		return err
	}
	return s.answers()
}

func (s *Server) command(program string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin, program), args...)
	c.Dir, c.Stdout, c.Stderr, c.Env = s.Dir, &s.log, &s.log, []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Setpgid: true, Pdeathsig: syscall.SIGQUIT}
	return c
}

func freePort() int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0
	}
	defer l.Close()
	a, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0
	}
	return a.Port
}

// answers waits until it does.
func (s *Server) answers() error {
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL("postgres", "postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.done:
			return errors.New("postgres has ended")
		case <-ctx.Done():
			return fmt.Errorf("postgres does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends it and removes its files.
func (s *Server) Stop() {
	if s.proc != nil && s.proc.Process != nil {
		_ = s.proc.Process.Signal(syscall.SIGQUIT) // at once; nothing in it is of use
		<-s.done
	}
	_ = os.RemoveAll(s.Dir)
}

// Bin is the folder of the server's programs and clients.
func (s *Server) Bin() string { return s.bin }

// Password is every role's.
func (s *Server) Password() string { return password }

// URL is how a role reaches a database.
func (s *Server) URL(role, database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(role, password), Host: net.JoinHostPort(s.Host, strconv.Itoa(s.Port)),
		Path: database, RawQuery: "sslmode=disable"}
	return u.String()
}

// Exec runs statements, several in one text, as a role.
func (s *Server) Exec(t testing.TB, role, database, sql string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL(role, database))
	if err != nil {
		t.Fatalf("connect as %s: %v", role, err)
	}
	defer conn.Close(ctx)
	if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// Query gives one value as text, as the superuser; NULL is empty.
func (s *Server) Query(t testing.TB, database, sql string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL("postgres", database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	res := conn.PgConn().ExecParams(ctx, sql, nil, nil, nil, nil).Read()
	if res.Err != nil || len(res.Rows) != 1 || len(res.Rows[0]) != 1 {
		t.Fatalf("%s: %v, %d rows", sql, res.Err, len(res.Rows))
	}
	return string(res.Rows[0][0])
}

// Database makes one for a test, with the roles of a service: app, which owns it, and ops_read, which may read everything.
// Its name is made of the test's.
func (s *Server) Database(t testing.TB, name string) string {
	t.Helper()
	for _, role := range []string{"app", "ops_read"} {
		s.role(t, role)
	}
	s.granted(t)
	s.Exec(t, "postgres", "postgres", "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" OWNER app")
	t.Cleanup(func() {
		s.Exec(t, "postgres", "postgres", "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
	})
	return name
}

func (s *Server) granted(t testing.TB) {
	t.Helper()
	s.roles.Lock()
	defer s.roles.Unlock()
	s.Exec(t, "postgres", "postgres", "GRANT pg_read_all_data TO ops_read")
}
