package bot

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"twokey/bot/telegram"
	"twokey/bot/text"
)

const (
	// logLines is how many lines /logs gives when it names no number, mostLogLines how many it gives at most.
	logLines     = 20
	mostLogLines = 500
	// logsWithin is how long reading logs may take.
	logsWithin = 10 * time.Second
)

// LogQuery is what is wanted of the service's logs: the newest lines that match, at most so many.
type LogQuery struct {
	Lines int
	Text  string // as it was typed, for people
	Match func(line string) bool
}

// parseLogs reads what stands behind /logs: nothing, a number of lines, a part of the lines, or /a regular expression/. A
// number of lines may stand before the others. When it is wrong, it says what.
func parseLogs(c Command) (q LogQuery, wrong string) {
	words := c.Words
	if c.Reason != "" { // here it is no reason
		words = append(words[:len(words):len(words)], "because", c.Reason)
	}
	q = LogQuery{Lines: mostLogLines, Match: func(string) bool { return true }}
	if len(words) == 0 {
		q.Lines = logLines
		return q, ""
	}
	if n, err := strconv.Atoi(words[0]); err == nil {
		if n < 1 || n > mostLogLines {
			return q, fmt.Sprintf("/logs gives 1 to %d lines", mostLogLines)
		}
		q.Lines, words = n, words[1:]
	}
	q.Text = strings.Join(words, " ")
	if q.Text == "" {
		return q, ""
	}
	q.Match, wrong = matcher(q.Text)
	return q, wrong
}

// matcher compares without regard to case. Text is text, whatever is in it; between slashes it is an expression of RE2,
// which takes time in proportion to the line and no more.
func matcher(typed string) (match func(string) bool, wrong string) {
	if len(typed) > 2 && typed[0] == '/' && typed[len(typed)-1] == '/' {
		re, err := regexp.Compile("(?i)" + typed[1:len(typed)-1])
		if err != nil {
			return nil, "This is no regular expression: " + strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		}
		return re.MatchString, ""
	}
	part := strings.ToLower(typed)
	return func(line string) bool { return strings.Contains(strings.ToLower(line), part) }, ""
}

// logs shows the newest lines of the service's logs, and all that were wanted as a file when a card is too small for them.
func (b *Bot) logs(ctx context.Context, s sender, c Command) {
	q, wrong := parseLogs(c)
	if wrong != "" {
		b.reply(s, b.Words.LogsHow(b.Redact(wrong)))
		return
	}
	within, cancel := context.WithTimeout(ctx, logsWithin)
	v := b.Look.Logs(within, q)
	cancel()
	_, err := b.Chat.Send(ctx, out(b.Words.Logs(v), s.chat, s.topic, s.message))
	if data := text.LogsDocument(v); err == nil && data != nil {
		_, err = b.Chat.Document(ctx, document(s), "logs-"+v.Now.UTC().Format("20060102-150405")+".txt", data)
	}
	if err != nil && ctx.Err() == nil {
		b.Report(fmt.Errorf("logs in chat %d: %w", s.chat, err))
	}
}

// document is a file as an answer: silent, because the card beside it rings, and no more to be forwarded than that.
func document(s sender) telegram.Out {
	return telegram.Out{ChatID: s.chat, ThreadID: s.topic, ReplyTo: s.message, Silent: true, Protect: true, Again: telegram.AgainResend}
}
