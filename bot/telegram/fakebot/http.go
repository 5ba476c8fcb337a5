package fakebot

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// method does one API call with s.mu held. A nil error means done; the result is then marshalled to JSON.
type method func(request) (any, *apiError)

// answer is what goes back to the bot.
type answer struct {
	status int
	body   []byte
}

// tokenShape is what the front end lets through; all else is a plain 404.
var tokenShape = regexp.MustCompile(`^[1-9][0-9]{0,15}:[A-Za-z0-9_-]{30,80}$`)

func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		cut(w)
		return
	}
	defer s.calling.Done()
	w.Header().Set("Date", s.cfg.Now().UTC().Format(http.TimeFormat))
	if strings.HasPrefix(r.URL.Path, "/file/") {
		s.serveFile(w, r.URL.Path)
		return
	}
	name, refused := s.route(r.URL.Path)
	if refused != nil {
		write(w, errorAnswer(refused))
		return
	}
	req, refused := s.readRequest(w, r)
	call, fault := s.begin(name, req)
	if refused != nil {
		s.answer(w, call, errorAnswer(refused))
		return
	}
	if fault != nil {
		s.serveFault(w, r.Context(), call, fault, req)
		return
	}
	s.answer(w, call, s.process(r.Context(), call, req))
}

// route reads /bot<token>/<method> and checks the token.
func (s *Server) route(path string) (string, *apiError) {
	token, name, ok := strings.Cut(strings.TrimPrefix(path, "/bot"), "/")
	if !ok || !strings.HasPrefix(path, "/bot") || token != s.cfg.Token && !tokenShape.MatchString(token) {
		return "", &apiError{code: 404, description: "Not Found"}
	}
	if token != s.cfg.Token {
		return "", &apiError{code: 401, description: "Unauthorized"}
	}
	return name, nil
}

// process does the call and notes in its log entry that it was done.
func (s *Server) process(ctx context.Context, call *Call, req request) answer {
	if strings.EqualFold(call.Method, "getUpdates") {
		raw, err := s.getUpdates(ctx, req)
		return s.note(call, raw, err)
	}
	s.mu.Lock()
	do, ok := s.methods[strings.ToLower(call.Method)]
	if !ok {
		s.mu.Unlock()
		return s.note(call, nil, fail(404, "method not found"))
	}
	result, err := do(req)
	var raw []byte
	if err == nil {
		raw = mustJSON(result)
		s.changedBy(call.Method)
	}
	s.mu.Unlock()
	return s.note(call, raw, err)
}

func (s *Server) note(call *Call, raw []byte, err *apiError) answer {
	if err != nil {
		return errorAnswer(err)
	}
	s.mu.Lock()
	call.Done = true
	s.mu.Unlock()
	// Put together by hand: an injected update may be broken JSON on purpose, which Marshal would refuse.
	return answer{200, append(append([]byte(`{"ok":true,"result":`), raw...), '}')}
}

func errorAnswer(e *apiError) answer { return answer{e.code, mustJSON(e.wire())} }

// answer writes a and closes the call's log entry before the bot can see a byte of it.
func (s *Server) answer(w http.ResponseWriter, call *Call, a answer) {
	s.end(call, a)
	write(w, a)
}

func write(w http.ResponseWriter, a answer) {
	head(w, a)
	_, _ = w.Write(a.body)
}

func head(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
}

// cut closes the connection without an answer.
func cut(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
			return
		}
	}
	panic(http.ErrAbortHandler) // no hijacking, e.g. HTTP/2: this aborts the stream instead
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
