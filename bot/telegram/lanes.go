package telegram

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Priority orders what waits for the same chat.
type Priority int

const (
	PriorityNew         Priority = iota // a new card: somebody must look
	PriorityFinal                       // how it ended
	PriorityInterrupted                 // it needs somebody
	PriorityProgress                    // it goes on
	priorities
)

// ErrSuperseded is what an edit gets that waited when a newer one of the same
// message came. The newer one has its place: there is nothing to do.
var ErrSuperseded = errors.New("a newer edit of the same message is on its way")

// resends bounds how often a message can be doubled.
const resends = 2

// Turn is what Lanes must know of a message to send or to edit.
type Turn struct {
	Chat     int64
	Priority Priority
	Message  int   // the message to edit; 0 for a new one
	Again    Again // if a new one may have been sent
	// Mute is neither a message nor an edit, such as a pin: it keeps pauses, and
	// takes nothing from what the chat may still be sent.
	Mute bool
}

// Lanes are the queues in front of the chats of one bot. They keep Telegram's
// pace, let the urgent go first, and repeat what may be repeated. Answers to
// presses do not go through them. One Lanes may be used by many goroutines; it
// has none of its own.
type Lanes struct {
	client   *Client
	migrated func(old, new int64)

	mu      sync.Mutex
	changed chan struct{} // closed and replaced when those who wait should look again
	lanes   map[int64]*lane
	moved   map[int64]int64 // groups that became supergroups
	global  *rate.Limiter
	flood   flood
	seq     uint64 // of the last job
	prune   int    // with more lanes than that, the idle ones are dropped
}

// NewLanes returns Lanes for what c sends. migrated, if not nil, hears once of
// every group that became a supergroup and so got another id; it must not block.
func NewLanes(c *Client, migrated func(old, new int64)) *Lanes {
	return &Lanes{
		client:   c,
		migrated: migrated,
		changed:  make(chan struct{}),
		lanes:    map[int64]*lane{},
		moved:    map[int64]int64{},
		global:   rate.NewLimiter(globalRate, globalRate),
		prune:    pruneFrom,
	}
}

// Do waits for t's turn and calls f with the chat's id, which may be another
// one than t.Chat by then. It calls f again
//   - when f was rate limited, after the wait it was told;
//   - when the call was not sent, with pauses up to 30 s;
//   - when it may have been sent, if t is an edit, or up to twice if t.Again
//     is AgainResend;
//   - when the chat has another id now, with that, unless t is an edit: message
//     ids mean other messages there, and the edit gets ClassMigrated.
//
// When ctx ends, so does Do, with an *Error that wraps ctx.Err() and the last
// failure: ClassUnknown if f may have been done, else ClassRefused. Other
// failures are returned as they are. Of the edits of one message, one is under
// way and one waits, the newest; the others get ErrSuperseded.
func (l *Lanes) Do(ctx context.Context, t Turn, f func(ctx context.Context, chat int64) error) error {
	j := l.enter(t)
	defer l.leave(j)
	for {
		if err := l.await(ctx, j); err != nil {
			return err
		}
		err := f(ctx, j.Chat)
		if !l.again(j, err) {
			return err
		}
	}
}

// Moved tells that the group old is now the supergroup new, as service messages
// say. Do finds out by itself, too.
func (l *Lanes) Moved(old, new int64) {
	l.mu.Lock()
	known := old == new || l.moved[old] == new
	if !known {
		l.moved[old] = new
		delete(l.moved, new) // so there is never a circle
		l.wake()
	}
	l.mu.Unlock()
	if !known && l.migrated != nil {
		l.migrated(old, new)
	}
}

// job is a Turn that waits or, running, is under way.
type job struct {
	Turn
	seq        uint64
	notBefore  time.Time
	running    bool
	superseded bool
	tries      int   // that failed, rate limits aside
	unknown    int   // of them, that may have been done
	err        error // of the last one
}

func (j *job) method() string {
	if j.Message != 0 {
		return "edit"
	}
	return "send"
}

// ended is the error of a job whose ctx ended.
func (j *job) ended(ctx context.Context) error {
	e := &Error{Method: j.method(), Class: ClassRefused, Description: "gave up waiting", cause: ctx.Err()}
	if j.err != nil {
		e.cause = fmt.Errorf("%w after %w", ctx.Err(), j.err)
	}
	if j.unknown > 0 {
		e.Class = ClassUnknown
	}
	return e
}

// enter queues a job, in place of a waiting edit of the same message.
func (l *Lanes) enter(t Turn) *job {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.Priority < 0 || t.Priority >= priorities {
		t.Priority = PriorityProgress
	}
	l.seq++
	j := &job{Turn: t, seq: l.seq}
	ln := l.lane(j.Chat)
	ln.supersede(j)
	ln.jobs = append(ln.jobs, j)
	l.wake()
	return j
}

func (l *Lanes) leave(j *job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lane(j.Chat).drop(j)
	l.wake()
}

// await returns nil when j may run; it is marked as running then.
func (l *Lanes) await(ctx context.Context, j *job) error {
	for {
		if ctx.Err() != nil {
			return j.ended(ctx)
		}
		l.mu.Lock()
		err := l.follow(j)
		pause := time.Duration(0)
		if err == nil {
			pause = l.start(j, time.Now())
		}
		changed := l.changed
		l.mu.Unlock()
		if err != nil || j.running {
			return err
		}
		sleep(ctx, pause, changed)
	}
}

// sleep returns after pause, when changed is closed, or when ctx ends.
func sleep(ctx context.Context, pause time.Duration, changed <-chan struct{}) {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-changed:
	case <-t.C:
	}
}

// follow sees to what happened to j while it waited.
func (l *Lanes) follow(j *job) error {
	if j.superseded {
		return ErrSuperseded
	}
	to := l.moved[j.Chat]
	switch {
	case to == 0:
		return nil
	case j.Message != 0:
		return &Error{Method: j.method(), Class: ClassMigrated, MigrateTo: to, Description: "the group is a supergroup now"}
	}
	l.lane(j.Chat).drop(j)
	j.Chat = to
	ln := l.lane(to)
	ln.jobs = append(ln.jobs, j)
	return l.follow(j)
}

// start lets j run if it is its turn, or returns when to look again unless
// something changes.
func (l *Lanes) start(j *job, now time.Time) time.Duration {
	ln := l.lane(j.Chat)
	if ln.first(now) != j {
		if d := j.notBefore.Sub(now); d > 0 {
			return d
		}
		return time.Hour // the one before it wakes it
	}
	l.flood.settle(l.global, now)
	pause := max(ln.pause(j.Turn, now), l.flood.all.Sub(now), until(l.global, globalReserve[j.Priority], now))
	if pause > 0 {
		return pause
	}
	l.global.AllowN(now, 1)
	ln.spend(j.Turn, now)
	j.running = true
	l.wake() // the next one may have its turn
	return 0
}

// again notes how a try went and reports whether there is to be another.
func (l *Lanes) again(j *job, err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	if e.Class == ClassMigrated && e.MigrateTo != 0 {
		l.Moved(j.Chat, e.MigrateTo)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.retry(j, e, time.Now()) {
		return false
	}
	j.err, j.running = err, false
	j.superseded = l.lane(j.Chat).newer(j)
	l.wake()
	return true
}

func (l *Lanes) retry(j *job, e *Error, now time.Time) bool {
	switch e.Class {
	case ClassRateLimited:
		ln := l.lane(j.Chat)
		ln.paused = later(ln.paused, now.Add(retryAfter(e)))
		l.flood.hit(l.global, j.Chat, ln.paused, now)
		return true
	case ClassMigrated:
		return j.Message == 0 && l.moved[j.Chat] != 0
	case ClassUnknown:
		j.unknown++
		if j.Message == 0 && (j.Again != AgainResend || j.unknown > resends) {
			return false
		}
	case ClassRefused:
	default:
		return false
	}
	j.tries++
	j.notBefore = now.Add(backoff(j.tries))
	return true
}

// wake makes all that wait look again. They are few.
func (l *Lanes) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// lane returns the lane of a chat.
func (l *Lanes) lane(chat int64) *lane {
	ln := l.lanes[chat]
	if ln == nil {
		if len(l.lanes) >= l.prune {
			l.dropIdle(time.Now())
		}
		ln = newLane(chat)
		l.lanes[chat] = ln
	}
	return ln
}

// dropIdle forgets the lanes that know nothing a new one would not.
func (l *Lanes) dropIdle(now time.Time) {
	for chat, ln := range l.lanes {
		if ln.idle(now) {
			delete(l.lanes, chat)
		}
	}
	l.prune = max(pruneFrom, 2*len(l.lanes))
}

// drop takes j out of the lane.
func (ln *lane) drop(j *job) {
	ln.jobs = slices.DeleteFunc(ln.jobs, func(o *job) bool { return o == j })
}
