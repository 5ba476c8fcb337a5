package fakebot

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Limits of getUpdates, from the server's source (tdlib/telegram-bot-api, Client.cpp).
const (
	maxPoll       = 50 * time.Second
	maxBatch      = 100
	updateLife    = 24 * time.Hour
	callbackLife  = 150 * time.Second
	repeatOneTime = 500 * time.Millisecond // the same offset again so soon gets one update
	repeatWait    = 3 * time.Second        // and so soon waits at least this long for one
)

type update struct {
	id   int64
	raw  []byte
	born time.Time
	life time.Duration
}

// updateQueue holds what the bot has not confirmed.
type updateQueue struct {
	next    int64
	offset  int64
	waiting []*update
	again   []*update // handed out once more, whatever the offset
	sent    map[int64]*update
	allowed map[string]bool // nil is the default set

	lastOffset int64 // of the previous getUpdates, for the rules on repeated ones
	lastPoll   time.Time
}

// optIn is what a bot gets only if it asks by name.
func optIn(kind string) bool {
	return kind == "chat_member" || kind == "message_reaction" || kind == "message_reaction_count"
}

func (q *updateQueue) wants(kind string) bool {
	if q.allowed == nil {
		return !optIn(kind)
	}
	return q.allowed[kind]
}

// push creates an update if the bot wants its kind: the filter works here, not at delivery. The caller holds mu.
// The id is 0 when there is no update.
func (s *Server) push(kind string, payload any) int64 {
	if !s.queue.wants(kind) {
		return 0
	}
	life := updateLife
	if kind == "callback_query" {
		life = callbackLife
	}
	id := s.queue.next
	s.enqueue(id, mustJSON(object{"update_id": id, kind: payload}), life)
	return id
}

func (s *Server) enqueue(id int64, raw []byte, life time.Duration) {
	u := &update{id: id, raw: raw, born: s.cfg.Now(), life: life}
	s.queue.next = id + 1
	s.queue.sent[id] = u
	s.queue.waiting = append(s.queue.waiting, u)
	s.wake()
}

// Inject queues an update as it is, past the allowed_updates filter: any kind, malformed ones too, even broken JSON
// (which breaks the whole answer). An update_id is added when raw is an object without one. The id is returned.
func (s *Server) Inject(raw string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, body := s.queue.next, []byte(raw)
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) == nil && fields != nil {
		if given, ok := fields["update_id"]; !ok {
			fields["update_id"] = mustJSON(id)
			body = mustJSON(fields)
		} else {
			_ = json.Unmarshal(given, &id)
		}
	}
	s.enqueue(id, body, updateLife)
	return id
}

// Redeliver hands out an update once more, even if it was confirmed. It panics if there never was such an update.
func (s *Server) Redeliver(updateID int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.queue.sent[updateID]
	if !ok {
		panic("fakebot: no such update")
	}
	s.queue.again = append(s.queue.again, u)
	s.wake()
}

// LastUpdateID is the id of the newest update; 0 before the first.
func (s *Server) LastUpdateID() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue.sent) == 0 {
		return 0
	}
	return s.queue.next - 1
}

// SetNextUpdateID chooses the next update's id: after a week of silence Telegram picks a new one at random, also a
// smaller one.
func (s *Server) SetNextUpdateID(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.next = id
}

// Offset is the offset the bot confirmed with last; 0 before the first.
func (s *Server) Offset() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.offset
}

// Pending counts the updates that are neither confirmed nor expired.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	return len(s.queue.waiting) + len(s.queue.again)
}

// Polling tells whether a long poll is waiting at this moment.
func (s *Server) Polling() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.poll != nil
}

func (s *Server) expire() {
	now := s.cfg.Now()
	s.queue.waiting = slices.DeleteFunc(s.queue.waiting, func(u *update) bool { return now.Sub(u.born) >= u.life })
}

func (q *updateQueue) confirm(offset int64) {
	switch {
	case offset > q.next: // in the future, e.g. from before the ids started anew: the server falls back to the oldest
		q.offset = offset
	case offset > 0:
		q.waiting = slices.DeleteFunc(q.waiting, func(u *update) bool { return u.id < offset })
		q.offset = offset
	case offset < 0: // keeps the last -offset updates and forgets all before them
		if forget := int64(len(q.waiting)) + offset; forget > 0 {
			q.offset = q.waiting[forget].id
			q.waiting = slices.Clone(q.waiting[forget:])
		}
	}
}

// setAllowed reads allowed_updates. Anything but a list keeps the previous set; an empty list, or one of unknown names
// only, is the default set.
func (q *updateQueue) setAllowed(list string) {
	var names []string
	if list == "" || json.Unmarshal([]byte(list), &names) != nil || names == nil {
		return
	}
	q.allowed = nil
	for _, name := range names {
		if !knownKind(name) {
			continue
		}
		if q.allowed == nil {
			q.allowed = map[string]bool{}
		}
		q.allowed[strings.ToLower(name)] = true
	}
}

func knownKind(name string) bool {
	return slices.Contains([]string{
		"message", "edited_message", "channel_post", "edited_channel_post", "business_connection", "business_message",
		"edited_business_message", "deleted_business_messages", "message_reaction", "message_reaction_count",
		"inline_query", "chosen_inline_result", "callback_query", "shipping_query", "pre_checkout_query",
		"purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_member", "chat_join_request",
		"chat_boost", "removed_chat_boost",
	}, strings.ToLower(name))
}
