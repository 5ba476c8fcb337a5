// Package delivery brings one notice to up to a million users of a service, through the service's own bot, to each at most
// once.
//
// The [Ledger], a SQLite file of its own, holds a row for each recipient of each [Job]. A row is "sending" on the disk
// before the message leaves and "sent", with the message's id, after Telegram said so. A process that is killed between the
// two leaves "sending", which is "unknown" from then on: counted, listed, and not sent again. So what a crash can cost is
// what was in flight, and nobody gets a notice twice.
//
// The [Sender] is one smooth stream for all jobs of a bot, a burst of one message. What Telegram answers decides (judge.go):
// a rate limit halts all of it; whatever may mean that Telegram is away makes it ask, by getMe and not at a recipient's
// expense, until it is back.
//
// The package never starts anything by itself, and knows neither why there is a job nor what its texts say.
package delivery

import (
	"errors"
	"fmt"
	"strings"
)

// Op is what a job does.
type Op string

// The things a job can do.
const (
	OpSend   Op = "send"   // a message to each recipient
	OpEdit   Op = "edit"   // other words in the messages of an earlier job
	OpDelete Op = "delete" // takes back the messages of an earlier job
)

// Job is one notice for all its recipients, or one change of an earlier job's messages.
type Job struct {
	ID uint64 // of the broadcast: the seq of the journal's entry that began it
	Op Op

	// Who gets it: of a send, everybody in an audience file, or else all whose message of these earlier jobs was sent or may
	// have been; of an edit or a delete, everybody whose message of the job Of was sent.
	Audience string
	Earlier  []uint64
	Of       uint64

	Texts   map[string]string // language → HTML
	Default string            // the language for those whose own is not among them
	Photo   *Photo            // of a send
	Silent  bool
	// Resend: rather twice than not at all. What may have been sent is sent again, at most twice. Edits and deletions always
	// are: doing one twice is doing it once.
	Resend bool

	Bot int64 // the service's bot; with another one's token nothing is sent
}

// Photo is the picture of a notice; its text is the caption.
type Photo struct {
	Name  string
	Bytes []byte
}

func (j Job) check() error {
	sources := 0
	for _, given := range []bool{j.Audience != "", len(j.Earlier) > 0, j.Of != 0} {
		if given {
			sources++
		}
	}
	switch {
	case j.ID == 0:
		return errors.New("delivery: a job without an id")
	case j.Op != OpSend && j.Op != OpEdit && j.Op != OpDelete:
		return j.wrong("%q is nothing a job can do", j.Op)
	case sources != 1 || (j.Op == OpSend) == (j.Of != 0):
		return j.wrong("a send has an audience or earlier jobs, an edit and a delete have one job; nothing else")
	case j.Op != OpDelete && j.Texts[j.Default] == "":
		return j.wrong("it has no text in its default language %q", j.Default)
	case j.Op != OpSend && j.Photo != nil:
		return j.wrong("only a send has a picture")
	}
	return nil
}

func (j Job) wrong(format string, args ...any) error {
	return fmt.Errorf("delivery: job %d: %s", j.ID, fmt.Sprintf(format, args...))
}

// resends says whether what may have been done is done again.
func (j Job) resends() bool { return j.Resend || j.Op != OpSend }

// texts finds the text for a language: that one, its base (pt-BR → pt), or the default.
type texts struct {
	of        map[string]string // by language in small letters
	otherwise string
}

func (j Job) words() texts {
	t := texts{of: make(map[string]string, len(j.Texts)), otherwise: strings.ToLower(j.Default)}
	for lang, html := range j.Texts {
		t.of[strings.ToLower(lang)] = html
	}
	return t
}

func (t texts) pick(lang string) (used, html string) {
	lang = strings.ToLower(lang)
	base, _, _ := strings.Cut(lang, "-")
	for _, l := range []string{lang, base} {
		if html, ok := t.of[l]; ok {
			return l, html
		}
	}
	return t.otherwise, t.of[t.otherwise]
}
