package web

import (
	"slices"

	"twokey/bot/telegram/fakebot"
)

// keep is how much of a chat the page has; a story is far shorter.
const keep = 150

type phone struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Account int64    `json:"account"`
	User    bool     `json:"user"`
	Bot     string   `json:"bot"`
	Chats   []chat   `json:"chats"`
	Answers []answer `json:"answers"`
}

type chat struct {
	ID       int64             `json:"id"`
	Title    string            `json:"title"`
	Kind     string            `json:"kind"`
	Members  int               `json:"members"`
	Messages []message         `json:"messages"`
	Pinned   []int             `json:"pinned"` // newest first
	Commands []fakebot.Command `json:"commands"`
	Typing   int64             `json:"typing"` // until when, in ms since 1970; 0 for not
}

// answer is what a press was answered with.
type answer struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	Alert bool   `json:"alert"`
	Done  bool   `json:"done"`
	Lost  bool   `json:"lost"` // nobody answered in time
}

func (s *server) phone(p Phone) phone {
	out := phone{ID: p.ID, Name: p.Name, Account: p.Account, User: p.User, Bot: p.Server.BotName(), Chats: []chat{}}
	for _, id := range p.Chats {
		if c, ok := chatOf(p, id); ok {
			out.Chats = append(out.Chats, c)
		}
	}
	out.Answers = s.answers(p)
	return out
}

func chatOf(p Phone, id int64) (chat, bool) {
	profile, ok := p.Server.Profile(id)
	if !ok {
		return chat{}, false
	}
	c := chat{ID: id, Title: profile.Title, Kind: profile.Kind, Members: profile.Members, Pinned: []int{}}
	if c.Title == "" {
		c.Title = p.Server.BotName()
	}
	c.Commands = append([]fakebot.Command{}, p.Server.Menu(p.Account, id)...)
	if action, until := p.Server.Typing(id); action != "" {
		c.Typing = until.UnixMilli()
	}
	all := p.Server.Chat(id)
	c.Messages = lines(p, all)
	for _, m := range slices.Backward(all) {
		if m.Pinned && !m.Deleted {
			c.Pinned = append(c.Pinned, m.ID)
		}
	}
	return c, true
}

// lines is what a phone shows of a chat: what was meant for it and is still there.
func lines(p Phone, all []fakebot.Message) []message {
	byID := map[int]fakebot.Message{}
	for _, m := range all {
		byID[m.ID] = m
	}
	out := []message{}
	for i, m := range all {
		if !m.Deleted && (m.EphemeralTo == 0 || m.EphemeralTo == p.Account) {
			out = append(out, messageOf(p, i, m, byID))
		}
	}
	return out[max(0, len(out)-keep):]
}
