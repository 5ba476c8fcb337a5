package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"twokey/internal/pgtest"
)

// clusters are those of the tests that kill what works with them, or them: what they say is committed is on their disks. Each
// test has one to itself, as a service does; more at once would only wait for each other.
type clusters struct {
	free chan *pgtest.Shared
}

var durable = newClusters(3)

func newClusters(n int) clusters {
	c := clusters{free: make(chan *pgtest.Shared, n)}
	for range n {
		c.free <- &pgtest.Shared{With: pgtest.Options{Fsync: true}}
	}
	return c
}

// take waits for one that nobody has, and gives it back when the test has ended and cleared up.
func (c clusters) take(t *testing.T) *pgtest.Server {
	t.Helper()
	s := <-c.free
	t.Cleanup(func() { c.free <- s })
	return s.Get(t)
}

// Stop stops those that nobody has.
func (c clusters) Stop() {
	for {
		select {
		case s := <-c.free:
			s.Stop()
		default:
			return
		}
	}
}

// twentyMB is a service's database, and pulse is where the service writes.
const twentyMB = `
CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO users SELECT i, 'user ' || i FROM generate_series(1, 1000) i;
CREATE TABLE notes (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, note text NOT NULL);
INSERT INTO notes SELECT i, 1 + i % 1000, repeat(md5(i::text), 5) FROM generate_series(1, 100000) i;
CREATE TABLE pulse (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO pulse VALUES (1, 0);`

// sinceBackup is what happened since.
const sinceBackup = `
INSERT INTO users SELECT i, 'new ' || i FROM generate_series(1001, 1007) i;
DELETE FROM notes WHERE id <= 3;
UPDATE notes SET note = 'wrong' WHERE id BETWEEN 10 AND 19`

// The two states that its rows may be in.
const (
	isOld    = "1007 users, 99997 notes, 10 wrong"
	isBackup = "1000 users, 100000 notes, 0 wrong"
	rowsSQL  = `SELECT (SELECT count(*) FROM users) || ' users, ' || count(*) || ' notes, ' || count(*) FILTER (WHERE note = 'wrong') || ' wrong' FROM notes`
)

// archive is the backup of each cluster's template, made once.
type archive struct {
	once sync.Once
	file string
	err  error
}

var archives sync.Map // by cluster

const template = "kill_template"

// backupOf fills a cluster's template and backs it up, once.
func backupOf(t *testing.T, pg *pgtest.Server) string {
	t.Helper()
	kept, _ := archives.LoadOrStore(pg, new(archive))
	a, _ := kept.(*archive)
	a.once.Do(func() {
		pg.Exec(t, "postgres", "postgres", "CREATE ROLE app LOGIN PASSWORD '"+pg.Password()+"'")
		pg.Exec(t, "postgres", "postgres", "CREATE DATABASE "+template+" OWNER app")
		pg.Exec(t, "app", template, twentyMB)
		a.file = filepath.Join(pg.Dir, "shop_20261124_040000.dump")
		a.err = pgDump(pg, template, a.file, []string{"-Fc", "-Z1"})
	})
	must(t, a.err)
	return a.file
}

// vault is a victim with a database of 20 MB and a service that writes into it without a rest.
type vault struct {
	*victim
	pg    *pgtest.Server
	name  string
	beats atomic.Int64 // what the service has committed
}

var vaults atomic.Int64

// openVault makes a database as it was backed up, lets happen what happened since, and has the service write.
func openVault(t *testing.T, pg *pgtest.Server, sum *tally) *vault {
	t.Helper()
	file := backupOf(t, pg)
	v := &vault{pg: pg, name: fmt.Sprintf("kill_%d", vaults.Add(1))}
	pg.Exec(t, "postgres", "postgres", fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s OWNER app", v.name, template))
	pg.Roles(t, v.name)
	t.Cleanup(func() {
		dropBeside(t, pg, v.name)
		pg.Exec(t, "postgres", "postgres", "DROP DATABASE "+v.name+" WITH (FORCE)")
	})
	pg.Exec(t, "app", v.name, sinceBackup)
	v.victim = &victim{stage: openStage(t), action: "restore", sum: sum}
	v.extra = "\nchecks:\n  - {name: users, sql: \"SELECT count(*) FROM users\", expect: \"> 0\"}\n"
	daily := filepath.Join(v.shop.dir, "backups", "daily")
	must(t, errors.Join(os.MkdirAll(daily, 0o700), os.MkdirAll(filepath.Join(v.shop.dir, "backups", "safety"), 0o700), v.reaches(pg, v.name), v.writeConfig()))
	data, err := os.ReadFile(file)
	must(t, err)
	made := time.Now().Add(-time.Hour) // one that was written to a moment ago may not be finished
	mine := filepath.Join(daily, filepath.Base(file))
	must(t, errors.Join(os.WriteFile(mine, data, 0o600), os.Chtimes(mine, made, made)))
	v.write(t)
	return v
}

// write plays the service until the test ends: one row, again and again, through whatever connection it can get.
func (v *vault) write(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	t.Cleanup(func() { cancel(); done.Wait() })
	done.Go(func() {
		pace := time.NewTicker(20 * time.Millisecond)
		defer pace.Stop()
		for ctx.Err() == nil {
			v.session(ctx, pace.C)
			select {
			case <-pace.C:
			case <-ctx.Done():
			}
		}
	})
}

// session writes until its connection breaks.
func (v *vault) session(ctx context.Context, pace <-chan time.Time) {
	conn, err := pgx.Connect(ctx, v.pg.URL("app", v.name))
	if err != nil {
		return
	}
	defer conn.Close(context.Background())
	for {
		if _, err := conn.Exec(ctx, "UPDATE pulse SET n = n + 1 WHERE id = 1"); err != nil {
			return
		}
		v.beats.Add(1)
		select {
		case <-pace:
		case <-ctx.Done():
			return
		}
	}
}

// serves waits until the service can use its database.
func (v *vault) serves() error {
	before := v.beats.Load()
	return until("the service can write into its database", func() bool { return v.beats.Load() > before+1 })
}

// rows says which state the service's rows are in, as the service sees them.
func (v *vault) rows() (string, error) {
	conn, err := pgx.Connect(context.Background(), v.pg.URL("app", v.name))
	if err != nil {
		return "", err
	}
	defer conn.Close(context.Background())
	var is string
	err = conn.QueryRow(context.Background(), rowsSQL).Scan(&is)
	return is, err
}

// catalogue asks the server, not the database: a superuser in the service's database would be in the way of a switch.
func (v *vault) catalogue(t *testing.T, query string) string {
	t.Helper()
	return v.pg.Query(t, "postgres", strings.ReplaceAll(query, "NAME", v.name))
}
