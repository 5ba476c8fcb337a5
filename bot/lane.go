package bot

import (
	"context"
	"sync"
	"time"
)

// Lane does small jobs aside, a few at a time, in about the order they came. It is bounded and in memory: when it is full,
// the newest job is dropped, and a crash loses all that wait. So nothing that decides anything goes there.
type Lane struct {
	jobs    chan func(context.Context)
	workers int
	within  time.Duration
	dropped func()
}

// NewLane makes a lane for so many waiting jobs, done by so many workers, each job within a time. dropped is called when
// one had no room.
func NewLane(room, workers int, within time.Duration, dropped func()) *Lane {
	return &Lane{jobs: make(chan func(context.Context), room), workers: workers, within: within, dropped: dropped}
}

// Do has a job done later. It never waits.
func (l *Lane) Do(job func(context.Context)) {
	select {
	case l.jobs <- job:
	default:
		l.dropped()
	}
}

// Run does jobs until ctx ends, and waits for those under way.
func (l *Lane) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for range l.workers {
		all.Go(func() { l.work(ctx) })
	}
	all.Wait()
	return nil
}

func (l *Lane) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case job := <-l.jobs:
			within, cancel := context.WithTimeout(ctx, l.within)
			job(within)
			cancel()
		}
	}
}
