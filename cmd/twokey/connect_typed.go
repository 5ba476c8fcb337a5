package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"twokey/bot/telegram/fakebot"
)

// wish is a line somebody typed: who does it, where, and what they write, or which button they press.
type wish struct {
	who   string
	group bool
	text  string
	press string
}

// readWish reads "ann> hello", "ann@group> hello", "ann> /press LABEL". Without a name it is before again, who spoke last.
func readWish(line string, before wish) (wish, error) {
	w := wish{who: before.who, group: before.group, text: strings.TrimSpace(line)}
	if head, rest, named := strings.Cut(line, ">"); named && !strings.ContainsAny(strings.TrimSpace(head), " /") {
		name, where, placed := strings.Cut(strings.ToLower(strings.TrimSpace(head)), "@")
		if !slices.Contains(connectPeople(), name) || placed && where != "group" {
			return w, fmt.Errorf("nobody is called %q\nhint: %s, each alone or with @group", strings.TrimSpace(head), strings.Join(connectPeople(), ", "))
		}
		w.who, w.group, w.text = name, placed, strings.TrimSpace(rest)
	}
	if label, is := strings.CutPrefix(w.text, "/press "); is {
		w.press, w.text = strings.TrimSpace(label), ""
	}
	return w, nil
}

// typist does what is typed.
type typist struct {
	server *fakebot.Server
	who    string
	group  bool
}

func (t *typist) obey(line string) error {
	w, err := readWish(line, wish{who: t.who, group: t.group})
	if err != nil {
		return err
	}
	t.who, t.group = w.who, w.group
	user := int64(11 + slices.Index(connectPeople(), w.who))
	chat := user
	if w.group {
		chat = connectGroup
	}
	switch {
	case w.press != "":
		return t.press(user, chat, w.press)
	case w.text != "":
		t.server.Say(user, chat, w.text)
	}
	return nil
}

// press presses the button in the newest message that has one so labelled.
func (t *typist) press(user, chat int64, label string) error {
	for _, m := range slices.Backward(t.server.Messages(chat)) {
		if m.Deleted || !hasButton(m, label) {
			continue
		}
		_, err := t.server.PressButton(user, chat, m.ID, label)
		return err
	}
	return errors.New("no message here has a button to press that is called " + label)
}

func hasButton(m fakebot.Message, label string) bool {
	return slices.ContainsFunc(m.Buttons, func(row []fakebot.Button) bool {
		return slices.ContainsFunc(row, func(b fakebot.Button) bool { return b.Data != "" && strings.Contains(b.Text, label) })
	})
}
