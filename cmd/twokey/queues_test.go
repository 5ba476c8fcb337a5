package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"twokey/bot/telegram/fakebot"
	"twokey/internal/redistest"
)

// shopToken is the token of the service's own bot.
const shopToken = "515151:shop-bot-AAAAAAAAAAAAAAAAAAAAAAAAAAA"

// withQueues gives the service of a story queues in a Redis and a bot of its own, beside its database.
func (s *stage) withQueues(t testing.TB) error {
	s.redis = redistest.Start(t)
	s.shopBot = fakebot.Start(fakebot.Config{Token: shopToken, BotID: 515151, BotUsername: "shop_bot"})
	t.Cleanup(s.shopBot.Close)
	s.shopBot.AddUser(fakebot.User{ID: 99, FirstName: "Uma", Username: "uma", Started: true})
	s.secret = append(s.secret, redistest.Password, s.redis.URL(), shopToken, strings.SplitN(shopToken, ":", 2)[1])
	s.database += "\n  queues: {redis_url_file: secrets/redis.url}"
	s.notices = fmt.Sprintf("\nnotices: {token_file: secrets/shop-bot.token, audience: SELECT 1, api: %q}\n", s.shopBot.URL())
	secrets := filepath.Join(s.dir, "secrets")
	return errors.Join(os.WriteFile(filepath.Join(secrets, "redis.url"), []byte(s.redis.URL()+"\n"), 0o600),
		os.WriteFile(filepath.Join(secrets, "shop-bot.token"), []byte(shopToken+"\n"), 0o600))
}

// aboutRedis is what the service's Redis holds.
var aboutRedis = []phrase{
	// runs COMMAND ARGUMENTS…
	{words: "runs", do: func(s *stage, rest []string) error { _, err := s.onRedis(rest); return err }},
	// gives VALUE COMMAND ARGUMENTS…
	{words: "gives", do: func(s *stage, rest []string) error {
		got, err := s.onRedis(rest[1:])
		if err == nil && got != rest[0] {
			err = fmt.Errorf("%v gives %q, not %q", rest[1:], got, rest[0])
		}
		return err
	}},
	// holds N PATTERN: so many lists have such names
	{words: "holds", do: func(s *stage, rest []string) error {
		got, err := s.onRedis([]string{"KEYS", rest[1]})
		if keys := strings.Fields(strings.Trim(got, "[]")); err == nil && strconv.Itoa(len(keys)) != rest[0] {
			err = fmt.Errorf("%d keys: %s", len(keys), got)
		}
		return err
	}},
	{words: "ends", do: func(s *stage, _ []string) error { s.redis.Stop(); return nil }},
	{words: "hangs", do: func(s *stage, _ []string) error { return s.redis.Hang() }},
}

func (s *stage) onRedis(words []string) (string, error) {
	var args []any
	for _, w := range words[1:] {
		args = append(args, w)
	}
	return s.redis.Do(words[0], args...)
}

// aboutUsers is what the users of the service do.
var aboutUsers = []phrase{
	{words: "write", do: func(s *stage, rest []string) error {
		for _, text := range rest {
			s.shopBot.Say(99, 99, text)
		}
		return nil
	}},
	// wait N: so many commands of theirs wait for the service's bot
	{words: "wait", do: func(s *stage, rest []string) error {
		if got := strconv.Itoa(s.shopBot.Pending()); got != rest[0] {
			return fmt.Errorf("%s commands wait", got)
		}
		return nil
	}},
}
