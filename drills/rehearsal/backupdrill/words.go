package backupdrill

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5/pgconn"

	"twokey/internal/backup"
	"twokey/internal/pgtools"
	"twokey/internal/proc"
	"twokey/internal/restore"
	"twokey/internal/rows"
)

// failure is why a step failed: a sentence and a hint for people, the cause for operators.
type failure struct {
	sentence, hint string
	cause          error
}

func (f *failure) Error() string {
	if f.cause == nil || strings.HasSuffix(f.sentence, f.cause.Error()) {
		return f.sentence
	}
	return f.sentence + ": " + f.cause.Error()
}

func (f *failure) Unwrap() error { return f.cause }

// explain is what people read of an error.
func explain(ctx context.Context, err error) (why, hint string) {
	var own *failure
	var copied *restore.Error
	var file *backup.Error
	var counted *rows.Error
	var tool *pgtools.Error
	var program *proc.Error
	switch {
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return "it was stopped before it was done", "start the exercise again"
	case errors.As(err, &own):
		return own.sentence, own.hint
	case errors.As(err, &copied):
		return copied.Sentence, copied.Hint
	case errors.As(err, &file):
		return file.Sentence, file.Hint
	case errors.As(err, &counted):
		return counted.Sentence, counted.Hint
	case errors.As(err, &tool):
		return tool.Sentence, tool.Hint
	case errors.As(err, &program):
		return program.Sentence, program.Hint
	}
	return "it could not be done", "see the log of twokey"
}

// objection is what the server has against a statement. Its own words are repeated where they can only be about names and rights;
// a message about values may hold the values.
func objection(err error) string {
	var pg *pgconn.PgError
	var e *failure
	switch {
	case errors.As(err, &e):
		return e.sentence
	case errors.Is(err, context.DeadlineExceeded):
		return "it took too long"
	case !errors.As(err, &pg):
		return "the connection broke"
	case pg.Code == "57014":
		return "it took too long and was ended"
	case strings.HasPrefix(pg.Code, "42") && len(pg.Message) < 200:
		return pg.Message
	}
	return "SQLSTATE " + pg.Code
}

// shown is a file's name in a sentence: whoever may write in a folder chooses it.
func shown(name string) string {
	const most = 80
	if strings.IndexFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) >= 0 {
		name = strconv.Quote(name)
	}
	if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "") + "…"
	}
	return name
}

// stamp is a time as people read it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// long is a duration as people say it, of its two largest parts.
func long(d time.Duration) string {
	d = max(0, d)
	switch days := int(d.Hours()) / 24; {
	case days > 0:
		return count(days, "day") + " " + count(int(d.Hours())%24, "hour")
	case d >= time.Hour:
		return count(int(d.Hours()), "hour") + " " + count(int(d.Minutes())%60, "minute")
	case d >= time.Minute:
		return count(int(d.Minutes()), "minute")
	}
	return fmt.Sprintf("%.1f seconds", d.Seconds())
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return number(int64(n)) + " " + what + "s"
}

// number is 1 412 000.
func number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + " " + digits[i:]
	}
	return digits
}

func megabytes(n int64) string {
	switch {
	case n >= 10e6:
		return number((n+5e5)/1e6) + " MB"
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d kB", max(1, n/1e3))
}

// listed names a few, and says how many more there are.
func listed(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// hashing passes on what programs print, and hashes it.
type hashing struct {
	to  io.Writer
	all hash.Hash
	n   int
}

func hashed(to io.Writer) *hashing { return &hashing{to: to, all: sha256.New()} }

func (h *hashing) Write(p []byte) (int, error) {
	h.all.Write(p)
	h.n += len(p)
	return h.to.Write(p)
}

// sum is empty when nothing was printed.
func (h *hashing) sum() string {
	if h.n == 0 {
		return ""
	}
	return hex.EncodeToString(h.all.Sum(nil))
}
