package bot

import (
	"context"
	"strconv"
	"strings"

	"twokey/actions"
	"twokey/bot/text"
	"twokey/internal/journal"
)

const (
	// journalEntries is how many entries /journal tells when it names no number, mostEntries how many it tells at most.
	journalEntries = 10
	mostEntries    = 50
)

// parseJournal reads what stands behind /journal: a number, "all", both or nothing.
func parseJournal(words []string) (n int, all, ok bool) {
	if len(words) > 2 {
		return 0, false, false
	}
	n = journalEntries
	for _, w := range words {
		number, err := strconv.Atoi(w)
		switch {
		case strings.EqualFold(w, "all"):
			all = true
		case err != nil || number < 1 || number > mostEntries:
			return 0, false, false
		default:
			n = number
		}
	}
	return n, all, true
}

// journal tells the newest entries.
func (b *Bot) journal(ctx context.Context, s sender, c Command) {
	n, all, ok := parseJournal(c.Words)
	if !ok {
		b.reply(s, b.Words.JournalHow(mostEntries))
		return
	}
	events, err := b.Look.Journal(ctx, n, func(kind string) bool { return all || !text.Minor(kind) })
	if err != nil {
		b.Report(err)
		b.reply(s, b.Words.JournalUnread())
		return
	}
	v := text.JournalView{Events: events, All: all, Find: b.find}
	b.Log.View(func(now journal.Now) { v.Now = now.Time })
	b.reply(s, b.Words.Journal(v))
}

// find copies what is known about a request.
func (b *Bot) find(id actions.ID) (found *actions.Request, ok bool) {
	b.Log.View(func(journal.Now) {
		if r, there := b.State.Request(id); there {
			found, ok = r.Clone(), true
		}
	})
	return found, ok
}
