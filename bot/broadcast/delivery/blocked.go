package delivery

import "fmt"

// Reason says why nothing can be sent with this token.
type Reason string

const (
	// ReasonWrongBot: the token is of another bot than the job is for. Its users never started that one.
	ReasonWrongBot Reason = "wrong bot"
	// ReasonRevoked: Telegram does not know the token.
	ReasonRevoked Reason = "revoked"
)

// Blocked is what Send returns when somebody has to do something first. The job is as it was: Send goes on with it later.
type Blocked struct {
	Reason   Reason
	Want, Is int64 // the bots, if it is the wrong one
	Err      error // what Telegram said, if it did
}

// Error is the sentence.
func (b *Blocked) Error() string {
	if b.Reason == ReasonWrongBot {
		return fmt.Sprintf("delivery: the token is of bot %d, and the notice is for the users of bot %d", b.Is, b.Want)
	}
	return fmt.Sprintf("delivery: Telegram does not take the service bot's token: %v", b.Err)
}

// Hint says what to do.
func (b *Blocked) Hint() string {
	if b.Reason == ReasonWrongBot {
		return "put the service bot's own token into its file; nothing was sent"
	}
	return "get a new token of the same bot from @BotFather and put it into its file; the notice goes on from where it is"
}

// Unwrap returns what Telegram said.
func (b *Blocked) Unwrap() error { return b.Err }

// Refused is what Send returns when Telegram refuses a job's text. Nothing more is sent; nobody else's would be taken either.
type Refused struct {
	Lang string // of the text
	Err  error
}

// Error is the sentence.
func (r *Refused) Error() string {
	return fmt.Sprintf("delivery: Telegram refuses the text in %q, so nothing more is sent: %v", r.Lang, r.Err)
}

// Hint says what to do.
func (r *Refused) Hint() string {
	return "cancel this notice, correct its text and ask for it again; who got it is listed"
}

// Unwrap returns what Telegram said.
func (r *Refused) Unwrap() error { return r.Err }
