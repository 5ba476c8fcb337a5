package web

import (
	"strconv"

	"twokey/bot/telegram/fakebot"
)

// message is one line of a chat. Its text is text: what is bold in it is said by the entities.
type message struct {
	Key       string             `json:"key"` // unique in the chat, stable
	ID        int                `json:"id"`  // 0: nobody can refer to it
	From      string             `json:"from"`
	FromID    int64              `json:"from_id"`
	Mine      bool               `json:"mine"`
	Bot       bool               `json:"bot"`
	Date      int64              `json:"date"`
	Text      string             `json:"text"`
	Entities  []fakebot.Entity   `json:"entities,omitempty"`
	Buttons   [][]fakebot.Button `json:"buttons,omitempty"`
	Document  *file              `json:"document,omitempty"`
	Photo     *picture           `json:"photo,omitempty"`
	Reply     *quote             `json:"reply,omitempty"`
	Edited    bool               `json:"edited,omitempty"`
	Silent    bool               `json:"silent,omitempty"`
	Protected bool               `json:"protected,omitempty"`
	Pinned    bool               `json:"pinned,omitempty"`
	Private   bool               `json:"private,omitempty"` // ephemeral: only this person sees it
	Service   bool               `json:"service,omitempty"` // a line of Telegram's own
	Reaction  string             `json:"reaction,omitempty"`
}

type file struct {
	Name string `json:"name"`
	Size int    `json:"size"`
}

// picture is what the page has to know to leave room for a photo.
type picture struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

type quote struct {
	ID   int    `json:"id"`
	From string `json:"from"`
	Text string `json:"text"`
}

func messageOf(p Phone, index int, m fakebot.Message, byID map[int]fakebot.Message) message {
	out := message{
		Key: "m" + strconv.Itoa(m.ID), ID: m.ID, From: p.Server.Name(m.FromID), FromID: m.FromID,
		Mine: m.FromID == p.Account, Bot: m.FromID == p.Server.BotID(), Date: m.Date.Unix(),
		Text: m.Text, Entities: m.Entities, Buttons: m.Buttons, Edited: m.Edits > 0, Silent: m.Silent,
		Protected: m.Protected, Pinned: m.Pinned, Private: m.EphemeralTo != 0, Reaction: m.Reaction,
	}
	if told := serviceOf(p, m, byID); told != "" {
		out.Service, out.Text = true, told
	}
	if m.ID == 0 {
		out.Key = "e" + strconv.Itoa(index)
	}
	if m.Photo != nil {
		out.Photo = &picture{m.Photo.Width, m.Photo.Height}
	}
	if m.Document != nil {
		out.Document = &file{m.Document.Name, len(m.Document.Bytes)}
	}
	if to, ok := byID[m.ReplyTo]; ok && m.ReplyTo != 0 && !to.Deleted {
		out.Reply = &quote{to.ID, p.Server.Name(to.FromID), shortened(to)}
	}
	return out
}

// shortened is a message's beginning, as quotes of it show.
func shortened(m fakebot.Message) string {
	const most = 80
	text := m.Text
	if text == "" && m.Document != nil {
		text = m.Document.Name
	}
	runes := []rune(text)
	for i, r := range runes {
		if r == '\n' || i == most {
			return string(runes[:i]) + "…"
		}
	}
	return text
}
