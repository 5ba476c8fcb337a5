package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"twokey/bot"
	"twokey/bot/text"
	"twokey/internal/journal"
	"twokey/internal/logfile"
	"twokey/internal/secret"
)

// readLog finds lines in a log with that content.
func readLog(t *testing.T, ctx context.Context, content, sought string) text.LogsView {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "out.log"), []byte(content), 0o600))
	l := logs{reader: logfile.Reader{}, files: []string{filepath.Join(dir, "*.log")}, dir: dir, redact: secret.NewRedactor(secret.New(keySecret))}
	return l.find(ctx, bot.LogQuery{Lines: 20, Text: sought, Match: func(line string) bool { return strings.Contains(line, sought) }})
}

// TestNever4NoSecretFromALog: not whole, not where a line is cut, not coloured, and not by looking for its parts.
func TestNever4NoSecretFromALog(t *testing.T) {
	half := len(keySecret) / 2
	for say, content := range map[string]string{
		"as it is":                   keySecret,
		"coloured in the middle":     keySecret[:half] + "\x1b[31m" + keySecret[half:] + "\x1b[0m",
		"cut in two at a line's end": strings.Repeat("x", 8<<10-half) + keySecret,
	} {
		for _, sought := range []string{"", keySecret[half-4 : half], keySecret[:half]} {
			v := readLog(t, context.Background(), content+"\n", sought)
			seen := fmt.Sprint(v, string(text.LogsDocument(v)), text.Words{}.Logs(v))
			if strings.Contains(strings.ReplaceAll(seen, sought, ""), keySecret[:6]) && sought == "" || sought != "" && len(v.Files) > 0 {
				t.Errorf("%s, looked for as %q: it gives %.300s", say, sought, seen)
			}
		}
	}
}

func TestLogsInTime(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if v := readLog(t, ctx, "x\n", ""); !v.Late || v.NoneThere || v.Problem != "" {
		t.Errorf("find when the time is over = %+v, want Late and nothing else", v)
	}
}

func TestNewestEntries(t *testing.T) {
	store := journal.NewMemory()
	var head journal.Head
	for i := range 100 {
		kind := "card.posted"
		if i%10 == 0 {
			kind = fmt.Sprint("k", i)
		}
		e := journal.Seal(head, time.Unix(int64(i), 0), kind, "ann", "", []byte("{}"))
		must(t, store.Append(context.Background(), head, e))
		head = e.Head()
	}
	events, err := newest(context.Background(), store, head.Seq, 3, func(kind string) bool { return !text.Minor(kind) })
	if err != nil || len(events) != 3 || events[0].Kind != "k90" || events[2].Kind != "k70" {
		t.Errorf("newest 3 = %v, %v, want k90, k80, k70", events, err)
	}
	if events, err = newest(context.Background(), store, head.Seq, 50, func(kind string) bool { return !text.Minor(kind) }); err != nil || len(events) != 10 {
		t.Errorf("newest 50 = %d, %v, want the 10 there are", len(events), err)
	}
}
