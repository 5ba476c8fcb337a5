package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"twokey/bot/telegram/fakebot"
)

// users are the service's, as its database has them: the first speaks English, the second Russian, the third has blocked the
// bot, the fourth was never seen there.
var users = []int64{101, 102, 103, 104}

// withUsers gives the service of a story a bot of its own that writes to the users of its database.
func (s *stage) withUsers(t testing.TB, more string) error {
	s.shopBot = fakebot.Start(fakebot.Config{Token: shopToken, BotID: 515151, BotUsername: "shop_bot"})
	t.Cleanup(s.shopBot.Close)
	for _, id := range users[:3] {
		s.shopBot.AddUser(fakebot.User{ID: id, FirstName: fmt.Sprint("User ", id), Started: true})
	}
	s.shopBot.Block(103)
	s.secret = append(s.secret, shopToken, strings.SplitN(shopToken, ":", 2)[1])
	s.notices = fmt.Sprintf("\nnotices:\n  token_file: secrets/shop-bot.token\n  audience: \"SELECT telegram_id, language FROM users WHERE NOT is_banned\"\n  api: %q\n%s",
		s.shopBot.URL(), more)
	return os.WriteFile(filepath.Join(s.dir, "secrets", "shop-bot.token"), []byte(shopToken+"\n"), 0o600)
}

// inbox is what one user has from the service's bot, oldest first, deleted messages left out.
func (s *stage) inbox(user int64) (list []fakebot.Message) {
	for _, m := range s.shopBot.Messages(user) {
		if m.FromID == s.shopBot.BotID() && !m.Deleted {
			list = append(list, m)
		}
	}
	return list
}

// aboutTold is what users were told.
var aboutTold = []phrase{
	// ID reads PART…: their newest message has all parts
	{words: "reads", do: func(s *stage, rest []string) error {
		id, err := strconv.ParseInt(rest[0], 10, 64)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		read := func() string {
			list := s.inbox(id)
			if len(list) == 0 {
				return ""
			}
			return list[len(list)-1].Text
		}
		if err := s.shopBot.Wait(ctx, func() bool { return containsAll(read(), rest[1:]) }); err != nil {
			return fmt.Errorf("user %d reads %q, not %q", id, read(), rest[1:])
		}
		return nil
	}},
	// has N ID…: each of them has so many messages
	{words: "has", do: func(s *stage, rest []string) error {
		want, err := strconv.Atoi(rest[0])
		for _, id := range rest[1:] {
			user, bad := strconv.ParseInt(id, 10, 64)
			if got := len(s.inbox(user)); got != want {
				err = errors.Join(err, fmt.Errorf("user %d has %d messages", user, got))
			}
			err = errors.Join(err, bad)
		}
		return err
	}},
	// blocks ID, comes back ID
	{words: "blocks", do: func(s *stage, rest []string) error { return s.each(rest, s.shopBot.Block) }},
	{words: "unblocks", do: func(s *stage, rest []string) error { return s.each(rest, s.shopBot.Unblock) }},
}

func (s *stage) each(ids []string, do func(int64)) error {
	for _, id := range ids {
		user, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return err
		}
		do(user)
	}
	return nil
}
