package fakebot

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseMarkdown2(t *testing.T) {
	for _, c := range []struct {
		why, in, plain string
		entities       []Entity
	}{
		{"nothing to do", "a, b: c", "a, b: c", nil},
		{"every simple mark", "*1*_2_~3~__4__||5||`6`", "123456", []Entity{
			{Type: "bold", Length: 1}, {Type: "italic", Offset: 1, Length: 1}, {Type: "strikethrough", Offset: 2, Length: 1},
			{Type: "underline", Offset: 3, Length: 1}, {Type: "spoiler", Offset: 4, Length: 1}, {Type: "code", Offset: 5, Length: 1},
		}},
		{"what is escaped", `1\. \*x\* \_ \\ \a`, `1. *x* _ \ a`, nil},
		{"nested ones", "*a _b_ c*", "a b c", []Entity{{Type: "bold", Length: 5}, {Type: "italic", Offset: 2, Length: 1}}},
		{"offsets count UTF-16 units", "🧪*é🧪*", "🧪é🧪", []Entity{{Type: "bold", Offset: 2, Length: 3}}},
		{"a link", `[a\-b](https://a.example/\)x)`, "a-b", []Entity{{Type: "text_link", Length: 3, URL: "https://a.example/)x"}}},
		{"a mention by id", "[Bob](tg://user?id=12)", "Bob", []Entity{{Type: "text_mention", Length: 3, User: Mention{ID: 12}}}},
		{"a link that is its own text", `[a\.example]`, "a.example", []Entity{{Type: "text_link", Length: 9, URL: "a.example"}}},
		{"an emoji", "![👍](tg://emoji?id=5368324170671202286)", "👍", []Entity{{Type: "custom_emoji", Length: 2, EmojiID: "5368324170671202286"}}},
		{"code with a language", "```go\nx := 1.\n```", "x := 1.", []Entity{{Type: "pre", Length: 7, Language: "go"}}},
		{"code without one", "```\nx\n```", "x", []Entity{{Type: "pre", Length: 1}}},
		{"nothing inside code", "`a*b_c`", "a*b_c", []Entity{{Type: "code", Length: 5}}},
		{"a quote", "x\n>a\n>b\nc", "x\na\nb\nc", []Entity{{Type: "blockquote", Offset: 2, Length: 3}}},
		{"a quote that opens", ">a\n>*b*||", "a\nb", []Entity{{Type: "expandable_blockquote", Length: 3}, {Type: "bold", Offset: 2, Length: 1}}},
		{"a spoiler in a quote", ">||a|| b", "a b", []Entity{{Type: "blockquote", Length: 3}, {Type: "spoiler", Length: 1}}},
		{"empty ones vanish", "x**", "x", nil},
	} {
		f, err := parseMarkdown2(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.why, err)
			continue
		}
		f = f.fixed()
		if d := cmp.Diff(c.entities, f.entities); d != "" || f.plain != c.plain {
			t.Errorf("%s: %q, want %q (-want +got):\n%s", c.why, f.plain, c.plain, d)
		}
	}
}

func TestParseMarkdown(t *testing.T) {
	for _, c := range []struct {
		why, in, plain string
		entities       []Entity
	}{
		{"what the new mode reserves", "a-b. (c)!", "a-b. (c)!", nil},
		{"every mark", "*1*_2_`3`", "123", []Entity{
			{Type: "bold", Length: 1}, {Type: "italic", Offset: 1, Length: 1}, {Type: "code", Offset: 2, Length: 1}}},
		{"what is escaped", `\_x\* \[ \a`, `_x* [ \a`, nil},
		{"nothing nests", "*a_b*", "a_b", []Entity{{Type: "bold", Length: 3}}},
		{"a link", "[x](https://a.example)", "x", []Entity{{Type: "text_link", Length: 1, URL: "https://a.example"}}},
		{"a link to nowhere", "[x] y", "x y", nil},
		{"code with a language", "```go\nx\n```", "x", []Entity{{Type: "pre", Length: 1, Language: "go"}}},
	} {
		f, err := parseMarkdown(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.why, err)
			continue
		}
		f = f.fixed()
		if d := cmp.Diff(c.entities, f.entities); d != "" || f.plain != c.plain {
			t.Errorf("%s: %q, want %q (-want +got):\n%s", c.why, f.plain, c.plain, d)
		}
	}
}

func TestMarkdownErrors(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ mode, in, want string }{
		{"MarkdownV2", "1.", `Character '.' is reserved and must be escaped with the preceding '\'`},
		{"MarkdownV2", "a > b", `Character '>' is reserved and must be escaped with the preceding '\'`},
		{"MarkdownV2", "a | b", `Character '|' is reserved and must be escaped with the preceding '\'`},
		{"MarkdownV2", "ab _c", "Can't find end of Italic entity at byte offset 3"},
		{"MarkdownV2", "*a _b* c_", "Can't find end of Italic entity at byte offset 8"},
		{"MarkdownV2", "![x](https://a.example)", "Custom emoji entity must contain a tg://emoji URL"},
		{"MarkdownV2", ">*a\nb*", "Can't find end of Bold entity at byte offset 1"},
		{"MarkdownV2", "[x](http://a", "Can't find end of a URL at byte offset 4"},
		{"Markdown", "ab _c", "Can't find end of the entity starting at byte offset 3"},
	} {
		r := w.call(t, "sendMessage", "chat_id", ann, "text", c.in, "parse_mode", c.mode)
		if r.Description != "Bad Request: can't parse entities: "+c.want {
			t.Errorf("%q: %s", c.in, r.Description)
		}
	}
	w.send(t, ann, "*x*", "parse_mode", "markdownv2")
	if m := w.only(t, ann); m.Text != "x" || m.HTML != "*x*" || len(m.Entities) != 1 {
		t.Errorf("%+v", m)
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{"*x* _y_", ">a\n>b||\nc", "[x](y\\)", "```go\nx```", "![👍](tg://emoji?id=1)", "**>a\n>*b", "\xff*\xff*", "||a", "\\"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, in string, second bool) {
		mode := "Markdown"
		if second {
			mode = "MarkdownV2"
		}
		got, refused := readText(request{params: map[string]string{"text": in, "parse_mode": mode}}, "text", "empty")
		if refused != nil {
			return
		}
		end := utf16Len(got.plain)
		if !utf8.ValidString(got.plain) || got.plain == "" {
			t.Fatalf("accepted %q as %q", in, got.plain)
		}
		for _, e := range got.entities {
			if e.Offset < 0 || e.Length <= 0 || e.Offset+e.Length > end {
				t.Fatalf("%q: entity %+v outside of %d units", in, e, end)
			}
		}
	})
}
