package fakebot

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxDocument = 50 << 20 // bytes, core.telegram.org/bots/api#sending-files
	maxOverhead = 1 << 20  // of a request beside its document
)

// request is one call's parameters, whichever of the three body forms they came in. Values that are JSON stay JSON.
type request struct {
	params map[string]string
	files  map[string]*Document
}

func (s *Server) readRequest(w http.ResponseWriter, r *http.Request) (request, *apiError) {
	req := request{params: map[string]string{}, files: map[string]*Document{}}
	r.Body = http.MaxBytesReader(w, r.Body, s.cfg.MaxDocument+maxOverhead)
	for k, v := range r.URL.Query() {
		req.params[k] = v[0]
	}
	err := req.readBody(r)
	// The server notices a caller that hangs up only once the body is read to its end.
	_, _ = io.Copy(io.Discard, r.Body)
	if err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return req, &apiError{code: 413, description: "Request Entity Too Large"}
		}
		return req, bad("can't parse request body: %v", err) // wording is a guess
	}
	for _, v := range req.params {
		if !utf8.ValidString(v) {
			return req, bad("strings must be encoded in UTF-8")
		}
	}
	return req, nil
}

func (q request) readBody(r *http.Request) error {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		return q.readJSON(r.Body)
	case "multipart/form-data":
		return q.readMultipart(r)
	default:
		if err := r.ParseForm(); err != nil {
			return err
		}
		for k, v := range r.PostForm {
			q.params[k] = v[0]
		}
		return nil
	}
}

func (q request) readJSON(body io.Reader) error {
	var fields map[string]json.RawMessage
	if err := json.NewDecoder(body).Decode(&fields); err != nil && err != io.EOF { // an empty body is no parameters
		return err
	}
	for k, raw := range fields {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw)
		}
		q.params[k] = text
	}
	return nil
}

func (q request) readMultipart(r *http.Request) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return err
	}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return err
		}
		if part.FileName() == "" {
			q.params[part.FormName()] = string(data)
		} else {
			q.files[part.FormName()] = &Document{Name: part.FileName(), Bytes: data}
		}
	}
}

func (q request) text(name string) string { return q.params[name] }

// number is 0 when the parameter is absent or no number: the server reads numbers leniently too.
func (q request) number(name string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSpace(q.params[name]), 10, 64)
	return n
}

func (q request) flag(name string) bool {
	switch strings.ToLower(strings.TrimSpace(q.params[name])) {
	case "true", "yes", "1":
		return true
	}
	return false
}

// file finds an upload: a part of that name, or attach://other pointing to a part.
func (q request) file(name string) *Document {
	if other, ok := strings.CutPrefix(q.params[name], "attach://"); ok {
		return q.files[other]
	}
	return q.files[name]
}
