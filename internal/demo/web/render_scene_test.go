package web_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"twokey/bot/telegram/fakebot"
	"twokey/internal/demo/web"
)

const bob = 12

// moment is what the scene's times are about: 2 March 2026, a Monday, 15:04:05 UTC.
var moment = time.Date(2026, 3, 2, 15, 4, 5, 0, time.UTC)

// scene is a bench whose group holds one of each kind of message, on two phones beside a tour and a shop.
type scene struct {
	*bench
	ahead  atomic.Int64 // of the fake's clock
	ids    map[string]int
	offset int // of the updates that were answered
}

func newScene(t *testing.T) *scene {
	s := &scene{ids: map[string]int{}}
	now := func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }
	s.bench = benchOf(t, fakebot.New(fakebot.Config{BotUsername: "ops_bot", Now: now}))
	s.bot.AddUser(fakebot.User{ID: bob, FirstName: "Bob", Username: "bobby", Started: true})
	s.bot.SetMember(group, bob, "member")
	s.cfg.Phones = append(s.cfg.Phones, web.Phone{ID: "bob", Name: "Bob", Account: bob, Server: s.bot, Chats: []int64{group, bob}})
	s.cfg.Service = "Parcels"
	s.cfg.Shop = func(context.Context) web.Shop {
		return web.Shop{Up: true, Orders: 1200, Health: "ok", Log: []string{"paid"}}
	}
	s.cfg.Act = func(context.Context, string) error { return nil }
	s.cfg.Reset = func(context.Context) error { return nil }
	s.cfg.Stories = func() []web.Story { return []web.Story{{Name: "panic", Title: "Stop everything"}} }
	s.cfg.Off = []string{"PostgreSQL is not installed."}
	s.bot.Say(ann, ann, "/start")
	s.api("setMyCommands", map[string]any{"commands": []fakebot.Command{
		{Command: "status", Description: "How the service does"}, {Command: "stop", Description: "Stop it"}, {Command: "logs", Description: "Its newest lines"}}})
	s.texts()
	s.things()
	return s
}

func (s *scene) texts() {
	s.html("formats", `<b>bold</b> <i>italic</i> <u>under</u> <s>struck</s> <code>code</code> <b><i>both</i></b>`+
		`<pre><code class="language-json">{"a": 1}</code></pre>after`)
	s.html("links", `See <a href="https://example.org/deep">the page</a>, https://example.org/bare or <tg-spoiler>the secret</tg-spoiler>`)
	s.ids["hostile"] = s.bot.Say(bob, group, hostile)
	s.html("escaped", `escaped &lt;b&gt;not bold&lt;/b&gt; &amp;amp;`)
	s.html("quote", "Log: <blockquote expandable>"+strings.Repeat("a line of the log\n", 11)+"the last line</blockquote>")
	s.html("short", "Short: <blockquote expandable>one line only</blockquote>")
	s.html("mentions", fmt.Sprintf(`mentions: <a href="tg://user?id=%d">Ann</a>, <a href="tg://user?id=%d">Bob</a>, @somebody, me@example.org`, ann, bob))
	var b strings.Builder
	for _, format := range []string{"", "t", "T", "d", "D", "wDt"} {
		fmt.Fprintf(&b, "\n<tg-time unix=\"%d\" format=\"%s\">raw%s</tg-time>", moment.Unix(), format, format)
	}
	s.html("times", "times:"+b.String()+fmt.Sprintf("\n<tg-time unix=\"%d\" format=\"r\">rawr</tg-time>", time.Now().Add(90*time.Minute).Unix()))
}

const hostile = `<img src=x onerror="hacked=1"><script>hacked=1</script> <b>not bold</b> &lt; ` + "\u202e" + ` javascript:hacked=1`

func (s *scene) things() {
	s.ids["photo"] = s.file("sendPhoto", "photo", "chart.png", picture())
	s.ids["document"] = s.document("run-12.log", []byte("first line\n<b>second</b> line\n"))
	s.html("edited", "Step 1 of 3")
	s.ids["question"] = s.bot.Say(bob, group, "Who stopped it?\nAnd why?")
	s.ids["reply"] = s.bot.Say(ann, group, "It was me", fakebot.ReplyTo(s.ids["question"]))
	s.html("pinned", "<b>Card</b> of the day\nwith more below")
	s.api("pinChatMessage", map[string]any{"chat_id": group, "message_id": s.ids["pinned"]})
	s.api("sendMessage", map[string]any{"chat_id": group, "text": "Stop it?", "reply_markup": map[string]any{"inline_keyboard": [][]map[string]string{
		{{"text": "Stop", "callback_data": "stop 1", "style": "danger"}, {"text": "Leave", "callback_data": "leave"}}, {{"text": "Handbook", "url": "https://example.org/"}}}}})
	s.ids["buttons"] = s.newest()
}

// html is a message of the bot; its name is what the test calls it.
func (s *scene) html(name, text string) {
	s.api("sendMessage", map[string]any{"chat_id": group, "text": text, "parse_mode": "HTML"})
	s.ids[name] = s.newest()
}

func (s *scene) newest() int {
	all := s.bot.Messages(group)
	return all[len(all)-1].ID
}

func picture() []byte {
	m := image.NewRGBA(image.Rect(0, 0, 320, 200))
	for i := range 320 * 200 {
		m.Set(i%320, i/320, color.RGBA{uint8(i % 320 / 2), uint8(i / 320), 160, 255})
	}
	var b bytes.Buffer
	_ = png.Encode(&b, m)
	return b.Bytes()
}
