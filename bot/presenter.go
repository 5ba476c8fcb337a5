package bot

import (
	"context"
	"sync"
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/bot/broadcast"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

const (
	// planFirst is how long a new card waits for its plan: posted with it, it rings and mentions people once, rightly.
	planFirst = time.Second
	// progressEvery is the least time between two edits that only show progress: a group has twenty a minute for all.
	progressEvery = 5 * time.Second
	// showPause is kept after a card could not be shown.
	showPause = time.Second
)

// Editor is what the presenter does in chats.
type Editor interface {
	Send(ctx context.Context, o telegram.Out) (int, error)
	Edit(ctx context.Context, chat int64, message int, o telegram.Out) error
	Pin(ctx context.Context, chat int64, message int) error
	Unpin(ctx context.Context, chat int64, message int) error
}

// Pace is the queue in front of the chats: it says when a message's turn is, and repeats what may be repeated
// (telegram.Lanes).
type Pace interface {
	Do(ctx context.Context, t telegram.Turn, f func(ctx context.Context, chat int64) error) error
}

// Presenter shows the state: every request whose cards are not closed has a card in the admin chat, in the private chat it
// came from, and in those of the people who may approve it, that says what is. It compares what is shown with what should
// be, so a restart needs no path of its own. All exported fields are set and do not change; Seen, Traffic, Gallery,
// Broadcasts, Phones, Quiet and Escalate may be nil.
type Presenter struct {
	Log        *journal.Log
	State      *actions.State
	Cards      *Cards
	Board      *actions.Board
	Seen       *Seen
	Traffic    *Traffic
	Words      text.Words
	Chat       Editor
	Gallery    *Gallery
	Lanes      Pace
	Place      Place
	Phones     map[auth.Name]string
	Quiet      func(now time.Time) bool // when news makes no sound
	Escalate   func(ctx context.Context, c Call) error
	Broadcasts *broadcast.State        // what users were told; nil without notices
	Proven     func() *text.ProvenView // when a restore was proven last; under the journal's lock; may be nil
	Report     func(error)

	once  sync.Once
	began time.Time
	mu    sync.Mutex
	busy  map[actions.ID]bool
	upTo  map[actions.ID]uint64 // the newest entry of a request that all its chats show
	moved chan struct{}         // closed and made anew when upTo changes
	told  map[string]bool       // what was reported and is not repeated in this life
}

// ready makes what is empty at the beginning.
func (p *Presenter) ready() {
	p.once.Do(func() {
		p.busy, p.upTo, p.moved = map[actions.ID]bool{}, map[actions.ID]uint64{}, make(chan struct{})
		p.told = map[string]bool{}
	})
}

// Flush waits until everything that is decided is shown, or ctx ends: what was said is delivered before we go.
func (p *Presenter) Flush(ctx context.Context) {
	p.ready()
	for {
		p.mu.Lock()
		moved := p.moved
		p.mu.Unlock()
		if p.shownAll() {
			return
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return
		}
	}
}

func (p *Presenter) shownAll() bool {
	last := map[actions.ID]uint64{}
	p.Log.View(func(journal.Now) {
		for _, id := range p.Cards.Open() {
			if r, ok := p.State.Request(id); ok {
				last[id] = r.Last
			}
		}
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, seq := range last {
		if p.upTo[id] < seq {
			return false
		}
	}
	return true
}

// showed notes how far a request is shown; 0 when its cards are closed.
func (p *Presenter) showed(id actions.ID, seq uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.upTo[id] = seq; seq == 0 {
		delete(p.upTo, id)
	}
	close(p.moved)
	p.moved = make(chan struct{})
}

// Run shows until ctx ends, and waits for all it started.
func (p *Presenter) Run(ctx context.Context) error {
	p.ready()
	p.Log.View(func(now journal.Now) { p.began = now.Time })
	var all sync.WaitGroup
	defer all.Wait()
	for ctx.Err() == nil {
		var open []actions.ID
		head := p.Log.View(func(journal.Now) { open = p.Cards.Open() })
		for _, id := range open {
			p.launch(ctx, id, &all)
		}
		if err := p.Log.Wait(ctx, head); err != nil {
			<-ctx.Done() // closed: no state will follow that could be shown
		}
	}
	return nil
}

// launch gives a request somebody who shows it until its cards are closed.
func (p *Presenter) launch(ctx context.Context, id actions.ID, all *sync.WaitGroup) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy[id] {
		return
	}
	p.busy[id] = true
	all.Go(func() {
		s := &shower{Presenter: p, id: id, corners: map[int64]*corner{}, stirred: make(chan struct{})}
		s.run(ctx)
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.busy, id)
	})
}

// reportOnce reports what is true until somebody helps, and would otherwise be said at every card.
func (p *Presenter) reportOnce(what string, err error) {
	p.mu.Lock()
	again := p.told[what]
	p.told[what] = true
	p.mu.Unlock()
	if !again {
		p.Report(err)
	}
}
