package bot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/bot/telegram"
	"twokey/drills"
	"twokey/internal/journal"
)

const (
	// longestNote bounds a note and a finding, in characters.
	longestNote = 500
	// largestPhoto is the largest photo that is kept, in bytes.
	largestPhoto = 10 << 20
	// dueAt is the hour of the day at which a finding is due.
	dueAt = 9
)

// drillNote is /drill note [ID] TEXT.
func (b *Bot) drillNote(ctx context.Context, cause string, s sender, cmd Command) error {
	id, rest, err := b.exerciseOf(cmd.Words, false, unsigned)
	if err != nil {
		return err
	}
	words := spoken(rest, cmd.Reason)
	if words == "" {
		return errDrillUsage("note")
	}
	if err = b.noteDrill(ctx, cause, drills.Noted{Exercise: id, Person: s.person.Name, Text: words}); err == nil {
		b.reply(s, b.Words.DrillTold("note", id))
	}
	return err
}

// spoken is a text as it was typed, the word because in it.
func spoken(words []string, reason string) string {
	line := strings.Join(words, " ")
	if reason != "" {
		line += " because " + reason
	}
	return bounded(strings.TrimSpace(line), longestNote)
}

func (b *Bot) noteDrill(ctx context.Context, cause string, n drills.Noted) error {
	n.Text = b.Redact(n.Text)
	return b.decideDrill(ctx, cause, func(journal.Now) (journal.Draft, error) { return b.Drills.Note(n) })
}

// drillFinding is /drill finding [ID] TEXT owner=NAME until=DATE.
func (b *Bot) drillFinding(ctx context.Context, cause string, s sender, cmd Command) error {
	id, rest, err := b.exerciseOf(cmd.Words, false, unsigned)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return errDrillUsage("finding")
	}
	if err = b.findDrill(ctx, cause, s, id, rest, cmd.Reason); err == nil {
		b.reply(s, b.Words.DrillTold("finding", id))
	}
	return err
}

// findDrill takes down what somebody has to follow up: who held the exercise and in two weeks, unless the words say otherwise.
func (b *Bot) findDrill(ctx context.Context, cause string, s sender, id uint64, words []string, reason string) error {
	f := drills.FoundOut{Exercise: id, Person: s.person.Name}
	var now time.Time
	b.Log.View(func(n journal.Now) {
		now = n.Time
		if x, ok := b.Drills.Get(id); ok {
			f.Owner = x.By
		}
	})
	f.Due = now.Add(drills.FollowUpWithin)
	var text []string
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		switch strings.ToLower(name) {
		case "owner":
			owner, err := b.person(value)
			if err != nil {
				return err
			}
			f.Owner = owner
		case "until":
			due, ok := dueOn(value, now, b.zone())
			if !ok {
				return &drills.Refusal{Reason: drills.BadTime, ID: id}
			}
			f.Due = due
		default:
			text = append(text, w)
		}
	}
	f.Text = b.Redact(spoken(text, reason))
	return b.decideDrill(ctx, cause, func(now journal.Now) (journal.Draft, error) { return b.Drills.Find(now, f) })
}

// dueOn is when a finding of a day is due: in the morning, or, when that is over, at the day's end.
func dueOn(typed string, now time.Time, zone *time.Location) (time.Time, bool) {
	day, ok := parseDay(typed, now, zone)
	if !ok {
		return day, false
	}
	y, m, d := day.Date()
	if morning := time.Date(y, m, d, dueAt, 0, 0, 0, zone); morning.After(now) {
		return morning, true
	}
	return dayAfter(day), true
}

// person finds somebody by name.
func (b *Bot) person(word string) (who auth.Name, err error) {
	b.Log.View(func(journal.Now) {
		p, ok := b.State.People.ByName(auth.Name(strings.TrimPrefix(word, "@")))
		if who = p.Name; !ok {
			err = noSuchPerson(word)
		}
	})
	return who, err
}

// drillClose is /drill close ID N because HOW.
func (b *Bot) drillClose(ctx context.Context, cause string, s sender, cmd Command) error {
	words := cmd.Words
	if len(words) == 1 { // only which finding
		words = append([]string{""}, words...)
	}
	id, rest, err := b.exerciseOf(words, true, func(x *drills.Exercise) bool { return len(x.OpenFindings()) > 0 })
	if err != nil {
		return err
	}
	var n actions.ID
	ok := len(rest) > 0
	if ok {
		n, ok = parseID(rest[len(rest)-1])
	}
	if !ok || n > 1000 {
		return errDrillUsage("close")
	}
	err = b.decideDrill(ctx, cause, func(journal.Now) (journal.Draft, error) {
		return b.Drills.Follow(drills.Followed{Exercise: id, Finding: int(n), Person: s.person.Name, How: b.Redact(cmd.Reason)})
	})
	if err == nil {
		b.reply(s, b.Words.DrillTold("close", id))
	}
	return err
}

// notedByReply is a reply to the card of an exercise that was started: a note, when it says or shows something.
func (b *Bot) notedByReply(ctx context.Context, cause string, s sender, id uint64, m telegram.Message) {
	n := drills.Noted{Exercise: id, Person: s.person.Name, Text: repliedWords(m, longestNote)}
	if m.Photo.FileID == "" { // a picture that was sent as a file is not made smaller
		m.Photo = m.File
	}
	if m.Photo.FileID == "" {
		if n.Text != "" {
			b.drillSettled(s, b.noteDrill(ctx, cause, n))
		}
		return
	}
	b.Aside.Do(func(ctx context.Context) {
		photo, err := b.keepPhoto(ctx, id, m)
		if err != nil {
			b.failed(ctx, s, err)
			b.reply(s, b.Words.DrillFailed(photoWhy(err)))
			return
		}
		n.Photo = &photo
		b.drillSettled(s, b.noteDrill(ctx, cause, n))
	})
}

// repliedWords are a reply's words, or those under its photo.
func repliedWords(m telegram.Message, most int) string {
	words := m.Text
	if words == "" {
		words = m.Caption
	}
	return bounded(strings.Join(strings.Fields(words), " "), most)
}

// errPhoto is why a photo is not kept; its words are for people.
type errPhoto string

func (e errPhoto) Error() string { return string(e) }

func photoWhy(err error) string {
	var why errPhoto
	if errors.As(err, &why) {
		return string(why)
	}
	return "the photo could not be fetched, and the note was not taken"
}

// keepPhoto fetches a photo and has it kept.
func (b *Bot) keepPhoto(ctx context.Context, id uint64, m telegram.Message) (drills.Photo, error) {
	if b.Fetch == nil || b.Desk == nil {
		return drills.Photo{}, errPhoto("photos are not kept here: write it")
	}
	if m.Photo.Bytes > largestPhoto {
		return drills.Photo{}, errPhoto("the photo is too large: at most 10 MB")
	}
	data, err := b.Fetch(ctx, m.Photo.FileID, largestPhoto)
	if err != nil {
		return drills.Photo{}, err
	}
	kinds := map[string]string{"image/jpeg": "jpg", "image/png": "png"}
	kind := kinds[http.DetectContentType(data)]
	if kind == "" {
		return drills.Photo{}, errPhoto("that is no picture: send a photo, or a JPEG or PNG as a file")
	}
	return b.Desk.Keep(ctx, id, fmt.Sprintf("photo-%d-%d.%s", m.Date.Unix(), m.ID, kind), data)
}
