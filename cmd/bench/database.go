package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"twokey/bot/telegram/fakebot"
	"twokey/internal/postgres"
)

// database is a PostgreSQL of our own with a service's database in it.
type database struct {
	cluster   *postgres.Cluster
	bin       string
	stop      func()
	megabytes float64
}

// schema makes tables like those of a service that takes money; %[1]d is how many users there are. Rows are of the kind
// that compresses to about a third.
const schema = `
CREATE TABLE users (id bigint PRIMARY KEY, telegram_id bigint NOT NULL UNIQUE, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE deposits (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, status text NOT NULL, amount numeric(20,8) NOT NULL, tx_hash text NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE transactions (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, type text NOT NULL, amount numeric(20,8) NOT NULL, created_at timestamptz NOT NULL, note text);
CREATE TABLE user_actions (id bigint PRIMARY KEY, user_id bigint NOT NULL, what text NOT NULL, at timestamptz NOT NULL);
INSERT INTO users SELECT i, 1000000 + i, 'user ' || i || ' ' || md5(i::text), '2025-01-01'::timestamptz + i * interval '1 minute' FROM generate_series(1, %[1]d) i;
INSERT INTO deposits SELECT i, 1 + i %% %[1]d, (ARRAY['open','paid','confirmed'])[1 + i %% 3], i * 1.01, md5(i::text) || md5((i + 1)::text), '2025-01-01'::timestamptz + i * interval '1 minute' FROM generate_series(1, 2 * %[1]d) i;
INSERT INTO transactions SELECT i, 1 + i %% %[1]d, (ARRAY['in','out'])[1 + i %% 2], i * 0.5, '2025-01-01'::timestamptz + i * interval '10 seconds', md5(i::text) FROM generate_series(1, 5 * %[1]d) i;
INSERT INTO user_actions SELECT i, 1 + i %% %[1]d, (ARRAY['start','balance','deposit','menu'])[1 + i %% 4], '2025-01-01'::timestamptz + i * interval '7 seconds' FROM generate_series(1, 8 * %[1]d) i;
CREATE INDEX ON deposits (user_id); CREATE INDEX ON transactions (user_id, created_at); CREATE INDEX ON user_actions (user_id, at);
ANALYZE`

const benchDatabase = "shop"

// newDatabase makes a cluster that syncs, as a service's does, and fills it.
func (b bench) newDatabase(ctx context.Context) (*database, error) {
	fmt.Fprintf(b.progress, "filling a database for %d users\n", b.users)
	return b.newCluster(ctx, fmt.Sprintf(schema, b.users))
}

// newCluster makes a cluster that syncs, with a service's database in it.
func (b bench) newCluster(ctx context.Context, tables string) (*database, error) {
	bin, err := postgres.Programs()
	if err != nil {
		return nil, fmt.Errorf("%w; run: make tools", err)
	}
	dir, err := os.MkdirTemp("", "bench-pg-") // its user must be able to reach it
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	c, err := postgres.New(ctx, bin, filepath.Join(dir, "cluster"))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	c.Settings = []string{"fsync=on", "shared_buffers=128MB", "max_connections=60"}
	if c.Port, err = openPort(); err != nil {
		return nil, err
	}
	run, end := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() { _ = c.Run(run) })
	d := &database{cluster: c, bin: bin, stop: func() { end(); group.Wait(); _ = os.RemoveAll(dir) }}
	if err := errors.Join(c.Answers(ctx), d.fill(ctx, tables)); err != nil {
		d.end()
		return nil, err
	}
	return d, nil
}

func (d *database) end() { d.stop() }

func (d *database) fill(ctx context.Context, tables string) error {
	if err := errors.Join(d.cluster.Service(ctx, benchDatabase), d.cluster.Exec(ctx, "app", benchDatabase, tables)); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, d.cluster.URL("app", benchDatabase))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var size int64
	err = conn.QueryRow(ctx, "SELECT pg_database_size(current_database())").Scan(&size)
	d.megabytes = float64(size) / megabyte
	return err
}

// yaml is the database's part of the config.
func (d *database) yaml() string {
	return fmt.Sprintf(`  database: {url_file: app.url, read_url_file: read.url, admin_url_file: admin.url, load_url_file: load.url, tools: %q}
  backups: {daily: backups, verify: {decode: never, restore: never}}
`, d.bin)
}

// secrets writes the addresses that the config names.
func (d *database) secrets(dir string) error {
	var errs []error
	for file, url := range map[string]string{"app.url": d.cluster.URL("app", benchDatabase), "read.url": d.cluster.URL("ops_read", benchDatabase),
		"admin.url": d.cluster.URL("ops_restore", "postgres"), "load.url": d.cluster.URL("ops_load", "postgres")} {
		errs = append(errs, os.WriteFile(filepath.Join(dir, file), []byte(url+"\n"), 0o600))
	}
	return errors.Join(errs...)
}

// byHand is a safety copy, a drop and a restore, as the scripts do it.
func (d *database) byHand(ctx context.Context, dir string) (h handwork, err error) {
	file := filepath.Join(dir, "by-hand.dump")
	defer os.Remove(file)
	if h.dump, err = d.run(ctx, "pg_dump", "-Fc", "-Z9", "-d", d.cluster.URL("app", benchDatabase), "-f", file); err != nil {
		return h, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return h, err
	}
	h.size = info.Size()
	began := time.Now()
	err = errors.Join(d.cluster.Exec(ctx, "postgres", "postgres", "DROP DATABASE "+benchDatabase+" WITH (FORCE)"),
		d.cluster.Exec(ctx, "postgres", "postgres", "CREATE DATABASE "+benchDatabase+" OWNER app"))
	h.drop = time.Since(began)
	if err != nil {
		return h, err
	}
	h.load, err = d.run(ctx, "pg_restore", "-d", d.cluster.URL("app", benchDatabase), file)
	return h, err
}

// run times one of PostgreSQL's programs.
func (d *database) run(ctx context.Context, program string, args ...string) (time.Duration, error) {
	began := time.Now()
	out, err := exec.CommandContext(ctx, filepath.Join(d.bin, program), args...).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%s: %w: %s", program, err, lastWords(string(out)))
	}
	return time.Since(began), nil
}

// writers are sessions that write and connect again at once.
const writers = 8

// down asks for a switch, has the second person agree, and measures how long the database gave no answer.
func (d *database) down(s *process, line, action, what string) (asked, error) {
	probe, end := context.WithCancel(s.ctx)
	var group sync.WaitGroup
	var gap atomic.Int64
	group.Go(func() { d.probe(probe, &gap) })
	for range writers {
		group.Go(func() { d.write(probe) })
	}
	defer group.Wait()
	defer end()
	done := make(chan error, 1)
	go func() { done <- s.agree(action) }()
	a, err := s.request(line, "succeeded /"+action)
	if err := errors.Join(err, <-done); err != nil {
		return a, fmt.Errorf("%s: %w", what, err)
	}
	a.gap, a.sessions = time.Duration(gap.Load()), writers
	return a, nil
}

// agree is bob, who taps twice: what destroys takes two taps.
func (s *process) agree(action string) error {
	label := "Approve " + action
	m, err := s.fake.WaitMessage(s.ctx, adminChat, hasButton(label))
	if err != nil {
		return s.why(err)
	}
	for range 2 {
		if _, err := s.fake.PressButton(bob, adminChat, m.ID, label); err != nil {
			return err
		}
		if err := s.handled(); err != nil {
			return err
		}
	}
	return nil
}

// probe connects anew all the time and keeps the longest time between two answers.
func (d *database) probe(ctx context.Context, gap *atomic.Int64) {
	last := time.Now()
	for ctx.Err() == nil {
		conn, err := pgx.Connect(ctx, d.cluster.URL("app", benchDatabase))
		if err != nil {
			continue
		}
		if _, err := conn.Exec(ctx, "SELECT 1"); err == nil {
			now := time.Now()
			gap.Store(max(gap.Load(), int64(now.Sub(last))))
			last = now
		}
		_ = conn.Close(ctx)
	}
}

// write is a session of the service's: it writes until it is sent away, and comes back.
func (d *database) write(ctx context.Context) {
	for ctx.Err() == nil {
		conn, err := pgx.Connect(ctx, d.cluster.URL("app", benchDatabase))
		for err == nil && ctx.Err() == nil {
			_, err = conn.Exec(ctx, "UPDATE users SET name = name WHERE id = 1 + (random() * 1000)::int")
			if err == nil {
				_, err = conn.Exec(ctx, "SELECT pg_sleep(0.02)")
			}
		}
		if conn != nil {
			_ = conn.Close(context.WithoutCancel(ctx))
		}
	}
}

func hasButton(label string) func(fakebot.Message) bool {
	return func(m fakebot.Message) bool {
		for _, row := range m.Buttons {
			for _, b := range row {
				if b.Text == label {
					return true
				}
			}
		}
		return false
	}
}
