package fakebot

import (
	"fmt"
	"slices"
	"strings"
)

type user struct {
	User
	blocked     bool // they blocked the bot
	deactivated bool
}

type chat struct {
	id        int64
	title     string
	forum     bool
	botStatus string
	lacks     []string
	members   map[int64]string // status by user
	topics    map[int]bool     // by thread id; false is deleted
	messages  []*Message
	lastID    int
	migrated  int64
	botSpoke  bool
	typing    typing
}

func (c *chat) private() bool    { return c.id > 0 }
func (c *chat) supergroup() bool { return c.id < -1_000_000_000_000 }

func (c *chat) kind() string {
	switch {
	case c.private():
		return "private"
	case c.supergroup():
		return "supergroup"
	}
	return "group"
}

func (s *Server) mustUser(id int64) *user {
	u, ok := s.users[id]
	if !ok {
		panic(fmt.Sprintf("fakebot: user %d is unknown: AddUser first", id))
	}
	return u
}

func (s *Server) mustChat(id int64) *chat {
	c, ok := s.chats[id]
	if !ok {
		panic(fmt.Sprintf("fakebot: chat %d is unknown: AddUser or AddGroup first", id))
	}
	return c
}

func (s *Server) newID(c *chat) int {
	if c.supergroup() {
		c.lastID++
		return c.lastID
	}
	s.lastID++
	return s.lastID
}

func (c *chat) status(userID int64) string {
	if status, ok := c.members[userID]; ok {
		return status
	}
	return "left"
}

// may tells whether the bot has an administrator's right in a group. In private chats it has what it needs.
func (c *chat) may(right string) bool {
	return c.private() || c.botStatus == "administrator" && !slices.Contains(c.lacks, right)
}

// reads tells whether the bot sees a group message: everything as administrator or with privacy mode off, otherwise
// what is meant for it. https://core.telegram.org/bots/features#privacy-mode
func (s *Server) reads(c *chat, text string, toBot bool) bool {
	if c.private() || c.botStatus == "administrator" || s.cfg.PrivacyOff {
		return true
	}
	if c.botStatus == "left" || c.botStatus == "kicked" {
		return false
	}
	command, _, _ := strings.Cut(text, " ")
	if toBot || !strings.HasPrefix(command, "/") {
		return toBot
	}
	_, name, addressed := strings.Cut(command, "@")
	return addressed && strings.EqualFold(name, s.cfg.BotUsername) || !addressed && c.botSpoke
}
