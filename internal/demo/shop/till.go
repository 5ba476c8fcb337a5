package shop

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"
)

// till is where sales are kept.
type till interface {
	create(ctx context.Context) error
	sell(ctx context.Context, s sale) (order int64, err error)
	sales(ctx context.Context) (Sales, error)
	payBack(ctx context.Context) error
	close()
}

// sale is what happens at one moment: somebody signs up, or somebody buys.
type sale struct {
	signUp bool
	user   int64
	amount int64
	twice  bool // the payment is taken twice
}

// queryWithin is how long the database may take.
const queryWithin = 5 * time.Second

// till opens it. It is opened anew each time something is to be done: nothing has to be repaired after its end.
func (d Dir) till() (till, error) {
	s, err := d.settings()
	if err != nil || s.Database == "" {
		return drawer{path: d.path("sales.json")}, err
	}
	address, err := os.ReadFile(s.Database)
	return &ledger{address: strings.TrimSpace(string(address))}, err
}

// drawer is a file, for a machine without a PostgreSQL.
type drawer struct{ path string }

func (drawer) close() {}

func (w drawer) create(context.Context) error {
	return w.change(func(s *Sales) { s.SignUps = 1 })
}

func (w drawer) sell(_ context.Context, s sale) (order int64, err error) {
	err = w.change(func(all *Sales) {
		if s.signUp {
			all.SignUps++
			return
		}
		all.Orders++
		all.Revenue += s.amount
		if s.twice {
			all.Doubled++
		}
		order = all.Orders
	})
	return order, err
}

func (w drawer) payBack(context.Context) error { return w.change(func(s *Sales) { s.Doubled = 0 }) }

func (w drawer) sales(context.Context) (s Sales, err error) {
	b, err := os.ReadFile(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	return s, errors.Join(err, json.Unmarshal(b, &s))
}

// change is for one program at a time: the shop sells while somebody mends it. Readers see the file as it was or as it is.
func (w drawer) change(do func(*Sales)) error {
	lock, err := os.OpenFile(w.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return err
	}
	s, err := w.sales(context.Background())
	if err != nil {
		return err
	}
	do(&s)
	b, err := json.Marshal(s)
	return errors.Join(err, os.WriteFile(w.path+".new", b, 0o600), os.Rename(w.path+".new", w.path))
}

// ledger is a PostgreSQL database.
type ledger struct {
	address string
	conn    *pgx.Conn
}

const tables = `
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, amount numeric(12,2) NOT NULL,
	status text NOT NULL DEFAULT 'paid', created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE payments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders, amount numeric(12,2) NOT NULL,
	paid_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON orders (created_at);
CREATE INDEX ON payments (order_id);
INSERT INTO users (name) VALUES ('Uma');`

func (l *ledger) open(ctx context.Context) (err error) {
	if l.conn == nil {
		l.conn, err = pgx.Connect(ctx, l.address)
	}
	return err
}

func (l *ledger) close() {
	if l.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), queryWithin)
		defer cancel()
		_ = l.conn.Close(ctx)
		l.conn = nil
	}
}

func (l *ledger) create(ctx context.Context) error {
	if err := l.open(ctx); err != nil {
		return err
	}
	_, err := l.conn.PgConn().Exec(ctx, tables).ReadAll()
	return err
}

func (l *ledger) sell(ctx context.Context, s sale) (order int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, queryWithin)
	defer cancel()
	if err := l.open(ctx); err != nil {
		return 0, err
	}
	if s.signUp {
		_, err = l.conn.Exec(ctx, "INSERT INTO users (name) VALUES ('user ' || (SELECT count(*) + 1 FROM users))")
		return 0, err
	}
	times := 1
	if s.twice {
		times = 2
	}
	err = l.conn.QueryRow(ctx, `WITH o AS (INSERT INTO orders (user_id, amount) VALUES ($1, $2) RETURNING id, amount),
		p AS (INSERT INTO payments (order_id, amount) SELECT id, amount FROM o, generate_series(1, $3))
		SELECT id FROM o`, s.user, s.amount, times).Scan(&order)
	return order, err
}

func (l *ledger) payBack(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, queryWithin)
	defer cancel()
	if err := l.open(ctx); err != nil {
		return err
	}
	_, err := l.conn.Exec(ctx, "DELETE FROM payments p USING payments q WHERE p.order_id = q.order_id AND p.id > q.id")
	return err
}

func (l *ledger) sales(ctx context.Context) (s Sales, err error) {
	ctx, cancel := context.WithTimeout(ctx, queryWithin)
	defer cancel()
	if err := l.open(ctx); err != nil {
		return s, err
	}
	err = l.conn.QueryRow(ctx, `SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders),
		(SELECT coalesce(sum(amount), 0)::bigint FROM orders), (SELECT count(*) - count(DISTINCT order_id) FROM payments)`).
		Scan(&s.SignUps, &s.Orders, &s.Revenue, &s.Doubled)
	return s, err
}
