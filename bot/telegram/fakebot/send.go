package fakebot

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// ephemeralWithin is how long after a press any bot, not only an administrator, may answer with an ephemeral message.
const ephemeralWithin = 15 * time.Second

func (s *Server) sendMessage(req request) (any, *apiError) {
	text, err := readText(req, "text", "Message text is empty")
	if err != nil {
		return nil, err
	}
	buttons, err := readButtons(req)
	if err != nil {
		return nil, err
	}
	c, err := s.writable(req, "text messages")
	if err != nil {
		return nil, err
	}
	if text.runes() > maxText {
		return nil, bad("message is too long")
	}
	m := &Message{Text: text.plain, HTML: req.text("text"), Entities: text.entities, Buttons: buttons}
	return s.send(c, m, req)
}

func (s *Server) sendDocument(req request) (any, *apiError) {
	doc, err := s.document(req)
	if err != nil {
		return nil, err
	}
	c, m, err := s.captioned(req, "documents")
	if err != nil {
		return nil, err
	}
	m.Document = doc
	return s.send(c, m, req)
}

// captioned reads what every file is sent with; what is its kind, in the plural.
func (s *Server) captioned(req request, what string) (*chat, *Message, *apiError) {
	text, err := readText(req, "caption", "")
	if err != nil {
		return nil, nil, err
	}
	buttons, err := readButtons(req)
	if err != nil {
		return nil, nil, err
	}
	c, err := s.writable(req, what)
	if err != nil {
		return nil, nil, err
	}
	if text.runes() > maxCaption {
		return nil, nil, bad("message caption is too long")
	}
	return c, &Message{Text: text.plain, HTML: req.text("caption"), Entities: text.entities, Buttons: buttons}, nil
}

// document is an upload, or a file sent before under its file_id.
func (s *Server) document(req request) (*Document, *apiError) {
	doc := req.file("document")
	if doc == nil {
		old, err := s.sent(req, "document")
		if err == nil && old.doc == nil {
			err = bad("can't use file of type Photo as Document")
		}
		return old.doc, err
	}
	if len(doc.Bytes) == 0 {
		return nil, bad("file must be non-empty")
	}
	if int64(len(doc.Bytes)) > s.cfg.MaxDocument {
		return nil, &apiError{code: 413, description: "Request Entity Too Large"}
	}
	s.keepDocument(doc)
	return doc, nil
}

// send checks what all kinds of messages share, and puts m into the chat.
func (s *Server) send(c *chat, m *Message, req request) (any, *apiError) {
	if err := s.thread(c, m, req); err != nil {
		return nil, err
	}
	if err := s.ephemeral(c, m, req); err != nil {
		return nil, err
	}
	if err := s.limits.take(c, true, s.cfg.Now()); err != nil {
		return nil, err
	}
	m.ChatID, m.FromID, m.Date = c.id, s.cfg.BotID, time.Unix(s.cfg.Now().Unix(), 0)
	m.Silent, m.Protected = req.flag("disable_notification"), req.flag("protect_content")
	m.PreviewOff = previewOff(req)
	if m.EphemeralTo != 0 {
		m.ephemeralID = len(c.messages) + 1
	} else {
		m.ID = s.newID(c)
		c.botSpoke = true
	}
	c.messages = append(c.messages, m)
	c.typing = typing{}
	return s.messageJSON(c, m), nil
}

// thread finds the topic and the message replied to.
func (s *Server) thread(c *chat, m *Message, req request) *apiError {
	m.ThreadID = int(req.number("message_thread_id"))
	if m.ThreadID != 0 && !c.topics[m.ThreadID] || m.ThreadID == 1 { // General has id 1, which is refused all the same
		return bad("message thread not found")
	}
	reply := struct {
		MessageID int  `json:"message_id"`
		Optional  bool `json:"allow_sending_without_reply"`
	}{int(req.number("reply_to_message_id")), req.flag("allow_sending_without_reply")}
	if raw := req.text("reply_parameters"); raw != "" {
		if json.Unmarshal([]byte(raw), &reply) != nil {
			return bad("can't parse reply parameters JSON object") // wording is a guess
		}
	}
	to := c.find(reply.MessageID)
	if to == nil && reply.MessageID != 0 && !reply.Optional {
		return bad("message to be replied not found")
	}
	if to != nil {
		m.ReplyTo = to.ID
		if m.ThreadID == 0 { // an answer goes where its question stands
			m.ThreadID = to.ThreadID
		}
	}
	return nil
}

// ephemeral reads ephemeral_message_parameters (Bot API 10.3). The wordings of its refusals are guesses.
func (s *Server) ephemeral(c *chat, m *Message, req request) *apiError {
	raw := req.text("ephemeral_message_parameters")
	if raw == "" {
		return nil
	}
	var p struct {
		Receiver int64  `json:"receiver_user_id"`
		Callback string `json:"callback_query_id"`
	}
	if json.Unmarshal([]byte(raw), &p) != nil || c.private() || !slices.Contains([]string{"member", "administrator", "creator"}, c.status(p.Receiver)) {
		return bad("can't send an ephemeral message to the user")
	}
	cb := s.callbacks[p.Callback]
	fresh := cb != nil && cb.by == p.Receiver && s.cfg.Now().Sub(cb.at) <= ephemeralWithin
	if c.botStatus != "administrator" && !fresh {
		return bad("not enough rights to send ephemeral messages to the chat")
	}
	m.EphemeralTo = p.Receiver
	return nil
}

func previewOff(req request) bool {
	var o struct {
		Off bool `json:"is_disabled"`
	}
	_ = json.Unmarshal([]byte(req.text("link_preview_options")), &o)
	return o.Off || req.flag("disable_web_page_preview")
}

func (s *Server) sendChatAction(req request) (any, *apiError) {
	c, err := s.writable(req, "text messages")
	if err != nil {
		return nil, err
	}
	if topic := int(req.number("message_thread_id")); topic != 0 && !c.topics[topic] {
		return nil, bad("message thread not found")
	}
	actions := []string{
		"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
		"choose_sticker", "find_location", "record_video_note", "upload_video_note",
	}
	if !slices.Contains(actions, strings.ToLower(req.text("action"))) {
		return nil, bad("wrong parameter action in request")
	}
	s.setTyping(c, req.text("action"))
	return true, nil
}
