package fakebot

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"unicode/utf8"
)

const (
	maxCommands    = 100 // core.telegram.org/bots/api#setmycommands
	maxDescription = 256 // characters, #botcommand
)

var commandName = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// Command is an entry of the bot's menu.
type Command struct {
	Command     string `json:"command"`
	Description string `json:"description"`
	Ephemeral   bool   `json:"is_ephemeral,omitempty"`
}

// Commands is the menu of a scope: "default", "all_private_chats", "all_group_chats", "all_chat_administrators",
// "chat:<id>", "chat_administrators:<id>" or "chat_member:<id>:<user>", with "/<language>" added if there is one.
func (s *Server) Commands(scope string) []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands[scope])
}

func (s *Server) setMyCommands(req request) (any, *apiError) {
	key, err := s.scope(req)
	if err != nil {
		return nil, err
	}
	var list []Command
	if json.Unmarshal([]byte(req.text("commands")), &list) != nil {
		return nil, bad("can't parse commands JSON object")
	}
	if len(list) > maxCommands {
		return nil, bad("too many commands specified") // wording is a guess, as two of the three below
	}
	for _, c := range list {
		switch n := utf8.RuneCountInString(c.Description); {
		case len(c.Command) > 32:
			return nil, bad("command length must not exceed 32")
		case !commandName.MatchString(c.Command):
			return nil, bad("BOT_COMMAND_INVALID")
		case n == 0 || n > maxDescription:
			return nil, bad("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	s.commands[key] = list
	return true, nil
}

func (s *Server) getMyCommands(req request) (any, *apiError) {
	key, err := s.scope(req)
	if err != nil {
		return nil, err
	}
	return append([]Command{}, s.commands[key]...), nil
}

func (s *Server) deleteMyCommands(req request) (any, *apiError) {
	key, err := s.scope(req)
	if err != nil {
		return nil, err
	}
	delete(s.commands, key)
	return true, nil
}

// scope is the key of a menu; see Commands.
func (s *Server) scope(req request) (string, *apiError) {
	p := struct {
		Type   string
		ChatID json.Number `json:"chat_id"` // a number, or a string with one
		UserID int64       `json:"user_id"`
	}{Type: "default"}
	if raw := req.text("scope"); raw != "" && json.Unmarshal([]byte(raw), &p) != nil {
		return "", bad("can't parse BotCommandScope JSON object")
	}
	key := p.Type
	switch p.Type {
	case "default", "all_private_chats", "all_group_chats", "all_chat_administrators":
	case "chat", "chat_administrators", "chat_member":
		if _, err := s.target(request{params: map[string]string{"chat_id": p.ChatID.String()}}); err != nil {
			return "", err
		}
		key += ":" + p.ChatID.String()
		if p.Type == "chat_member" {
			key += fmt.Sprintf(":%d", p.UserID)
		}
	default:
		return "", bad("unsupported type specified")
	}
	if lang := req.text("language_code"); lang != "" {
		key += "/" + lang
	}
	return key, nil
}
