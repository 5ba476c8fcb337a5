package telegram_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"twokey/bot/telegram"
	"twokey/bot/telegram/fakebot"
	"twokey/internal/secret"
)

// Against the fake server, which judges as Telegram does: people write and
// press, we poll, judge, send, edit and answer, through an outage.
func TestAgainstTheFakeServer(t *testing.T) {
	s := fakebot.Start(fakebot.Config{})
	t.Cleanup(s.Close)
	const ops = int64(-1001000000001)
	s.AddUser(fakebot.User{ID: 11, FirstName: "Ann"})
	s.AddGroup(fakebot.Group{ID: ops, Title: "Ops", BotStatus: "administrator"}, 11)
	c := client(t, telegram.Config{Token: secret.New(s.Token()), API: s.URL()})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()

	l := telegram.NewLanes(c, nil)
	card, err := l.Send(ctx, telegram.PriorityNew, telegram.Out{ChatID: ops, HTML: "<b>pending</b> /stop", Protect: true,
		Buttons: [][]telegram.Button{{{Text: "Approve stop", Data: "v1:1:a", Style: telegram.StyleSuccess}}}})
	if err != nil {
		t.Fatal(err)
	}

	says := []struct {
		option fakebot.SayOption
		want   telegram.Reason
	}{
		{fakebot.Forwarded(), telegram.ReasonForwarded},
		{fakebot.ForwardedLegacy(), telegram.ReasonForwarded},
		{fakebot.ForwardedOrigin(), telegram.ReasonForwarded},
		{fakebot.ViaBot(), telegram.ReasonViaBot},
		{fakebot.AnonymousAdmin(), telegram.ReasonAnonymous},
		{fakebot.AsChannel(), telegram.ReasonSenderChat},
		{fakebot.AutomaticForward(), telegram.ReasonAutomaticForward},
		{fakebot.FromBot(), telegram.ReasonBot},
		{fakebot.Scheduled(), telegram.ReasonOffline},
		{fakebot.Ephemeral(), telegram.ReasonEphemeral},
	}
	for _, say := range says {
		s.Say(11, ops, "/stop", say.option)
	}
	s.Say(11, ops, "/stop")
	press := s.Press(11, ops, card.MessageID, "v1:1:a")

	var mu sync.Mutex
	var reasons []telegram.Reason
	var links []telegram.Link
	p := &telegram.Poller{
		Client: c,
		Handle: func(ctx context.Context, r telegram.Raw) error {
			u, err := telegram.DecodeUpdate(r.JSON)
			if err != nil {
				return err
			}
			if u.Message != nil {
				mu.Lock()
				reasons = append(reasons, telegram.Suspicious(*u.Message))
				mu.Unlock()
			}
			if u.Callback != nil {
				return c.Answer(ctx, u.Callback.ID, "Stop the service? Tap again.", true)
			}
			return nil
		},
		OnState:  func(s telegram.State) { mu.Lock(); links = append(links, s.Link); mu.Unlock() },
		OnPoison: func(r telegram.Raw, err error) { t.Errorf("update %d: %v", r.ID, err) },
	}
	done := make(chan error, 1)
	running, stop := context.WithCancel(ctx)
	go func() { done <- p.Run(running) }()

	if a, err := s.WaitAnswer(ctx, press); err != nil || !a.ShowAlert {
		t.Fatalf("answer %+v, %v", a, err)
	}
	for range 2 { // the second time it already is so
		if err := l.Edit(ctx, telegram.PriorityFinal, card.MessageID, telegram.Out{ChatID: ops, HTML: "<b>approved</b>"}); err != nil {
			t.Error(err)
		}
	}
	if m, _ := s.Message(ops, card.MessageID); m.Text != "approved" || len(m.Buttons) != 0 || !m.Protected {
		t.Errorf("the card is %+v", m)
	}

	s.Down()
	s.Say(11, ops, "/status")
	if err := s.Up(); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(ctx, func() bool { return s.Pending() == 0 && s.Polling() }); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	var want []telegram.Reason
	for _, say := range says {
		want = append(want, say.want)
	}
	equal(t, "reasons", reasons, append(want, telegram.ReasonNone, telegram.ReasonNone)) // and /stop, /status themselves
	if links[0] != telegram.LinkUp || links[len(links)-1] != telegram.LinkUp {
		t.Errorf("links = %v", links)
	}
	if c.Age(time.Now()) > 5*time.Second {
		t.Errorf("a message of now is %v old", c.Age(time.Now()))
	}
}
