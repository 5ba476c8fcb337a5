package notice

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// rendered binds and renders what must be right, and gives the text of a language.
func rendered(t *testing.T, tmpl *Template, lang string, typed map[string]string) string {
	t.Helper()
	v, err := tmpl.Bind(typed, evening)
	if err != nil {
		t.Fatal(err)
	}
	r, err := tmpl.Render(v)
	if err != nil {
		t.Fatal(err)
	}
	return r.Texts[lang]
}

const everything = `
default: en
words:
  de: {about: "etwa {}", soon: gleich, minute: Min., hour: Std., day: Tage}
vars:
  at: {type: time}
  for: {type: duration}
  plan: {type: choice, values: {free: {en: Free & easy, ru: Бесплатный, de: Gratis, fr: Gratuit}}}
  note: {type: text, default: none, values: {none: {en: nothing, ru: ничего, de: nichts, fr: rien}}}
texts:
  en: "<b>{plan}</b> {{x y}} {at}, {at:day}, {at:weekday}, {for}: {note}; {note}"
  ru: "{plan} {at:weekday} {for}: {note}"
  de: "{plan} {at:day} {for}: {note}"
  fr: "{plan} {at:weekday} {for}: {note}"
`

func TestRender(t *testing.T) {
	tmpl := own(t, Options{Zone: helsinki(t)}, everything)
	stamp := func(format, s string) string {
		return `<tg-time unix="1795651200" format="` + format + `">` + s + `</tg-time>`
	}
	tests := []struct {
		say, lang string
		more      map[string]string
		want      string
	}{
		{"English", "en", nil, "<b>Free &amp; easy</b> {x y} " + stamp("t", "00:00 UTC") + ", " + stamp("Dt", "26 November, 00:00 UTC") + ", " +
			stamp("wDt", "Thursday, 26 November, 00:00 UTC") + ", about 28 min: nothing; nothing"},
		{"Russian", "ru", nil, "Бесплатный " + stamp("wDt", "четверг, 26 ноября, 00:00 UTC") + " около 28 мин: ничего"},
		{"words of the template's own", "de", nil, "Gratis " + stamp("Dt", "2026-11-26, 00:00 UTC") + " etwa 28 Min.: nichts"},
		{"a language without words", "fr", nil, "Gratuit " + stamp("wDt", "2026-11-26, 00:00 UTC") + " 28 min: rien"},
		{"a text for everybody", "de", map[string]string{"note": "words"}, "Gratis " + stamp("Dt", "2026-11-26, 00:00 UTC") + " etwa 28 Min.: words"},
		{"a text for one language", "ru", map[string]string{"note": "words", "note.ru": "слова"}, "Бесплатный " + stamp("wDt", "четверг, 26 ноября, 00:00 UTC") + " около 28 мин: слова"},
		{"one of the words for one language", "ru", map[string]string{"note": "words", "note.ru": "none"}, "Бесплатный " + stamp("wDt", "четверг, 26 ноября, 00:00 UTC") + " около 28 мин: ничего"},
		{"markup is text", "de", map[string]string{"note": `<b>&"{1}`}, "Gratis " + stamp("Dt", "2026-11-26, 00:00 UTC") + " etwa 28 Min.: &lt;b&gt;&amp;&quot;{1}"},
	}
	for _, tt := range tests {
		t.Run(tt.say, func(t *testing.T) {
			typed := map[string]string{"at": "02:00", "for": "28m", "plan": "free"}
			for k, v := range tt.more {
				typed[k] = v
			}
			if diff := cmp.Diff(tt.want, rendered(t, tmpl, tt.lang, typed)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSpans(t *testing.T) {
	tests := []struct {
		span        time.Duration
		en, ru, any string
	}{
		{time.Second, "less than a minute", "менее минуты", "1 min"},
		{59 * time.Second, "less than a minute", "менее минуты", "1 min"},
		{time.Minute, "about 1 min", "около 1 мин", "1 min"},
		{28*time.Minute + 29*time.Second, "about 28 min", "около 28 мин", "28 min"},
		{59*time.Minute + 30*time.Second, "about 1 h", "около 1 ч", "1 h"},
		{90 * time.Minute, "about 1 h 30 min", "около 1 ч 30 мин", "1 h 30 min"},
		{47*time.Hour + 59*time.Minute, "about 47 h 59 min", "около 47 ч 59 мин", "47 h 59 min"},
		{48*time.Hour - time.Second, "about 2 days", "около 2 дн.", "2 d"},
		{75 * time.Hour, "about 3 days 3 h", "около 3 дн. 3 ч", "3 d 3 h"},
		{maxDuration, "about 31 days", "около 31 дн.", "31 d"},
	}
	tmpl := &Template{}
	for _, tt := range tests {
		got := []string{tmpl.wordsFor("en-gb").span(tt.span), tmpl.wordsFor("ru").span(tt.span), tmpl.wordsFor("xx").span(tt.span)}
		if diff := cmp.Diff([]string{tt.en, tt.ru, tt.any}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.span, diff)
		}
	}
}

func TestFor(t *testing.T) {
	r := Rendered{Texts: map[string]string{"en": "E", "pt": "P", "zh-hant": "Z"}, Default: "en"}
	tests := []struct{ lang, used, html string }{
		{"en", "en", "E"}, {"pt", "pt", "P"}, {"pt-BR", "pt", "P"}, {"PT_br", "pt", "P"}, {"zh-Hant-TW", "zh-hant", "Z"}, {"zh", "en", "E"},
		{"ru", "en", "E"}, {"", "en", "E"}, {"-", "en", "E"}, {"p", "en", "E"},
	}
	for _, tt := range tests {
		if used, html := r.For(tt.lang); used != tt.used || html != tt.html {
			t.Errorf("For(%q) = %q, %q, want %q, %q", tt.lang, used, html, tt.used, tt.html)
		}
	}
}

// TestRenderTakesWhatBindGave: values from elsewhere are not trusted to be what they should be.
func TestRenderTakesWhatBindGave(t *testing.T) {
	tmpl := get(t, load(t, Options{}), "service_update")
	good := Values{"from": "2026-11-25T17:05:00Z", "until": "2026-11-25T19:05:00Z", "impact": "slow", "data": "none", "resolution": "restored"}
	if _, err := tmpl.Render(good); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, value string }{
		{"from", "now"}, {"from", "02:00"}, {"from", "2026-11-25T19:05:00+02:00"}, {"until", "2026-11-25T17:00:00Z"}, {"impact", " slow"},
		{"impact", "<b>t.me/x</b>"}, {"impact", "e\u0301"}, {"impact.fr", "lent"}, {"extra", "x"}, {"data", ""},
	} {
		v := Values{}
		for k, s := range good {
			v[k] = s
		}
		v[tt.name] = tt.value
		if r, err := tmpl.Render(v); err == nil {
			t.Errorf("%s=%q was rendered:\n%s", tt.name, tt.value, r.Texts["en"])
		}
		delete(v, "resolution")
		if _, err := tmpl.Render(v); err == nil {
			t.Error("rendered without a value")
		}
	}
}

// TestTogether: what is harmless alone is looked at again where it stands.
func TestTogether(t *testing.T) {
	tmpl := own(t, Options{Links: []string{"status.example.com"}}, `
vars: {a: {type: text}, b: {type: text}}
texts: {en: "Up{a}{b} ok status.example.com"}
`)
	for _, tt := range []struct{ a, b, want string }{
		{"date.", "com", `it has an address in it: "update.com"`},
		{" see t.", "me", `it has a link into Telegram in it: "t.me"`},
		{" @", "bob", `it has a @name in it: "@bob"`},
		{" {", "b}", `it has "{b}" in it, and a value is never filled in`},
		{" 0x529084000985", "27886E0F7030069857D2E", "it has something like a wallet's address or a key in it"},
		{"backups fi", "xed", `it says "fixed", and may go out while the service is down`},
		{" back to", "wards", ""},
		{" back", "up", ""},
	} {
		v, err := tmpl.Bind(map[string]string{"a": tt.a, "b": tt.b}, evening)
		if err != nil {
			t.Fatal(err)
		}
		_, err = tmpl.Render(v)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q and %q: got %v, want %q", tt.a, tt.b, err, tt.want)
		}
	}
}

func TestFollowsTakeTheValuesOver(t *testing.T) {
	s := load(t, Options{Zone: helsinki(t)})
	tmpl := get(t, s, "maintenance.scheduled")
	v, err := tmpl.Bind(map[string]string{"from": "tonight 02:00", "for": "1h"}, evening)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, name := range []string{tmpl.Reminder, tmpl.Follow[0].Send, tmpl.Follow[1].Send} {
		other := get(t, s, name)
		values, err := other.Bind(tmpl.Passed(v, other), evening.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		got[name] = values.String()
	}
	want := map[string]string{
		"maintenance.reminder": "for=1h0m0s from=2026-11-26T00:00:00Z", "maintenance.starting": "for=1h0m0s from=2026-11-26T00:00:00Z", "maintenance.finished": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]time.Duration{24 * time.Hour, time.Hour}, tmpl.Reminders); diff != "" {
		t.Errorf("reminders (-want +got):\n%s", diff)
	}
}

// TestDigests: an approval is for a digest, so everything users see must change it, and nothing else need.
func TestDigests(t *testing.T) {
	base := everything + "silent: false\n"
	digest := func(yaml string) string { return own(t, Options{}, yaml).Digest }
	first := digest(base)
	if len(first) != 64 {
		t.Errorf("the digest is %q", first)
	}
	changes := [][2]string{
		{"default: en\n", "default: ru\n"}, {"Free & easy", "Free and easy"}, {"etwa", "rund"}, {"silent: false", "silent: true"},
		{"silent: false", "resend: true"}, {"silent: false", "green: true"}, {"silent: false", "closes: true"}, {"{at:day}", "{at}"},
		{"default: none", "default: words"}, {"type: time", "type: time, past: true"}, {"rien}}", "rien}}, max: 99"},
		{"silent: false", "follow: [{send: maintenance.finished, when: checks_green}]"},
	}
	seen := map[string]string{first: "nothing"}
	for _, c := range changes {
		d := digest(strings.Replace(base, c[0], c[1], 1))
		if seen[d] != "" {
			t.Errorf("%q → %q has the digest of %s", c[0], c[1], seen[d])
		}
		seen[d] = c[1]
	}
	reminding := func(spans string) string {
		return digest("vars: {from: {type: time}, for: {type: duration}}\nreminders: " + spans + "\nreminder: maintenance.reminder\ntexts: {en: \"{from} {for}\"}")
	}
	if reminding("[1h]") == reminding("[2h]") || reminding("[2h, 1h]") != reminding("[1h, 120m]") {
		t.Error("reminders are not in the digest as the times they are")
	}
	for _, c := range [][2]string{{"default: en", "summary: x\ndefault: en"}, {"type: time", "type: time, summary: x, presets: [now]"}, {"", "# words\n"}} {
		if digest(strings.Replace(base, c[0], c[1], 1)) != first {
			t.Errorf("%q changes the digest, and users do not see it", c[1])
		}
	}
}

func TestRenderedDigest(t *testing.T) {
	r := func(en, fallback string, p *Picture) string {
		return Rendered{Texts: map[string]string{"en": en, "ru": "r"}, Default: fallback, Picture: p}.Digest()
	}
	seen := map[string]bool{}
	for _, d := range []string{
		r("e", "en", nil), r("f", "en", nil), r("e", "ru", nil), r("e", "en", &Picture{"a.png", []byte("x")}),
		r("e", "en", &Picture{"a.png", []byte("y")}), r("e", "en", &Picture{"b.png", []byte("x")}),
	} {
		if seen[d] {
			t.Error("two notices that differ have one digest")
		}
		seen[d] = true
	}
	if first, again := r("e", "en", nil), r("e", "en", nil); first != again {
		t.Error("the digest is another one the second time")
	}
}

func painted(t *testing.T, jpg bool, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	if img := image.NewGray(image.Rect(0, 0, w, h)); jpg {
		err = jpeg.Encode(&b, img, nil)
	} else {
		err = png.Encode(&b, img)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPictures(t *testing.T) {
	good := painted(t, false, 30, 20)
	tests := []struct {
		say  string
		name string
		data []byte
		want string
	}{
		{"PNG", "a.png", good, ""},
		{"JPEG", "a.jpg", painted(t, true, 30, 20), ""},
		{"no picture", "a.png", []byte("GIF89a"), `picture "a.png" is neither PNG nor JPEG`},
		{"cut off", "a.png", good[:len(good)-4], `picture "a.png" is cut off`},
		{"too long for its width", "a.png", painted(t, false, 210, 10), `picture "a.png" is 210 × 10 pixels`},
		{"too large", "a.png", append(good[:len(good):len(good)], make([]byte, maxPicture)...), `picture "a.png" has over 5120 KiB`},
		{"not there", "b.png", nil, `picture "b.png" cannot be read: no such file or directory`},
		{"elsewhere", "../a.png", nil, `picture is "../a.png": the picture stands beside the file`},
		{"a link", "link.png", nil, `picture "link.png" is a symbolic link`},
	}
	for _, tt := range tests {
		t.Run(tt.say, func(t *testing.T) {
			dir := folder(t, map[string]string{"own.yaml": "texts: {en: x}\npicture: " + tt.name})
			if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link.png")); err != nil {
				t.Fatal(err)
			}
			if tt.data != nil {
				if err := os.WriteFile(filepath.Join(dir, tt.name), tt.data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s, err := Load(Options{Dir: dir})
			switch {
			case err != nil && (tt.want == "" || !strings.Contains(err.Error(), "own.yaml:2: "+tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			case err == nil && tt.want != "":
				t.Errorf("got no error, want %q", tt.want)
			case err == nil && !bytes.Equal(get(t, s, "own").Picture.Bytes, tt.data):
				t.Error("the picture is another one")
			}
		})
	}
	all := mistakesBeside(t, "picture: a.png\ntexts: {en: \""+strings.Repeat("a", 1025)+"\"}", good)
	if !strings.Contains(all, "could have 1025 characters with the longest values: Telegram takes 1024") {
		t.Errorf("a caption that is too long: %s", all)
	}
}

func mistakesBeside(t *testing.T, yaml string, picture []byte) string {
	t.Helper()
	_, err := Load(Options{Dir: folder(t, map[string]string{"own.yaml": yaml, "a.png": string(picture)})})
	if err == nil {
		return ""
	}
	return err.Error()
}
