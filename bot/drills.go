package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/bot/text"
	"twokey/drills"
	"twokey/internal/journal"
)

// DrillDesk is what the bot needs of drills besides their state.
type DrillDesk interface {
	// Opening looks both ways and gives what the exercise consists of; it takes seconds.
	Opening(ctx context.Context, x *drills.Exercise) (drills.Opening, error)
	// Evidence is the record of an exercise as it stands now, as files.
	Evidence(ctx context.Context, id uint64) ([]File, error)
	// Trend is a picture of the last results of a drill; nil when there are too few.
	Trend(ctx context.Context, name drills.Name) (png []byte, err error)
	// Keep puts a photo into the folder of an exercise, under a name that is new there.
	Keep(ctx context.Context, id uint64, name string, data []byte) (drills.Photo, error)
}

// File is a document to send.
type File struct {
	Name  string
	Bytes []byte
}

// The actions that two people decide about an exercise with.
const (
	skipDrill   actions.Name = "drill_skip"
	moveDrill   actions.Name = "drill_move"
	anywayDrill actions.Name = "drill_anyway"

	exerciseParam = "exercise"
)

// isDrillCommand says whether a command is about drills and does something.
func isDrillCommand(n actions.Name) bool { return n == "drill" || n == "away" || n == "back" }

// drillCommands are what follows /drill and decides something.
var drillCommands = map[string]func(b *Bot, ctx context.Context, cause string, s sender, cmd Command) error{
	"start": (*Bot).drillStart, "finding": (*Bot).drillFinding, "close": (*Bot).drillClose, "note": (*Bot).drillNote, "abort": (*Bot).drillAbort,
}

// drillTyped is /drill, /away and /back.
func (b *Bot) drillTyped(ctx context.Context, cause string, s sender, cmd Command, age time.Duration) {
	word := ""
	if len(cmd.Words) > 0 {
		word = strings.ToLower(cmd.Words[0])
	}
	switch {
	case b.Drills == nil:
		b.reply(s, b.Words.Off(cmd.Name, "drills"))
	case cmd.Name == "drill" && (word == "" || word == "report" || word == "trend" || word == "pack"):
		b.Aside.Do(func(ctx context.Context) { b.drillLook(ctx, s, word, cmd) })
	case age > b.Place.StaleAfter:
		b.reply(s, b.Words.Stale(cmd.Name, age, cmd.Line()))
	case cmd.Name == "away":
		b.awayTyped(ctx, cause, s, cmd)
	case cmd.Name == "back":
		b.backTyped(ctx, cause, s, cmd)
	case word == "move", word == "skip":
		b.drillByTwo(ctx, cause, s, word, cmd)
	case drillCommands[word] == nil:
		b.reply(s, b.Words.DrillUsage(word))
	default:
		cmd.Words = cmd.Words[1:]
		b.drillSettled(s, drillCommands[word](b, ctx, cause, s, cmd))
	}
}

// errDrillUsage: what was typed is not understood.
type errDrillUsage string

func (e errDrillUsage) Error() string { return "not understood: " + string(e) }

// drillSettled says what came of a command that the cards do not show.
func (b *Bot) drillSettled(s sender, err error) {
	var no *drills.Refusal
	var usage errDrillUsage
	var stranger noSuchPerson
	var unknown noSuchDrill
	switch {
	case err == nil, errors.Is(err, journal.ErrSeen):
	case errors.As(err, &no):
		b.reply(s, b.Words.DrillRefusal(b.drillNo(no)))
	case errors.As(err, &unknown):
		b.reply(s, b.Words.DrillRefusal(text.DrillNo{Refusal: drills.Refusal{Reason: drills.NoSuchDrill}, Drill: drills.Name(unknown), Names: b.drillNames()}))
	case errors.As(err, &usage):
		b.reply(s, b.Words.DrillUsage(string(usage)))
	case errors.As(err, &stranger):
		b.reply(s, b.Words.DrillAwayRefusal(text.DrillAwayNo{Unknown: string(stranger), Names: b.everybody()}))
	default:
		b.Report(err)
		b.alert(s, b.Words.JournalDown())
	}
}

// noSuchDrill is a name that is no drill's.
type noSuchDrill string

func (e noSuchDrill) Error() string { return string(e) + " is no drill" }

// noSuchPerson is a name that is nobody's.
type noSuchPerson string

func (e noSuchPerson) Error() string { return string(e) + " is nobody" }

// drillNo is a refusal with what its sentence needs.
func (b *Bot) drillNo(no *drills.Refusal) text.DrillNo {
	v := text.DrillNo{Refusal: *no, Names: b.drillNames()}
	b.Log.View(func(now journal.Now) {
		v.At = now.Time
		x, ok := b.Drills.Get(no.ID)
		if !ok {
			return
		}
		v.Drill, v.At, v.Open = x.Drill, x.At, x.OpenFindings()
		v.Others = others(b.State, x.By)
		if v.Who == "" {
			v.Who = x.By
		}
		if now.After(x.At) {
			v.At = now.Time
		}
	})
	return v
}

// others is everybody but one.
func others(s *actions.State, but auth.Name) (names []auth.Name) {
	for _, p := range s.People.People() {
		if p.Name != but {
			names = append(names, p.Name)
		}
	}
	return names
}

func (b *Bot) everybody() (names []auth.Name) {
	b.Log.View(func(journal.Now) { names = others(b.State, "") })
	return names
}

// drillNames are the drills of the config.
func (b *Bot) drillNames() (names []drills.Name) {
	for _, p := range b.DrillWorld().Plans {
		names = append(names, p.Name)
	}
	return names
}

// decideDrill makes a decision about drills.
func (b *Bot) decideDrill(ctx context.Context, cause string, decide func(now journal.Now) (journal.Draft, error)) error {
	_, err := b.Log.Update(ctx, cause, decide)
	return err
}

// exerciseOf takes the exercise out of what was typed: its number, the name of its drill, or, when neither is there, the newest
// that fits. For what is decided it has to be the only one, and a number that is none's is no text.
func (b *Bot) exerciseOf(words []string, decides bool, fits func(*drills.Exercise) bool) (id uint64, rest []string, err error) {
	b.Log.View(func(journal.Now) {
		if len(words) > 0 {
			if id = b.exerciseNamed(words[0]); id != 0 {
				rest = words[1:]
				return
			}
			n, number := parseID(words[0])
			if number && (decides || len(words) == 1 || strings.HasPrefix(words[0], "#")) {
				err = &drills.Refusal{Reason: drills.NoSuchExercise, ID: uint64(n)}
				return
			}
		}
		rest = words
		all := slices.DeleteFunc(slices.Clone(b.Drills.All()), func(x *drills.Exercise) bool { return !fits(x) })
		if len(all) == 0 || decides && len(all) > 1 {
			err = &drills.Refusal{Reason: drills.NoSuchExercise}
			return
		}
		id = all[len(all)-1].ID
	})
	return id, rest, err
}

// exerciseNamed finds an exercise by a word; 0 when the word is none. It is called under the journal's lock.
func (b *Bot) exerciseNamed(word string) uint64 {
	if n, ok := parseID(word); ok {
		if x, ok := b.Drills.Get(uint64(n)); ok {
			return x.ID
		}
		return 0
	}
	if x, ok := b.Drills.Nearest(drills.Name(word)); ok {
		return x.ID
	}
	return 0
}

func running(x *drills.Exercise) bool { return x.Status == drills.Running }

// unsigned is one that goes on, or that nobody has signed yet.
func unsigned(x *drills.Exercise) bool {
	return running(x) || x.Status == drills.Done && x.SignedBy == ""
}

// drillAbort is /drill abort [ID] because ….
func (b *Bot) drillAbort(ctx context.Context, cause string, s sender, cmd Command) error {
	id, rest, err := b.exerciseOf(cmd.Words, true, running)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return errDrillUsage("abort")
	}
	return b.abortDrill(ctx, cause, s, id, cmd.Reason)
}

func (b *Bot) abortDrill(ctx context.Context, cause string, s sender, id uint64, why string) error {
	return b.decideDrill(ctx, cause, func(journal.Now) (journal.Draft, error) {
		return b.Drills.End(id, s.person.Name, drills.Aborted, b.Redact(why))
	})
}

// drillByTwo is /drill move ID WHEN because … and /drill skip ID because ….
func (b *Bot) drillByTwo(ctx context.Context, cause string, s sender, word string, cmd Command) {
	waits := func(x *drills.Exercise) bool { return x.Status == drills.Open || x.Status == drills.Taken }
	id, rest, err := b.exerciseOf(cmd.Words[1:], true, waits)
	switch {
	case err != nil:
		b.drillSettled(s, err)
	case word == "skip" && len(rest) > 0, word == "move" && len(rest) == 0:
		b.drillSettled(s, errDrillUsage(word))
	case word == "skip":
		b.drillSettled(s, b.skipExercise(ctx, cause, s, id, cmd.Reason))
	default:
		b.drillSettled(s, b.moveTyped(ctx, cause, s, id, rest, cmd.Reason))
	}
}

// moveTyped is another time as it was typed, and why.
func (b *Bot) moveTyped(ctx context.Context, cause string, s sender, id uint64, words []string, why string) error {
	var at time.Time
	b.Log.View(func(journal.Now) {
		if x, ok := b.Drills.Get(id); ok {
			at = x.At
		}
	})
	to, rest, ok := parseDrillTime(words, at, b.zone())
	if !ok {
		return errDrillUsage("move")
	}
	return b.moveExercise(ctx, cause, s, id, to, strings.TrimSpace(strings.Join(rest, " ")+" "+why))
}

// moveExercise makes it another time: at once when its owner alone may, else by asking a second person.
func (b *Bot) moveExercise(ctx context.Context, cause string, s sender, id uint64, to time.Time, why string) error {
	err := b.decideDrill(ctx, cause, func(now journal.Now) (journal.Draft, error) {
		return b.Drills.Reschedule(now, id, s.person.Name, to, b.Redact(why), 1)
	})
	var no *drills.Refusal
	if errors.As(err, &no) && no.Reason == drills.NeedsTwo {
		b.askTwo(ctx, cause, s, moveDrill, id, why, "to="+to.UTC().Format(time.RFC3339))
		return nil
	}
	return err
}

// skipExercise asks a second person that it is not held.
func (b *Bot) skipExercise(ctx context.Context, cause string, s sender, id uint64, why string) error {
	if err := b.wouldRefuse(s, id, text.DrillChoice{What: text.DrillSkip}); err != nil {
		return err
	}
	if why == "" {
		return &drills.Refusal{Reason: drills.NoReason, ID: id}
	}
	b.askTwo(ctx, cause, s, skipDrill, id, why)
	return nil
}

// askTwo asks for an action about an exercise, as if it had been typed.
func (b *Bot) askTwo(ctx context.Context, cause string, s sender, name actions.Name, id uint64, why string, more ...string) {
	words := append([]string{exerciseParam + "=" + idText(actions.ID(id))}, more...)
	b.command(ctx, cause, s, Command{Name: string(name), Words: words, Reason: bounded(why, longestReason)}, 0)
}

func (b *Bot) zone() *time.Location {
	if b.Words.Zone == nil {
		return time.UTC
	}
	return b.Words.Zone
}
