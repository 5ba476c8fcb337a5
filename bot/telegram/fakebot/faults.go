package fakebot

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind is a way to break a call.
type Kind string

// The kinds of faults. Unless Fault.Processed is set, a call that meets HTML502, Empty504, CutBefore or JSONError does
// nothing.
const (
	HTML502   Kind = "html 502"   // a proxy's error page
	Empty504  Kind = "empty 504"  // a status without a body
	Hang      Kind = "hang"       // nothing until released (or Delay), then the call goes on normally
	CutBefore Kind = "cut before" // the connection ends without an answer, nothing was done
	CutAfter  Kind = "cut after"  // the work is done, then the connection ends without an answer
	CutBody   Kind = "cut body"   // the work is done, then the connection ends in the middle of the answer
	SlowBody  Kind = "slow body"  // the work is done, half of the answer comes, the rest when released (or Delay)
	JSONError Kind = "json error" // a refusal: Code, Description, RetryAfter, MigrateTo
)

// Fault breaks the next N calls that it matches.
type Fault struct {
	Method string          // "" matches every method; any spelling
	Match  func(Call) bool // nil matches; runs with the server locked, so it must not call the server
	N      int             // 0 means 1, negative means until released
	Kind   Kind

	Processed bool          // the call takes effect before it breaks: the bot cannot know
	Delay     time.Duration // Hang and SlowBody: real time until they go on by themselves

	Code        int // JSONError only, as the three below
	Description string
	RetryAfter  int // seconds
	MigrateTo   int64
}

type armed struct {
	Fault
	left     int
	released chan struct{}
}

// Fail arms a fault; several match in the order they were armed. release disarms it and lets go of the calls it holds;
// it may be called often.
func (s *Server) Fail(f Fault) (release func()) {
	a := &armed{Fault: f, left: f.N, released: make(chan struct{})}
	if a.left == 0 {
		a.left = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, a)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.faults = slices.DeleteFunc(s.faults, func(b *armed) bool { return a == b })
		select {
		case <-a.released:
		default:
			close(a.released)
		}
	}
}

// takeFault finds the fault for a call and uses it up. The caller holds mu.
func (s *Server) takeFault(c Call) *armed {
	for i, a := range s.faults {
		if a.Method != "" && !strings.EqualFold(a.Method, c.Method) || a.Match != nil && !a.Match(c) {
			continue
		}
		if a.left--; a.left == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return a
	}
	return nil
}

func (s *Server) serveFault(w http.ResponseWriter, ctx context.Context, call *Call, f *armed, req request) {
	var a answer
	processed := f.Processed || f.Kind == CutAfter || f.Kind == CutBody || f.Kind == SlowBody
	if processed {
		a = s.process(ctx, call, req)
	}
	switch f.Kind {
	case HTML502:
		page := "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
		s.end(call, answer{status: 502})
		plain(w, 502, "text/html", page)
	case Empty504:
		s.end(call, answer{status: 504})
		plain(w, 504, "", "")
	case JSONError:
		s.answer(w, call, errorAnswer(&apiError{f.Code, f.Description, f.RetryAfter, f.MigrateTo}))
	case Hang:
		if !s.hold(ctx, f) {
			return
		}
		if !processed {
			a = s.process(ctx, call, req)
		}
		s.answer(w, call, a)
	case SlowBody, CutBody:
		s.halve(w, ctx, call, f, a)
	default:
		cut(w)
	}
}

func plain(w http.ResponseWriter, status int, kind, body string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// hold waits until the fault is released; false when the caller or the server went away first.
func (s *Server) hold(ctx context.Context, f *armed) bool {
	var late <-chan time.Time
	if f.Delay > 0 {
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-f.released:
		return true
	case <-late:
		return true
	case <-ctx.Done():
	case <-s.done:
	}
	return false
}

func (s *Server) halve(w http.ResponseWriter, ctx context.Context, call *Call, f *armed, a answer) {
	head(w, a)
	half := len(a.body) / 2
	_, _ = w.Write(a.body[:half])
	_ = http.NewResponseController(w).Flush()
	if f.Kind == CutBody || !s.hold(ctx, f) {
		cut(w)
		return
	}
	s.end(call, a)
	_, _ = w.Write(a.body[half:])
}
