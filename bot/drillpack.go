package bot

import (
	"context"
	"strconv"

	"twokey/internal/journal"
)

// mostSent is how large a document may be that a bot sends, in bytes, with room for what goes around it: 50 MB by Telegram's rules
// (core.telegram.org/bots/api, sendDocument).
const mostSent = 49_000_000

// YearPack packs all there is of a year's drills into one file, and sends it so that it can be saved and handed on, which nothing else
// that the bot sends can be.
type YearPack struct {
	Make func(ctx context.Context, year int) (File, error)
	Send sendDocument
}

// pack sends a year of drills as one file, in private, to whoever has to show that they are held: this year's, or the one that is
// named.
func (b *Bot) pack(ctx context.Context, s sender, words []string) {
	year, ok := b.yearOf(words)
	if !ok || b.Years.Make == nil {
		b.drillSettled(s, errDrillUsage("pack"))
		return
	}
	f, err := b.Years.Make(ctx, year)
	switch {
	case err != nil:
		b.failed(ctx, s, err)
		b.reply(s, b.Words.DrillFailed("the year could not be packed"))
		return
	case len(f.Bytes) > mostSent:
		b.reply(s, b.Words.DrillPackTooLarge(year, int64(len(f.Bytes))))
		return
	}
	o := document(s)
	o.HTML, o.Silent, o.Protect = b.Words.DrillPack(year), false, false // it is made to be handed on
	b.toOne(ctx, s, b.Years.Send, o, f.Name, f.Bytes)
}

// yearOf reads the year, which is this one in the config's zone when nobody says another.
func (b *Bot) yearOf(words []string) (int, bool) {
	var now int
	b.Log.View(func(n journal.Now) { now = n.In(b.zone()).Year() })
	if len(words) == 0 {
		return now, true
	}
	year, err := strconv.Atoi(words[0])
	return year, err == nil && len(words) == 1 && year > 0 && year <= now
}
