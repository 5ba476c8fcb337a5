package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"twokey/bot/telegram/fakebot"
)

// pinWords is what every pin of ours says.
const pinWords = "Keep this pinned"

// pinnedBy are the messages of the bot's that stand pinned in somebody's private chat.
func (s *stage) pinnedBy(who string) []fakebot.Message {
	return slices.DeleteFunc(s.tg.Messages(accounts[who]), func(m fakebot.Message) bool { return !m.Pinned || m.Deleted })
}

// everPinned are all that were sent to somebody to be pinned.
func (s *stage) everPinned(who string) []fakebot.Message {
	return slices.DeleteFunc(s.tg.Messages(accounts[who]), func(m fakebot.Message) bool { return !strings.Contains(m.Text, pinWords) })
}

// hasPinned waits until somebody has one message of the bot's pinned, and never had another, that contains all the texts.
func (s *stage) hasPinned(who string, texts ...string) error {
	return s.wait(fmt.Sprintf("%s has not pinned %q", who, texts), func() bool {
		all := s.pinnedBy(who)
		return len(all) == 1 && len(s.everPinned(who)) == 1 && containsAll(all[0].Text, append(texts, pinWords))
	})
}

func (s *stage) hasNothingPinned(who string) error {
	if all := s.pinnedBy(who); len(all) > 0 {
		return fmt.Errorf("%s has pinned %q", who, all[0].Text)
	}
	return nil
}

// keepPinned writes what somebody has pinned into a file of the story, as people copy it: with all that is around it.
func (s *stage) keepPinned(who, file string) error {
	all := s.pinnedBy(who)
	if len(all) != 1 {
		return fmt.Errorf("%s has %d messages pinned", who, len(all))
	}
	f, err := os.OpenFile(filepath.Join(s.dir, file), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(all[0].Text + "\n\n")
	return errors.Join(err, f.Close())
}

// pinsOwn has somebody write a text to the bot, and pin it.
func (s *stage) pinsOwn(who, text string) {
	id := s.tg.Say(accounts[who], accounts[who], text)
	s.tg.Pin(accounts[who], id)
}

// putAside keeps the state as it is, as a backup of the whole folder would.
func (s *stage) putAside() error {
	return os.CopyFS(filepath.Join(s.dir, "aside"), os.DirFS(filepath.Join(s.dir, "state")))
}

// putBack puts the state back as it was.
func (s *stage) putBack() error {
	state, lost := filepath.Join(s.dir, "state"), filepath.Join(s.dir, "lost")
	return errors.Join(os.Rename(state, lost), os.Rename(filepath.Join(s.dir, "aside"), state), os.Chmod(state, 0o700))
}

var acceptance = regexp.MustCompile(`twokey run --accept-fork ([0-9a-f]{8})`)

// startAccepting types what the bot said to type.
func (s *stage) startAccepting() error {
	for _, m := range s.tg.Messages(s.admin) {
		if id := acceptance.FindStringSubmatch(m.Text); id != nil {
			s.flags = []string{"--accept-fork", id[1]}
			return s.start()
		}
	}
	return fmt.Errorf("the bot did not say how:\n%s", s.show(s.admin))
}
