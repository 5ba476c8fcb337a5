package telegram

import (
	"context"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// Picture is a photo to send: its bytes, or the FileID that Telegram gave it when this bot sent it before. With a FileID
// nothing is uploaded.
type Picture struct {
	Name   string // of the file, such as "maintenance.png"
	Bytes  []byte // PNG or JPEG, at most 10 MB
	FileID string
}

// Posted is a photo that was sent.
type Posted struct {
	MessageID int
	FileID    string // of its largest size; for this bot only
}

// Photo sends a picture with o.HTML, 0–1024 characters after parsing, as its caption.
func (c *Client) Photo(ctx context.Context, o Out, pic Picture) (Posted, error) {
	p := params{}
	if err := o.address(p, "sendPhoto"); err != nil {
		return Posted{}, err
	}
	o.caption(p)
	var m posted
	if pic.FileID != "" {
		err := c.call(ctx, sendTimeout, "sendPhoto", p.text("photo", pic.FileID), &m)
		return m.posted(), err
	}
	file := []tgbotapi.RequestFile{{Name: "photo", Data: tgbotapi.FileBytes{Name: pic.Name, Bytes: pic.Bytes}}}
	err := c.do(ctx, uploadTimeout, "sendPhoto", &m, func(b *tgbotapi.BotAPI) (*tgbotapi.APIResponse, error) {
		return b.UploadFiles("sendPhoto", tgbotapi.Params(p), file)
	})
	return m.posted(), err
}

// posted is the JSON of a message with a photo, of which there are several sizes, the largest last.
type posted struct {
	ID    int `json:"message_id"`
	Sizes []struct {
		FileID string `json:"file_id"`
	} `json:"photo"`
}

func (m posted) posted() Posted {
	p := Posted{MessageID: m.ID}
	if n := len(m.Sizes); n > 0 {
		p.FileID = m.Sizes[n-1].FileID
	}
	return p
}

// Caption makes the text under a picture of ours what o says; see Edit, which is for messages without one.
func (c *Client) Caption(ctx context.Context, chat int64, message int, o Out) error {
	p := params{}.number("chat_id", chat).number("message_id", int64(message))
	if err := o.buttons(p, "editMessageCaption"); err != nil {
		return err
	}
	o.caption(p)
	err := c.call(ctx, sendTimeout, "editMessageCaption", p, nil)
	if ClassOf(err) == ClassNotModified {
		return nil
	}
	return err
}

// caption adds the text of what is a file. None is left out.
func (o Out) caption(p params) {
	if o.HTML != "" {
		p.text("caption", o.HTML).text("parse_mode", "HTML")
	}
}
