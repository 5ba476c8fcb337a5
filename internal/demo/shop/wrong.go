package shop

import (
	"context"
	"errors"
)

// errNoDatabase is of what can only be done to a shop that has one.
var errNoDatabase = errors.New("shop: this needs a database, and the shop keeps its sales in a file")

// ledger gives the shop's database.
func (d Dir) ledger() (*ledger, error) {
	t, err := d.till()
	l, is := t.(*ledger)
	if err == nil && !is {
		err = errNoDatabase
	}
	return l, err
}

// alter runs statements in the shop's database.
func (d Dir) alter(ctx context.Context, statements string) error {
	l, err := d.ledger()
	if err != nil {
		return err
	}
	defer l.close()
	return l.run(ctx, statements)
}

// corrupt is what an import with a mistake did: every second order is of 0, and three users are gone with all that was theirs.
// Every constraint holds, so nothing complains.
const corrupt = `
DELETE FROM payments WHERE order_id IN (SELECT id FROM orders WHERE user_id IN (2, 3, 4));
DELETE FROM orders WHERE user_id IN (2, 3, 4);
DELETE FROM users WHERE id IN (2, 3, 4);
UPDATE orders SET amount = 0 WHERE id % 2 = 0;`

// mended pays back what was taken twice, and knows from the payments what an order was of. Who is gone stays gone.
const mended = `
DELETE FROM payments p USING payments q WHERE p.order_id = q.order_id AND p.id > q.id;
UPDATE orders o SET amount = p.amount FROM payments p WHERE p.order_id = o.id AND o.amount = 0;` + withoutDiscounts

func (l *ledger) mend(ctx context.Context) error { return l.run(ctx, mended) }

// withDiscounts is a migration that was a mistake: the code that is there does not fill its column, so every order fails.
const withDiscounts = `
ALTER TABLE orders ADD COLUMN IF NOT EXISTS discount numeric(12,2) NOT NULL DEFAULT 0;
ALTER TABLE orders ALTER COLUMN discount DROP DEFAULT;
INSERT INTO migrations (timestamp, name) SELECT 1764057600000, 'AddDiscounts1764057600000'
	WHERE NOT EXISTS (SELECT FROM migrations WHERE name = 'AddDiscounts1764057600000');`

const withoutDiscounts = `
ALTER TABLE orders DROP COLUMN IF EXISTS discount;
DELETE FROM migrations WHERE name = 'AddDiscounts1764057600000';`

// Migrations lists the database's changes of shape, oldest first, as npm run migration:show does elsewhere.
func (d Dir) Migrations(ctx context.Context) ([]string, error) {
	l, err := d.ledger()
	if err != nil {
		return nil, err
	}
	defer l.close()
	if err := l.open(ctx); err != nil {
		return nil, err
	}
	var names []string
	err = l.conn.QueryRow(ctx, "SELECT array_agg(name ORDER BY id) FROM migrations").Scan(&names)
	return names, err
}

// Revert takes back the last one, as npm run migration:revert does elsewhere. Only one knows the way back.
func (d Dir) Revert(ctx context.Context) error {
	names, err := d.Migrations(ctx)
	if err != nil {
		return err
	}
	if len(names) == 0 || names[len(names)-1] != "AddDiscounts1764057600000" {
		return errors.New("shop: the last migration has no way back")
	}
	return d.alter(ctx, withoutDiscounts)
}
