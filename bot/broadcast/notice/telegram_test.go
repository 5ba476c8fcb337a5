package notice

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"twokey/bot/telegram/fakebot"
)

const reader = 77

// telegram is a server that refuses what Telegram would.
type telegram struct {
	*fakebot.Server
	client *http.Client
}

func newTelegram(t *testing.T) telegram {
	s := fakebot.Start(fakebot.Config{})
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		s.Close()
	})
	s.AddUser(fakebot.User{ID: reader, FirstName: "Reader"})
	s.Say(reader, reader, "/start")
	return telegram{s, client}
}

// send sends a notice as the bot would, and gives it as the reader sees it, or Telegram's refusal.
func (s telegram) send(t rapid.TB, html string, picture *Picture) (*fakebot.Message, string) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	method, text := "sendMessage", "text"
	if picture != nil {
		method, text = "sendPhoto", "caption"
		w, err := form.CreateFormFile("photo", picture.Name)
		if err == nil {
			_, err = w.Write(picture.Bytes)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range map[string]string{"chat_id": "77", text: html, "parse_mode": "HTML"} {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	resp, err := s.client.Post(s.URL()+"/bot"+s.Token()+"/"+method, form.FormDataContentType(), &body)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		OK          bool
		Description string
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil || json.Unmarshal(raw, &answer) != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	if !answer.OK {
		return nil, answer.Description
	}
	all := s.Messages(reader)
	m := all[len(all)-1]
	return &m, ""
}

// TestTelegramTakesThem sends every built-in text. Our own reading of the markup must agree with the server's.
func TestTelegramTakesThem(t *testing.T) {
	s := newTelegram(t)
	for _, tmpl := range load(t, Options{}).All() {
		_, r, err := tmpl.Sample(evening)
		if err != nil {
			t.Fatal(err)
		}
		for _, lang := range slices.Sorted(maps.Keys(r.Texts)) {
			m, refused := s.send(t, r.Texts[lang], r.Picture)
			if refused != "" {
				t.Errorf("%s.%s: %s\n%s", tmpl.Name, lang, refused, r.Texts[lang])
				continue
			}
			if diff := cmp.Diff(seenOf(t, r.Texts[lang]), m.Text); diff != "" {
				t.Errorf("%s.%s is seen otherwise (-ours +server's):\n%s", tmpl.Name, lang, diff)
			}
			if times := strings.Count(r.Texts[lang], "<tg-time"); times != countOf(m.Entities, "date_time") {
				t.Errorf("%s.%s: %d times became %v", tmpl.Name, lang, times, m.Entities)
			}
		}
	}
}

func seenOf(t testing.TB, html string) string {
	var m markup
	m.literal(html, 0)
	seen, faults := m.end(0)
	if faults != nil {
		t.Errorf("%v in\n%s", faults, html)
	}
	return strings.TrimSpace(seen)
}

func countOf(es []fakebot.Entity, kind string) int {
	n := 0
	for _, e := range es {
		if e.Type == kind {
			n++
		}
	}
	return n
}

func TestTelegramTakesPictures(t *testing.T) {
	s := newTelegram(t)
	dir := folder(t, map[string]string{"own.yaml": "picture: a.png\ntexts: {en: \"<b>" + strings.Repeat("я", 1024) + "</b>\"}", "a.png": string(painted(t, false, 30, 20))})
	_, r, err := get(t, load(t, Options{Dir: dir}), "own").Sample(evening)
	if err != nil {
		t.Fatal(err)
	}
	if _, refused := s.send(t, r.Texts["en"], r.Picture); refused != "" {
		t.Error(refused)
	}
}

// TestMarkupIsStrict: whatever passes as a text of a template, Telegram takes; and what it refuses does not pass.
func TestMarkupIsStrict(t *testing.T) {
	fake := fakebot.New(fakebot.Config{})
	t.Cleanup(fake.Close)
	fake.AddUser(fakebot.User{ID: reader, FirstName: "Reader"})
	fake.Say(reader, reader, "/start")
	server := httptest.NewServer(fake.Handler())
	client := server.Client()
	t.Cleanup(func() {
		client.CloseIdleConnections()
		server.Close()
	})
	parts := []string{
		"a", "я", "🔔", " ", "\n", "<b>", "</b>", "<i>", "</i>", "<code>", "</code>", "<pre>", "</pre>", "<a href=\"https://a.example\">", "</a>",
		"<blockquote>", "<blockquote expandable>", "</blockquote>", "<tg-spoiler>", "</tg-spoiler>", "<span class=\"tg-spoiler\">", "</span>",
		"<tg-time unix=\"1\" format=\"r\">", "</tg-time>", "<code class=\"language-go\">", "&amp;", "&lt;", "&#65;", "&#x1F514;", "&nbsp;", "&", "<", ">",
		"<b>я</b>", "<a href=\"https://a.example\">a</a>", "<blockquote>q</blockquote>", "<pre><code class=\"language-go\">x</code></pre>", "<b><i>x</i>\n</b>",
		"</>", "<br>", "<B>", "<b >", "\"", "=", "&#0;", "&#55296;", "<tg-emoji emoji-id=\"5\">", "</tg-emoji>",
	}
	passed := 0
	rapid.Check(t, func(t *rapid.T) {
		html := "x" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 8).Draw(t, "parts"), "")
		m := markup{links: []string{"a.example"}}
		m.literal(html, 0)
		seen, faults := m.end(len(html))
		if faults != nil {
			return
		}
		resp, err := client.PostForm(server.URL+"/bot"+fake.Token()+"/sendMessage", map[string][]string{"chat_id": {"77"}, "text": {html}, "parse_mode": {"HTML"}})
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("passed, and Telegram answers %s to\n%s", resp.Status, html)
		}
		all := fake.Messages(reader)
		if got := all[len(all)-1].Text; got != strings.Trim(seen, " \n") {
			t.Fatalf("%q is seen as %q, we saw %q", html, got, seen)
		}
		passed++
	})
	t.Logf("%d passed", passed)
}
