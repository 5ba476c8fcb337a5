package shop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// tellWithin is how long its bot may take to tell a user of an order.
const tellWithin = 2 * time.Second

// cashier sells.
type cashier struct {
	dir      Dir
	settings Settings
	log      io.Writer
	till     till
}

func (c *cashier) run(ctx context.Context) {
	again := time.NewTicker(c.settings.Every)
	defer again.Stop()
	for n := uint64(0); ; n++ {
		select {
		case <-again.C:
		case <-ctx.Done():
			if c.till != nil {
				c.till.close()
			}
			return
		}
		if err := c.sell(ctx, n); err != nil && ctx.Err() == nil {
			c.note("error: %v", err)
		}
	}
}

// sell does what happens at a moment. It looks random, and is the same in every life.
func (c *cashier) sell(ctx context.Context, n uint64) error {
	if c.dir.is(Hanging) {
		c.note("warning: no order since %d s: the queue does not answer", n)
		return nil
	}
	if c.till == nil {
		var err error
		if c.till, err = c.dir.till(); err != nil {
			return err
		}
	}
	if c.doubts(ctx, n) {
		c.note("warning: no order: an amount of 0 EUR was refused")
		return nil
	}
	s := next(n)
	s.twice = c.dir.is(Broken)
	is, err := c.till.sell(ctx, s)
	if err := c.known(s, err); err != nil {
		return err
	}
	c.record(s, is)
	return c.tell(ctx, is, s)
}

// seldom is how many moments go by from one order to the next while people see that the amounts are wrong.
const seldom = 10

// doubts says that nobody buys now, because amounts are wrong. A few do all the same.
func (c *cashier) doubts(ctx context.Context, n uint64) bool {
	if n%seldom == 0 {
		return false
	}
	is, err := c.till.sales(ctx)
	return err == nil && is.Zeroed > 0
}

// known keeps whether orders fail, for the health page. An error that is given on holds no address.
func (c *cashier) known(s sale, err error) error {
	if err == nil {
		if s.signUp || !c.dir.is(Failing) {
			return nil
		}
		return c.dir.Unset(Failing)
	}
	c.till.close()
	why := errors.New("the till does not answer")
	var said *pgconn.PgError
	if errors.As(err, &said) {
		why = errors.New("the order failed: " + said.Message)
	}
	return errors.Join(why, c.dir.set(Failing))
}

func (c *cashier) record(s sale, is sold) {
	if s.signUp {
		c.note("a user signed up")
		return
	}
	c.note("order %d of user %d paid: %d EUR", is.order, is.user, s.amount)
	if s.twice {
		c.note("order %d of user %d paid: %d EUR", is.order, is.user, s.amount)
	}
}

// next is what happens at a moment: a quarter signs up, and of those who buy half are user 1, who holds the phone of the demo.
func next(n uint64) sale {
	r := rand.New(rand.NewPCG(4, n))
	if r.IntN(4) == 0 {
		return sale{signUp: true}
	}
	return sale{user: int64(r.IntN(2) * r.IntN(1000)), amount: int64(5 + r.IntN(90))}
}

// tell tells the user of the demo about every third of their orders.
func (c *cashier) tell(ctx context.Context, is sold, s sale) error {
	if c.settings.BotAPI == "" || is.user != 1 || is.order%3 != 0 {
		return nil
	}
	token, err := os.ReadFile(c.settings.BotToken)
	if err != nil {
		return errors.New("its bot has no token")
	}
	ctx, cancel := context.WithTimeout(ctx, tellWithin)
	defer cancel()
	body, _ := json.Marshal(map[string]any{"chat_id": c.settings.User, "text": c.words(is.order, s)})
	address := c.settings.BotAPI + "/bot" + strings.TrimSpace(string(token)) + "/sendMessage"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return errors.New("its bot cannot speak")
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return errors.New("its bot could not tell the user") // the cause has the token
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

func (c *cashier) words(order int64, s sale) string {
	if s.twice {
		return fmt.Sprintf("Order #%d is paid: %d €. And again: %d €.", order, s.amount, s.amount)
	}
	return fmt.Sprintf("Order #%d is paid: %d €.", order, s.amount)
}

func (c *cashier) note(format string, args ...any) {
	fmt.Fprintf(c.log, time.Now().UTC().Format(time.RFC3339)+" "+format+"\n", args...)
}
