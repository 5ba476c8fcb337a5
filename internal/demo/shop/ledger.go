package shop

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// ledger is a PostgreSQL database.
type ledger struct {
	address string
	conn    *pgx.Conn
}

const tables = `
CREATE TABLE migrations (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, timestamp bigint NOT NULL, name text NOT NULL);
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
	telegram_id bigint NOT NULL, language text NOT NULL DEFAULT 'en');
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, amount numeric(12,2) NOT NULL,
	status text NOT NULL DEFAULT 'paid', created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE payments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders, amount numeric(12,2) NOT NULL,
	paid_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON orders (created_at);
CREATE INDEX ON payments (order_id);
CREATE TABLE banner (id int PRIMARY KEY, text text NOT NULL);
INSERT INTO banner VALUES (1, 'Free delivery this week');
INSERT INTO migrations (timestamp, name) VALUES (1762070400000, 'CreateShop1762070400000'), (1763539200000, 'AddBanner1763539200000');
INSERT INTO users (name, telegram_id) VALUES ('Uma', 77);`

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

// run runs statements as one transaction.
func (l *ledger) run(ctx context.Context, statements string) error {
	ctx, cancel := context.WithTimeout(ctx, queryWithin)
	defer cancel()
	if err := l.open(ctx); err != nil {
		return err
	}
	_, err := l.conn.PgConn().Exec(ctx, statements).ReadAll()
	return err
}

func (l *ledger) create(ctx context.Context) error { return l.run(ctx, tables) }

func (l *ledger) sell(ctx context.Context, s sale) (o sold, err error) {
	ctx, cancel := context.WithTimeout(ctx, queryWithin)
	defer cancel()
	if err := l.open(ctx); err != nil {
		return o, err
	}
	if s.signUp {
		_, err = l.conn.Exec(ctx, `INSERT INTO users (name, telegram_id, language)
			SELECT 'user ' || n, 1000 + n, CASE WHEN n % 3 = 0 THEN 'ru' ELSE 'en' END FROM (SELECT count(*) + 1 AS n FROM users) c`)
		return o, err
	}
	times := 1
	if s.twice {
		times = 2
	}
	err = l.conn.QueryRow(ctx, `WITH u AS (SELECT id FROM users ORDER BY id OFFSET $1::bigint % (SELECT greatest(1, count(*)) FROM users) LIMIT 1),
		o AS (INSERT INTO orders (user_id, amount) SELECT id, $2 FROM u RETURNING id, user_id, amount),
		p AS (INSERT INTO payments (order_id, amount) SELECT id, amount FROM o, generate_series(1, $3))
		SELECT id, user_id FROM o`, s.user, s.amount, times).Scan(&o.order, &o.user)
	return o, err
}

func (l *ledger) sales(ctx context.Context) (s Sales, err error) {
	ctx, cancel := context.WithTimeout(ctx, queryWithin)
	defer cancel()
	if err := l.open(ctx); err != nil {
		return s, err
	}
	err = l.conn.QueryRow(ctx, `SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders),
		(SELECT coalesce(sum(amount), 0)::bigint FROM orders), (SELECT count(*) - count(DISTINCT order_id) FROM payments),
		(SELECT count(*) FROM orders WHERE amount = 0), (SELECT coalesce(min(text), '') FROM banner)`).
		Scan(&s.SignUps, &s.Orders, &s.Revenue, &s.Doubled, &s.Zeroed, &s.Banner)
	return s, err
}
