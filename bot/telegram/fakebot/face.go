package fakebot

import (
	"fmt"
	"slices"
	"strconv"
)

// Changed is closed at the next change in the server, for those who wait for several servers at once.
func (s *Server) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// BotName is the bot's username, without @.
func (s *Server) BotName() string { return s.cfg.BotUsername }

// BotID is the bot's account.
func (s *Server) BotID() int64 { return s.cfg.BotID }

// Name is what phones call an account: a person's first name, the bot's username, or a number nobody knows.
func (s *Server) Name(userID int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.users[userID]; u != nil {
		return u.FirstName
	}
	if userID == s.cfg.BotID {
		return s.cfg.BotUsername
	}
	return strconv.FormatInt(userID, 10)
}

// Profile is what stands above a chat.
type Profile struct {
	Title   string // "" in private
	Kind    string // private, group or supergroup
	Members int    // the bot too
}

// Profile describes a chat; false if there is none.
func (s *Server) Profile(chatID int64) (Profile, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[chatID]
	if c == nil {
		return Profile{}, false
	}
	p := Profile{Title: c.title, Kind: c.kind(), Members: 1}
	for _, status := range c.members {
		if status != "left" && status != "kicked" {
			p.Members++
		}
	}
	return p, true
}

// Menu is what a person finds behind the slash in a chat: the narrowest scope that has a list.
// Source: https://core.telegram.org/bots/api#determining-list-of-commands
func (s *Server) Menu(userID, chatID int64) []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, u := s.chats[chatID], s.users[userID]
	if c == nil || u == nil {
		return nil
	}
	for _, scope := range c.scopesFor(userID) {
		for _, key := range []string{scope + "/" + u.Language, scope} {
			if list := s.commands[key]; len(list) > 0 {
				return slices.Clone(list)
			}
		}
	}
	return nil
}

func (c *chat) scopesFor(userID int64) []string {
	if c.private() {
		return []string{fmt.Sprintf("chat:%d", c.id), "all_private_chats", "default"}
	}
	admin := slices.Contains([]string{"creator", "administrator"}, c.status(userID))
	scopes := []string{fmt.Sprintf("chat_member:%d:%d", c.id, userID)}
	if admin {
		scopes = append(scopes, fmt.Sprintf("chat_administrators:%d", c.id))
	}
	scopes = append(scopes, fmt.Sprintf("chat:%d", c.id))
	if admin {
		scopes = append(scopes, "all_chat_administrators")
	}
	return append(scopes, "all_group_chats", "default")
}
