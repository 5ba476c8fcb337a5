package web

import (
	"net/http"
	"regexp"
	"strings"
)

// ownName is what the page's address can be. A name that only resolves to this machine is not ours: a foreign page could
// use it to get our answers past the browser's same-origin rule.
var ownName = regexp.MustCompile(`^(127\.0\.0\.1|localhost|\[::1\]):[0-9]{1,5}$`)

// policy lets the page load its own files and talk to its own server, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// maxBody is more than the longest message as JSON.
const maxBody = 64 << 10

// guard refuses what does not come from the page, and says to the browser what the page may do.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if reason := foreign(r); reason != "" {
			http.Error(w, reason, http.StatusForbidden)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// foreign says why a request is not one of the page; "" if it is.
func foreign(r *http.Request) string {
	if !ownName.MatchString(strings.ToLower(r.Host)) {
		return "this page answers to 127.0.0.1 and localhost only"
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return ""
	}
	if !strings.EqualFold(r.Header.Get("Origin"), "http://"+r.Host) || r.Header.Get("X-Demo") != "1" {
		return "changes are taken from the page itself only"
	}
	return ""
}
