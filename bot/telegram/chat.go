package telegram

import (
	"context"
	"encoding/json"
	"time"
)

// Me is the bot itself.
type Me struct {
	ID       int64  `json:"id"`
	Username string `json:"username"` // without @
	Name     string `json:"first_name"`
	// ReadsAll: privacy mode is off; the bot gets every message of its groups. With
	// it on, it gets those only where it is an administrator.
	ReadsAll bool `json:"can_read_all_group_messages"`
}

// Me asks Telegram who the bot is.
func (c *Client) Me(ctx context.Context) (Me, error) {
	var m Me
	err := c.call(ctx, sendTimeout, "getMe", params{}, &m)
	return m, err
}

// maxPoll is as long as the Bot API server waits (LONG_POLL_MAX_TIMEOUT).
const maxPoll = 50 * time.Second

// allowed are the updates we ask for: always all of them, since the setting
// stays with the token. Edited messages are not among them, so that editing
// does nothing. chat_member comes only where the bot is an administrator.
const allowed = `["message","callback_query","my_chat_member","chat_member"]`

// Updates returns the updates from offset on, in order, waiting up to timeout,
// at most 50 s, for the first. It confirms, that is, makes Telegram forget, all
// before offset; 0 is the first unconfirmed. An update that is not what it
// should be is among the others, perhaps with ID 0.
func (c *Client) Updates(ctx context.Context, offset int64, timeout time.Duration) ([]Raw, error) {
	timeout = min(max(timeout, 0), maxPoll)
	// Below zero, Telegram would forget all but the last ones.
	p := params{"allowed_updates": allowed, "limit": "100"}.number("offset", max(offset, 0)).number("timeout", seconds(timeout))
	var list []json.RawMessage
	if err := c.call(ctx, timeout+pollSlack, "getUpdates", p, &list); err != nil {
		return nil, err
	}
	raws := make([]Raw, len(list))
	for i, j := range list {
		raws[i] = Raw{ID: updateID(j), JSON: j}
	}
	return raws, nil
}

func updateID(j json.RawMessage) int64 {
	var u struct {
		ID int64 `json:"update_id"`
	}
	if json.Unmarshal(j, &u) != nil {
		return 0
	}
	return u.ID
}

// DeleteWebhook removes the webhook and keeps the updates that wait.
func (c *Client) DeleteWebhook(ctx context.Context) error {
	return c.call(ctx, sendTimeout, "deleteWebhook", params{"drop_pending_updates": "false"}, nil)
}

// Chat asks about a chat.
func (c *Client) Chat(ctx context.Context, id int64) (Chat, error) {
	var chat Chat
	err := c.call(ctx, sendTimeout, "getChat", params{}.number("chat_id", id), &chat)
	return chat, err
}

// Pinned is the message that is pinned in a chat, the newest of several.
type Pinned struct {
	Message int    // 0: nothing is pinned
	From    int64  // who sent it
	Text    string // without its formatting
}

// Pinned asks what is pinned in a chat.
func (c *Client) Pinned(ctx context.Context, chat int64) (Pinned, error) {
	var is struct {
		Message struct {
			ID   int    `json:"message_id"`
			From User   `json:"from"`
			Text string `json:"text"`
		} `json:"pinned_message"`
	}
	err := c.call(ctx, sendTimeout, "getChat", params{}.number("chat_id", chat), &is)
	return Pinned{Message: is.Message.ID, From: is.Message.From.ID, Text: is.Message.Text}, err
}

// ChatMember asks for somebody's place in a chat. It is sure of others only
// where the bot is an administrator.
func (c *Client) ChatMember(ctx context.Context, chat, user int64) (Member, error) {
	var m Member
	err := c.call(ctx, sendTimeout, "getChatMember", params{}.number("chat_id", chat).number("user_id", user), &m)
	return m, err
}

// Command is a line of the menu.
type Command struct {
	Name string `json:"command"`     // without slash; [a-z0-9_]{1,32}
	Text string `json:"description"` // 1–256 characters
}

// Scope says whose menu it is. The zero Scope is everybody's; ScopeChat and
// ScopeMember make the others. What a menu shows is no permission.
type Scope struct {
	Type   string `json:"type"`
	ChatID int64  `json:"chat_id,omitempty"`
	UserID int64  `json:"user_id,omitempty"`
}

// ScopePrivate is every private chat with the bot.
func ScopePrivate() Scope { return Scope{Type: "all_private_chats"} }

// ScopeChat is one chat.
func ScopeChat(chat int64) Scope { return Scope{Type: "chat", ChatID: chat} }

// ScopeMember is one person in one chat.
func ScopeMember(chat, user int64) Scope {
	return Scope{Type: "chat_member", ChatID: chat, UserID: user}
}

// SetCommands sets the menu of a scope, at most 100 lines; none removes it.
func (c *Client) SetCommands(ctx context.Context, scope Scope, commands []Command) error {
	if scope.Type == "" {
		scope.Type = "default"
	}
	p := params{}.json("scope", scope)
	if len(commands) == 0 {
		return c.call(ctx, sendTimeout, "deleteMyCommands", p, nil)
	}
	return c.call(ctx, sendTimeout, "setMyCommands", p.json("commands", commands), nil)
}
