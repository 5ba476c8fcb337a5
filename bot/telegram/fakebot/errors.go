package fakebot

import "fmt"

// apiError is a refusal as it goes over the wire; the HTTP status is its code.
type apiError struct {
	code        int
	description string
	retryAfter  int
	migrateTo   int64
}

// fail words an error as the server's fail_query_with_error does: a prefix for the code, and the message with a small
// first letter unless it is one of the ALL_CAPS codes.
func fail(code int, format string, args ...any) *apiError {
	prefix := map[int]string{
		400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
		429: "Too Many Requests", 500: "Internal Server Error",
	}[code]
	return &apiError{code: code, description: prefix + ": " + lowerFirst(fmt.Sprintf(format, args...))}
}

func bad(format string, args ...any) *apiError { return fail(400, format, args...) }

func lowerFirst(s string) string {
	if len(s) > 1 && (s[1] == '_' || isUpper(s[1])) || s == "" || !isUpper(s[0]) {
		return s
	}
	return string(s[0]+'a'-'A') + s[1:]
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

func tooMany(seconds int) *apiError {
	e := fail(429, "retry after %d", seconds)
	e.retryAfter = seconds
	return e
}

func migrated(to int64) *apiError {
	e := bad("group chat was upgraded to a supergroup chat")
	e.migrateTo = to
	return e
}

// object is a JSON object the way Telegram builds them: absent fields are absent, never null.
type object map[string]any

func (e *apiError) wire() object {
	o := object{"ok": false, "error_code": e.code, "description": e.description}
	params := object{}
	if e.retryAfter != 0 {
		params["retry_after"] = e.retryAfter
	}
	if e.migrateTo != 0 {
		params["migrate_to_chat_id"] = e.migrateTo
	}
	if len(params) > 0 {
		o["parameters"] = params
	}
	return o
}
