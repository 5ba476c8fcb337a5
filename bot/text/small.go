package text

import "twokey/actions"

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

// Nameless answers a command that names a bot, while we do not know whether we are that bot.
func (w Words) Nameless(command string) Card {
	p := page{words: w}
	p.add(w.say("I do not know my own name yet, so this may be for another bot: type %s without a name.", typed("/"+command)))
	return p.card()
}
