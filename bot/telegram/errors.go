package telegram

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// Class says what a failure means for the caller.
type Class string

const (
	// ClassRefused: it was not sent (no connection, no name, no TLS). Safe to retry.
	ClassRefused Class = "refused"
	// ClassUnknown: it was sent and no answer of the Bot API came, or a 500. It
	// may have been done; there is no way to ask.
	ClassUnknown Class = "unknown"
	// ClassDiscarded: sent, and deleted at once by Telegram. Never send it again.
	ClassDiscarded Class = "discarded"
	// ClassRateLimited: not done; wait RetryAfter.
	ClassRateLimited Class = "rate limited"
	// ClassNotModified: the message already is as wanted. Edit takes it for success.
	ClassNotModified Class = "not modified"
	// ClassGone: the message is not there or cannot be changed any more. Send a new one.
	ClassGone Class = "message gone"
	// ClassChatGone: nothing reaches this chat (blocked, kicked, deleted, never started).
	ClassChatGone Class = "chat gone"
	// ClassMigrated: the group is a supergroup now; its id is MigrateTo.
	ClassMigrated Class = "migrated"
	// ClassThreadGone: the topic was deleted. Send without it.
	ClassThreadGone Class = "topic gone"
	// ClassRights: the bot lacks a right in this chat.
	ClassRights Class = "no right"
	// ClassTooOld: the button press can no longer be answered. Answer takes it for success.
	ClassTooOld Class = "too old"
	// ClassParse: our HTML is wrong. A bug.
	ClassParse Class = "parse"
	// ClassBug: Telegram refuses the request as such. A bug, or a limit we did not keep.
	ClassBug Class = "bug"
	// ClassUnauthorized: the token is revoked or wrong.
	ClassUnauthorized Class = "unauthorized"
	// ClassConflict: somebody else polls with this token.
	ClassConflict Class = "conflict"
	// ClassConflictWebhook: a webhook is set for this token.
	ClassConflictWebhook Class = "webhook set"
)

// Error is every error of a Client. It never holds the token. It wraps what
// happened on the network, so that errors.Is(err, context.DeadlineExceeded)
// and errors.As to net.Error work.
type Error struct {
	Method      string
	Code        int    // error_code, or the HTTP status; 0 if no answer came
	Description string // Telegram's words, or ours
	RetryAfter  time.Duration
	MigrateTo   int64
	Class       Class

	cause error
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "telegram %s: %s", e.Method, e.Class)
	if e.Code != 0 {
		fmt.Fprintf(&b, ": %d", e.Code)
	}
	if e.Description != "" {
		fmt.Fprintf(&b, ": %s", e.Description)
	}
	if e.cause != nil {
		fmt.Fprintf(&b, ": %v", e.cause)
	}
	return b.String()
}

// Unwrap returns what happened on the network, if it was that.
func (e *Error) Unwrap() error { return e.cause }

// ClassOf returns the class of err: "" of nil, and ClassUnknown, the careful
// answer, of an error that is not of this package.
func ClassOf(err error) Class {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Class
	}
	return ClassUnknown
}

// classify turns what the library returned into an *Error, or nil if Telegram
// said ok.
func (c *Client) classify(method string, try *attempt, resp *tgbotapi.APIResponse, err error) error {
	if err == nil {
		return nil
	}
	e := &Error{Method: method, Code: try.status, Class: ClassUnknown}
	var api *tgbotapi.Error
	if errors.As(err, &api) && resp != nil && resp.ErrorCode != 0 {
		c.clock.set(try.date)
		// Of resp, not api: the library's UploadFiles leaves api.Code 0.
		e.Code, e.Description = resp.ErrorCode, resp.Description
		e.MigrateTo = api.MigrateToChatID
		e.RetryAfter = time.Duration(min(max(api.RetryAfter, 0), maxRetryAfter)) * time.Second
		e.Class = e.classOf()
		return c.fail(e, nil)
	}
	switch {
	case try.status != 0:
		e.Description = "the answer is not the Bot API's"
	case !try.maybeSent():
		e.Class, e.Description = ClassRefused, "not sent"
	default:
		e.Description = "sent, no answer"
	}
	return c.fail(e, err)
}

// maxRetryAfter, in seconds, keeps a nonsensical number from overflowing. The
// longest seen is some hours.
const maxRetryAfter = 7 * 24 * 3600

// classOf reads Telegram's answer. The words change from version to version
// (a third of these did), so they are looked for in lower case and in part.
func (e *Error) classOf() Class {
	d := strings.ToLower(e.Description)
	switch {
	case e.Code == 429 || e.RetryAfter > 0:
		return ClassRateLimited
	case e.MigrateTo != 0:
		return ClassMigrated
	case e.Code == 409 && strings.Contains(d, "webhook"):
		return ClassConflictWebhook
	case e.Code == 409:
		return ClassConflict
	case e.Code == 404 && strings.Contains(d, "method not found"):
		return ClassBug
	case e.Code == 401 || e.Code == 404 || e.Code == 421:
		return ClassUnauthorized
	case strings.Contains(d, "immediately deleted"):
		return ClassDiscarded
	case e.Code >= 400 && e.Code < 500:
		return classOfWords(e.Code, d)
	}
	return ClassUnknown
}

// words are parts of descriptions, in the order they are tried.
var words = []struct {
	part  string
	class Class
}{
	{"message is not modified", ClassNotModified},
	{"query is too old", ClassTooOld},
	{"query id is invalid", ClassTooOld},
	{"can't parse entities", ClassParse},
	{"thread not found", ClassThreadGone},
	{"topic_deleted", ClassThreadGone},
	{"message can't be ", ClassGone},
	{"message_id_invalid", ClassGone},
	{"chat not found", ClassChatGone},
	{"user not found", ClassChatGone},
	{"peer_id_invalid", ClassChatGone},
	{"deactivated", ClassChatGone},
	{"blocked by the user", ClassChatGone},
	{"can't initiate conversation", ClassChatGone},
	{"can't send messages to", ClassChatGone},
	{"bot was kicked", ClassChatGone},
	{"not a member", ClassChatGone},
	{"chat was deleted", ClassChatGone},
	{"not enough rights", ClassRights},
	{"no write access", ClassRights},
	{"administrator rights", ClassRights},
	{"chat_write_forbidden", ClassRights},
	{"chat_admin_required", ClassRights},
	{"topic_closed", ClassRights},
}

func classOfWords(code int, d string) Class {
	for _, w := range words {
		if strings.Contains(d, w.part) {
			return w.class
		}
	}
	switch {
	case strings.Contains(d, "message to ") && strings.Contains(d, "not found"):
		return ClassGone
	case code == 403:
		return ClassRights
	}
	return ClassBug
}

// fail finishes e: cause becomes what e wraps, and no token is left anywhere.
func (c *Client) fail(e *Error, cause error) *Error {
	e.Description = c.hide.String(e.Description)
	e.cause = c.strip(cause)
	return e
}

// strip takes the URL, which holds the token, off the errors of net/http. Its
// words are checked as well: should the token be in them in any other way, what
// is kept of the error is its redacted text and whether the context ended it.
func (c *Client) strip(err error) error {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	if err == nil {
		return nil
	}
	text := fmt.Sprintf("%v\n%+v\n%#v", err, err, err)
	if c.hide.String(text) == text {
		return err
	}
	clean := errors.New(c.hide.String(err.Error()))
	for _, known := range []error{context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, known) {
			return fmt.Errorf("%v: %w", clean, known)
		}
	}
	return clean
}
