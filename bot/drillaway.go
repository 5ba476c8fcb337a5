package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"twokey/auth"
	"twokey/bot/text"
	"twokey/drills"
	"twokey/internal/journal"
)

const (
	// adminRole are those who may say of others that they are away, and who are called when nobody else comes.
	adminRole auth.Role = "admin"
	// longestAway is how long somebody can be away by one word of theirs.
	longestAway = 366 * 24 * time.Hour
)

// awayTyped is /away [NAME] until=DATE. The day named is the last one they are away. Of others an admin says it.
func (b *Bot) awayTyped(ctx context.Context, cause string, s sender, cmd Command) {
	var now time.Time
	b.Log.View(func(n journal.Now) { now = n.Time })
	who, day, err := b.awayWords(s, cmd, now)
	if err != nil {
		b.awayNo(s, cmd.Name, err, now)
		return
	}
	until := dayAfter(day)
	err = b.decideDrill(ctx, cause, func(n journal.Now) (journal.Draft, error) {
		d, err := b.Drills.Leave(n, who, until)
		d.Actor = string(s.person.Name)
		return d, err
	})
	var no *drills.Refusal
	switch {
	case err == nil:
		b.reply(s, b.Words.DrillAway(who, until))
	case errors.As(err, &no):
		b.awayNo(s, cmd.Name, err, now)
	default:
		b.drillSettled(s, err)
	}
}

// errOthers: only an admin says it of others. errDay: no day that can be meant.
var (
	errOthers = errors.New("somebody else")
	errDay    = errors.New("no day")
)

// awayWords are who is away, and the last day.
func (b *Bot) awayWords(s sender, cmd Command, now time.Time) (who auth.Name, day time.Time, err error) {
	who = s.person.Name
	for _, w := range cmd.Words {
		value := strings.TrimPrefix(w, "until=")
		if d, is := parseDay(value, now, b.zone()); is && day.IsZero() {
			day = d
			continue
		}
		if value != w || who != s.person.Name {
			return who, day, errDay
		}
		if who, err = b.whose(s, w); err != nil {
			return who, day, err
		}
	}
	if day.IsZero() || !dayAfter(day).After(now) || day.Sub(now) > longestAway {
		return who, day, errDay
	}
	return who, day, nil
}

// whose finds whom a word names, and whether the sender may speak for them.
func (b *Bot) whose(s sender, word string) (who auth.Name, err error) {
	b.Log.View(func(journal.Now) {
		p, ok := b.State.People.ByName(auth.Name(strings.TrimPrefix(word, "@")))
		switch {
		case !ok:
			err = noSuchPerson(word)
		case p.Name != s.person.Name && !slices.Contains(admins(b.State.People, b.DrillWorld()), s.person.Name):
			err = errOthers
		}
		who = p.Name
	})
	return who, err
}

// admins are those who hold the role; where nobody does, those who approve.
func admins(d auth.Directory, w drills.World) []auth.Name {
	if list := d.Holding([]auth.Role{adminRole}, ""); len(list) > 0 {
		return list
	}
	return w.Approvers
}

// awayNo says what is wrong with an /away or a /back.
func (b *Bot) awayNo(s sender, command string, err error, now time.Time) {
	no := text.DrillAwayNo{Command: command, Example: now.AddDate(0, 0, 7)}
	var stranger noSuchPerson
	w := b.DrillWorld()
	b.Log.View(func(n journal.Now) {
		for _, p := range b.State.People.People() {
			no.Names = append(no.Names, p.Name)
			if b.Drills.Absent(p.Name, n.Time, w) {
				no.Away = append(no.Away, p.Name)
			}
		}
		if errors.Is(err, errOthers) {
			no.Admins = admins(b.State.People, w)
		}
	})
	if errors.As(err, &stranger) {
		no.Unknown = string(stranger)
	}
	b.reply(s, b.Words.DrillAwayRefusal(no))
}

// backTyped is /back [NAME].
func (b *Bot) backTyped(ctx context.Context, cause string, s sender, cmd Command) {
	var now time.Time
	b.Log.View(func(n journal.Now) { now = n.Time })
	who, err := s.person.Name, error(nil)
	switch {
	case len(cmd.Words) > 1:
		err = errDay
	case len(cmd.Words) == 1:
		who, err = b.whose(s, cmd.Words[0])
	}
	if err != nil {
		b.awayNo(s, cmd.Name, err, now)
		return
	}
	err = b.decideDrill(ctx, cause, func(journal.Now) (journal.Draft, error) {
		d := b.Drills.Return(who)
		d.Actor = string(s.person.Name)
		return d, nil
	})
	if err == nil {
		b.reply(s, b.Words.DrillBack(who))
		return
	}
	b.drillSettled(s, err)
}
