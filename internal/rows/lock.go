package rows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// lockTry is how long others may queue behind a lock we wait for. It is less than deadlock_timeout (1 s), so when we
// and the service wait for each other we give way, before PostgreSQL picks one of the two.
const lockTry = 500 * time.Millisecond

// lock keeps others from writing to the tables. It asks again when they do not let go, and lets them go first.
func (m *merge) lock(ctx context.Context) error {
	late := time.Now().Add(m.o.LockWithin)
	for try := 0; ; try++ {
		err := m.tryLock(ctx, turned(m.mergeable.pairs, try))
		var pg *pgconn.PgError
		busy := errors.As(err, &pg) && (pg.Code == "55P03" || pg.Code == "40P01")
		if err == nil {
			// From here on we have what we need; rows that others hold are few and short.
			return m.b.run(ctx, fmt.Sprintf("SET LOCAL lock_timeout = %d", m.o.LockWithin.Milliseconds()))
		}
		if !busy || time.Now().After(late) {
			return failed(ctx, "the tables could not be kept still", err)
		}
		if err := m.b.run(ctx, "ROLLBACK TO SAVEPOINT twokey_lock"); err != nil {
			return failed(ctx, "the tables could not be kept still", err)
		}
	}
}

func (m *merge) tryLock(ctx context.Context, pairs []pair) error {
	if err := m.b.run(ctx, "SAVEPOINT twokey_lock"); err != nil {
		return err
	}
	for _, p := range pairs {
		if err := m.b.run(ctx, "LOCK TABLE "+p.b.from()+" IN SHARE ROW EXCLUSIVE MODE"); err != nil {
			return err
		}
	}
	return nil
}

// turned gives the tables in another order at each try: forwards and backwards, from each of them. A service that
// always takes them the other way round would make each try fail that begins like the last one.
func turned[T any](all []T, try int) []T {
	if len(all) == 0 {
		return nil
	}
	from := try / 2 % len(all)
	out := slices.Concat(all[from:], all[:from])
	if try%2 == 1 {
		slices.Reverse(out)
	}
	return out
}
