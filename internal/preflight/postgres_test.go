package preflight

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"twokey/internal/pgtest"
	"twokey/internal/secret"
)

// superPassword is the superuser's, which nothing may say.
const superPassword = "Pg/test:secret 4711"

// cluster is a real PostgreSQL of a test's own.
type cluster struct {
	t    *testing.T
	bin  string
	port int
}

// newCluster starts one, which nothing else knows: roles belong to the whole of it.
func newCluster(t *testing.T) cluster {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		t.Fatal("PostgreSQL is not installed; run: make tools")
	}
	pg, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pg.Stop)
	if pg.Password() != superPassword {
		t.Fatal("the superuser has another password: nobody looks whether it gets out")
	}
	return cluster{t: t, bin: filepath.Dir(found[len(found)-1]), port: pg.Port}
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

// freePort is one where nothing listens.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
