package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/drills"
	"twokey/internal/journal"
)

// DrillBoard has the newest word about the automatic step that goes on.
type DrillBoard interface {
	Read(id uint64) (line string)
	Moved() <-chan struct{} // closed when a word is newer
}

// Proctor shows the drills: one card each in the admin chat, edited as it goes, a question in private to each whom an approvers
// drill wants to reach, and messages that ring for what people must hear of. Like Presenter it compares what is shown with what
// should be, so a restart needs no path of its own. All exported fields are set and do not change; Quiet may be nil.
type Proctor struct {
	Log    *journal.Log
	State  *actions.State
	Drills *drills.State
	World  func() drills.World
	Cards  *Cards // knows where the admin chat is
	Board  DrillBoard
	Words  text.Words
	Chat   Editor
	Lanes  Pace
	Place  Place
	Quiet  func(now time.Time) bool
	Report func(error)

	mu    sync.Mutex
	busy  *busy[proctored]
	shown map[proctored]drillPainted
	rung  map[uint64]uint64    // by exercise, up to which entry was told in this life
	urged map[uint64]time.Time // by exercise, which time to urge was used in this life
}

// proctored is one thing that is done for an exercise: its card in a chat, or, chat 0, what rings.
type proctored struct {
	id   uint64
	chat int64
}

// drillPainted is an exercise's card as a chat shows it.
type drillPainted struct {
	pic     picture
	last    uint64 // the newest entry it shows
	at      time.Time
	message int       // where it was posted in this life, whether that could be written down or not
	try     time.Time // when the exercise was started whose card it is
	again   bool      // it was there before: that it is posted again is no news
}

// lateAgain is how often a card is made anew while a drill goes on: what is late, is so without an entry.
const lateAgain = 30 * time.Second

// Run shows until ctx ends.
func (p *Proctor) Run(ctx context.Context) error {
	p.mu.Lock()
	p.busy, p.shown = newBusy[proctored](), map[proctored]drillPainted{}
	p.rung, p.urged = map[uint64]uint64{}, map[uint64]time.Time{}
	p.mu.Unlock()
	var all sync.WaitGroup
	defer all.Wait()
	for ctx.Err() == nil {
		moved := p.Board.Moved()
		ids, later, head := p.open()
		for _, id := range ids {
			if at := p.attend(ctx, id, &all); !at.IsZero() && (later.IsZero() || at.Before(later)) {
				later = at
			}
		}
		p.wait(ctx, head, moved, later)
	}
	return nil
}

// open lists what is not shown, or not told, and when the next name is to be asked for.
func (p *Proctor) open() (ids []uint64, later time.Time, head journal.Head) {
	head = p.Log.View(func(now journal.Now) {
		for _, x := range p.Drills.All() {
			urge := x.Urge()
			switch {
			case !x.Closed, len(x.News) > 0, !urge.IsZero() && !now.Before(urge):
				ids = append(ids, x.ID)
			}
			if !urge.IsZero() && now.Before(urge) && (later.IsZero() || urge.Before(later)) {
				later = urge
			}
		}
	})
	return ids, later, head
}

// attend has done what is to be done for an exercise now, and says when to look again at the latest.
func (p *Proctor) attend(ctx context.Context, id uint64, all *sync.WaitGroup) (later time.Time) {
	sc := p.look(id)
	if sc.admin == 0 {
		return later
	}
	if sc.view.X.Status == drills.Running {
		later = time.Now().Add(lateAgain)
	}
	whole := true
	for _, c := range sc.corners {
		due, at := p.due(id, sc, c)
		if due {
			p.busy.launch(ctx, proctored{id, c.chat}, all, func() { p.tend(ctx, id, c.chat) })
		}
		whole = whole && !due
		if !at.IsZero() && (later.IsZero() || at.Before(later)) {
			later = at
		}
	}
	switch {
	case sc.rings() && (sc.message != 0 || p.last(id, sc.admin).pic.lost):
		p.busy.launch(ctx, proctored{id, 0}, all, func() { p.ring(ctx, id) })
	case whole && !sc.rings() && sc.view.X.Status.Over() && !sc.view.X.Closed && !p.last(id, sc.admin).pic.lost:
		p.close(ctx, sc.view.X)
	}
	return later
}

// wait returns when the journal moves, somebody is through, or it is time; and when the board does, unless progress waits for
// its time already.
func (p *Proctor) wait(ctx context.Context, head journal.Head, moved <-chan struct{}, later time.Time) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	all.Go(func() {
		if p.Log.Wait(ctx, head) != nil {
			<-ctx.Done() // closed: there is no news
		}
		cancel()
	})
	var timer <-chan time.Time
	if !later.IsZero() {
		t := time.NewTimer(time.Until(later))
		defer t.Stop()
		timer = t.C
		if time.Until(later) <= progressEvery {
			moved = nil
		}
	}
	select {
	case <-ctx.Done():
	case <-p.busy.done:
	case <-moved:
	case <-timer:
	}
}

// drillScene is all that decides about the messages of an exercise at one moment.
type drillScene struct {
	view    text.DrillView
	admin   int64
	message int // of the card in the admin chat
	corners []drillCorner
	urge    bool
}

// drillCorner is a chat that shows an exercise: the admin chat, or somebody's private one.
type drillCorner struct {
	chat    int64
	message int
	whose   auth.Name // of a private chat
}

func (sc drillScene) rings() bool { return len(sc.view.X.News) > 0 || sc.urge }

// look takes in what is.
func (p *Proctor) look(id uint64) (sc drillScene) {
	board, w := p.Board.Read(id), p.World()
	p.Log.View(func(now journal.Now) {
		v, ok := drillViewOf(p.State, p.Drills, w, id, now)
		if !ok {
			return
		}
		v.Board = board
		sc.view, sc.admin = v, p.Cards.Where(p.Place.AdminChat)
		sc.message = p.standsAt(v.X, sc.admin)
		urge := v.X.Urge()
		sc.urge = !urge.IsZero() && !now.Before(urge)
		sc.corners = append([]drillCorner{{chat: sc.admin, message: sc.message}}, p.private(v)...)
	})
	return sc
}

// private are the private chats of an approvers drill: where a question stands, and, while answers are waited for, one of each who
// has not answered. It is called under the journal's lock.
func (p *Proctor) private(v text.DrillView) (list []drillCorner) {
	there := map[auth.Name]bool{}
	for _, person := range p.State.People.People() {
		for _, a := range person.Accounts {
			if message := p.standsAt(v.X, int64(a)); message != 0 {
				list = append(list, drillCorner{int64(a), message, person.Name})
				there[person.Name] = true
			}
		}
	}
	i := v.X.Current()
	if v.X.Status != drills.Running || i < 0 || v.X.Script[i].Key != drills.AnswersKey {
		return list
	}
	for _, n := range v.Silent {
		person, _ := p.State.People.ByName(n)
		reach := slices.IndexFunc(person.Accounts, func(a auth.Account) bool { return !p.last(v.X.ID, int64(a)).pic.lost })
		if !there[n] && reach >= 0 {
			list = append(list, drillCorner{int64(person.Accounts[reach]), 0, n})
		}
	}
	return list
}

// standsAt is the message of a card in a chat, as the journal has it, or as this life knows.
func (p *Proctor) standsAt(x *drills.Exercise, chat int64) int {
	was := p.last(x.ID, chat)
	if m := x.Cards[chat]; m != 0 || chat > 0 && !was.try.Equal(x.Started) {
		return m
	}
	return was.message
}

// picture is what a chat should show.
func (p *Proctor) picture(sc drillScene, c drillCorner) picture {
	card := p.Words.Drill(sc.view)
	if c.whose != "" {
		card = p.Words.DrillCall(sc.view, c.whose)
	}
	return picture{html: card.HTML, rows: card.Rows}
}

// due says whether a chat must be shown something now, or from when on.
func (p *Proctor) due(id uint64, sc drillScene, c drillCorner) (now bool, later time.Time) {
	was := p.last(id, c.chat)
	switch {
	case was.pic.lost:
		return false, later
	case sc.view.X.Closed: // only something rings
		return false, later
	case c.message == 0:
		return true, later
	case same(was.pic, p.picture(sc, c)):
		return false, later
	case was.last != sc.view.X.Last, time.Since(was.at) >= progressEvery:
		return true, later
	}
	return false, was.at.Add(progressEvery)
}

// tend makes a chat show what is. It looks anew first: whoever tended it before may have posted the card since we were launched.
func (p *Proctor) tend(ctx context.Context, id uint64, chat int64) {
	sc, was := p.look(id), p.last(id, chat)
	i := slices.IndexFunc(sc.corners, func(c drillCorner) bool { return c.chat == chat })
	if i < 0 {
		return
	}
	c := sc.corners[i]
	if due, _ := p.due(id, sc, c); !due {
		return
	}
	var shown drillScene
	message := c.message
	err := p.Lanes.Do(ctx, p.turn(sc, c, was), func(ctx context.Context, at int64) error {
		shown = p.look(id) // when its turn comes, what is shown is the newest
		card := p.Words.Drill(shown.view)
		if c.whose != "" {
			card = p.Words.DrillCall(shown.view, c.whose)
		}
		if c.message != 0 {
			return p.Chat.Edit(ctx, at, c.message, out(card, at, 0, 0))
		}
		o := out(card, at, p.topic(at), 0)
		o.Silent = c.whose == "" && (was.again || shown.view.X.Status.Over() && p.quiet(shown.view.Now))
		var err error
		message, err = p.post(ctx, id, o)
		return err
	})
	if err != nil {
		p.failed(ctx, id, c, err)
		return
	}
	x := shown.view.X
	p.remember(id, c.chat, drillPainted{pic: p.picture(shown, c), last: x.Last, at: time.Now(), message: message, try: x.Started})
}

// turn is how urgent it is.
func (p *Proctor) turn(sc drillScene, c drillCorner, was drillPainted) telegram.Turn {
	turn := telegram.Turn{Chat: c.chat, Message: c.message, Priority: telegram.PriorityProgress, Again: telegram.AgainResend}
	x := sc.view.X
	i := x.Current()
	switch {
	case c.message == 0:
		turn.Priority = telegram.PriorityNew
	case x.Status.Over():
		turn.Priority = telegram.PriorityFinal
	case was.last != x.Last && (i < 0 || !x.Script[i].Auto):
		turn.Priority = telegram.PriorityInterrupted
	}
	return turn
}

// topic is where in a chat drills belong.
func (p *Proctor) topic(chat int64) int {
	if chat > 0 {
		return 0
	}
	return p.Place.Topic
}

func (p *Proctor) quiet(now time.Time) bool { return p.Quiet != nil && p.Quiet(now) }

// post sends a card and notes where it stands. What was sent is noted also when we are told to end meanwhile.
func (p *Proctor) post(ctx context.Context, id uint64, o telegram.Out) (int, error) {
	ctx, cancel := outlive(ctx)
	defer cancel()
	sent, err := post(ctx, p.Chat.Send, nil, o)
	if err != nil {
		return 0, err
	}
	p.note(ctx, drills.KindPosted, drills.Posted{Exercise: id, Chat: o.ChatID, Message: sent})
	return sent, nil
}

// outlive is a context that ends a little after its own does: what is on its way is sent, and written down.
func outlive(ctx context.Context) (longer context.Context, cancel func()) {
	longer, end := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.NewTimer(postWithin)
		defer t.Stop()
		select {
		case <-t.C:
			end()
		case <-longer.Done():
		}
	})
	return longer, func() { stop(); end() }
}

func (p *Proctor) note(ctx context.Context, kind string, body any) bool {
	_, err := p.Log.Update(context.WithoutCancel(ctx), "", func(journal.Now) (journal.Draft, error) {
		return journal.Draft{Kind: kind, Actor: "twokey", Body: body}, nil
	})
	if err != nil {
		p.Report(err)
	}
	return err == nil
}

// close says that a card was edited for the last time, unless something happened meanwhile.
func (p *Proctor) close(ctx context.Context, seen *drills.Exercise) {
	_, err := p.Log.Update(ctx, "", func(journal.Now) (journal.Draft, error) {
		x, ok := p.Drills.Get(seen.ID)
		if !ok || x.Last != seen.Last || x.Closed || x.Status != seen.Status {
			return journal.Draft{}, nil
		}
		return journal.Draft{Kind: drills.KindClosed, Actor: "twokey", Body: drills.CardClosed{Exercise: seen.ID}}, nil
	})
	if err != nil && ctx.Err() == nil {
		p.Report(err)
		sleep(ctx, showPause)
	}
}

// failed decides what a failure means: see shower.after.
func (p *Proctor) failed(ctx context.Context, id uint64, c drillCorner, err error) {
	class := telegram.ClassOf(err)
	switch {
	case errors.Is(err, telegram.ErrSuperseded), ctx.Err() != nil:
		return
	case class == telegram.ClassMigrated:
		sleep(ctx, showPause) // the migration is being journaled; the next look knows the new chat
		return
	case class == telegram.ClassGone && c.message != 0:
		p.remember(id, c.chat, drillPainted{again: true})
		p.note(ctx, drills.KindPosted, drills.Posted{Exercise: id, Chat: c.chat})
		return
	case lasting(class):
		p.remember(id, c.chat, drillPainted{pic: picture{lost: true}})
	}
	p.Report(fmt.Errorf("card of drill %d in chat %d: %w", id, c.chat, err))
	sleep(ctx, showPause)
}

// lasting says whether trying again in this life is of no use.
func lasting(class telegram.Class) bool {
	switch class {
	case telegram.ClassChatGone, telegram.ClassRights, telegram.ClassParse, telegram.ClassBug, telegram.ClassDiscarded:
		return true
	}
	return false
}

func (p *Proctor) last(id uint64, chat int64) drillPainted {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shown[proctored{id, chat}]
}

func (p *Proctor) remember(id uint64, chat int64, is drillPainted) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shown[proctored{id, chat}] = is
}
