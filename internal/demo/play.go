package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"twokey/bot/telegram/fakebot"
)

// patience is how long a step may take to come true when it is played. It is long because nothing is slow but a busy machine.
const patience = 90 * time.Second

// Play plays a story to its end by itself, and writes who does what and what the phones show then.
func (s *Stage) Play(ctx context.Context, name string, out io.Writer) error {
	if err := s.Ready(ctx); err != nil {
		return err
	}
	if err := s.Begin(ctx, name); err != nil {
		return err
	}
	r, err := s.current()
	if err != nil {
		return err
	}
	s.mu.Lock()
	story, steps := stories()[s.at.story], s.at.steps
	s.mu.Unlock()
	fmt.Fprintf(out, "== %s (%s)\n%s\n", story.Title, story.Name, story.Intro)
	seen, watch := newPhones(r), newStopwatch(name)
	for i, step := range steps {
		fmt.Fprintf(out, "\n%d. %s\n", i+1, line(step))
		ended := watch.begin(step)
		if err := s.do(ctx, r, step, i); err != nil {
			seen.print(out)
			return fmt.Errorf("story %s, step %d (%s): %w", name, i+1, step.Text, err)
		}
		ended()
		if step.Then.Shop != "" {
			fmt.Fprintf(out, "   the shop is %s\n", step.Then.Shop)
		}
		seen.print(out)
	}
	watch.print(out)
	_, err = fmt.Fprintf(out, "\n== %s: it came to its end\n\n", story.Name)
	return err
}

// line is a step in words.
func line(st Step) string {
	did := ""
	switch {
	case st.Shop != "":
		did = "[" + st.Shop + "]"
	case st.Reply != "":
		did = fmt.Sprintf("%s replies to %q: %s", st.Who, st.Reply, st.Say)
	case st.Say != "":
		did = fmt.Sprintf("%s types %s", st.Who, st.Say)
	case st.Tap != "":
		did = fmt.Sprintf("%s taps [ %s ]", st.Who, st.Tap)
	default:
		return st.Text
	}
	if st.In == inPrivate {
		did += ", in private"
	}
	return st.Text + "\n   > " + did
}

// do does a step and waits until it has come true.
func (s *Stage) do(ctx context.Context, r *round, st Step, i int) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("it did not come true"))
	defer cancel()
	if err := s.act(ctx, r, st); err != nil {
		return err
	}
	return s.wait(ctx, func() (bool, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.round != r || !s.ready {
			return false, errors.New("the demo was ended meanwhile")
		}
		return s.at.done > i, nil
	})
}

func (s *Stage) act(ctx context.Context, r *round, st Step) error {
	if st.Shop != "" {
		return s.Act(ctx, st.Shop)
	}
	tg, account := r.admin, map[string]int64{"ann": ann, "bob": bob, "uma": uma}[st.Who]
	if st.Who == "uma" {
		tg = r.service
	}
	chat := adminChat
	if st.In == inPrivate {
		chat = account
	}
	switch {
	case st.Tap != "":
		m, err := tg.WaitMessage(ctx, chat, newest(tg, chat, func(m fakebot.Message) bool { return button(m, st.Tap) }))
		if err != nil {
			return err
		}
		_, err = tg.PressButton(account, chat, m.ID, st.Tap)
		return err
	case st.Reply != "":
		m, err := tg.WaitMessage(ctx, chat, newest(tg, chat, func(m fakebot.Message) bool { return strings.Contains(m.Text, st.Reply) }))
		if err != nil {
			return err
		}
		tg.Say(account, chat, st.Say, fakebot.ReplyTo(m.ID))
	case st.Say != "":
		tg.Say(account, chat, st.Say)
	}
	return nil
}

// newest fits the last message of a chat that fits.
func newest(tg *fakebot.Server, chat int64, fits func(fakebot.Message) bool) func(fakebot.Message) bool {
	return func(m fakebot.Message) bool {
		last := 0
		for _, other := range tg.Messages(chat) {
			if !other.Deleted && fits(other) {
				last = other.ID
			}
		}
		return m.ID == last
	}
}

// button says whether a message has one with the label.
func button(m fakebot.Message, label string) bool {
	for _, row := range m.Buttons {
		for _, b := range row {
			if strings.Contains(b.Text, label) {
				return true
			}
		}
	}
	return false
}

// phones is what was printed of the phones so far.
type phones struct {
	round *round
	seen  map[place]int // revisions
	told  int
}

func newPhones(r *round) *phones {
	p := &phones{round: r, seen: map[place]int{}}
	p.print(io.Discard)
	return p
}

// print writes what is new on the phones: messages as they are now, and what a press was answered with.
func (p *phones) print(out io.Writer) {
	now := p.round.scene()
	for _, a := range now.answers[p.told:] {
		if a.Text != "" {
			fmt.Fprintf(out, "   the answer to the tap: %s\n", a.Text)
		}
	}
	p.told = len(now.answers)
	for _, chat := range []string{"admin", "ann", "bob", "uma"} {
		title := "on " + chat + "'s phone, in private"
		if chat == "admin" {
			title = "on ann's and bob's phones, in the admin chat"
		}
		for _, m := range now.messages[chat] {
			at := place{chat, m.ID}
			if n := len(m.History) + 1; p.seen[at] < n && !m.Deleted {
				p.seen[at] = n
				fmt.Fprintf(out, "   %s:\n%s", title, indented(m))
			}
		}
	}
}

func indented(m fakebot.Message) string {
	var b strings.Builder
	for l := range strings.Lines(m.Text) {
		b.WriteString("      " + strings.TrimRight(l, "\n") + "\n")
	}
	if m.Document != nil {
		fmt.Fprintf(&b, "      document: %s, %d bytes\n", m.Document.Name, len(m.Document.Bytes))
	}
	for _, row := range m.Buttons {
		b.WriteString("     ")
		for _, x := range row {
			b.WriteString(" [ " + x.Text + " ]")
		}
		b.WriteString("\n")
	}
	return b.String()
}
