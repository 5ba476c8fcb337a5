package notice

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"twokey/bot/telegram/fakebot"
)

const framed = `
default: en
green: true
vars:
  say: {type: text, max: 200, lines: true}
  more: {type: text, max: 50, default: more}
  at: {type: time, default: now}
texts:
  en: "<b>Begin</b> {at} ({say}) <i>«{more}»</i> end"
  ru: "<b>Начало</b> ({say}) конец"
`

// harmless are the pieces that pass, and would change the markup if they were not escaped.
var harmless = []string{
	"<b>", "</b>", "</i>", "<a href=\"x\">", "<tg-time unix=\"1\">", "&lt;", "&#8238;", "&amp;", "&", "<", ">", "\"", "'", "\\", "{", "}", "{1}", "$1", "%s", "\\1", " ", "deposits",
}

// hostile are the pieces of values that somebody would try, and of those that people type.
var hostile = []string{
	"<b>", "</b>", "</i>", "<a href=\"https://evil.org\">", "</a>", "&lt;", "&#8238;", "&", "<", ">", "\"", "'", "\\", "{say}", "{more}", "{at}", "{at:day}",
	"{{", "}}", "{", "}", "$1", "%s", "${more}", "\\1", "\n", "\r\n", " ", "\u00a0", "\t", "\x00", "\u202e", "\u200d", "\ufeff", "@bob", "@", "t.me/x", "evil.org",
	".", "0x52908400098527886E0F7030069857D2E4169EE7", "5 000", "№ 10427", "25.11.2026", "я", "Ё", "e\u0301", "⚠️", "日本", "[START]", "[", "]", "<tg-time unix=\"1\">",
	"deposits", "are", "late", "—",
}

// typedText is made of them; each kind of piece has its turn, so that half of what is typed passes.
func typedText() *rapid.Generator[string] {
	kind := rapid.SampledFrom([][]string{hostile, harmless, harmless, harmless})
	pieces := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string { return rapid.SampledFrom(kind.Draw(t, "kind")).Draw(t, "piece") }),
		rapid.StringOfN(rapid.RuneFrom(nil, unicode.L, unicode.P, unicode.S), 0, 4, -1),
	)
	return rapid.Map(rapid.SliceOfN(pieces, 1, 6), func(s []string) string { return strings.Join(s, "") })
}

// TestValueIsOnlyText: whatever was typed and passed stands in the message as it is, between what stood around it, and
// changes nothing else of it.
func TestValueIsOnlyText(t *testing.T) {
	s := newTelegram(t)
	tmpl := own(t, Options{}, framed)
	placeholder := regexp.MustCompile(`\{[a-z][a-z0-9_]*(:[a-z]+)?\}`)
	passed := 0
	rapid.Check(t, func(t *rapid.T) {
		typed := map[string]string{"say": typedText().Draw(t, "say")}
		if rapid.Bool().Draw(t, "both") {
			typed["more"] = typedText().Draw(t, "more")
		}
		v, err := tmpl.Bind(typed, evening)
		if err != nil {
			refusedWell(t, err)
			return
		}
		r, err := tmpl.Render(v)
		if err != nil {
			refusedWell(t, err)
			return
		}
		passed++
		m, refused := s.send(t, r.Texts["en"], nil)
		if refused != "" {
			t.Fatalf("Telegram refuses %q: %s", r.Texts["en"], refused)
		}
		want := fmt.Sprintf("Begin 19:05 UTC (%s) «%s» end", v["say"], v["more"])
		if diff := cmp.Diff(want, m.Text); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"bold", "date_time", "italic"}, kinds(m.Entities)); diff != "" {
			t.Fatalf("the markup is another one (-want +got):\n%s", diff)
		}
		for lang, text := range r.Texts {
			if placeholder.MatchString(text) {
				t.Fatalf("%s has a placeholder: %s", lang, text)
			}
		}
	})
	t.Logf("%d passed", passed)
	if passed < 20 {
		t.Errorf("%d passed: the property says nothing", passed)
	}
}

func kinds(es []fakebot.Entity) (all []string) {
	for _, e := range es {
		all = append(all, e.Type)
	}
	return all
}

// refusedWell: a refusal is a sentence with a hint, in one line.
func refusedWell(t *rapid.T, err error) {
	var e *Error
	if !errors.As(err, &e) || e.Sentence == "" || e.Hint == "" || strings.ContainsAny(e.Sentence+e.Hint, "\n\x00\u202e") || strings.Contains(e.Sentence+e.Hint, "%!(") {
		t.Fatalf("refused with %#v", err)
	}
}

// TestBindIsIdempotent: the canonical form stays what it is, whenever it is read again, and so does its line.
func TestBindIsIdempotent(t *testing.T) {
	zone := helsinki(t)
	s := load(t, Options{Zone: zone})
	templates := append(s.All(), own(t, Options{Zone: zone}, framed), own(t, Options{}, timed), own(t, Options{}, germanised(chosen)))
	passed := 0
	rapid.Check(t, func(t *rapid.T) {
		tmpl := rapid.SampledFrom(templates).Draw(t, "template")
		typed := map[string]string{}
		for _, v := range tmpl.Vars {
			if v.Default == "" || rapid.Bool().Draw(t, "given") {
				typed[v.Name] = typedFor(v).Draw(t, v.Name)
			}
		}
		v, err := tmpl.Bind(typed, instant().Draw(t, "now"))
		if err != nil {
			refusedWell(t, err)
			return
		}
		again, err := tmpl.Bind(v, instant().Draw(t, "later"))
		if err != nil || !maps.Equal(v, again) {
			t.Fatalf("%v became %v, %v", v, again, err)
		}
		read, err := ParseValues(v.String())
		if err != nil || !maps.Equal(v, read) || strings.Contains(v.String(), "\n") {
			t.Fatalf("%s became %v, %v", v, read, err)
		}
		passed++
	})
	t.Logf("%d passed", passed)
	if passed < 20 {
		t.Errorf("%d passed: the property says nothing", passed)
	}
}

func instant() *rapid.Generator[time.Time] {
	return rapid.Map(rapid.Int64Range(1_700_000_000, 2_000_000_000), func(s int64) time.Time { return time.Unix(s, 123456789) })
}

// typedFor is what people type for a variable, and now and then anything.
func typedFor(v Var) *rapid.Generator[string] {
	clock := rapid.Custom(func(t *rapid.T) string {
		day := rapid.SampledFrom([]string{"", "tonight ", "tomorrow ", "today ", "yesterday ", "2026-10-25T", "2026-03-29 "}).Draw(t, "day")
		return fmt.Sprintf("%s%02d:%02d", day, rapid.IntRange(0, 24).Draw(t, "h"), rapid.IntRange(0, 59).Draw(t, "m"))
	})
	span := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf("%d%s %d m", rapid.IntRange(0, 99).Draw(t, "n"), rapid.SampledFrom([]string{"h", " min", "s", "d", " ч"}).Draw(t, "unit"), rapid.IntRange(0, 99).Draw(t, "m"))
	})
	written := rapid.Map(instant(), func(at time.Time) string { return at.Format(time.RFC3339Nano) })
	in := rapid.Map(span, func(s string) string { return "in " + s })
	switch v.Kind {
	case KindTime:
		return rapid.OneOf(clock, written, in, rapid.SampledFrom([]string{"now", "1 h ago"}), typedText())
	case KindDuration:
		return rapid.OneOf(span, typedText())
	case KindChoice:
		return rapid.SampledFrom(append(v.names(), "none of them"))
	}
	return rapid.OneOf(typedText(), rapid.SampledFrom(append(v.names(), "words")))
}

// TestForFallsBack: everybody gets a text, in their language or in the one of everybody.
func TestForFallsBack(t *testing.T) {
	langs := []string{"en", "ru", "pt", "pt-br", "zh-hant"}
	rapid.Check(t, func(t *rapid.T) {
		r := Rendered{Texts: map[string]string{}, Default: rapid.SampledFrom(langs).Draw(t, "default")}
		for _, l := range append(rapid.SliceOf(rapid.SampledFrom(langs)).Draw(t, "langs"), r.Default) {
			r.Texts[l] = "in " + l
		}
		lang := rapid.OneOf(rapid.SampledFrom(append(langs, "PT-BR", "pt_BR", "pt-PT", "zh", "")), rapid.String()).Draw(t, "lang")
		used, html := r.For(lang)
		if html != "in "+used {
			t.Fatalf("For(%q) = %q, %q", lang, used, html)
		}
		if _, exact := r.Texts[plainLang(lang)]; exact && used != plainLang(lang) {
			t.Fatalf("For(%q) = %q, and there is its own", lang, used)
		}
		if used != r.Default && !strings.HasPrefix(plainLang(lang)+"-", used+"-") {
			t.Fatalf("For(%q) = %q, which is another language", lang, used)
		}
	})
}

// TestAnyFile: whatever somebody saves, Load gives mistakes with places, or templates that can be rendered.
func TestAnyFile(t *testing.T) {
	var sources []string
	for _, name := range []string{"builtin/maintenance.yaml", "builtin/service_update.yaml"} {
		data, err := builtin.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, string(data))
	}
	sources = append(sources, everything, framed)
	cuts := []string{"", "\n", "  ", ":", "{", "}", "[", "]", "&a ", "*a", "!t ", "|", ">", "- ", "\"", "'", "#", "? ", "<b>", "{for}", "\t", "\x00", "\xff", "null", "5"}
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SampledFrom(sources).Draw(t, "source")
		for range rapid.IntRange(1, 3).Draw(t, "cuts") {
			at := rapid.IntRange(0, len(data)).Draw(t, "at")
			end := min(len(data), at+rapid.IntRange(0, 12).Draw(t, "length"))
			data = data[:at] + rapid.SampledFrom(cuts).Draw(t, "put in") + data[end:]
		}
		if err := os.WriteFile(filepath.Join(dir, "own.yaml"), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Load(Options{Dir: dir})
		if err != nil {
			if !strings.Contains(err.Error(), "own.yaml:") || strings.Contains(err.Error(), "%!") {
				t.Fatalf("no place: %v", err)
			}
			return
		}
		for _, tmpl := range s.All() {
			if _, _, err := tmpl.Sample(evening); err != nil {
				t.Fatalf("%s was loaded, and not rendered: %v\n%s", tmpl.Name, err, data)
			}
		}
	})
}
