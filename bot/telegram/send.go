package telegram

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// maxData is the most bytes a button may carry (Bot API, InlineKeyboardButton).
const maxData = 64

// Again says what to do when a new message may have been sent (ClassUnknown).
// Edits are always repeated: doing one twice is doing it once.
type Again string

const (
	// AgainLeave, the zero value: never send it twice. For notices to users.
	AgainLeave Again = ""
	// AgainResend: rather twice than not at all. For cards and admin messages.
	AgainResend Again = "resend"
)

// Out is a message to send, or what a message shall become.
type Out struct {
	ChatID   int64
	ThreadID int    // forum topic, as Message.Thread gives it; 0 is none
	HTML     string // 1–4096 characters after parsing; of a document 0–1024
	Buttons  [][]Button
	ReplyTo  int  // id of the message to answer; if it is gone, the answer stands alone
	Silent   bool // no sound
	Protect  bool // cannot be forwarded or saved
	Again    Again
	// Asks opens a reply to it, of whoever it mentions or answers; for a message without Buttons. It cannot be edited later.
	Asks bool
}

// Button is a button under a message: with Data, which comes back when it is
// pressed, or with a URL.
type Button struct {
	Text  string `json:"text"`
	Data  string `json:"callback_data,omitempty"` // up to 64 bytes
	URL   string `json:"url,omitempty"`
	Style Style  `json:"style,omitempty"`
}

// Style colours a button in newer clients (Bot API 9.4).
type Style string

const (
	StylePlain   Style = ""
	StyleDanger  Style = "danger"
	StyleSuccess Style = "success"
	StylePrimary Style = "primary"
)

type keyboard struct {
	Rows [][]Button `json:"inline_keyboard"`
}

type force struct {
	Reply     bool `json:"force_reply"`
	Selective bool `json:"selective"`
}

type preview struct {
	Disabled bool `json:"is_disabled"`
}

type reply struct {
	Message int  `json:"message_id"`
	OrAlone bool `json:"allow_sending_without_reply"`
}

type sent struct {
	ID int `json:"message_id"`
}

// generalThread is the topic "General", which is sent to by naming none.
const generalThread = 1

// Send sends a message and returns its id.
func (c *Client) Send(ctx context.Context, o Out) (int, error) {
	p := params{}
	if err := o.address(p, "sendMessage"); err != nil {
		return 0, err
	}
	o.content(p)
	var m sent
	err := c.call(ctx, sendTimeout, "sendMessage", p, &m)
	return m.ID, err
}

// Document sends data as a file called name, with o.HTML as its caption.
func (c *Client) Document(ctx context.Context, o Out, name string, data []byte) (int, error) {
	p := params{}
	if err := o.address(p, "sendDocument"); err != nil {
		return 0, err
	}
	o.caption(p)
	p.flag("disable_content_type_detection", true)
	file := []tgbotapi.RequestFile{{Name: "document", Data: tgbotapi.FileBytes{Name: name, Bytes: data}}}
	var m sent
	err := c.do(ctx, uploadTimeout, "sendDocument", &m, func(b *tgbotapi.BotAPI) (*tgbotapi.APIResponse, error) {
		return b.UploadFiles("sendDocument", tgbotapi.Params(p), file)
	})
	return m.ID, err
}

// Edit makes a message of ours what o says; its place, ReplyTo, Silent and
// Protect are as they were. A message without Buttons loses those it had. That
// it already is so is success.
func (c *Client) Edit(ctx context.Context, chat int64, message int, o Out) error {
	p := params{}.number("chat_id", chat).number("message_id", int64(message))
	if err := o.buttons(p, "editMessageText"); err != nil {
		return err
	}
	o.content(p)
	err := c.call(ctx, sendTimeout, "editMessageText", p, nil)
	if ClassOf(err) == ClassNotModified {
		return nil
	}
	return err
}

// Answer answers a press of a button: up to 200 characters, as an alert to be
// tapped away or in passing. That it is too late for that is success: what the
// press did does not depend on it. It never waits for anything else.
func (c *Client) Answer(ctx context.Context, callbackID, text string, alert bool) error {
	p := params{}.text("callback_query_id", callbackID).text("text", cut(text, maxAnswerText)).flag("show_alert", alert)
	err := c.call(ctx, answerTimeout, "answerCallbackQuery", p, nil)
	if ClassOf(err) == ClassTooOld {
		return nil
	}
	return err
}

// maxAnswerText is in characters (Bot API, answerCallbackQuery).
const maxAnswerText = 200

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// Pin pins a message without a sound.
func (c *Client) Pin(ctx context.Context, chat int64, message int) error {
	p := params{}.number("chat_id", chat).number("message_id", int64(message)).flag("disable_notification", true)
	return c.call(ctx, sendTimeout, "pinChatMessage", p, nil)
}

// Unpin unpins a message; that it is not there is success.
func (c *Client) Unpin(ctx context.Context, chat int64, message int) error {
	p := params{}.number("chat_id", chat).number("message_id", int64(message))
	return absent(c.call(ctx, sendTimeout, "unpinChatMessage", p, nil))
}

// Delete deletes a message; that it is not there is success. Those older than
// 48 h cannot be deleted: ClassGone.
func (c *Client) Delete(ctx context.Context, chat int64, message int) error {
	p := params{}.number("chat_id", chat).number("message_id", int64(message))
	return absent(c.call(ctx, sendTimeout, "deleteMessage", p, nil))
}

// absent turns "message to … not found" into success.
func absent(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Class == ClassGone && strings.Contains(strings.ToLower(e.Description), "not found") {
		return nil
	}
	return err
}

// address adds where o goes and how.
func (o Out) address(p params, method string) error {
	p.number("chat_id", o.ChatID).flag("disable_notification", o.Silent).flag("protect_content", o.Protect)
	if o.ThreadID != generalThread {
		p.number("message_thread_id", int64(o.ThreadID))
	}
	if o.ReplyTo != 0 {
		p.json("reply_parameters", reply{Message: o.ReplyTo, OrAlone: true})
	}
	return o.buttons(p, method)
}

func (o Out) content(p params) {
	p.text("text", o.HTML).text("parse_mode", "HTML").json("link_preview_options", preview{Disabled: true})
}

// buttons adds the keyboard. None is left out: an empty one the server refuses.
func (o Out) buttons(p params, method string) error {
	var k keyboard
	for _, row := range o.Buttons {
		if len(row) > 0 {
			k.Rows = append(k.Rows, row)
		}
		for _, b := range row {
			if len(b.Data) > maxData {
				return &Error{Method: method, Class: ClassBug,
					Description: fmt.Sprintf("button %q: its data has %d bytes, at most %d fit", b.Text, len(b.Data), maxData)}
			}
		}
	}
	switch {
	case len(k.Rows) > 0:
		p.json("reply_markup", k)
	case o.Asks && !strings.HasPrefix(method, "edit"):
		p.json("reply_markup", force{Reply: true, Selective: true})
	}
	return nil
}

// seconds is d in whole seconds, at least 0.
func seconds(d time.Duration) int64 { return max(0, int64(d/time.Second)) }
