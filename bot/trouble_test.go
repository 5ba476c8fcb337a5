package bot_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"twokey/actions"
	"twokey/bot/telegram"
	"twokey/bot/telegram/fakebot"
)

// trouble is one thing Telegram may say, at which call, and what the running bot is to make of it.
type trouble struct {
	fault fakebot.Fault
	check func(n *night, f fakebot.Fault)
}

// says is an answer of the Bot API; of a description, several may be given that mean the same.
func says(method string, code int, check func(*night, fakebot.Fault), descriptions ...string) (list []trouble) {
	for _, d := range descriptions {
		list = append(list, trouble{fakebot.Fault{Method: method, Code: code, Description: d, Kind: fakebot.JSONError}, check})
	}
	return list
}

// TestWhateverTelegramSays plays every error of section 2.2 of the facts about Telegram against the running bot: what
// Telegram says at which call, and what happens then. In each story the request must reach its end, and be told where it can be.
func TestWhateverTelegramSays(t *testing.T) {
	var all []trouble
	for _, more := range [][]trouble{
		says("sendMessage", 403, bobIsGone, "Forbidden: bot was blocked by the user", "Forbidden: user is deactivated",
			"Forbidden: bot can't initiate conversation with a user", "Forbidden: the bot can't send messages to the bot",
			"Forbidden: bot can't send messages to bots"),
		says("sendMessage", 400, bobIsGone, "Bad Request: chat not found", "Bad Request: private chat not found",
			"Bad Request: PEER_ID_INVALID", "Bad Request: user not found"),
		says("sendMessage", 403, nextAccount, "Forbidden: bot was blocked by the user"),
		says("sendMessage", 403, adminChatIsGone, "Forbidden: bot was kicked from the group chat", "Forbidden: bot was kicked from the supergroup chat",
			"Forbidden: bot was kicked from the channel chat", "Forbidden: bot is not a member of the supergroup chat",
			"Forbidden: bot is not a member of the group chat", "Forbidden: bot is not a member of the channel chat", "Forbidden: the group chat was deleted"),
		says("sendMessage", 400, adminChatIsGone, "Bad Request: chat not found", "Bad Request: have no write access to the chat",
			"Bad Request: need administrator rights in the channel chat", "Bad Request: not enough rights to send text messages to the chat",
			"Bad Request: CHAT_WRITE_FORBIDDEN", "Bad Request: TOPIC_CLOSED"),
		says("sendMessage", 400, adminChatIsGone, "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"",
			"Bad Request: can't parse entities: Unsupported start tag \"x\" at byte offset 4", "Bad Request: can't parse entities: Unmatched end tag",
			"Bad Request: message text is empty", "Bad Request: text must be non-empty", "Bad Request: reply markup is too long", "Bad Request: BUTTON_DATA_INVALID",
			"Bad Request: Text buttons are unallowed in the inline keyboard", "Bad Request: Field \"inline_keyboard\" must be of type Array"),
		says("sendMessage", 400, sentWithoutIt, "Bad Request: message thread not found", "Bad Request: message to be replied not found"),
		says("editMessageText", 400, sentAnew, "Bad Request: message to edit not found", "Bad Request: message can't be edited", "Bad Request: MESSAGE_ID_INVALID"),
		says("editMessageText", 400, takenForDone, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"+
			" as a current content and reply markup of the message"),
		says("answerCallbackQuery", 400, theVoteCounts, "Bad Request: query is too old and response timeout expired or query ID is invalid"),
		says("pinChatMessage", 400, pinsAreOptional, "Bad Request: not enough rights to manage pinned messages in the chat", "Bad Request: message to pin not found",
			"Bad Request: CHAT_ADMIN_REQUIRED"),
		says("unpinChatMessage", 400, pinsAreOptional, "Bad Request: message to unpin not found", "Bad Request: not enough rights to manage pinned messages in the chat"),
		says("getUpdates", 401, denied, "Unauthorized", "Unauthorized: invalid token specified"),
		says("getUpdates", 404, denied, "Not Found"),
		says("getUpdates", 421, denied, "Misdirected Request: unallowed token specified"),
		says("getUpdates", 409, conflict, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"),
		says("getUpdates", 409, webhook, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
			"Conflict: terminated by setWebhook request"),
		says("sendMessage", 500, sentTwice, "Internal Server Error: restart"),
		says("sendMessage", 500, notSentAgain, "Internal Server Error: sent message was immediately deleted and can't be returned"),
		says("setMyCommands", 400, menuLater, "Bad Request: chat not found"),
		{{fakebot.Fault{Method: "sendMessage", Kind: fakebot.HTML502}, sentTwice}, {fakebot.Fault{Method: "sendMessage", Kind: fakebot.Empty504}, sentTwice},
			{fakebot.Fault{Method: "sendMessage", Kind: fakebot.JSONError, Code: 429, Description: "Too Many Requests: retry after 37", RetryAfter: 37}, waits}},
	} {
		all = append(all, more...)
	}
	for _, x := range all {
		name := x.fault.Method + " " + string(x.fault.Kind) + " " + x.fault.Description
		t.Run(strings.ReplaceAll(name, "/", "_"), func(t *testing.T) {
			t.Parallel()
			spend(t, shift{topic: 7}, func(n *night) { x.check(n, x.fault) })
		})
	}
}

// goesOn has bob agree by a button in a chat, and the request come to its end, told there.
func (n *night) goesOn(id actions.ID, user, chat int64) {
	n.t.Helper()
	cards := n.shows(chat, "pending")
	if len(cards) == 0 {
		n.t.Fatalf("chat %d has no pending card", chat)
	}
	if _, err := n.PressButton(user, chat, cards[len(cards)-1].ID, "Approve"); err != nil {
		n.t.Fatal(err)
	}
	n.pass(time.Second)
	n.run(id)
	n.pass(20 * time.Second)
	n.want(chat, fmt.Sprintf("#%d · journal", id), 1)
}

func (n *night) failAt(chat int64, f fakebot.Fault) {
	f.Match, f.N = in(chat), -1
	n.Fail(f)
}

func (n *night) wantReported(part string, count int) {
	n.t.Helper()
	if got := n.reported(part); got != count {
		n.t.Errorf("%q was reported %d times, want %d: %v", part, got, count, n.reports())
	}
}

// bobIsGone: his copy is given up, tried once, and reported once however many requests there are.
func bobIsGone(n *night, f fakebot.Fault) {
	n.failAt(12, f)
	id := n.ask("/touch")
	n.goesOn(id, 13, 13)
	n.want(adminChat, "succeeded", 1)
	n.goesOn(n.ask("/note hello"), 13, 13)
	n.wantReported("chat 12", 1)
	if calls := n.to("sendMessage", 12); len(calls) != 2 {
		n.t.Errorf("bob's chat was tried %d times for two requests", len(calls))
	}
}

// nextAccount: cid's other account gets the copy.
func nextAccount(n *night, f fakebot.Fault) {
	n.failAt(13, f)
	n.goesOn(n.ask("/touch"), 14, 14)
	n.want(13, "", 0)
}

// adminChatIsGone: it is left alone, once reported, and those who may approve are asked in private all the same.
func adminChatIsGone(n *night, f fakebot.Fault) {
	n.failAt(adminChat, f)
	n.goesOn(n.ask("/touch"), 12, 12)
	n.wantReported("given up", 1)
	if calls := n.to("sendMessage", adminChat); len(calls) != 1 {
		n.t.Errorf("the admin chat was tried %d times", len(calls))
	}
}

// sentWithoutIt: without the topic that was deleted, or as no answer to what is gone.
func sentWithoutIt(n *night, f fakebot.Fault) {
	param, asked := "message_thread_id", int64(11) // in private, so that the configured topic is the card's
	if strings.Contains(f.Description, "replied") {
		param, asked = "reply_parameters", adminChat
	}
	f.N, f.Match = -1, func(c fakebot.Call) bool { return in(adminChat)(c) && c.Params[param] != "" }
	n.Fail(f)
	n.goesOn(n.askIn(asked, "/touch"), 12, adminChat)
	n.wantReported("", 0)
}

// sentAnew: a card that is gone is sent again, and shows the end.
func sentAnew(n *night, f fakebot.Fault) {
	id := n.ask("/touch")
	first := n.shows(adminChat, "pending")[0]
	f.Match = func(c fakebot.Call) bool { return in(adminChat)(c) }
	n.Fail(f)
	n.approve(id)
	n.pass(3 * time.Second)
	n.run(id)
	n.pass(20 * time.Second)
	if m := n.shows(adminChat, "succeeded"); len(m) != 1 || m[0].ID == first.ID {
		n.t.Errorf("%d cards tell the end, the first one again: %v", len(m), len(m) == 1)
	}
}

func takenForDone(n *night, f fakebot.Fault) {
	id := n.ask("/touch")
	n.failAt(adminChat, f)
	n.approve(id)
	n.run(id)
	n.pass(20 * time.Second)
	if open := n.cards.Open(); len(open) != 0 || n.reported("") != 0 {
		n.t.Errorf("cards of %v are open; reported: %v", open, n.reports())
	}
}

// theVoteCounts: the vote does not depend on the answer to the press.
func theVoteCounts(n *night, f fakebot.Fault) {
	f.N = -1
	n.Fail(f)
	n.goesOn(n.ask("/touch"), 12, adminChat)
	n.wantReported("", 0)
}

// pinsAreOptional: a pin that cannot be is reported at most once, and everything else goes on.
func pinsAreOptional(n *night, f fakebot.Fault) {
	f.N = -1
	n.Fail(f)
	n.goesOn(n.ask("/touch"), 12, adminChat)
	n.goesOn(n.ask("/note hello"), 12, 12)
	want := 1
	if strings.Contains(f.Description, "not found") {
		want = 0
	}
	n.wantReported("pinned", want)
	if open := n.cards.Open(); len(open) != 0 {
		n.t.Errorf("cards of %v are open", open)
	}
}

// denied: it says so and keeps asking, slowly; what is decided is shown, and when the token is good again all goes on.
func denied(n *night, f fakebot.Fault) {
	f.N = -1
	release := n.Fail(f)
	n.Say(12, 12, "/help") // wakes the poll under way
	n.pass(10 * time.Minute)
	if polls := len(n.CallsOf("getUpdates")); !n.was(telegram.LinkDenied) || polls < 5 || polls > 15 {
		n.t.Errorf("denied said: %v; %d polls in ten minutes, want about one a minute", n.was(telegram.LinkDenied), polls)
	}
	release()
	n.pass(2 * time.Minute)
	n.goesOn(n.ask("/touch"), 12, adminChat)
}

// conflict: somebody else has the token; it says so, and goes on taking what it gets.
func conflict(n *night, f fakebot.Fault) {
	f.N = 3
	n.Fail(f)
	n.Say(12, 12, "/help")
	n.pass(time.Minute)
	if !n.was(telegram.LinkConflict) {
		n.t.Error("the conflict was not told")
	}
	n.goesOn(n.ask("/touch"), 12, adminChat)
}

func webhook(n *night, f fakebot.Fault) {
	n.Fail(f)
	n.Say(12, 12, "/help")
	n.pass(time.Minute)
	if len(n.CallsOf("deleteWebhook")) != 1 {
		n.t.Errorf("the webhook was removed %d times", len(n.CallsOf("deleteWebhook")))
	}
	n.goesOn(n.ask("/touch"), 12, adminChat)
}

// sentTwice: nobody knows whether it was sent; a card comes rather twice than not at all, and the bot goes on with the last.
func sentTwice(n *night, f fakebot.Fault) {
	f.Match, f.Processed = in(adminChat), true
	n.Fail(f)
	id := n.ask("/touch")
	n.pass(10 * time.Second)
	n.want(adminChat, "pending", 2)
	n.goesOn(id, 12, adminChat)
}

func notSentAgain(n *night, f fakebot.Fault) {
	n.failAt(adminChat, f)
	n.goesOn(n.ask("/touch"), 12, 12)
	if calls := n.to("sendMessage", adminChat); len(calls) != 1 {
		n.t.Errorf("it was sent %d times", len(calls))
	}
}

// waits: as long as it was told, and then it goes out, once. The private chats do not wait for the admin chat.
func waits(n *night, f fakebot.Fault) {
	f.Match = in(adminChat)
	n.Fail(f)
	begun := time.Now()
	n.ask("/touch")
	n.want(12, "pending", 1)
	n.want(adminChat, "pending", 0)
	n.pass(time.Minute)
	n.want(adminChat, "pending", 1)
	calls := n.to("sendMessage", adminChat)
	if len(calls) != 2 || calls[1].At.Sub(begun) < 37*time.Second {
		n.t.Errorf("%d calls, the last after %s", len(calls), calls[len(calls)-1].At.Sub(begun))
	}
}

// menuLater: a menu that cannot be set is reported once and tried again, and nothing waits for it.
func menuLater(n *night, f fakebot.Fault) {
	before := len(n.CallsOf("setMyCommands"))
	if before != 7 {
		n.t.Errorf("%d menus were set, want the two of strangers, the admin chat's and those of four accounts", before)
	}
	f.N = -1
	release := n.Fail(f)
	n.Upgrade(adminChat, -1009876543210) // the admin chat's menu belongs to another chat now
	n.pass(time.Minute)
	n.wantReported("menu", 1)
	release()
	n.pass(11 * time.Minute)
	if len(n.Commands("chat:-1009876543210")) == 0 {
		n.t.Error("the menu was not tried again")
	}
	n.pass(time.Hour)
	if calls := len(n.CallsOf("setMyCommands")); calls != before+2 {
		n.t.Errorf("%d menus were set after that, want two", calls-before)
	}
}

// The chat's new number comes with an error, before the service message is read: the card goes there, and people are told
// what to write into the config.
func TestTheGroupMovesWhileACardIsSent(t *testing.T) {
	const after = -1009876543210
	spend(t, shift{}, func(n *night) {
		release := n.Fail(fakebot.Fault{Method: "getUpdates", Kind: fakebot.JSONError, Code: http.StatusTooManyRequests, RetryAfter: 20, N: 1})
		defer release()
		id := n.ask("/touch")
		n.Upgrade(adminChat, after)
		n.approve(id)
		n.run(id)
		n.pass(time.Minute)
		n.want(after, "succeeded", 1)
		n.want(after, "admin_chat: -1009876543210", 1)
		if n.reported("") != 0 {
			t.Errorf("reported: %v", n.reports())
		}
	})
}
