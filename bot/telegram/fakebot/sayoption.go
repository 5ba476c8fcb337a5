package fakebot

import (
	"maps"
	"time"
)

// SayOption changes how a message is said.
type SayOption func(*saying)

type saying struct {
	msg     object
	chat    object
	kind    string // of update
	caption bool
	photo   *Photo
	doc     *Document
	topic   int
	replyTo int
}

func field(name string, value any) SayOption { return func(p *saying) { p.msg[name] = value } }

// SentAt says when the message was sent, e.g. while the bot was down.
func SentAt(t time.Time) SayOption { return field("date", t.Unix()) }

// Forwarded makes a forward of the sender's own words, with both the new and the old fields, as the server has today.
func Forwarded() SayOption {
	return func(p *saying) { ForwardedOrigin()(p); ForwardedLegacy()(p) }
}

// ForwardedOrigin makes a forward with the new field only (Bot API 7.0).
func ForwardedOrigin() SayOption {
	return func(p *saying) {
		p.msg["forward_origin"] = object{"type": "user", "date": p.msg["date"], "sender_user": p.msg["from"]}
	}
}

// ForwardedLegacy makes a forward with the fields from before Bot API 7.0 only.
func ForwardedLegacy() SayOption {
	return func(p *saying) { p.msg["forward_from"], p.msg["forward_date"] = p.msg["from"], p.msg["date"] }
}

// ViaBot makes a message that was written by an inline bot.
func ViaBot() SayOption {
	return field("via_bot", object{"id": 93372553, "is_bot": true, "first_name": "Inline", "username": "inline_bot"})
}

// AnonymousAdmin hides the sender behind the group: from is the one account that all anonymous administrators share.
func AnonymousAdmin() SayOption {
	return func(p *saying) {
		p.msg["from"] = anonymousAdmin()
		p.msg["sender_chat"] = p.chat
	}
}

// AsChannel writes in the name of a channel.
func AsChannel() SayOption {
	return func(p *saying) {
		p.msg["from"] = object{"id": channelBotID, "is_bot": true, "first_name": "Channel", "username": "Channel_Bot"}
		p.msg["sender_chat"] = object{"id": -1009999999999, "type": "channel", "title": "A channel"}
	}
}

// AutomaticForward makes a linked channel's post that Telegram put into the group.
func AutomaticForward() SayOption {
	return func(p *saying) {
		AsChannel()(p)
		p.msg["from"] = object{"id": telegramID, "is_bot": false, "first_name": "Telegram"}
		p.msg["is_automatic_forward"] = true
	}
}

// FromBot makes the sender a bot.
func FromBot() SayOption {
	return func(p *saying) {
		from := maps.Clone(p.msg["from"].(object))
		from["is_bot"] = true
		p.msg["from"] = from
	}
}

// Topic puts the message into a forum topic, which opens if it is not there. It panics for a deleted one.
func Topic(threadID int) SayOption { return func(p *saying) { p.topic = threadID } }

// Edited delivers the message as edited_message: an edit of something from before the bot's time.
func Edited() SayOption {
	return func(p *saying) { p.kind, p.msg["edit_date"] = "edited_message", p.msg["date"] }
}

// ReplyTo replies to a message of the chat, also to one of the bot.
func ReplyTo(messageID int) SayOption { return func(p *saying) { p.replyTo = messageID } }

// Scheduled makes a message that was not typed now: a scheduled one, or an automatic answer.
func Scheduled() SayOption { return field("is_from_offline", true) }

// IsFromOffline is Scheduled under the field's name.
func IsFromOffline() SayOption { return Scheduled() }

// WithPhoto sends a picture with the text as its caption. It panics unless the bytes are one that Telegram would take.
func WithPhoto(name string, data []byte) SayOption {
	photo, err := readPhoto(name, data)
	if err != nil {
		panic("fakebot: " + err.description)
	}
	return func(p *saying) { own := *photo; p.caption, p.photo = true, &own }
}

// WithDocument sends a file with the text as its caption.
func WithDocument(name string, data []byte) SayOption {
	return func(p *saying) { p.caption, p.doc = true, &Document{Name: name, Bytes: data} }
}

// Caption makes a photo with the text as its caption; its bytes cannot be downloaded.
func Caption() SayOption { return func(p *saying) { p.caption = true } }

// Ephemeral makes a message that only its sender and the bot see (Bot API 10.2).
func Ephemeral() SayOption { return field("ephemeral_message_id", 1) }

// Raw changes the message's JSON at will, last of all.
func Raw(change func(msg map[string]any)) SayOption { return func(p *saying) { change(p.msg) } }
