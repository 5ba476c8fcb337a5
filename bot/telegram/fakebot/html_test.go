package fakebot

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseHTML(t *testing.T) {
	cases := []struct {
		why, in, plain string
		entities       []Entity
	}{
		{"nothing to do", "a > b", "a > b", nil},
		{"every simple tag", "<b>1</b><strong>2</strong><i>3</i><em>4</em><u>5</u><ins>6</ins><s>7</s><strike>8</strike>" +
			"<del>9</del><tg-spoiler>0</tg-spoiler>", "1234567890", []Entity{
			{Type: "bold", Offset: 0, Length: 1}, {Type: "bold", Offset: 1, Length: 1},
			{Type: "italic", Offset: 2, Length: 1}, {Type: "italic", Offset: 3, Length: 1},
			{Type: "underline", Offset: 4, Length: 1}, {Type: "underline", Offset: 5, Length: 1},
			{Type: "strikethrough", Offset: 6, Length: 1}, {Type: "strikethrough", Offset: 7, Length: 1},
			{Type: "strikethrough", Offset: 8, Length: 1}, {Type: "spoiler", Offset: 9, Length: 1},
		}},
		{"offsets count UTF-16 units", "🧪<b>é🧪</b>", "🧪é🧪", []Entity{{Type: "bold", Offset: 2, Length: 3}}},
		{"capitals, and an end tag without a name", "<B>x</>", "x", []Entity{{Type: "bold", Length: 1}}},
		{"the four entities and numbers", "&lt;&gt;&amp;&quot;&#65;&#x42;", `<>&"AB`, nil},
		{"the semicolon may be missing", "&lt&gt x &#65 y", "<> x A y", nil},
		{"other entities stay text", "&nbsp;&copy;&apos;&", "&nbsp;&copy;&apos;&", nil},
		{"numbers that are no characters stay text", "&#0;&#x110000;&#;", "&#0;&#x110000;&#;", nil},
		{"a decoded tag is no tag", "&lt;b&gt;", "<b>", nil},
		{"a span as spoiler", `<span class="tg-spoiler">x</span>`, "x", []Entity{{Type: "spoiler", Length: 1}}},
		{"a link", `<a href="https://a.example/?a=1&amp;b=2">x</a>`, "x",
			[]Entity{{Type: "text_link", Length: 1, URL: "https://a.example/?a=1&b=2"}}},
		{"a link that is its own text", "<a>a.example</a>", "a.example",
			[]Entity{{Type: "text_link", Length: 9, URL: "a.example"}}},
		{"a link to nowhere", `<a href="x">y</a>`, "y", nil},
		{"a mention by id", `<a href="tg://user?id=12">Bob</a>`, "Bob",
			[]Entity{{Type: "text_mention", Length: 3, User: Mention{ID: 12}}}},
		{"a quote that opens", "<blockquote expandable>x\ny</blockquote>", "x\ny",
			[]Entity{{Type: "expandable_blockquote", Length: 3}}},
		{"a quote that opens, with a value", `<blockquote expandable="">x</blockquote>`, "x",
			[]Entity{{Type: "blockquote", Length: 1}}},
		{"a quote in a quote is dropped", "<blockquote>x<blockquote>y</blockquote></blockquote>", "xy",
			[]Entity{{Type: "blockquote", Length: 2}}},
		{"a time", `<tg-time unix="1647531900" format="wDT">22:45</tg-time>`, "22:45",
			[]Entity{{Type: "date_time", Length: 5, UnixTime: 1647531900, Format: "wDT"}}},
		{"a time without a format", `<tg-time unix=1647531900>22:45</tg-time>`, "22:45",
			[]Entity{{Type: "date_time", Length: 5, UnixTime: 1647531900}}},
		{"an emoji", `<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>`, "👍",
			[]Entity{{Type: "custom_emoji", Length: 2, EmojiID: "5368324170671202286"}}},
		{"code with a language", `<pre><code class="language-go">x</code></pre>`, "x",
			[]Entity{{Type: "pre", Length: 1, Language: "go"}}},
		{"a language only counts inside pre", `<code class="language-go">x</code>`, "x",
			[]Entity{{Type: "code", Length: 1}}},
		{"nothing inside code", "<code>a<b>b</b></code>", "ab", []Entity{{Type: "code", Length: 2}}},
		{"nested ones, outer first", "<b>a<i>b</i></b>", "ab",
			[]Entity{{Type: "bold", Length: 2}, {Type: "italic", Offset: 1, Length: 1}}},
		{"empty ones vanish", "x<b></b>", "x", nil},
		{"trimmed at both ends", "<b>\n x </b> ", "x", []Entity{{Type: "bold", Length: 1}}},
		{"control characters become spaces", "a\tb\x00c", "a b c", nil},
	}
	for _, c := range cases {
		f, err := parseHTML(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.why, err)
			continue
		}
		f = f.fixed()
		if f.plain != c.plain {
			t.Errorf("%s: %q, want %q", c.why, f.plain, c.plain)
		}
		if d := cmp.Diff(c.entities, f.entities); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.why, d)
		}
	}
}

func TestParseHTMLErrors(t *testing.T) {
	cases := []struct{ why, in, want string }{
		{"an open tag", "<b>x", `Can't find end tag corresponding to start tag "b"`},
		{"a tag that is none", "ы<x>y</x>", `Unsupported start tag "x" at byte offset 2`},
		{"HTML that Telegram does not have", "<br>", `Unsupported start tag "br" at byte offset 0`},
		{"a less-than sign", "a < b", `Unsupported start tag "" at byte offset 2`},
		{"a less-than sign before a tag", "a < b<b>c</b>", `Unsupported start tag "" at byte offset 2`},
		{"a tag that does not end", "<b", "Unclosed start tag at byte offset 0"},
		{"an end without a start", "x</b>", "Unexpected end tag at byte offset 1"},
		{"tags across each other", "<b><i>x</b></i>", `Unmatched end tag at byte offset 7, expected "</i>", found "</b>"`},
		{"an end tag that does not end", "<b>x</b", "Unclosed end tag at byte offset 4"},
		{"a span that is no spoiler", "<span>x</span>", `Tag "span" must have class "tg-spoiler" at byte offset 0`},
		{"an attribute without a name", `<a ="x">x</a>`, `Empty attribute name in the tag "a" at byte offset 0`},
		{"an attribute that does not end", `<a href="x`, "Unclosed start tag at byte offset 0"},
		{"an attribute without its value", `<a href=`, `Unclosed start tag "a" at byte offset 0`},
		{"an attribute without anything", `<a href`, `Unclosed start tag "a" at byte offset 0`},
		{"a bare value that is no word", `<a href=http://x>x</a>`, "Unexpected end of name token at byte offset 8"},
		{"an emoji without an id", "<tg-emoji>👍</tg-emoji>", "Invalid custom emoji identifier specified"},
		{"half a surrogate pair", "&#xd800;", "Text contains invalid Unicode characters after decoding HTML entities," +
			" check for unmatched surrogate code units"},
		{"a time that is none", `<tg-time unix="soon">x</tg-time>`, "Invalid date-time entity specified"},
		{"a format that is none", `<tg-time unix="1" format="tD">x</tg-time>`, "Invalid date-time entity specified"},
	}
	for _, c := range cases {
		if _, err := parseHTML(c.in); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v\nwant %s", c.why, err, c.want)
		}
	}
}

func FuzzReadText(f *testing.F) {
	for _, seed := range []string{
		"<b>x</b>", "<a href='x'>&lt;&#65;</a>", "<pre><code class=\"language-go\">x</code></pre>", "</>", "< ", "&#x",
		"<blockquote expandable>🧪</blockquote>", "<tg-time unix=1 format=r>x</tg-time>", "<b \x00=", "\xff<i>\xff</i>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, refused := readText(request{params: map[string]string{"text": in, "parse_mode": "HTML"}}, "text", "empty")
		if refused != nil {
			return
		}
		if !utf8.ValidString(got.plain) || got.plain == "" {
			t.Fatalf("accepted %q as %q", in, got.plain)
		}
		// Decoding makes texts shorter, except that a broken byte becomes the three of U+FFFD.
		if len(in) > maxRaw || utf8.RuneCountInString(got.plain) > utf8.RuneCountInString(in) {
			t.Fatalf("%q grew to %q", in, got.plain)
		}
		end := utf16Len(got.plain)
		for _, e := range got.entities {
			if e.Offset < 0 || e.Length <= 0 || e.Offset+e.Length > end {
				t.Fatalf("%q: entity %+v outside of %d units", in, e, end)
			}
		}
	})
}
