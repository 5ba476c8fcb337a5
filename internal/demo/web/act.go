package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"twokey/bot/telegram/fakebot"
)

const (
	maxText    = 4096 // characters, core.telegram.org/bots/api#sendmessage
	maxPresses = 100  // answers the page may still ask about
	// lostAfter is when a client stops waiting for the answer to a press; fakebot refuses answers then, too.
	lostAfter = 15 * time.Second
)

// press is a tap on a button that the fake was told of.
type press struct {
	server *fakebot.Server
	phone  string
	id     string
	at     time.Time
}

// order is what a page sends; each address reads what it needs.
type order struct {
	Phone   string `json:"phone"`
	Chat    int64  `json:"chat"`
	Text    string `json:"text"`
	Reply   int    `json:"reply"`
	Message int    `json:"message"`
	Data    string `json:"data"`
	What    string `json:"what"`
	Name    string `json:"name"`
}

func (s *server) say(w http.ResponseWriter, r *http.Request) {
	o, ok := read(w, r)
	if !ok {
		return
	}
	p, ok := find(s.current(), o.Phone, o.Chat)
	text := strings.TrimSpace(o.Text)
	switch {
	case !ok:
		refuse(w, http.StatusNotFound, "this phone has no such chat")
	case text == "" || utf8.RuneCountInString(text) > maxText:
		refuse(w, http.StatusBadRequest, fmt.Sprintf("a message has 1 to %d characters", maxText))
	case o.Reply != 0 && !shows(p, o.Chat, o.Reply):
		sorry(w, "the message you reply to is gone")
	default:
		var opts []fakebot.SayOption
		if o.Reply != 0 {
			opts = append(opts, fakebot.ReplyTo(o.Reply))
		}
		answerJSON(w, map[string]any{"message": p.Server.Say(p.Account, o.Chat, text, opts...)})
	}
}

func (s *server) press(w http.ResponseWriter, r *http.Request) {
	o, ok := read(w, r)
	if !ok {
		return
	}
	p, ok := find(s.current(), o.Phone, o.Chat)
	if !ok || !hasButton(p, o) {
		sorry(w, "this button is gone")
		return
	}
	id := p.Server.Press(p.Account, o.Chat, o.Message, o.Data)
	s.mu.Lock()
	s.presses = append(s.presses, press{p.Server, p.ID, id, time.Now()})
	s.presses = s.presses[max(0, len(s.presses)-maxPresses):]
	s.mu.Unlock()
	s.wake()
	answerJSON(w, map[string]any{"callback": id})
}

// answers is what the presses of a phone were answered with, oldest first.
func (s *server) answers(p Phone) []answer {
	s.mu.Lock()
	mine := slices.DeleteFunc(slices.Clone(s.presses), func(x press) bool { return x.phone != p.ID || x.server != p.Server })
	s.mu.Unlock()
	out := []answer{}
	for _, x := range mine {
		a, done := p.Server.AnswerTo(x.id)
		out = append(out, answer{x.id, a.Text, a.ShowAlert, done, !done && time.Since(x.at) > lostAfter})
	}
	return out
}

func (s *server) shop(w http.ResponseWriter, r *http.Request) {
	o, ok := read(w, r)
	act := s.current().Act
	if !ok {
		return
	}
	known := slices.Contains([]string{"break", "hang", "slow", "roll-back", "corrupt", "migrate", "spoil", "mend", "kill-bot"}, o.What)
	if act == nil || !known {
		refuse(w, http.StatusNotFound, "the service has no such button")
		return
	}
	s.done(w, act(r.Context(), o.What))
}

func (s *server) story(w http.ResponseWriter, r *http.Request) {
	o, ok := read(w, r)
	begin := s.current().Begin
	if !ok {
		return
	}
	if begin == nil {
		refuse(w, http.StatusNotFound, "there are no stories here")
		return
	}
	s.done(w, begin(r.Context(), o.Name))
}

func (s *server) reset(w http.ResponseWriter, r *http.Request) {
	reset := s.current().Reset
	if reset == nil {
		refuse(w, http.StatusNotFound, "this demo cannot begin anew")
		return
	}
	s.done(w, reset(r.Context()))
}

// done answers for a call into the demo and lets the polls look again.
func (s *server) done(w http.ResponseWriter, err error) {
	s.wake()
	if err != nil {
		sorry(w, err.Error())
		return
	}
	answerJSON(w, map[string]any{"ok": true})
}

// find is the phone with an ID, if it has the chat.
func find(cfg Config, id string, chat int64) (Phone, bool) {
	i := slices.IndexFunc(cfg.Phones, func(p Phone) bool { return p.ID == id && slices.Contains(p.Chats, chat) })
	if i < 0 {
		return Phone{}, false
	}
	_, there := cfg.Phones[i].Server.Profile(chat)
	return cfg.Phones[i], there
}

func shows(p Phone, chat int64, id int) bool {
	return slices.ContainsFunc(p.Server.Chat(chat), func(m fakebot.Message) bool { return m.ID == id && !m.Deleted })
}

func hasButton(p Phone, o order) bool {
	m, ok := p.Server.Message(o.Chat, o.Message)
	return ok && !m.Deleted && o.Data != "" && slices.ContainsFunc(m.Buttons, func(row []fakebot.Button) bool {
		return slices.ContainsFunc(row, func(b fakebot.Button) bool { return b.Data == o.Data })
	})
}

func read(w http.ResponseWriter, r *http.Request) (order, bool) {
	var o order
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&o); err != nil {
		refuse(w, http.StatusBadRequest, "this is not what the page sends")
		return o, false
	}
	return o, true
}

func refuse(w http.ResponseWriter, code int, sentence string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": sentence})
}

// sorry is for what a person did too late, or what the service does not let them do: a sentence for them. It is no failure of
// the exchange, and a browser would write one into its console.
func sorry(w http.ResponseWriter, sentence string) {
	answerJSON(w, map[string]any{"error": sentence})
}

func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}
