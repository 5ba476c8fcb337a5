package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"twokey/bot/telegram/fakebot"
	"twokey/bot/text"
)

// connectWidth is the longest line shown of a bot we know nothing about.
const connectWidth = 4096

// spot is a message of a chat: ephemeral ones have no id, so it is counted.
type spot struct {
	chat int64
	n    int
}

// connectShown prints what the bot does, as it happens.
type connectShown struct {
	server  *fakebot.Server
	edits   map[spot]int
	gone    map[spot]bool
	answers int
	calls   int // looked at

	mu  sync.Mutex // the typist's complaints are printed, too
	out io.Writer
}

func (t *connectShown) print(s string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = fmt.Fprintln(t.out, s)
}

// watch prints until ctx ends.
func (t *connectShown) watch(ctx context.Context) {
	_ = t.server.Wait(ctx, func() bool {
		for _, line := range t.news() {
			t.print(line)
		}
		return false
	})
}

func (t *connectShown) news() []string {
	var out []string
	for i, name := range connectPeople() {
		out = append(out, t.chat(int64(11+i), name)...)
	}
	out = append(out, t.chat(connectGroup, "group")...)
	answers := t.server.Answers()
	for _, a := range answers[t.answers:] {
		out = append(out, answered(a))
	}
	t.answers = len(answers)
	return append(out, t.refusals()...)
}

// chat is what is new of the bot's messages in one chat.
func (t *connectShown) chat(id int64, name string) []string {
	var out []string
	for n, m := range t.server.Messages(id) {
		at := spot{id, n}
		head := name + " #" + strconv.Itoa(m.ID)
		switch edits, known := t.edits[at]; {
		case m.Deleted && !t.gone[at]:
			out = append(out, head+" deleted")
			t.gone[at] = true
		case !known:
			out = append(out, head+" bot: "+appearance(m))
		case m.Edits > edits:
			out = append(out, head+" bot, edited: "+appearance(m))
		}
		t.edits[at] = m.Edits
	}
	return out
}

// appearance is a message as plain text: what it carries, its lines, its buttons.
func appearance(m fakebot.Message) string {
	var out []string
	if m.Photo != nil {
		out = append(out, fmt.Sprintf("(photo, %d × %d)", m.Photo.Width, m.Photo.Height))
	}
	if m.Document != nil {
		out = append(out, fmt.Sprintf("(document %s, %d bytes)", text.Plain(m.Document.Name, connectWidth), len(m.Document.Bytes)))
	}
	for line := range strings.Lines(m.Text) {
		out = append(out, text.Plain(line, connectWidth))
	}
	for _, row := range m.Buttons {
		var cells []string
		for _, b := range row {
			cells = append(cells, "[ "+text.Plain(b.Text, connectWidth)+" ]")
		}
		out = append(out, strings.Join(cells, " "))
	}
	return strings.Join(out, "\n    ")
}

func answered(a fakebot.Answer) string {
	switch said := text.Plain(a.Text, connectWidth); {
	case said == "":
		return "press answered"
	case a.ShowAlert:
		return "press answered with an alert: " + said
	default:
		return "press answered: " + said
	}
}

// refusals are the calls that were not done. A call that is not over yet is looked at again, and those after it, but polls
// wait by nature and are passed over.
func (t *connectShown) refusals() []string {
	var out []string
	imitated := t.server.Imitated()
	for _, c := range t.server.CallsAfter(t.calls) {
		poll := strings.EqualFold(c.Method, "getUpdates")
		if c.Code == 0 && !poll {
			break
		}
		t.calls++
		known := slices.ContainsFunc(imitated, func(m string) bool { return strings.EqualFold(m, c.Method) })
		switch {
		case !known:
			out = append(out, "! not imitated: "+text.Plain(c.Method, connectWidth))
		case c.Code >= 400:
			out = append(out, "! refused: "+c.Method+": "+text.Plain(c.Description, connectWidth))
		}
	}
	return out
}
