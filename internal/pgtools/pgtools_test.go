package pgtools_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"twokey/internal/pgtest"
	"twokey/internal/pgtools"
	"twokey/internal/proc"
	"twokey/internal/secret"
)

var cluster pgtest.Shared

// plays are programs under PostgreSQL's names: the test binary itself, found by the name it was called with.
var plays = map[string]func() int{
	"pg_show": func() int {
		fmt.Println(strings.Join(os.Args[1:], "\n"))
		fmt.Println(strings.Join(os.Environ(), "\n"))
		if file := os.Getenv("PGPASSFILE"); file != "" {
			info, _ := os.Stat(file)
			text, _ := os.ReadFile(file)
			fmt.Printf("passfile %o %s", info.Mode().Perm(), text)
		}
		return 0
	},
	"pg_count": func() int { n, err := io.Copy(io.Discard, os.Stdin); fmt.Print(n, err); return 0 },
	"pg_flood": func() int { b := bytes.Repeat([]byte("x"), 1<<20); os.Stdout.Write(b); os.Stdout.Write(b); return 0 },
	"pg_rows": func() int {
		fmt.Fprintln(os.Stderr, `pg_rows: error: could not execute query: ERROR:  duplicate key value violates unique constraint "users_email_key"`)
		fmt.Fprintln(os.Stderr, "DETAIL:  Key (email)=(ann@example.com) already exists.")
		return 1
	},
	"pg_value": func() int {
		fmt.Fprintln(os.Stderr, `pg_value: error: ERROR:  invalid input syntax for type integer: "ann@example.com"`)
		return 1
	},
	"docker": func() int {
		fmt.Println(strings.Join(os.Args[1:], " "))
		fmt.Println(os.Getenv("PGPASSWORD") != "")
		return 0
	},
}

func TestMain(m *testing.M) {
	if play, ok := plays[filepath.Base(os.Args[0])]; ok {
		syscall.Exit(play()) // os.Exit would sleep a second under the race detector
	}
	code := m.Run()
	cluster.Stop()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// playing are tools that are our plays.
func playing(t *testing.T) pgtools.Tools {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name := range plays {
		if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return pgtools.Tools{Dir: dir}
}

func run(t *testing.T, tools pgtools.Tools, c pgtools.Call) (string, error) {
	t.Helper()
	var out strings.Builder
	c.Stdout, c.Timeout = &out, time.Minute
	err := tools.Run(t.Context(), c)
	return out.String(), err
}

const address = `postgres://o%3Aps:Pg%2Ftest%3Ase%5Ccret@127.0.0.1:5433/shop?sslmode=disable`

func TestAPasswordIsOnNoCommandLineAndInNoEnvironment(t *testing.T) {
	t.Setenv("SERVICE_SECRET", "x1")
	t.Setenv("TMPDIR", t.TempDir())
	said, err := run(t, playing(t), pgtools.Call{Program: "pg_show", Args: []string{"-d", pgtools.Conninfo(`a='b\`)}, Tag: "j/12/3",
		Target: &pgtools.Target{URL: secret.New(address), Database: "shop_r_12"}, Options: map[string]string{"synchronous_commit": "off", "work_mem": "64 MB"}})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(said, `Pg/test`) != 1 || strings.Contains(said, "x1") {
		t.Errorf("a password is elsewhere than in its file, or the environment is inherited:\n%s", said)
	}
	for _, want := range []string{"\nPGDATABASE=shop_r_12\n", "\nPGUSER=o:ps\n", "\nPGAPPNAME=twokey j/12/3\n", "\nPGSSLMODE=disable\n", "\nLC_ALL=C\n",
		"\n" + `PGOPTIONS=-c synchronous_commit=off -c work_mem=64\ MB` + "\n", "\nTWOKEY_RUN=j/12/3\n",
		`passfile 600 127.0.0.1:5433:*:o\:ps:Pg/test\:se\\cret` + "\n", `dbname='a=\'b\\'`} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in:\n%s", want, said)
		}
	}
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), "twokey-pass-*"))
	if len(left) != 0 {
		t.Errorf("files with a password are left: %v", left)
	}
}

func TestAProgramWithoutATargetHasNoPassword(t *testing.T) {
	said, err := run(t, playing(t), pgtools.Call{Program: "pg_show"})
	if err != nil || strings.Contains(said, "PGPASS") || strings.Contains(said, "PGUSER") {
		t.Errorf("%v:\n%s", err, said)
	}
}

func TestInAContainer(t *testing.T) {
	tools := playing(t)
	docker := filepath.Join(tools.Dir, "docker")
	tools = pgtools.Tools{Prefix: []string{docker, "exec", "database"}, Inside: "localhost:5432"}
	said, err := run(t, tools, pgtools.Call{Program: "pg_dump", Args: []string{"-Fc"}, Target: &pgtools.Target{URL: secret.New(address)}})
	want := "exec -i -e LC_ALL -e PGCONNECT_TIMEOUT -e PGHOST -e PGPORT -e PGUSER -e PGDATABASE -e PGAPPNAME -e PGSSLMODE -e PGPASSWORD database pg_dump -Fc\ntrue\n"
	if err != nil || said != want {
		t.Errorf("%v\n got %q\nwant %q", err, said, want)
	}
	tools.Prefix = []string{docker, "run"}
	var e *pgtools.Error
	if _, err := run(t, tools, pgtools.Call{Program: "pg_dump"}); !errors.As(err, &e) || !strings.Contains(e.Sentence, "is not docker exec") {
		t.Errorf("%v", err)
	}
}

// broken is a stream that breaks after some bytes.
type broken struct{ left int }

var errBroken = errors.New("the disk is full")

func (b *broken) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

func (b *broken) Read(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

func TestAStreamThatBreaksIsNeverASuccess(t *testing.T) {
	tools := playing(t)
	err := tools.Run(t.Context(), pgtools.Call{Program: "pg_flood", Stdout: &broken{left: 1 << 20}, Timeout: time.Minute})
	if !errors.Is(err, errBroken) {
		t.Errorf("output that could not be written: %v", err)
	}
	err = tools.Run(t.Context(), pgtools.Call{Program: "pg_count", Stdin: &broken{left: 1 << 20}, Timeout: time.Minute})
	if !errors.Is(err, errBroken) {
		t.Errorf("input that broke off: %v", err)
	}
}

// counted counts what it is given.
type counted struct{ n int }

func (c *counted) Write(p []byte) (int, error) { c.n += len(p); return len(p), nil }

func TestNoByteIsMissing(t *testing.T) {
	tools := playing(t)
	var out counted
	if err := tools.Run(t.Context(), pgtools.Call{Program: "pg_flood", Stdout: &out, Timeout: time.Minute}); err != nil || out.n != 2<<20 {
		t.Errorf("%v, %d bytes", err, out.n)
	}
	said, err := run(t, tools, pgtools.Call{Program: "pg_count", Stdin: io.LimitReader(zeros{}, 5<<20)})
	if err != nil || said != "5242880 <nil>" {
		t.Errorf("%v %s", err, said)
	}
	said, err = run(t, tools, pgtools.Call{Program: "pg_show", Stdin: io.LimitReader(zeros{}, 5<<20)})
	if err != nil || said == "" {
		t.Errorf("a program that leaves its input: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestWhatAProgramSaysAboutRowsIsNotRepeated(t *testing.T) {
	for program, want := range map[string]string{
		"pg_rows":  `pg_rows: duplicate key value violates unique constraint "users_email_key"`,
		"pg_value": "pg_value ended with exit code 1",
	} {
		_, err := run(t, playing(t), pgtools.Call{Program: program})
		var e *pgtools.Error
		if !errors.As(err, &e) || e.Error() != want || len(e.Tail) == 0 {
			t.Errorf("%s: %v", program, err)
		}
	}
}

func TestRealPrograms(t *testing.T) {
	s := cluster.Get(t)
	base := s.Database(t, `odd = 'name\`)
	s.Exec(t, "app", base, "CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users SELECT generate_series(1, 1000)")
	tools := pgtools.Tools{Dir: s.Bin()}
	major, full, err := tools.Version(t.Context(), "pg_dump")
	if err != nil || major < 14 || !strings.HasPrefix(full, fmt.Sprint(major)) {
		t.Errorf("%d %q %v", major, full, err)
	}
	target := &pgtools.Target{URL: secret.New(s.URL("ops_read", "postgres")), Database: base}
	said, err := run(t, tools, pgtools.Call{Program: "pg_dump", Args: []string{"-d", pgtools.Conninfo(base)}, Target: target})
	if err != nil || !strings.Contains(said, "COPY public.users") {
		t.Errorf("%v", err)
	}
	wrong := &pgtools.Target{URL: secret.New(strings.Replace(s.URL("ops_read", "postgres"), "Pg", "pG", 1)), Database: base}
	_, err = run(t, tools, pgtools.Call{Program: "pg_dump", Target: wrong})
	if err == nil || !strings.Contains(err.Error(), "password authentication failed") || strings.Contains(err.Error(), "secret 4711") {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestACancelledProgramIsGone(t *testing.T) {
	s := cluster.Get(t)
	ctx, cancel := context.WithCancel(t.Context())
	tools := pgtools.Tools{Dir: s.Bin()}
	var pid int
	err := tools.Run(ctx, pgtools.Call{Program: "psql", Args: []string{"-X", "-c", "SELECT pg_sleep(600)"}, Timeout: time.Minute, Tag: "j/1/0",
		Target: &pgtools.Target{URL: secret.New(s.URL("postgres", "postgres"))}, Began: func(p proc.Process) { pid = p.PID; cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, alive := proc.Find(pid); alive {
		t.Errorf("process %d lives", pid)
	}
}
