package telegram

// Reason says why a message or a press must not be obeyed. The zero Reason is
// that there is none.
type Reason string

const (
	ReasonNone Reason = ""
	// ReasonEdited: what people read then is not what it says now.
	ReasonEdited Reason = "edited"
	// ReasonChannelPost: posts of channels have no author.
	ReasonChannelPost Reason = "channel post"
	// ReasonBusiness: sent to or by a business account, perhaps by its bot.
	ReasonBusiness Reason = "business"
	// ReasonGuest: the bot was called into a chat it is not a member of.
	ReasonGuest Reason = "guest"
	// ReasonEphemeral: the others in the chat do not see it.
	ReasonEphemeral Reason = "ephemeral"
	// ReasonAutomaticForward: copied from the linked channel.
	ReasonAutomaticForward Reason = "automatic forward"
	// ReasonForwarded: written by somebody else, or at another time.
	ReasonForwarded Reason = "forwarded"
	// ReasonViaBot: the text is another bot's.
	ReasonViaBot Reason = "via bot"
	// ReasonAnonymous: sent as the group, by an anonymous administrator. Their
	// own press would count as a second person's.
	ReasonAnonymous Reason = "anonymous"
	// ReasonSenderChat: sent in the name of a channel or another chat.
	ReasonSenderChat Reason = "in the name of a chat"
	// ReasonNoSender: nobody sent it.
	ReasonNoSender Reason = "no sender"
	// ReasonBot: a bot sent it.
	ReasonBot Reason = "bot"
	// ReasonOffline: scheduled, or sent while its author was away.
	ReasonOffline Reason = "scheduled"
	// ReasonNoMessage: the pressed button is not on a message of a chat.
	ReasonNoMessage Reason = "no message"
)

// Accounts of Telegram that stand for others: tdlib/td ServiceMessages and
// Bot API, Message.from. The last is GroupAnonymousBot of the test servers.
const (
	telegramID           = 777000
	channelBotID         = 136817688
	groupAnonymousID     = 1087968824
	groupAnonymousTestID = 552888
)

// Suspicious returns why m must not be obeyed, whoever sent it. It does not
// know who may command, where, nor how old a message may be: see Client.Age.
func Suspicious(m Message) Reason {
	switch {
	case m.Edited:
		return ReasonEdited
	case m.ChannelPost:
		return ReasonChannelPost
	case m.Business:
		return ReasonBusiness
	case m.Guest:
		return ReasonGuest
	case m.Ephemeral:
		return ReasonEphemeral
	case m.AutomaticForward:
		return ReasonAutomaticForward
	case m.Forwarded:
		return ReasonForwarded
	case m.ViaBot:
		return ReasonViaBot
	case m.Offline:
		return ReasonOffline
	}
	return suspiciousSender(m)
}

func suspiciousSender(m Message) Reason {
	switch {
	case m.SenderChat != nil && m.SenderChat.ID == m.Chat.ID:
		return ReasonAnonymous
	case m.SenderChat != nil:
		return ReasonSenderChat
	case m.From == nil || m.From.ID <= 0:
		return ReasonNoSender
	}
	return suspiciousUser(*m.From)
}

func suspiciousUser(u User) Reason {
	switch u.ID {
	case groupAnonymousID, groupAnonymousTestID:
		return ReasonAnonymous
	case channelBotID, telegramID:
		return ReasonSenderChat
	}
	if u.IsBot {
		return ReasonBot
	}
	return ReasonNone
}

// SuspiciousPress returns why c must not be obeyed, whoever pressed.
func SuspiciousPress(c Callback) Reason {
	switch {
	case !c.HasMessage || c.ChatID == 0 || c.MessageID == 0:
		return ReasonNoMessage
	case c.From.ID <= 0:
		return ReasonNoSender
	}
	return suspiciousUser(c.From)
}
