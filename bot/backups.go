package bot

import (
	"context"
	"strconv"

	"twokey/actions"
)

// backups lists the backups, a page at a time; people count pages from one.
func (b *Bot) backups(ctx context.Context, s sender, c Command) {
	v := b.Look.Backups(ctx)
	if len(c.Words) > 0 {
		n, err := strconv.Atoi(c.Words[0])
		if err != nil || n < 1 || len(c.Words) > 1 {
			b.reply(s, b.Words.Refusal(&actions.Refusal{Reason: actions.BadParam, Action: "backups", Param: "page", Detail: "is the number of a page, such as 2"}))
			return
		}
		v.Page = n - 1
	}
	b.reply(s, b.Words.Backups(v))
}

// pickBackup answers a command that does not say which backup it is about, and says whether it did: looking is done aside.
func (b *Bot) pickBackup(s sender, a actions.Action, no *actions.Refusal) bool {
	if no == nil || no.Reason != actions.MissingParam || b.Look.Backups == nil || !a.Takes(no.Param, actions.BackupID) {
		return false
	}
	b.Aside.Do(func(ctx context.Context) { b.reply(s, b.Words.PickBackup(string(a.Name), b.Look.Backups(ctx))) })
	return true
}
