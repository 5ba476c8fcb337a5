package fakebot

import (
	"context"
	"time"
)

const (
	conflictPoll    = "terminated by other getUpdates request; make sure that only one bot instance is running"
	conflictWebhook = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
	conflictSet     = "terminated by setWebhook request"
)

type poll struct{ ended chan *apiError }

// getUpdates answers at once or holds the call until something comes. It locks by itself, because it waits.
func (s *Server) getUpdates(ctx context.Context, req request) ([]byte, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.webhook != "" {
		return nil, fail(409, conflictWebhook)
	}
	s.queue.setAllowed(req.text("allowed_updates"))
	s.queue.confirm(req.number("offset"))
	s.endPoll(conflictPoll)
	limit, wait := s.pollBounds(req)
	if batch := s.batch(limit); batch != nil || wait <= 0 {
		s.wake()
		return list(batch), nil
	}
	mine := &poll{ended: make(chan *apiError, 1)}
	s.poll = mine
	s.wake()
	defer func() {
		if s.poll == mine {
			s.poll = nil
		}
	}()
	return s.await(ctx, mine, limit, wait)
}

// await holds a poll. It is called and returns with mu held, and lets go of it to wait.
func (s *Server) await(ctx context.Context, mine *poll, limit int, wait time.Duration) ([]byte, *apiError) {
	timeout := time.NewTimer(wait)
	defer timeout.Stop()
	for {
		changed, over := s.changed, false
		var conflict *apiError
		s.mu.Unlock()
		select {
		case <-changed:
		case conflict = <-mine.ended:
		case <-timeout.C:
			over = true
		case <-ctx.Done():
			over = true
		case <-s.done:
			over = true
		}
		s.mu.Lock()
		if conflict == nil && s.poll != mine { // ended between the two locks
			conflict = <-mine.ended
		}
		if conflict != nil {
			return nil, conflict
		}
		if ctx.Err() != nil {
			return list(nil), nil // nobody reads it, so nothing may be taken from the queue
		}
		if batch := s.batch(limit); batch != nil || over {
			return list(batch), nil
		}
	}
}

// endPoll gives the poll that waits, the older one, its conflict.
func (s *Server) endPoll(reason string) {
	if s.poll != nil {
		s.poll.ended <- fail(409, "%s", reason)
		s.poll = nil
		s.wake()
	}
}

func (s *Server) pollBounds(req request) (limit int, wait time.Duration) {
	limit = int(req.number("limit"))
	if limit <= 0 || limit > maxBatch {
		limit = maxBatch
	}
	wait = min(time.Duration(req.number("timeout"))*time.Second, maxPoll)
	q, now, offset := &s.queue, s.cfg.Now(), req.number("offset")
	if s.limits != nil && offset == q.lastOffset {
		if now.Sub(q.lastPoll) < repeatWait {
			wait = max(wait, repeatWait)
		}
		if now.Sub(q.lastPoll) < repeatOneTime {
			limit = 1
		}
	}
	q.lastOffset, q.lastPoll = offset, now
	return limit, wait
}

func (s *Server) batch(limit int) [][]byte {
	s.expire()
	var out [][]byte
	q := &s.queue
	for len(q.again) > 0 && len(out) < limit {
		out = append(out, q.again[0].raw)
		q.again = q.again[1:]
	}
	for _, u := range q.waiting {
		if len(out) == limit {
			break
		}
		out = append(out, u.raw)
	}
	return out
}

func list(items [][]byte) []byte {
	out := []byte{'['}
	for i, item := range items {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, item...)
	}
	return append(out, ']')
}
