package delivery

import (
	"errors"
	"strings"
	"time"

	"twokey/bot/telegram"
)

// maxResends bounds how often somebody can get the same message, for a job that resends: this often, and once.
const maxResends = 2

// verdict is what an answer of Telegram means: for the recipient, and for everybody behind them.
type verdict struct {
	state State
	again bool          // it has had its turn: back to the end of the queue
	doubt bool          // it may have been done, and is done again
	halt  time.Duration // nothing goes before that
	shaky bool          // Telegram may be away: ask before anything goes
	away  bool          // nobody can write to them: remember that
	never bool          // and they will not come back

	revoked bool // the token is not good any more
	text    bool // the text, or the request, is not to Telegram's liking
	parse   bool // certainly the text
}

// judge reads the answer to one message. What is certain not to have been done goes back to the queue; what may have been
// done is unknown, unless doing it twice is wanted or the same as doing it once.
func judge(op Op, resends bool, doubts int, err error) verdict {
	switch telegram.ClassOf(err) {
	case "", telegram.ClassNotModified:
		return verdict{state: StateSent}
	case telegram.ClassUnknown:
		if resends && doubts < maxResends {
			return verdict{state: StateQueued, again: true, doubt: true, shaky: true}
		}
		return verdict{state: StateUnknown, shaky: true}
	case telegram.ClassRefused:
		return verdict{state: StateQueued, shaky: true}
	case telegram.ClassRateLimited:
		return verdict{state: StateQueued, again: true, halt: haltFor(err)} // should it be one chat's limit, it holds nobody up
	case telegram.ClassUnauthorized:
		return verdict{state: StateQueued, revoked: true}
	case telegram.ClassChatGone:
		return chatGone(said(err))
	case telegram.ClassParse:
		return verdict{state: StateFailed, text: true, parse: true}
	case telegram.ClassBug:
		return verdict{state: StateFailed, text: true}
	case telegram.ClassGone:
		if op == OpDelete {
			return verdict{state: StateLate}
		}
	}
	return verdict{state: StateFailed} // rights, discarded at once, and what no private chat gets
}

func chatGone(words string) verdict {
	words = strings.ToLower(words)
	if strings.Contains(words, "blocked") {
		return verdict{state: StateBlocked, away: true}
	}
	return verdict{state: StateGone, away: true, never: strings.Contains(words, "deactivated")}
}

// grace is what a halt lasts longer than Telegram said: clocks differ, and a halt that ends too early is followed by another.
const grace = 100 * time.Millisecond

func haltFor(err error) time.Duration {
	var e *telegram.Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		return e.RetryAfter + grace
	}
	return time.Second + grace
}

// said is Telegram's own words, or what happened on the network.
func said(err error) string {
	var e *telegram.Error
	if errors.As(err, &e) && e.Code != 0 {
		return shortened(e.Description)
	}
	if err == nil {
		return ""
	}
	return shortened(err.Error())
}

// maxWhy is in characters: why a delivery failed stands in its row.
const maxWhy = 200

func shortened(s string) string {
	if r := []rune(s); len(r) > maxWhy {
		return string(r[:maxWhy-1]) + "…"
	}
	return s
}
