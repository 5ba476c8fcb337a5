package fakebot

import (
	"encoding/json"
	"maps"
	"strings"
	"time"
)

// Call is one request the bot made, as the server saw it.
type Call struct {
	Method      string // as the bot spelled it
	Params      map[string]string
	At          time.Time
	Done        bool   // it took effect, whatever the bot was told
	Code        int    // 200, an error code, or 0 while there is no answer (or never was one)
	Description string // of a refusal
	Fault       Kind   // the fault it met; "" for none
}

// Calls is every call with a good token so far, in order of arrival.
func (s *Server) Calls() []Call { return s.CallsAfter(0) }

// CallsAfter is Calls without the first n.
func (s *Server) CallsAfter(n int) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls[min(n, len(s.calls)):]
	out := make([]Call, len(calls))
	for i, c := range calls {
		out[i] = *c
		out[i].Params = maps.Clone(c.Params)
	}
	return out
}

// CallsOf is the calls of one method, any spelling.
func (s *Server) CallsOf(method string) []Call {
	var out []Call
	for _, c := range s.Calls() {
		if strings.EqualFold(c.Method, method) {
			out = append(out, c)
		}
	}
	return out
}

// begin logs a call and takes the fault that is meant for it, if any.
func (s *Server) begin(name string, req request) (*Call, *armed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	call := &Call{Method: name, Params: req.params, At: s.cfg.Now()}
	s.calls = append(s.calls, call)
	fault := s.takeFault(*call)
	if fault != nil {
		call.Fault = fault.Kind
	}
	s.wake()
	return call, fault
}

func (s *Server) end(call *Call, a answer) {
	var refusal struct{ Description string }
	if a.status != 200 {
		_ = json.Unmarshal(a.body, &refusal) // an HTML page leaves it empty
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	call.Code, call.Description = a.status, refusal.Description
	s.wake()
}
