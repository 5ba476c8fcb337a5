package restore_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"twokey/internal/restore"
)

// commit is what a client knows of a row: the database answered that it was committed. The phases are even between switches
// and odd while one is done.
type commit struct{ id, begun, ended int64 }

// fire is clients that write as fast as they can and reconnect at once.
type fire struct {
	s       shop
	phase   atomic.Int64
	mu      sync.Mutex
	commits []commit
	wrote   chan struct{} // closed when every client has written in this phase
	seen    map[int]bool
	clients int
}

func (f *fire) committed(client int, c commit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commits = append(f.commits, c)
	if c.begun != f.phase.Load() || f.seen == nil {
		return
	}
	if f.seen[client] = true; len(f.seen) == f.clients {
		close(f.wrote)
		f.seen = nil
	}
}

// all waits until every client has written from now on.
func (f *fire) all(t *testing.T) {
	t.Helper()
	f.mu.Lock()
	f.seen, f.wrote = map[int]bool{}, make(chan struct{})
	wrote := f.wrote
	f.mu.Unlock()
	select {
	case <-wrote:
	case <-t.Context().Done():
		t.Fatal("the clients do not write")
	}
}

// during calls a switch in a phase of its own.
func (f *fire) during(t *testing.T, change func() error) {
	t.Helper()
	f.all(t)
	f.phase.Add(1)
	must(t, change())
	f.phase.Add(1)
	f.all(t)
}

func (f *fire) client(ctx context.Context, n int) {
	for id := int64(n) << 40; ctx.Err() == nil; id++ {
		conn, err := pgx.Connect(ctx, f.s.pg.URL("app", f.s.name))
		if err != nil {
			continue
		}
		for ; err == nil; id++ {
			begun := f.phase.Load()
			if _, err = conn.Exec(ctx, "INSERT INTO marks VALUES ($1)", id); err == nil {
				f.committed(n, commit{id, begun, f.phase.Load()})
			}
		}
		_ = conn.Close(context.WithoutCancel(ctx))
	}
}

func TestSwapAndUndoUnderFire(t *testing.T) {
	s := open(t, cluster.Get(t))
	s.pg.Exec(t, "app", s.name, "CREATE TABLE marks (id bigint PRIMARY KEY)")
	bystander, err := pgx.Connect(t.Context(), s.pg.URL("app", "postgres"))
	must(t, err)
	defer bystander.Close(context.Background())
	live := s.cheapCopy(t)
	name, kept := s.names()
	_, aside := restore.Names(s.name, s.id+9000)
	f := &fire{s: s, clients: 16}
	ctx, stop := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	defer clients.Wait()
	defer stop()
	for n := range f.clients {
		clients.Go(func() { f.client(ctx, n+1) })
	}
	var done restore.Switched
	f.during(t, func() (err error) { done, err = s.Swap(t.Context(), live, name, kept); return err })
	if done.Ended == 0 {
		t.Error("nobody was ended")
	}
	swapped := s.look(t)
	f.during(t, func() error { _, err := s.Undo(t.Context(), swapped, kept, aside); return err })
	stop()
	clients.Wait()

	s.pg.Exec(t, "postgres", "postgres", "ALTER DATABASE "+aside+" ALLOW_CONNECTIONS true")
	first, second := s.marks(t, s.name), s.marks(t, aside) // the one there was at first is back
	count := map[int64]int{}
	for _, c := range f.commits {
		count[c.begun]++
		switch {
		case !first[c.id] && !second[c.id]:
			t.Errorf("%+v is lost", c)
		case c.begun == c.ended && c.begun%2 == 0 && second[c.id] != (c.begun == 2):
			t.Errorf("%+v went to the wrong database", c)
		}
	}
	t.Logf("rows by phase: %v; nobody could connect for %s", count, done.Closed)
	if err := bystander.Ping(t.Context()); err != nil {
		t.Errorf("a session of another database was ended: %v", err)
	}
}

func (s shop) marks(t *testing.T, database string) map[int64]bool {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.pg.URL("postgres", database))
	must(t, err)
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), "SELECT id FROM marks")
	must(t, err)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	must(t, err)
	set := map[int64]bool{}
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// cheapCopy makes a finished copy without a backup: what is tested is the switch.
func (s shop) cheapCopy(t *testing.T) restore.Live {
	t.Helper()
	name, _ := s.names()
	s.pg.Exec(t, "postgres", "postgres", fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s OWNER app", name, s.name))
	s.pg.Exec(t, "app", name, "CREATE TABLE new_one ()")
	return s.look(t)
}
