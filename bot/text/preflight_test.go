package text

import (
	"strings"
	"testing"
	"time"
)

func found(area, state, sentence, hint string) Found {
	return Found{Area: area, State: state, Sentence: sentence, Hint: hint}
}

func preflightCards(w Words) map[string]Card {
	fine := []Found{
		found("Programs", FoundOK, "git 2.39.5 (/usr/bin/git)", ""), found("Programs", FoundOff, "pm2 is not installed; nothing in the config needs it", ""),
		found("Database", FoundOK, "ops_read (read_url) reads everything and writes nothing; it is no superuser", ""),
		found("Telegram", FoundOK, `the bot is @ops_bot, "Operations"`, ""), found("Telegram", FoundOK, "ann, bob and cid can be written to in private", ""),
	}
	warned := append([]Found{found("Telegram", FoundWarn, "2 members of the admin chat are not in the config: they read every card", "see the group's list of members; /id tells each their number")}, fine...)
	bad := append([]Found{
		found("Database", FoundFail, "postgres (admin_url) is a superuser: what it must not do, nothing keeps it from", "make role ops_restore with the SQL, and put its address into the file of admin_url_file"),
		found("Telegram", FoundFail, "bob cannot be written to: they blocked the bot", "bob: open https://t.me/ops_bot and press Start"),
	}, warned...)
	hostile := []Found{found("<b>Area", FoundFail, tempting, tempting), found("x", FoundWarn, tempting, tempting), found("x", FoundOK, tempting, ""), found("x", "another", tempting, "")}
	var many []Found
	for range 60 {
		many = append(many, found("Telegram", FoundFail, strings.Repeat("x <&> /stop ", 30), "type /start"), found("Host", FoundOK, strings.Repeat("y", 200), ""))
	}
	view := func(list []Found, sql bool) Card {
		return w.Preflight(PreflightView{Checked: noon, Took: 3100 * time.Millisecond, Found: list, SQL: sql})
	}
	return map[string]Card{
		"preflight":         view(fine, false),
		"preflight-warned":  view(warned, false),
		"preflight-failed":  view(bad, true),
		"preflight-busy":    w.Preflight(PreflightView{Busy: true}),
		"preflight-hostile": view(hostile, false),
		"preflight-many":    view(many, true),
	}
}

// tempting wants to be a line, a link, a command, a tag, and to turn the rest around.
const tempting = "a name\n✅ all well /approve @bob t.me/x </code></blockquote><a href=\"tg://user?id=1\">x</a>\u202e\x1b[2J"

// TestPreflightNeverStartsAnything: no word of a sentence becomes something to tap.
func TestPreflightNeverStartsAnything(t *testing.T) {
	for name, c := range preflightCards(helsinki(t)) {
		check(t, c)
		bare := outsideCode(c.HTML)
		if m := tappable.FindString(bare); m != "" {
			t.Errorf("%s: %q can be tapped in\n%s", name, m, bare)
		}
	}
}

// outsideCode is what is left of HTML outside code.
func outsideCode(h string) string {
	var b strings.Builder
	for {
		before, rest, more := strings.Cut(h, "<code>")
		b.WriteString(before + "·")
		if !more {
			return unescape(b.String())
		}
		_, h, _ = strings.Cut(rest, "</code>")
	}
}
