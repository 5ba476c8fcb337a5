package main

import (
	"context"
	"fmt"

	"twokey/actions/step"
	"twokey/bot/telegram"
	"twokey/internal/config"
)

// waiting is how steps reach what waits for the service while it is down: its queues, and its own bot at Telegram.
func waiting(cfg config.Config) (step.Waiting, error) {
	w := step.Waiting{Redis: cfg.Service.Queues.RedisURL}
	if cfg.Notices.Token.IsZero() {
		return w, nil
	}
	client, err := telegram.New(telegram.Config{Token: cfg.Notices.Token, API: cfg.Notices.API})
	if err != nil {
		return w, fmt.Errorf("notices: %w", err)
	}
	w.Commands = func(ctx context.Context) (step.Commands, error) {
		p, err := client.Pending(ctx)
		return step.Commands{Number: p.Updates, Webhook: p.Webhook}, err
	}
	w.Forget = client.DropPending
	return w, nil
}
