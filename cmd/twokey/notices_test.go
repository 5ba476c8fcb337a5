package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

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
	// sees a picture ID CAPTION: their newest message is one, with such a caption
	{words: "sees a picture", do: func(s *stage, rest []string) error {
		id, err := strconv.ParseInt(rest[0], 10, 64)
		list := s.inbox(id)
		if err != nil || len(list) == 0 {
			return fmt.Errorf("user %s has no message (%w)", rest[0], err)
		}
		if last := list[len(list)-1]; last.Photo == nil || !strings.Contains(last.Text, rest[1]) {
			err = fmt.Errorf("user %d sees no picture: %q", id, last.Text)
		}
		return err
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

// crowd are the users of stories that need many: from 1001 on.
const crowd = 1001

// aboutCrowd is about many users at once.
var aboutCrowd = []phrase{
	// are N: so many have started the service's bot
	{words: "are", do: func(s *stage, rest []string) (err error) {
		if s.crowd, err = strconv.Atoi(rest[0]); err != nil {
			return err
		}
		for id := range int64(s.crowd) {
			s.shopBot.AddUser(fakebot.User{ID: crowd + id, FirstName: "Somebody", Started: true})
		}
		return nil
	}},
	// told N: waits until so many have a message
	{words: "told", do: func(s *stage, rest []string) error {
		want, err := strconv.Atoi(rest[0])
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.shopBot.Wait(ctx, func() bool { return s.inboxes()[1] >= want }); err != nil {
			return fmt.Errorf("messages and how many users have so many: %v", s.inboxes())
		}
		return nil
	}},
	// have it once: all of them but those that the card counts as unknown, and nobody twice. A crash can cost what was in flight.
	{words: "have it once", do: func(s *stage, _ []string) error {
		n := s.inboxes()
		if n[1] < s.crowd-3*senders || n[0]+n[1] != s.crowd {
			return fmt.Errorf("messages and how many users have so many: %v", n)
		}
		card, err := s.cardWith("done maintenance starting")
		if err == nil && n[0] > 0 && !strings.Contains(card, "may or may not have got it") {
			err = fmt.Errorf("%d have nothing, and it does not say so:\n%s", n[0], card)
		}
		return err
	}},
}

// inboxes counts users by how many messages they have.
func (s *stage) inboxes() map[int]int {
	n := map[int]int{}
	for id := range int64(s.crowd) {
		n[len(s.inbox(crowd+id))]++
	}
	return n
}

// cardWith is the newest message of the admin chat that has the text.
func (s *stage) cardWith(text string) (string, error) {
	for _, m := range slices.Backward(s.tg.Messages(s.admin)) {
		if strings.Contains(m.Text, text) {
			return m.Text, nil
		}
	}
	return "", fmt.Errorf("no message has %q", text)
}

// draw puts a small picture into a file of the story.
func draw(ts *testscript.TestScript, _ bool, args []string) {
	var out bytes.Buffer
	img := image.NewGray(image.Rect(0, 0, 320, 200))
	ts.Check(png.Encode(&out, img))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), out.Bytes(), 0o600))
}

// showsPicture waits for a picture with such a caption in the admin chat.
func (s *stage) showsPicture(caption string) error {
	return s.wait(fmt.Sprintf("no picture says %q", caption), func() bool {
		return slices.ContainsFunc(s.tg.Messages(s.admin), func(m fakebot.Message) bool { return m.Photo != nil && strings.Contains(m.Text, caption) })
	})
}

// letsShopIn says whether Telegram knows the token of the service's bot.
func (s *stage) letsShopIn(yes bool) error {
	if s.unlet != nil {
		s.unlet()
		s.unlet = nil
	}
	if !yes {
		s.unlet = s.shopBot.Fail(fakebot.Fault{N: -1, Kind: fakebot.JSONError, Code: 401, Description: "Unauthorized"})
	}
	return nil
}
