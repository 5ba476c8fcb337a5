package telegram_test

import (
	"net/http"
	"testing"

	"twokey/bot/telegram"
	"twokey/bot/telegram/fakebot"
	"twokey/internal/secret"
)

// TestWhatWaitsIsCountedAndDropped: counting leaves it there, and dropping is for a bot that polls, too.
func TestWhatWaitsIsCountedAndDropped(t *testing.T) {
	s := fakebot.Start(fakebot.Config{})
	t.Cleanup(s.Close)
	s.AddUser(fakebot.User{ID: 11, FirstName: "Uma", Started: true})
	c := client(t, telegram.Config{Token: secret.New(s.Token()), API: s.URL()})
	for range 3 {
		s.Say(11, 11, "/buy")
	}
	for range 2 {
		if p, err := c.Pending(t.Context()); err != nil || p.Updates != 3 || p.Webhook {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	if err := c.DropPending(t.Context()); err != nil || s.Pending() != 0 {
		t.Errorf("%d are left, %v", s.Pending(), err)
	}
}

func TestABotWithAWebhookIsOne(t *testing.T) {
	s := fakebot.Start(fakebot.Config{})
	t.Cleanup(s.Close)
	c := client(t, telegram.Config{Token: secret.New(s.Token()), API: s.URL()})
	resp, err := http.Get(s.URL() + "/bot" + s.Token() + "/setWebhook?url=https://shop.example/hook")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if p, err := c.Pending(t.Context()); err != nil || !p.Webhook {
		t.Errorf("%+v, %v", p, err)
	}
}
