package preflight

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"twokey/internal/secret"
)

// superPassword is the superuser's; odd enough to be found wherever it should not be.
const superPassword = "Pg/super:secret 4711"

// cluster is a real PostgreSQL of a test's own.
type cluster struct {
	t    *testing.T
	bin  string
	port int
}

// newCluster starts one. It ends with the test, and with us, should we be killed.
func newCluster(t *testing.T) cluster {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		t.Fatal("PostgreSQL is not installed; run: make tools")
	}
	dir, err := os.MkdirTemp("", "preflight")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := cluster{t: t, bin: filepath.Dir(found[len(found)-1]), port: freePort(t)}
	as := unprivileged(t, dir)
	command := func(program string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(c.bin, program), args...)
		cmd.Dir, cmd.Env = dir, []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as, Setpgid: true, Pdeathsig: syscall.SIGQUIT}
		return cmd
	}
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte(superPassword), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := command("initdb", "-D", dir+"/data", "-U", "postgres", "-A", "scram-sha-256", "--pwfile="+password, "-N", "-E", "UTF8", "--locale=C").CombinedOutput()
	if err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	server := command("postgres", "-D", dir+"/data", "-p", strconv.Itoa(c.port), "-k", "", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "shared_buffers=16MB")
	begun, ended := make(chan error), make(chan error, 1)
	go func() { // Pdeathsig fires when the thread ends
		runtime.LockOSThread()
		begun <- server.Start()
		ended <- server.Wait()
	}()
	if err := <-begun; err != nil {
		t.Fatal(err)
	}
	c.until("PostgreSQL answers", func() bool {
		conn, err := pgx.Connect(t.Context(), c.address("postgres", superPassword, "postgres").Reveal())
		if err == nil {
			conn.Close(t.Context())
		}
		return err == nil
	})
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGINT)
		<-ended
	})
	return c
}

// unprivileged is whom the server runs as: it refuses to be root.
func unprivileged(t *testing.T, dir string) *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (c cluster) address(role, password, base string) secret.Value {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(role, password), Host: fmt.Sprintf("127.0.0.1:%d", c.port), Path: "/" + base}
	return secret.New(u.String())
}

// sql runs statements as the superuser. The simple protocol takes several at once.
func (c cluster) sql(base, text string) {
	c.t.Helper()
	conn, err := pgx.Connect(c.t.Context(), c.address("postgres", superPassword, base).Reveal())
	if err != nil {
		c.t.Fatal(err)
	}
	_, err = conn.Exec(c.t.Context(), text, pgx.QueryExecModeSimpleProtocol)
	if err := errors.Join(err, conn.Close(context.WithoutCancel(c.t.Context()))); err != nil {
		c.t.Fatalf("%v\n%s", err, text)
	}
}

func (c cluster) until(what string, fact func() bool) {
	c.t.Helper()
	late, tick := time.After(time.Minute), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for !fact() {
		select {
		case <-tick.C:
		case <-late:
			c.t.Fatalf("never: %s", what)
		}
	}
}
