package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"twokey/bot/broadcast/audience"
	"twokey/bot/telegram/fakebot"
	"twokey/internal/secret"
)

// usersOf are a large service's.
const usersOf = `CREATE TABLE users (telegram_id bigint PRIMARY KEY, language text, is_banned boolean NOT NULL DEFAULT false);
	INSERT INTO users SELECT i, (ARRAY['en','ru','de'])[1 + i %% 3], i %% 100 = 0 FROM generate_series(1, %d) i; ANALYZE`

const audienceQuery = "SELECT telegram_id, language FROM users"

// shopToken is the service's bot.
const shopToken = "515151:shop-bot-AAAAAAAAAAAAAAAAAAAAAAAAAAA"

// whole is what is told of a database: its users copied, and, with the real binary, whether commands notice a broadcast.
func (b bench) whole(ctx context.Context) ([]figure, error) {
	db, err := b.newCluster(ctx, fmt.Sprintf(usersOf, million))
	if err != nil {
		return nil, err
	}
	defer db.end()
	copied, err := b.copied(ctx, db)
	if err != nil {
		return nil, err
	}
	beside, err := b.beside(ctx, db)
	return append(copied, beside...), err
}

// copied has a process of its own copy the audience.
func (b bench) copied(ctx context.Context, db *database) ([]figure, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "copy", filepath.Join(b.dir, "audience"), db.cluster.URL("ops_read", benchDatabase))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var f audience.Figures
	if err := json.Unmarshal(out, &f); err != nil || f.Users != million {
		return nil, fmt.Errorf("it said %q (%w)", out, err)
	}
	return []figure{{what: "a million users copied", got: f.Took.Seconds(), unit: "s", aim: 15},
		{what: "memory of the process that copies them, most ever", got: f.PeakMB, unit: "MB", aim: 80}}, nil
}

// copyAlone is that process: folder, address.
func copyAlone(args []string) int {
	shelf, err := audience.Open(args[0])
	var f audience.Figures
	if err == nil {
		f, err = audience.Bench(context.Background(), shelf, audience.Source{URL: secret.New(args[1]), Query: audienceQuery})
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(f)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		return 1
	}
	return 0
}

// beside times /status of the real binary, without a broadcast and with one under way.
func (b bench) beside(ctx context.Context, db *database) ([]figure, error) {
	shop := fakebot.Start(fakebot.Config{Token: shopToken, BotID: 515151, BotUsername: "shop_bot"})
	defer shop.Close()
	for id := range int64(told * 4) {
		shop.AddUser(fakebot.User{ID: id + 1, Started: true})
	}
	shop.Limits(true)
	p := &place{dir: filepath.Join(b.dir, "beside"), more: "  database: {url_file: app.url, read_url_file: read.url}\n"}
	p.tail = fmt.Sprintf("notices: {token_file: shop.token, api: %q, audience: %q}\n", shop.URL(), fmt.Sprintf("%s WHERE telegram_id <= %d", audienceQuery, told*4))
	if err := errors.Join(p.folders(), db.secrets(p.dir), os.WriteFile(filepath.Join(p.dir, "shop.token"), []byte(shopToken+"\n"), 0o600), p.meet()); err != nil {
		return nil, err
	}
	defer p.close()
	s, err := b.start(ctx, p)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	if err := s.settled(); err != nil {
		return nil, err
	}
	without, err := b.looksOf(s, bob)
	if err != nil {
		return nil, err
	}
	if err := s.tell(shop); err != nil {
		return nil, err
	}
	with, err := b.looksOf(s, ann) // whose chat is as empty as his was: counting answers takes time, too
	if err != nil {
		return nil, err
	}
	if n := len(shop.CallsOf("sendMessage")); n >= told*4 {
		return nil, errors.New("the broadcast was over before the commands were")
	}
	return []figure{{what: "/status beside a broadcast, to one without, median", got: ms(with.at(50)) / ms(without.at(50)), unit: "×", aim: 1.2,
		beside: fmt.Sprintf("with %s, without %s; sent meanwhile at 20 a second, because the service is up", with, without)}}, nil
}

func (b bench) looksOf(s *process, who int64) (all times, err error) {
	for i := range b.asked {
		took, err := s.answered(who, i+1)
		if err != nil {
			return nil, err
		}
		all = append(all, took)
	}
	return all, nil
}

// tell has ann ask for a broadcast and bob agree, and returns when the first users have it.
func (s *process) tell(shop *fakebot.Server) error {
	s.fake.Say(ann, adminChat, "/broadcast maintenance.starting for=15m")
	const label = "Approve sending"
	m, err := s.fake.WaitMessage(s.ctx, adminChat, hasButton(label))
	if err != nil {
		return s.why(err)
	}
	if _, err := s.fake.PressButton(bob, adminChat, m.ID, label); err != nil {
		return err
	}
	return shop.Wait(s.ctx, func() bool { return len(shop.CallsOf("sendMessage")) > 20 })
}
