package demo

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"twokey/internal/demo/shop"
	"twokey/internal/proc"
)

// killBot is what kills the bot, as a machine that runs out of memory does.
const killBot = "kill-bot"

const (
	// botLives is how long one life of the bot may take at most; proc wants an end.
	botLives = 30 * 24 * time.Hour
	// botGrace is how long it may take to end: less than it gives a running step, because nobody waits for this one.
	botGrace = 5 * time.Second
	// stillborn is how many lives in a row may end before the bot was at work.
	stillborn = 3
)

// life is the life of the bot that is under way.
type life struct {
	mu    sync.Mutex
	is    proc.Process
	log   *proc.Bounded
	begun bool   // it has said so
	again func() // called when it has, unless it is the first
}

// Write takes the bot's log.
func (l *life) Write(p []byte) (int, error) {
	l.mu.Lock()
	before, again := l.begun, l.again
	n, err := l.log.Write(p)
	l.begun = before || strings.Contains(l.log.String(), `"message":"started"`)
	now := l.begun
	l.mu.Unlock()
	if now && !before && again != nil {
		again()
	}
	return n, err
}

func (l *life) anew(again func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.is, l.log, l.begun, l.again = proc.Process{}, proc.NewBounded(16<<10, 16<<10), false, again
}

// keepBot runs the bot until ctx is done, anew when it dies.
func (r *round) keepBot(ctx context.Context) error {
	r.bot.anew(nil)
	for failed := 0; ; {
		res, err := proc.Run(ctx, proc.Cmd{Path: r.cfg.Program, Args: []string{"run", "-c", r.path("twokey.yaml")}, Timeout: botLives,
			Grace: botGrace, Env: []string{"PATH=/usr/bin:/bin"}, Dir: r.dir, Output: &r.bot, Began: r.bot.know})
		if err != nil || ctx.Err() != nil {
			return err
		}
		if failed++; r.bot.started() {
			failed = 0
		}
		if failed == stillborn {
			return fmt.Errorf("the bot does not start: %s", r.bot.tail())
		}
		r.say(fmt.Sprintf("The bot has ended (%s), and is started again.", how(res)))
		r.bot.anew(func() { r.say("The bot is at work again.") })
	}
}

func how(res proc.Result) string {
	if res.Signal != "" {
		return res.Signal
	}
	return fmt.Sprintf("exit code %d", res.Exit)
}

func (l *life) know(p proc.Process) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.is = p
}

func (l *life) started() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.begun
}

func (l *life) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log.Tail(5)
}

func (l *life) process() proc.Process {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.is
}

// atWork waits until the bot listens to the chat.
func (r *round) atWork(ctx context.Context) error {
	return r.admin.Wait(ctx, func() bool { return r.bot.started() && r.admin.Polling() })
}

// killBot ends it in the middle of whatever it does; keepBot starts it again. What the shop dragged out is over with it.
func (r *round) killBot(ctx context.Context) error {
	// A context that is done leaves no time between asking and killing.
	now, cancel := context.WithCancel(ctx)
	cancel()
	left, err := proc.End(now, []proc.Process{r.bot.process()}, 0)
	if len(left) > 0 {
		return fmt.Errorf("the bot does not end: %s", proc.Names(left))
	}
	if err != nil {
		return err
	}
	return r.shop().Unset(shop.Slow)
}
