package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"twokey/bot/telegram/fakebot"
)

// homeTopic is the topic of the stories that play in one.
const homeTopic = 7

// toPeople is what the bot tells somebody in private, and whether that made a sound.
func toPeople() []phrase {
	var table []phrase
	for who, chat := range accounts {
		table = append(table,
			phrase{words: "tells " + who, do: func(s *stage, rest []string) error { return s.tells(chat, rest...) },
				not: func(s *stage, rest []string) error { return s.tellsNot(chat, rest) }},
			phrase{words: "rings " + who, do: func(s *stage, rest []string) error { return s.rings(chat, rest) }})
	}
	return append(table,
		phrase{words: "rings", do: func(s *stage, rest []string) error { return s.rings(s.admin, rest) }},
		// The first message that says so in a chat is looked at: it must be there and have made no sound.
		phrase{words: "whispers", do: func(s *stage, rest []string) error { return s.whispers(s.admin, rest) }},
		phrase{words: "tells in topic", do: func(s *stage, rest []string) error { return s.tellsIn(rest[0], rest[1:]) }})
}

func (s *stage) tellsNot(chat int64, texts []string) error {
	if s.shows(chat, texts...) {
		return fmt.Errorf("it does:\n%s", s.show(chat))
	}
	return nil
}

// rings waits for a message that made a sound, whatever it was edited to since.
func (s *stage) rings(chat int64, texts []string) error {
	return s.wait(fmt.Sprintf("no sound of %q in chat %d", texts, chat), func() bool {
		return slices.ContainsFunc(s.tg.Messages(chat), func(m fakebot.Message) bool { return !m.Silent && m.FromID == botID && said(m, texts) })
	})
}

func (s *stage) whispers(chat int64, texts []string) error {
	if err := s.tells(chat, texts...); err != nil {
		return err
	}
	for _, m := range s.tg.Messages(chat) {
		if !m.Silent && m.FromID == botID && said(m, texts) {
			return fmt.Errorf("message %d made a sound", m.ID)
		}
	}
	return nil
}

// said says whether a message ever said all that.
func said(m fakebot.Message, texts []string) bool {
	return slices.ContainsFunc(append(m.History, m.Text), func(t string) bool { return containsAll(t, texts) })
}

// botID is fakebot's default.
const botID = 424242

func (s *stage) tellsIn(topic string, texts []string) error {
	id, err := strconv.Atoi(topic)
	if err != nil {
		return err
	}
	return s.wait(fmt.Sprintf("nothing says %q in topic %d", texts, id), func() bool {
		return slices.ContainsFunc(s.tg.Messages(s.admin), func(m fakebot.Message) bool {
			return !m.Deleted && m.ThreadID == id && m.FromID == botID && containsAll(m.Text, texts)
		})
	})
}

// aboutPins is what is pinned in the admin chat.
func aboutPins() []phrase {
	return []phrase{
		{words: "is pinned", do: func(s *stage, rest []string) error { return s.pinned(1, rest) }},
		{words: "is not pinned", do: func(s *stage, rest []string) error { return s.pinned(0, rest) }},
		{words: "was sent again", do: func(s *stage, rest []string) error { return s.sentAgain(rest) }},
	}
}

// pinned waits until so many messages with the texts are pinned.
func (s *stage) pinned(want int, texts []string) error {
	return s.wait(fmt.Sprintf("%q is to be pinned %d times", texts, want), func() bool {
		n := 0
		for _, m := range s.tg.Messages(s.admin) {
			if m.Pinned && !m.Deleted && said(m, texts) {
				n++
			}
		}
		return n == want
	})
}

// sentAgain waits until a card stands as a reply to an older one of the same request, which has become one line without
// buttons.
func (s *stage) sentAgain(texts []string) error {
	return s.wait(fmt.Sprintf("%q was not sent again", texts), func() bool {
		for _, m := range s.tg.Messages(s.admin) {
			old, there := s.tg.Message(s.admin, m.ReplyTo)
			if there && containsAll(m.Text, texts) && strings.Contains(old.Text, "moved below") && len(old.Buttons) == 0 && old.FromID == botID {
				return true
			}
		}
		return false
	})
}

// chats has somebody write so many messages that are no commands: chats 10, or chats 10 in-topic-8.
func (s *stage) chats(who string, rest []string) error {
	n, err := strconv.Atoi(rest[0])
	for i := range n {
		s.says(who, append(slices.Clone(rest[1:]), fmt.Sprint("/", i, " is no command")))
	}
	return errors.Join(err, s.heard())
}

// aboutMenu is what Telegram shows behind the slash.
var aboutMenu = []phrase{
	{words: "of", do: func(s *stage, rest []string) error { return s.menu(rest[0], rest[1:]) }},
	{words: "line", do: func(s *stage, rest []string) error { return s.menuLine(rest[0], rest[1], rest[2]) }},
}

// menu waits until a scope has these commands in this order; "..." stands for any that come between.
func (s *stage) menu(scope string, want []string) error {
	return s.wait(fmt.Sprintf("the menu of %s is not %q", scope, want), func() bool {
		var names []string
		for _, c := range s.tg.Commands(scope) {
			names = append(names, c.Command)
		}
		return inOrder(names, want)
	})
}

func inOrder(names, want []string) bool {
	for len(want) > 0 {
		if want[0] == "..." {
			want = want[1:]
			if len(want) == 0 {
				return true
			}
			i := slices.Index(names, want[0])
			if i < 0 {
				return false
			}
			names = names[i:]
			continue
		}
		if len(names) == 0 || names[0] != want[0] {
			return false
		}
		names, want = names[1:], want[1:]
	}
	return len(names) == 0
}

func (s *stage) menuLine(scope, name, text string) error {
	return s.wait(fmt.Sprintf("the menu of %s does not say %q of %s", scope, text, name), func() bool {
		return slices.ContainsFunc(s.tg.Commands(scope), func(c fakebot.Command) bool {
			return c.Command == name && strings.Contains(c.Description, text)
		})
	})
}
