package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"twokey/bot/telegram/fakebot"
)

// accounts are the people's accounts. cid has two; eve is a stranger.
var accounts = map[string]int64{"ann": 11, "bob": 12, "cid": 13, "cid2": 14, "eve": 66}

// manners are the ways to say something that is not plainly typed.
var manners = map[string][]fakebot.SayOption{
	"forwarded":   {fakebot.Forwarded()},
	"edited":      {fakebot.Edited()},
	"anonymously": {fakebot.AnonymousAdmin()},
	"via-bot":     {fakebot.ViaBot()},
	"as-channel":  {fakebot.AsChannel()},
	"as-bot":      {fakebot.FromBot()},
	"scheduled":   {fakebot.Scheduled()},
}

// says has somebody write into the admin chat. Before the command may stand how it is said: privately, hours-ago, or one of manners.
func (s *stage) says(who string, words []string) {
	chat, account := s.admin, accounts[who]
	var opts []fakebot.SayOption
	for len(words) > 0 && !strings.HasPrefix(words[0], "/") {
		switch how, odd := manners[words[0]]; {
		case words[0] == "privately":
			chat = account
		case strings.HasPrefix(words[0], "in-topic-"):
			topic, _ := strconv.Atoi(strings.TrimPrefix(words[0], "in-topic-"))
			opts = append(opts, fakebot.Topic(topic))
		case words[0] == "hours-ago":
			opts = append(opts, fakebot.SentAt(time.Now().Add(-2*time.Hour)))
		case odd:
			opts = append(opts, how...)
		default:
			panic("nobody can say something " + words[0])
		}
		words = words[1:]
	}
	s.tg.Say(account, chat, strings.Join(words, " "), opts...)
}

// replies has somebody reply to the newest message of the admin chat that has a text.
func (s *stage) replies(who, to, words string) error {
	var id int
	err := s.wait(fmt.Sprintf("nobody sees %q", to), func() bool {
		for _, m := range s.tg.Messages(s.admin) {
			if !m.Deleted && strings.Contains(m.Text, to) {
				id = m.ID
			}
		}
		return id != 0
	})
	if err == nil {
		s.tg.Say(accounts[who], s.admin, words, fakebot.ReplyTo(id))
	}
	return err
}

// tap is a button that was pressed.
type tap struct {
	chat    int64
	message int
	data    string
}

// button finds the newest message of a chat that has a button with that label, and waits for it.
func (s *stage) button(chat int64, label string) (found tap, err error) {
	err = s.wait(fmt.Sprintf("nobody sees a button %q in chat %d", label, chat), func() bool {
		found = s.find(chat, label)
		return found.message != 0
	})
	return found, err
}

// find is the button as it is there now; the zero tap when there is none.
func (s *stage) find(chat int64, label string) (found tap) {
	for _, m := range s.tg.Messages(chat) {
		for _, row := range m.Buttons {
			for _, b := range row {
				if !m.Deleted && strings.Contains(b.Text, label) {
					found = tap{chat, m.ID, b.Data}
				}
			}
		}
	}
	return found
}

// presses has somebody press a button.
func (s *stage) presses(who string, t tap) {
	s.last = t
	s.taps[who] = append(s.taps[who], s.tg.Press(accounts[who], t.chat, t.message, t.data))
}

// told waits for the answer to somebody's newest press.
func (s *stage) told(who, text string) error {
	taps := s.taps[who]
	if len(taps) == 0 {
		return errors.New(who + " has pressed nothing")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	a, err := s.tg.WaitAnswer(ctx, taps[len(taps)-1])
	switch {
	case err != nil:
		return fmt.Errorf("the press was not answered: %w", err)
	case !strings.Contains(a.Text, text) || text == "" && a.Text != "":
		return fmt.Errorf("%s was told %q, not %q", who, a.Text, text)
	}
	return nil
}

// tells waits until one message of a chat contains all the texts now.
func (s *stage) tells(chat int64, texts ...string) error {
	return s.wait(fmt.Sprintf("the bot does not tell %q in chat %d", texts, chat), func() bool { return s.shows(chat, texts...) })
}

func (s *stage) shows(chat int64, texts ...string) bool {
	for _, m := range s.tg.Messages(chat) {
		if !m.Deleted && containsAll(m.Text, texts) {
			return true
		}
	}
	return false
}

func containsAll(s string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(s, p) {
			return false
		}
	}
	return true
}

// went waits until one message was edited in place through all the texts, in this order, and shows the last now.
func (s *stage) went(texts ...string) error {
	return s.wait(fmt.Sprintf("no card went through %q", texts), func() bool {
		for _, m := range s.tg.Messages(s.admin) {
			if through(append(m.History, m.Text), texts) && strings.Contains(m.Text, texts[len(texts)-1]) {
				return true
			}
		}
		return false
	})
}

func through(shown, texts []string) bool {
	i := 0
	for _, text := range shown {
		for i < len(texts) && strings.Contains(text, texts[i]) {
			i++
		}
	}
	return i == len(texts)
}

// heard waits until the bot is through with all that was said: handled, and confirmed to Telegram.
func (s *stage) heard() error {
	return s.wait("the bot has not heard everybody", func() bool { return s.tg.Pending() == 0 })
}
