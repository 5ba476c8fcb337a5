package bot

import (
	"context"

	"twokey/bot/telegram"
)

// Gallery shows pictures: those of notices, as users get them, and what a number did over time. A nil Gallery has none.
type Gallery struct {
	// Of is the picture of a template; false when it has none.
	Of    func(template string) (telegram.Picture, bool)
	Photo func(ctx context.Context, o telegram.Out, p telegram.Picture) (telegram.Posted, error)
}

// send sends a message under the picture of a template, or, when there is none, as plain does.
func (g *Gallery) send(ctx context.Context, o telegram.Out, template string, plain func(context.Context, telegram.Out) (int, error)) (int, error) {
	if g == nil || template == "" {
		return plain(ctx, o)
	}
	p, has := g.Of(template)
	if !has {
		return plain(ctx, o)
	}
	posted, err := g.Photo(ctx, o, p)
	return posted.MessageID, err
}
