package bot

import (
	"context"
	"fmt"
	"time"

	"twokey/actions"
	"twokey/bot/text"
)

// corner is one chat of a request, as we left it.
type corner struct {
	shown     picture
	at        time.Time      // when it was last shown something
	tended    uint64         // the newest entry it was tended for
	busy      int            // how many tend it: one, or two while a lesser edit waits for its turn
	under     actions.Status // what the newest of them shows
	moving    bool           // the card is being sent again below
	nudges    int            // calls that were made here, or came before the card
	fresh     bool           // the card was posted in this life
	previewed bool           // users' texts were sent below it, or were before
}

// picture is a card as a chat shows it.
type picture struct {
	html   string
	rows   [][]text.Button
	status actions.Status
	lost   bool // nothing reaches this chat
}

// due says whether a chat must be tended now, or from when on.
func (s *shower) due(chat int64, sc scene) (now bool, later time.Time) {
	want := s.render(chat, sc)
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.corner(chat)
	r := sc.view.Request
	switch {
	case c.shown.lost:
		return false, later
	case c.tended < r.Last, chat == sc.admin && sc.buried:
		return true, later
	case same(c.shown, want):
		return false, later
	case c.shown.status != r.Status, r.Over(), time.Since(c.at) >= progressEvery:
		return true, later
	}
	return false, c.at.Add(progressEvery) // mere progress
}

// corner gives a chat's; mu is held.
func (s *shower) corner(chat int64) *corner {
	if s.corners[chat] == nil {
		s.corners[chat] = &corner{}
	}
	return s.corners[chat]
}

// isBusy says whether any chat is tended, also one that is none of the scene's any more: a copy may be on its way there, and
// must be told the end once it stands.
func (s *shower) isBusy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.corners {
		if c.busy > 0 {
			return true
		}
	}
	return false
}

// begin takes a chat to tend it. A chat that somebody tends is taken once more when the state has moved on: an edit that
// shows it must not wait behind one that only shows progress.
func (s *shower) begin(chat int64, sc scene) bool {
	posted := s.message(chat) != 0
	s.mu.Lock()
	defer s.mu.Unlock()
	c, status := s.corner(chat), sc.view.Request.Status
	if c.busy > 1 || c.busy == 1 && (c.under == status || c.moving || !posted) {
		return false
	}
	c.busy++
	c.under = status
	return true
}

// tendOne tends a chat and notes how far it came. What failed is tried again after a pause.
func (s *shower) tendOne(ctx context.Context, chat int64, sc scene) {
	upTo, err := s.tend(ctx, chat, sc)
	if err != nil && ctx.Err() == nil {
		s.Report(fmt.Errorf("card of request %d: %w", s.id, err))
		sleep(ctx, showPause)
	}
	s.stir(func() {
		c := s.corner(chat)
		c.busy--
		if err == nil {
			c.tended = max(c.tended, upTo)
		}
	})
}

func (s *shower) last(chat int64) picture {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.corner(chat).shown
}

func (s *shower) remember(chat int64, pic picture) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.corner(chat)
	c.shown, c.at = pic, time.Now()
}
