package telegram

import "context"

// Sent is where a message is.
type Sent struct {
	ChatID    int64 // not the one it was sent to, if that group became a supergroup
	MessageID int
}

// Send sends o when it is its turn; see Do. If its topic is gone, it goes to
// the chat without one.
func (l *Lanes) Send(ctx context.Context, p Priority, o Out) (Sent, error) {
	return l.post(ctx, p, o, l.client.Send)
}

// Document sends data as a file when it is its turn; see Send.
func (l *Lanes) Document(ctx context.Context, p Priority, o Out, name string, data []byte) (Sent, error) {
	return l.post(ctx, p, o, func(ctx context.Context, o Out) (int, error) {
		return l.client.Document(ctx, o, name, data)
	})
}

// Edit edits a message of the chat o.ChatID when it is its turn; see Do.
func (l *Lanes) Edit(ctx context.Context, p Priority, message int, o Out) error {
	return l.Do(ctx, Turn{Chat: o.ChatID, Priority: p, Message: message}, func(ctx context.Context, chat int64) error {
		return l.client.Edit(ctx, chat, message, o)
	})
}

func (l *Lanes) post(ctx context.Context, p Priority, o Out, send func(context.Context, Out) (int, error)) (Sent, error) {
	var s Sent
	err := l.Do(ctx, Turn{Chat: o.ChatID, Priority: p, Again: o.Again}, func(ctx context.Context, chat int64) (err error) {
		if chat != o.ChatID {
			// The numbers of the old group are other messages in the new one.
			o.ChatID, o.ReplyTo, o.ThreadID = chat, 0, 0
		}
		s.ChatID = chat
		s.MessageID, err = send(ctx, o)
		if ClassOf(err) == ClassThreadGone && o.ThreadID != 0 {
			o.ThreadID = 0
			s.MessageID, err = send(ctx, o)
		}
		return err
	})
	return s, err
}
