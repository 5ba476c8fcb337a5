package telegram

import "context"

// Pending is what waits for a bot at Telegram.
type Pending struct {
	Updates int  `json:"pending_update_count"` // that it has not confirmed; Telegram keeps them for a day
	Webhook bool `json:"-"`                    // they are brought to it: it does not poll
}

// Pending counts the updates that wait. Asking does not disturb whoever polls: only getUpdates does.
func (c *Client) Pending(ctx context.Context) (Pending, error) {
	var info struct {
		Pending
		URL string `json:"url"`
	}
	err := c.call(ctx, sendTimeout, "getWebhookInfo", params{}, &info)
	info.Webhook = info.URL != ""
	return info.Pending, err
}

// DropPending has Telegram forget the updates that wait. It is deleteWebhook that does so, also for a bot that polls and has no
// webhook ("efficiently done with the drop_pending_updates parameter of delete/start_webhook, even in the case of polling":
// python-telegram-bot, ext/_updater.py, _bootstrap); a webhook that there is would go, so ask Pending first.
func (c *Client) DropPending(ctx context.Context) error {
	return c.call(ctx, sendTimeout, "deleteWebhook", params{"drop_pending_updates": "true"}, nil)
}
