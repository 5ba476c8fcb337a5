package web

import (
	"bytes"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"twokey/bot/telegram/fakebot"
)

// sandboxed is for what a bot sent: whatever it is, it runs nothing.
const sandboxed = "default-src 'none'; sandbox"

// document hands out a file of a message, as a download and never as a page.
func (s *server) document(w http.ResponseWriter, r *http.Request) {
	m, ok := s.asked(r)
	if !ok || m.Document == nil {
		http.NotFound(w, r)
		return
	}
	kind := "application/octet-stream"
	if utf8.Valid(m.Document.Bytes) && !bytes.ContainsRune(m.Document.Bytes, 0) {
		kind = "text/plain; charset=utf-8"
	}
	h := w.Header()
	h.Set("Content-Security-Policy", sandboxed)
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": safeName(m.Document.Name)}))
	_, _ = w.Write(m.Document.Bytes)
}

// photo hands out the picture of a message, if it is one.
func (s *server) photo(w http.ResponseWriter, r *http.Request) {
	m, ok := s.asked(r)
	picture := photoOf(m)
	kind := http.DetectContentType(picture)
	if !ok || !slices.Contains([]string{"image/png", "image/jpeg", "image/gif", "image/webp"}, kind) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", sandboxed)
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(picture)
}

// asked is the message that phone, chat and message name; the phone has to show it.
func (s *server) asked(r *http.Request) (fakebot.Message, bool) {
	q := r.URL.Query()
	chat, _ := strconv.ParseInt(q.Get("chat"), 10, 64)
	id, _ := strconv.Atoi(q.Get("message"))
	p, ok := find(s.current(), q.Get("phone"), chat)
	if !ok || id == 0 {
		return fakebot.Message{}, false
	}
	all := p.Server.Chat(chat)
	i := slices.IndexFunc(all, func(m fakebot.Message) bool { return m.ID == id && !m.Deleted })
	if i < 0 {
		return fakebot.Message{}, false
	}
	return all[i], true
}

// safeName is a file's name without a path, without what a header or a file system could take for something else.
func safeName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`"<>:|?*;%`, r) || r == utf8.RuneError {
			return '_'
		}
		return r
	}, name)
	runes := []rune(strings.TrimLeft(name, ". "))
	const most = 120
	if runes = runes[:min(len(runes), most)]; len(runes) == 0 {
		return "document"
	}
	return string(runes)
}
