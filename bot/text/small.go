package text

import (
	"twokey/actions"
	"twokey/auth"
)

// OldButton answers a press of a button that this version does not know.
func (w Words) OldButton() string {
	return string(w.say("This button is from another time. Type /pending."))
}

// JournalDownLine is JournalDown as the answer to a press.
func (w Words) JournalDownLine() string {
	return string(w.say("Nothing was decided: the journal cannot be written. Stopping still works where one person may stop."))
}

// NoOutput answers when there is no output to show.
func (w Words) NoOutput(id actions.ID) Card {
	p := page{words: w}
	p.add(w.say("Run %s printed nothing, or its output is not kept any more.", tag(uint64(id))))
	return p.card()
}

// NoRows answers when the rows of a check cannot be read.
func (w Words) NoRows(check string, err error) Card {
	p := page{words: w}
	p.add(w.say("The rows of %s cannot be read: %s", quiet(check, maxName), sentence(err.Error(), maxWhy)))
	return p.card()
}

// RowsCaption stands over the rows of a check, which are as of now.
func (w Words) RowsCaption(check string, id actions.ID, more bool) string {
	line := w.say("Rows of %s as they are now, for %s. Personal: keep them to yourself.", quiet(check, maxName), numbered(id))
	if more {
		line = join(" ", line, w.say("There are more than fit."))
	}
	return string(line)
}

// NoPrivateChat tells that somebody cannot be written to in private yet.
func (w Words) NoPrivateChat(who auth.Name) Card {
	p := page{words: w}
	p.add(w.say("%s: I cannot write to you in private. Open my chat, press Start, and try again.", name(who)))
	return p.card()
}

// Nameless answers a command that names a bot, while we do not know whether we are that bot.
func (w Words) Nameless(command string) Card {
	p := page{words: w}
	p.add(w.say("I do not know my own name yet, so this may be for another bot: type %s without a name.", typed("/"+command)))
	return p.card()
}
