package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"twokey/bot/telegram/fakebot"
	"twokey/internal/demo/shop"
	"twokey/internal/demo/web"
	"twokey/internal/postgres"
	"twokey/internal/proc"
)

// The people of the demo, by their accounts. cid may approve and is asleep: nobody holds that phone.
const (
	adminChat int64 = -1001234567890
	ann       int64 = 11
	bob       int64 = 12
	cid       int64 = 13
	uma       int64 = 77  // a user of the service
	strangers       = 100 // so many more know its bot; nobody has their phones
)

const (
	// orderEvery is how often the shop sells something.
	orderEvery = time.Second
	// lookEvery is how often the shop is looked at.
	lookEvery = 500 * time.Millisecond
	// programWithin is how long starting and stopping the shop may take.
	programWithin = 30 * time.Second
)

// round is one life of the stage: everything in it is made by begin and ended by end.
type round struct {
	dir     string
	cfg     Config
	say     func(line string)
	changed func()

	admin, service *fakebot.Server
	cluster        *postgres.Cluster // nil: no database
	off            []string
	group          sync.WaitGroup // of what runs until the round's context is done
	bot            life
	night          time.Time // of the shop's backups

	mu   sync.Mutex
	seen web.Shop
	ways map[string]bool // how the shop behaves
}

// begin makes everything, in this order: what comes later needs what came before. What runs ends with ctx; should it end
// before, fail is told why.
func (r *round) begin(ctx context.Context, fail context.CancelCauseFunc) error {
	if err := r.folders(); err != nil {
		return err
	}
	r.phonesOn()
	bin, off := database(r.cfg)
	r.off = off
	if bin != "" {
		if err := r.makeDatabase(ctx, bin); err != nil {
			return err
		}
	}
	if r.cluster != nil {
		if err := r.startDatabase(ctx, fail); err != nil {
			return err
		}
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	if err := errors.Join(r.writeSecrets(), r.writeConfig(port), r.createShop(ctx, port)); err != nil {
		return err
	}
	if err := r.program(ctx, "start"); err != nil {
		return err
	}
	r.group.Go(func() {
		if err := r.keepBot(ctx); err != nil {
			fail(err)
		}
	})
	return r.atWork(ctx)
}

// folders makes the round's. Nobody else may look into it; the user whom PostgreSQL runs as may pass.
func (r *round) folders() error {
	if err := os.Mkdir(r.dir, 0o700); err != nil {
		return err
	}
	if postgres.Foreign() {
		if err := errors.Join(os.Chmod(r.dir, 0o711), os.Chmod(filepath.Dir(r.dir), 0o711)); err != nil {
			return err
		}
	}
	var errs []error
	for _, dir := range []string{"secrets", "state", "backups", "backups/daily", "backups/safety"} {
		errs = append(errs, os.Mkdir(r.path(dir), 0o700))
	}
	return errors.Join(errs...)
}

func (r *round) path(parts ...string) string {
	return filepath.Join(append([]string{r.dir}, parts...)...)
}

func (r *round) shop() shop.Dir { return shop.Dir(r.path("shop")) }

// phonesOn starts Telegram, once for each bot, with everybody in it.
func (r *round) phonesOn() {
	r.admin = fakebot.Start(fakebot.Config{BotUsername: "ops_bot"})
	for id, name := range map[int64]string{ann: "ann", bob: "bob", cid: "cid"} {
		r.admin.AddUser(fakebot.User{ID: id, FirstName: name, Username: name, Started: id != cid})
	}
	r.admin.AddGroup(fakebot.Group{ID: adminChat, Title: "Operations", BotStatus: "administrator"}, ann, bob, cid)
	r.service = fakebot.Start(fakebot.Config{BotUsername: "shop_bot", BotID: 515151})
	r.service.AddUser(fakebot.User{ID: uma, FirstName: "Uma", Username: "uma", Started: true})
	for n := range int64(strangers) { // the shop gives them such ids when they sign up
		r.service.AddUser(fakebot.User{ID: 1000 + n, FirstName: "Somebody", Started: true})
	}
}

func (r *round) phones() []web.Phone {
	return []web.Phone{
		{ID: "ann", Name: "ann", Account: ann, Server: r.admin, Chats: []int64{adminChat, ann}},
		{ID: "bob", Name: "bob", Account: bob, Server: r.admin, Chats: []int64{adminChat, bob}},
		{ID: "uma", Name: "Uma", Account: uma, Server: r.service, Chats: []int64{uma}, User: true},
	}
}

// makeDatabase makes the files of one. A machine on which that cannot be done (its user may not reach our folder, say) is one
// without PostgreSQL.
func (r *round) makeDatabase(ctx context.Context, bin string) error {
	r.say("A database is made …")
	cluster, err := postgres.New(ctx, bin, r.path("postgres"))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		r.off = leftOut(fmt.Sprintf("PostgreSQL does not start here (%v)", err))
		return nil
	}
	r.cluster = cluster
	return nil
}

func (r *round) startDatabase(ctx context.Context, fail context.CancelCauseFunc) (err error) {
	if r.cluster.Port, err = freePort(); err != nil {
		return err
	}
	r.group.Go(func() {
		if err := r.cluster.Run(ctx); err != nil {
			fail(err)
		}
	})
	if err := r.cluster.Answers(ctx); err != nil {
		return err
	}
	return r.cluster.Service(ctx, "shop")
}

// freePort is one that nobody listens on now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	a, _ := l.Addr().(*net.TCPAddr)
	return a.Port, l.Close()
}

func (r *round) createShop(ctx context.Context, port int) error {
	me, there := proc.Find(os.Getpid())
	if !there {
		return errors.New("our own process is not in /proc")
	}
	r.night = shop.Night(time.Now())
	s := shop.Settings{Port: port, Owner: me, Every: orderEvery, BotAPI: r.service.URL(), BotToken: r.path("secrets", "shop-bot.token"), User: uma}
	if r.cluster != nil {
		s.Database, s.Backups, s.Tools, s.Night = r.path("secrets", "app.url"), r.path("backups", "daily"), r.cluster.Bin(), r.night
	}
	return shop.Create(ctx, r.shop(), s)
}

// program runs one of the shop's programs, as the bot does.
func (r *round) program(ctx context.Context, what string) error {
	out := proc.NewBounded(2<<10, 2<<10)
	res, err := proc.Run(ctx, proc.Cmd{Path: r.cfg.Program, Args: []string{"demo-shop", what, string(r.shop())}, Timeout: programWithin,
		Env: []string{"PATH=/usr/bin:/bin"}, Output: out, Leaves: what == "start"})
	if err == nil && !res.OK() {
		err = fmt.Errorf("demo-shop %s: ended with %d (%s): %s", what, res.Exit, res.Why, out.Tail(3))
	}
	return err
}

// end ends what is left and empties the folder. The round's context is done. It goes on whatever fails on the way.
func (r *round) end() error {
	ctx, cancel := context.WithTimeout(context.Background(), endWithin)
	defer cancel()
	r.group.Wait()
	var errs []error
	errs = append(errs, r.shop().Unset(shop.Slow))
	if _, up := r.shop().Running(); up {
		errs = append(errs, r.shop().Stop(ctx))
	}
	for _, tg := range []*fakebot.Server{r.admin, r.service} {
		if tg != nil {
			tg.Close()
		}
	}
	errs = append(errs, nothingLeft(ctx, r.dir))
	return errors.Join(append(errs, os.RemoveAll(r.dir))...)
}
