package shop

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// till is where sales are kept.
type till interface {
	create(ctx context.Context) error
	sell(ctx context.Context, s sale) (sold, error)
	sales(ctx context.Context) (Sales, error)
	mend(ctx context.Context) error
	close()
}

// sale is what happens at one moment: somebody signs up, or somebody buys.
type sale struct {
	signUp bool
	user   int64 // 0: the first; else any of those there are, whom it tells apart
	amount int64
	twice  bool // the payment is taken twice
}

// sold is an order: its number, and whose it is.
type sold struct{ order, user int64 }

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

func (w drawer) sell(_ context.Context, s sale) (o sold, err error) {
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
		o = sold{order: all.Orders, user: 1 + s.user%max(1, all.SignUps)}
	})
	return o, err
}

func (w drawer) mend(context.Context) error { return w.change(func(s *Sales) { s.Doubled = 0 }) }

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
