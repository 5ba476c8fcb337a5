package telegram

import (
	"context"
	"net/url"
)

// Administrators lists who administers a chat, ourselves among them; other bots
// and, as reports go, anonymous administrators are left out (issue 667 of
// tdlib/telegram-bot-api).
func (c *Client) Administrators(ctx context.Context, chat int64) ([]Member, error) {
	var list []Member
	err := c.call(ctx, sendTimeout, "getChatAdministrators", params{}.number("chat_id", chat), &list)
	return list, err
}

// MemberCount says how many are in a chat, bots included.
func (c *Client) MemberCount(ctx context.Context, chat int64) (int, error) {
	var n int
	err := c.call(ctx, sendTimeout, "getChatMemberCount", params{}.number("chat_id", chat), &n)
	return n, err
}

// Typing shows "typing…" in a chat for at most 5 s. Nothing is sent, and nobody
// is rung; it is refused where a message would be, so it tells whether
// somebody can be written to. Channels do not know it.
func (c *Client) Typing(ctx context.Context, chat int64, topic int) error {
	p := params{"action": "typing"}.number("chat_id", chat).number("message_thread_id", int64(topic))
	return c.call(ctx, sendTimeout, "sendChatAction", p, nil)
}

// Webhook gives the host where updates are delivered to; empty when we may
// poll. The rest of the address may be a secret of whoever set it.
func (c *Client) Webhook(ctx context.Context) (host string, err error) {
	var info struct {
		URL string `json:"url"`
	}
	if err := c.call(ctx, sendTimeout, "getWebhookInfo", params{}, &info); err != nil {
		return "", err
	}
	return hostOf(info.URL), nil
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	switch {
	case address == "":
		return ""
	case err != nil || u.Host == "":
		return "somewhere"
	}
	return u.Hostname()
}
