package broadcast

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"twokey/actions/step"
	"twokey/bot/broadcast/audience"
	"twokey/bot/broadcast/delivery"
	"twokey/bot/telegram"
	"twokey/bot/telegram/fakebot"
	"twokey/internal/journal"
	"twokey/internal/secret"
)

// post is a runner over a real ledger, a real sender and a Telegram with three users.
type post struct {
	*desk
	dir    string
	tg     *fakebot.Server
	client *telegram.Client
	shelf  *audience.Shelf
	list   step.UserList
}

func openPost(t *testing.T) *post {
	p := &post{desk: openDesk(t), dir: t.TempDir(), tg: fakebot.Start(fakebot.Config{})}
	t.Cleanup(p.tg.Close)
	for id := range int64(3) {
		p.tg.AddUser(fakebot.User{ID: id + 1, Started: true})
	}
	var err error
	if p.client, err = telegram.New(telegram.Config{Token: secret.New(p.tg.Token()), API: p.tg.URL()}); err != nil {
		t.Fatal(err)
	}
	if p.shelf, err = audience.Open(filepath.Join(p.dir, "audience")); err != nil {
		t.Fatal(err)
	}
	p.list = p.copy(t)
	return p
}

// copy makes a copy of the audience, as the shelf does.
func (p *post) copy(t *testing.T) step.UserList {
	const id = "20261124T110000.000000Z-0a1b2c3d"
	db, err := sql.Open("sqlite", filepath.Join(p.dir, "audience", id+".db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	facts := `{"id":"` + id + `","at":"2026-11-24T11:00:00Z","users":3,"languages":{"en":3}}`
	for _, sql := range []string{"PRAGMA application_id = 0x74776b61", "PRAGMA user_version = 1", "CREATE TABLE person (id INTEGER PRIMARY KEY, lang TEXT NOT NULL) STRICT",
		"INSERT INTO person VALUES (1, 'en'), (2, 'en'), (3, 'en')", "CREATE TABLE copy (facts TEXT NOT NULL) STRICT", "INSERT INTO copy VALUES ('" + facts + "')"} {
		if _, err := db.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(p.dir, "audience", id+".db"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, ok := p.shelf.Get(id)
	if !ok {
		t.Fatal("the shelf does not have it")
	}
	return *listed(c)
}

type postman struct {
	delivery.Sender
	client *telegram.Client
}

func (p *postman) Ready(ctx context.Context, _ int64) error {
	_, err := p.client.Me(ctx)
	return err
}

// runs has a runner work until something is so, and stops it.
func (p *post) runs(t *testing.T, until func() bool) {
	t.Helper()
	ledger, err := delivery.Open(filepath.Join(p.dir, "notices.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	r := &Runner{Log: p.log, State: p.state, Lists: Lists{Shelf: p.shelf}, Ledger: ledger, Board: NewBoard(), Again: time.Millisecond,
		Sender: &postman{Sender: delivery.Sender{Ledger: ledger, Client: p.client, Rate: func() float64 { return 0 }}, client: p.client},
		World:  func() World { return p.world }, Means: func() Means { return p.means }, Report: func(err error) { t.Log(err) }}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	for ctx.Err() == nil {
		is := false
		head := p.log.View(func(journal.Now) { is = until() })
		if is {
			break
		}
		_ = p.log.Wait(ctx, head)
	}
	if ctx.Err() != nil {
		t.Error("it did not come to that")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func (p *post) sends(t *testing.T, change func(*step.Telling)) uint64 {
	t.Helper()
	told := step.Telling{Do: step.NoticeTell, Template: "maintenance.starting", Texts: map[string]string{"en": "Down."}, Default: "en", List: &p.list, Bot: p.tg.BotID()}
	change(&told)
	return p.decided(7, told)
}

func (p *post) is(id uint64, status Status) func() bool {
	return func() bool { b, _ := p.state.Get(id); return b.Status == status && (!status.Over() || b.Counted) }
}

func TestWhatIsDecidedIsDelivered(t *testing.T) {
	p := openPost(t)
	id := p.sends(t, func(*step.Telling) {})
	p.runs(t, p.is(id, Done))
	b, _ := p.state.Get(id)
	if b.Counts.Sent != 3 || b.Total != 3 || len(p.tg.CallsOf("sendMessage")) != 3 {
		t.Errorf("%+v, %d messages", b, len(p.tg.CallsOf("sendMessage")))
	}
	// A restart sends nothing again.
	p.restart()
	next := p.sends(t, func(told *step.Telling) { told.Do, told.Of, told.List, told.Texts = step.NoticeRecall, id, nil, nil })
	p.runs(t, p.is(next, Done))
	if len(p.tg.CallsOf("sendMessage")) != 3 || len(p.tg.CallsOf("deleteMessage")) != 3 {
		t.Errorf("%d sent, %d deleted", len(p.tg.CallsOf("sendMessage")), len(p.tg.CallsOf("deleteMessage")))
	}
}

// TestALostLedgerSendsNothingAgain: the journal knows that a notice was on its way, and the ledger does not who has it.
func TestALostLedgerSendsNothingAgain(t *testing.T) {
	p := openPost(t)
	id := p.sends(t, func(*step.Telling) {})
	p.tg.Down()
	p.runs(t, func() bool { b, _ := p.state.Get(id); return b.Total == 3 })
	if err := p.tg.Up(); err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(filepath.Join(p.dir, "notices.db"+end)); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	p.restart()
	p.runs(t, p.is(id, Failed))
	if b, _ := p.state.Get(id); !strings.Contains(b.Why, "lost") || len(p.tg.CallsOf("sendMessage")) != 0 {
		t.Errorf("%s; %d messages", b.Why, len(p.tg.CallsOf("sendMessage")))
	}
}

// TestOneThatCannotBeDeliveredKeepsNoOtherBack: what fails in a way that nobody foresaw is paused, and says why.
func TestOneThatCannotBeDeliveredKeepsNoOtherBack(t *testing.T) {
	p := openPost(t)
	bad := p.sends(t, func(told *step.Telling) { told.Default = "xx" })
	good := p.sends(t, func(*step.Telling) {})
	p.runs(t, p.is(good, Done))
	if b, _ := p.state.Get(bad); b.Status != PausedNow || !strings.Contains(b.Paused.Why, "default language") || b.Paused.Waits {
		t.Errorf("%+v", b)
	}
}

// TestACopyThatIsGoneIsSaid: nothing is sent to a list that nobody agreed to.
func TestACopyThatIsGoneIsSaid(t *testing.T) {
	p := openPost(t)
	id := p.sends(t, func(told *step.Telling) { told.List = &step.UserList{ID: "20261124T110000.000000Z-ffffffff"} })
	p.runs(t, p.is(id, Failed))
	if b, _ := p.state.Get(id); !strings.Contains(b.Why, "not there any more") || len(p.tg.Calls()) != 0 {
		t.Errorf("%s", b.Why)
	}
}
