package notice

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mistakes gives what Load says about a file, as line: sentence.
func mistakes(t *testing.T, o Options, yaml string) []string {
	t.Helper()
	o.Dir = folder(t, map[string]string{"own.yaml": yaml})
	s, err := Load(o)
	if err == nil {
		return nil
	}
	if s.All() != nil {
		t.Error("Load gave an error and templates, too")
	}
	var all []string
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var m *Mistake
		if !errors.As(e, &m) {
			t.Fatalf("%T is no mistake: %v", e, e)
		}
		if m.File != filepath.Join(o.Dir, "own.yaml") || strings.Contains(m.Error(), "%!") || !strings.HasPrefix(m.Error(), m.File+":") {
			t.Errorf("%s: %v", m.File, m)
		}
		all = append(all, fmt.Sprintf("%d: %s", m.Line, m.Sentence))
	}
	return all
}

func TestMistakes(t *testing.T) {
	text := func(s string) string {
		return "vars: {a: {type: text}, at: {type: time}}\ntexts:\n  en: |\n    {a} {at}\n    " + s + "\n"
	}
	tests := []struct{ say, yaml, want string }{
		{"nothing", "", "0: the file is empty"},
		{"no mapping", "- a\n", "1: the file is a list: keys and values are expected"},
		{"no YAML", "a: [\n", "1: this is not YAML"},
		{"an alias", "summary: &x y\ntexts: {en: *x}", "1: summary is an anchor, an alias or a tag"},
		{"two documents", "texts: {en: a}\n---\ntexts: {en: b}", "3: a second document begins here"},
		{"too deep", "texts: " + strings.Repeat("[", 40) + strings.Repeat("]", 40), "1: the file has over 16 levels"},
		{"too dense", "texts: " + strings.Repeat("[", 600), "1: the file is too long, has too long a line or too many open brackets"},
		{"no texts", "summary: x", "1: texts is missing: own says nothing"},
		{"no notices", "notices: {}", "1: notices has no notice"},
		{"texts and notices", "texts: {en: a}\nnotices: {b: {texts: {en: a}}}", "1: texts stands beside notices"},
		{"an unknown key", "texts: {en: a}\ncolour: red", "2: colour is not a key that is known here"},
		{"an unknown key of a notice", "notices:\n  b:\n    colour: red\n    texts: {en: a}", "3: notices.b.colour is not a key that is known here"},
		{"a key twice", "texts: {en: a}\ntexts: {en: b}", "2: texts is there twice"},
		{"a key without a value", "texts: {en: a}\ngreen:", "2: green has no value"},
		{"yes is not true", "texts: {en: a}\ngreen: yes", `2: green is "yes": true or false is expected`},
		{"a name with a dash", "notices: {b-c: {texts: {en: a}}}", "1: notices.b-c cannot be the name of a notice"},

		{"a language that is none", "texts: {english: a, en: a}", "1: texts.english is not a language"},
		{"a language twice", "texts: {pt-BR: a, pt-br: b}", "1: texts.pt-br is there twice"},
		{"no text in the default language", "default: en\ntexts: {ru: а}", `2: own has no text in the default language "en"`},
		{"no default language", "texts: {ru: а, de: a}", `1: own has no text in the default language ""`},
		{"an empty text", "texts: {en: \" \"}", "1: texts.en is empty"},
		{"a text of tags", "texts: {en: \"<b> </b>\"}", "1: texts.en is empty"},

		{"a brace", text("{"), `5: texts.en has a { that belongs to no placeholder: "{"`},
		{"a closing brace", text("x}"), `5: texts.en has a } that belongs to no placeholder: "}"`},
		{"spaces in a placeholder", text("{ a }"), `5: texts.en has a { that belongs to no placeholder: "{ a }"`},
		{"an unknown placeholder", text("{b}"), "5: texts.en has {b}, and there is no such variable"},
		{"a form of a text", text("{a:day}"), "5: texts.en has {a:day}, and a is no time"},
		{"an unknown form", text("{at:month}"), "5: texts.en has {at:month}, and a time is not shown so"},
		{"two braces around a name", text("{{a}}"), `5: texts.en shows "{a}" to users`},
		{"three braces", text("{{{a}}}"), `4: texts.en lets a value become part of an address, a name or a placeholder: "{xx}"`},
		{"the document's placeholder", text("[START_TIME]"), `5: texts.en has "[START_TIME]" in it, which nobody filled in`},
		{"a variable in no text", "vars: {a: {type: text}}\ntexts: {en: b}", "1: vars.a is in no text"},

		{"an unknown tag", text("<br>"), "5: texts.en has the tag <br>, which Telegram does not know"},
		{"a tag in capitals", text("<B>x</B>"), `5: texts.en has a < that begins no tag: "<B>x</B>"`},
		{"an unclosed tag", text("<b>x"), "5: texts.en has <b>, which is never closed"},
		{"tags that cross", text("<b><i>x</b></i>"), "5: texts.en has </b>, and the tag that is open there is another one"},
		{"an end without a beginning", text("x</b>"), "5: texts.en has </b>, and the tag that is open there is another one"},
		{"an attribute too many", text(`<b class="x">x</b>`), `5: texts.en has the tag <b class="x">, and its attributes are not those Telegram knows`},
		{"an attribute without quotes", text(`<a href=https://a.b>x</a>`), `5: texts.en has a < that begins no tag`},
		{"a bare &", text("R&D"), `5: texts.en has a & that begins nothing: "&D"`},
		{"a bare >", text("a -> b"), `5: texts.en has a > that ends no tag: "> b"`},
		{"a bare <", text("a < b"), `5: texts.en has a < that begins no tag: "< b"`},
		{"a variable in a tag", text(`<a href="{a}">x</a>`), `5: texts.en has a < that begins no tag: "<a href=\""`},
		{"a variable in an entity", text(`&{a};`), `5: texts.en has a & that begins nothing: "&"`},
		{"a tag in code", text("<code><b>x</b></code>"), "5: texts.en has <b> inside <code>, where Telegram drops it"},
		{"a quote in a quote", text("<blockquote><blockquote>x</blockquote></blockquote>"), "5: texts.en has <blockquote> inside <blockquote>"},
		{"a time in code", text("<code>{at}</code>"), "5: texts.en has {at} inside <code>, where it cannot stand"},
		{"an entity that is no character", text("&#1114112;"), "5: texts.en has &#1114112;, which is no character"},
		{"a hidden override", text("&#8238;abc"), "5: texts.en has a character that cannot be seen (U+202E)"},
		{"an override", text("\u202eabc"), "5: texts.en has a character that cannot be seen (U+202E)"},

		{"a claim", "texts: {en: It is <b>res</b>tored}", `1: texts.en says "restored", which claims that the service is well again`},
		{"a Russian claim", "texts: {en: x, ru: Сервис восстановлен}", `1: texts.ru says "восстановлен", which claims`},
		{"a claim in a choice", "vars: {a: {type: choice, values: {x: {en: It is fixed}}}}\ntexts: {en: \"{a}\"}", `1: vars.a.values.x.en says "fixed", which claims`},
		{"a claim in a default", "vars: {a: {type: text, default: It is fixed}}\ntexts: {en: \"{a}\"}", `1: vars.a.default: a says "fixed", and this notice may go out`},

		{"a link", text(`<a href="https://evil.org/">x</a>`), `5: texts.en links to "https://evil.org/", which is not allowed`},
		{"an address", text("see evil.org today"), `5: texts.en has the address "evil.org" in it, which is not allowed`},
		{"an address across tags", text("see <b>evil</b>.org today"), `4: texts.en has the address "evil.org" in it`},
		{"a value after a host", text("status.example.com/{a}"), `4: texts.en lets a value become part of an address`},
		{"a value after an @", text("@{a}"), `4: texts.en lets a value become part of an address, a name or a placeholder: "@xx"`},
		{"a value before an ending", text("{a}.com"), `4: texts.en lets a value become part of an address`},

		{"too long", "texts: {en: \"" + strings.Repeat("а", 4097) + "\"}", "1: texts.en could have 4097 characters with the longest values: Telegram takes 4096"},
		{"too long with the longest value", "vars: {a: {type: text, max: 4000}}\ntexts: {en: \"" + strings.Repeat("а ", 50) + "{a}\"}", "2: texts.en could have 4100 characters"},
		{"too long with markup", "texts:\n  en: |\n" + strings.Repeat("    <tg-spoiler>a</tg-spoiler>\n", 1300), "3: texts.en could have 35099 bytes with its tags"},

		{"a type that is none", "vars: {a: {type: number}}\ntexts: {en: \"{a}\"}", `1: vars.a has the type "number", which is not known`},
		{"no type", "vars: {a: {default: x}}\ntexts: {en: \"{a}\"}", `1: vars.a has the type "", which is not known`},
		{"a variable that is none", "vars: {A: {type: text}}\ntexts: {en: a}", "1: vars.A cannot be the name of a variable"},
		{"a choice of nothing", "vars: {a: {type: choice}}\ntexts: {en: \"{a}\"}", "1: vars.a has nothing to choose from"},
		{"a choice in one language", "default: en\nvars: {a: {type: choice, values: {x: {en: X}}}}\ntexts: {en: \"{a}\", ru: \"{a}\"}", "2: vars.a.values.x has no words in the language ru"},
		{"a choice with a link", "vars: {a: {type: choice, values: [t.me/x]}}\ntexts: {en: \"{a}\"}", `1: vars.a.values[1] has a link into Telegram in it: "t.me/x"`},
		{"values of a time", "vars: {a: {type: time, values: [x]}}\ntexts: {en: \"{a}\"}", "1: vars.a.values says nothing about a variable of type time"},
		{"a default that is none", "vars:\n  a:\n    type: duration\n    default: long\ntexts: {en: \"{a}\"}", `4: vars.a.default: a is "long", which is not a duration`},
		{"a default of a later duration", "vars: {b: {type: time, default: 'in {a}'}, a: {type: duration}}\ntexts: {en: \"{a} {b}\"}", `1: vars.b.default: b is "{a}", which is not a duration`},
		{"a preset that is none", "vars: {a: {type: time, presets: [soon]}}\ntexts: {en: \"{a}\"}", `1: vars.a.presets: a is "soon", which is not a time`},
		{"an example with a name", "vars: {a: {type: text, example: '@bob'}}\ntexts: {en: \"{a}\"}", `1: vars.a.example: a has a @name in it`},
		{"no example, and a summary that cannot be one", "vars: {a: {type: text, summary: like @bob}}\ntexts: {en: \"{a}\"}", `1: own cannot be rendered with plausible values: a has a @name in it: "@bob"`},
		{"a maximum of nothing", "vars: {a: {type: text, max: 0}}\ntexts: {en: \"{a}\"}", `1: vars.a.max is "0": a number of characters up to 4096 is expected`},

		{"words without their place", "words: {de: {about: etwa}}\ntexts: {de: x}", "1: words.de.about must have {} once"},
		{"words with a link", "words: {de: {minute: t.me/x}}\ntexts: {de: x}", "1: words.de.minute has a link into Telegram in it"},
		{"words of nobody", "words: {german: {about: 'etwa {}'}}\ntexts: {de: x}", "1: words.german is not a language"},

		{"reminders before nothing", "reminders: [1h]\nreminder: maintenance.finished\ntexts: {en: x}", "1: reminders are before the variable from, and there is no such time"},
		{"reminders of nothing", "vars: {from: {type: time}}\nreminders: [1h]\ntexts: {en: \"{from}\"}", "2: reminders send nothing"},
		{"a reminder that is never sent", "reminder: maintenance.finished\ntexts: {en: x}", "1: reminder is never sent"},
		{"a reminder that is none", "vars: {from: {type: time}}\nreminders: [often]\nreminder: maintenance.finished\ntexts: {en: \"{from}\"}", `2: reminders[1] is "often", which is not a duration`},
		{"a reminder that lacks a value", "vars: {from: {type: time}}\nreminders: [1h]\nreminder: maintenance.reminder\ntexts: {en: \"{from}\"}", "3: reminder sends maintenance.reminder, which needs the duration for"},
		{"following nothing", "follow: [{send: none, when: checks_green}]\ntexts: {en: x}", `1: follow[1] sends "none", and there is no such notice`},
		{"following itself", "follow: [{send: own, when: checks_green}]\ntexts: {en: x}", "1: follow[1] sends the notice itself"},
		{"following never", "follow: [{send: maintenance.finished}]\ntexts: {en: x}", "1: follow[1] needs a time or something to wait for"},
		{"following the moon", "follow: [{send: maintenance.finished, when: full_moon}]\ntexts: {en: x}", `1: follow[1] waits for "full_moon", which is not known`},
		{"following a text", "vars: {a: {type: text}}\nfollow: [{send: maintenance.finished, at: a}]\ntexts: {en: \"{a}\"}", `2: follow[1] is sent at "a", which is no time of this notice`},
		{"a claim at a time", "vars: {at: {type: time}}\nfollow: [{send: maintenance.finished, at: at}]\ntexts: {en: \"{at}\"}", "2: follow[1] sends maintenance.finished, which claims that the service is well again, at a time"},
		{"a claim as a reminder", "vars: {from: {type: time}}\nreminders: [1h]\nreminder: maintenance.finished\ntexts: {en: \"{from}\"}", "3: reminder sends maintenance.finished, which claims that the service is well again, at a time"},
		{"another type of the same variable", "vars: {for: {type: text}}\nfollow: [{send: maintenance.starting, when: checks_green}]\ntexts: {en: \"{for}\"}", "2: follow[1] sends maintenance.starting, which needs the duration for"},
	}
	for _, tt := range tests {
		t.Run(tt.say, func(t *testing.T) {
			all := mistakes(t, Options{Links: []string{"status.example.com"}}, tt.yaml)
			if len(all) == 0 || !strings.HasPrefix(all[0], tt.want) {
				t.Errorf("got  %q\nwant %q", all, tt.want)
			}
		})
	}
}

// TestAllMistakesAtOnce: somebody who has made five sees five, in the order of the lines.
func TestAllMistakesAtOnce(t *testing.T) {
	all := mistakes(t, Options{}, `summary: five
green: maybe
vars:
  for: {type: span}
  note: {type: text, default: "@bob"}
texts:
  en: |
    One {for}
    {note} {unknown}
  ru: "<b>Два"
colour: red
`)
	want := []string{
		`2: green is "maybe": true or false is expected`,
		`4: vars.for has the type "span", which is not known`,
		`5: vars.note.default: note has a @name in it: "@bob"`,
		"9: texts.en has {unknown}, and there is no such variable",
		"10: texts.ru has <b>, which is never closed",
		"11: colour is not a key that is known here",
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLinks: what may be linked to is compared as it is written.
func TestLinks(t *testing.T) {
	good := []string{
		"https://status.example.com", "https://status.example.com/", "https://status.example.com/a?b=c&amp;d#e", "HTTPS://STATUS.example.com/",
	}
	bad := []string{
		"http://status.example.com/", "https://example.com/", "https://status.example.com.evil.org/", "https://status.example.com:444/",
		"https://status.example.com@evil.org/", "https://user@status.example.com/", "https://status.example.com./", "https://evil.org/status.example.com",
		`https://status.example.com\@evil.org/`, "https://status.example.com%2eevil.org/", "https://st\u0430tus.example.com/", "https://xn--sttus-6ve.example.com/",
		"https://status\u2024example.com/", "//status.example.com/", "status.example.com", "https:status.example.com", "https:///status.example.com",
		"tg://user?id=1", "javascript:alert(1)", "https://t.me/bob", "mailto:a@status.example.com", "https://status.example.com/ x", "https://status.example.com&#x2e;evil.org/", "",
		"https://status.example.com/\u202egnp", "https://status.example.com/&#8238;gnp",
	}
	o := Options{Links: []string{"Status.Example.com"}}
	link := func(href string) string { return "texts:\n  en: |\n    <a href=\"" + href + "\">status</a>\n" }
	for _, href := range good {
		if all := mistakes(t, o, link(href)); all != nil {
			t.Errorf("%s: %v", href, all)
		}
	}
	for _, href := range bad {
		if all := mistakes(t, o, link(href)); len(all) != 1 || !strings.HasPrefix(all[0], "3: texts.en ") {
			t.Errorf("%s passed as a link: %v", href, all)
		}
	}
	for _, bare := range []string{"status.example.com", "See status.example.com.", "(https://status.example.com/a)", "status.example.com, too"} {
		if all := mistakes(t, o, "texts: {en: \""+bare+"\"}"); all != nil {
			t.Errorf("%s: %v", bare, all)
		}
	}
	for _, bare := range append(bad[1:13], "t.me/bob", "https://t.me/bob", "tg://resolve?domain=bob", "ftp://status.example.com/") {
		if all := mistakes(t, o, "texts:\n  en: |\n    "+bare+"\n"); len(all) == 0 {
			t.Errorf("%s passed as an address", bare)
		}
	}
}

func TestLinkHosts(t *testing.T) {
	for _, l := range []string{"https://status.example.com", "status.example.com/", "localhost", "status.example.com:443", "", "*.example.com", "пример.рф"} {
		if _, err := Load(Options{Links: []string{l}}); err == nil || !strings.Contains(err.Error(), "is not a host") {
			t.Errorf("%q: got %v", l, err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b, Options{})
	}
}

func TestOwnFiles(t *testing.T) {
	dir := folder(t, map[string]string{
		"weekly.yaml":    "texts: {en: The week}",
		"shop.yaml":      "summary: the shop\nnotices: {open: {texts: {en: Open}}, closed: {summary: closed today, texts: {en: Closed}}}",
		"notes.txt":      "not a template",
		".weekly.yaml.1": "left by an editor",
	})
	var names []string
	for _, tmpl := range load(t, Options{Dir: dir}).All() {
		names = append(names, tmpl.Name+": "+tmpl.Summary)
	}
	want := []string{
		"maintenance.scheduled: maintenance is planned", "maintenance.reminder: planned maintenance is near",
		"maintenance.starting: the service is down for maintenance now", "maintenance.extended: maintenance takes longer than was said",
		"maintenance.finished: maintenance is over, the service is back", "maintenance.cancelled: maintenance that was announced will not take place",
		"service_update: what happened, what it means for users, and that it is over",
		"shop.open: the shop", "shop.closed: closed today", "weekly: ",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTheCommentsExample: what the package's comment shows can be used as it stands there.
func TestTheCommentsExample(t *testing.T) {
	src, err := os.ReadFile("notice.go")
	if err != nil {
		t.Fatal(err)
	}
	_, yaml, _ := strings.Cut(string(src), "placeholders:\n//\n")
	yaml, _, _ = strings.Cut(yaml, "//\n// A file with notices")
	tmpl := own(t, Options{}, strings.ReplaceAll(yaml, "//\t", ""))
	_, r, err := tmpl.Sample(evening)
	want := `The <b>Free</b> report is ready since <tg-time unix="1795633517" format="t">19:05 UTC</tg-time>; reading takes about 30 min. {two braces}`
	if err != nil || r.Texts["en"] != want {
		t.Errorf("got %q, %v", r.Texts["en"], err)
	}
}

func TestBuiltInNamesStay(t *testing.T) {
	dir := folder(t, map[string]string{
		"service_update.yaml": "texts: {en: x}",
		"maintenance.yaml":    "notices:\n  starting: {texts: {en: x}}\n  postponed: {texts: {en: x}}",
	})
	_, err := Load(Options{Dir: dir})
	want := dir + "/maintenance.yaml:2: maintenance.starting is there already\n    hint: it is built in, and cannot be replaced: choose another name\n" +
		dir + "/service_update.yaml:1: service_update is there already\n    hint: it is built in, and cannot be replaced: choose another name"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestFilesOfOthers(t *testing.T) {
	tests := []struct {
		say  string
		make func(path string) error
		want string
	}{
		{"others may write it", func(p string) error { return os.Chmod(p, 0o662) }, "the file is writable by others (mode 0662)\n    hint: chmod go-w "},
		{"a link", func(p string) error { return errors.Join(os.Rename(p, p+".real"), os.Symlink(p+".real", p)) }, "the file is a symbolic link"},
		{"a folder", func(p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o700)) }, "the file is not a regular file"},
		{"too big", func(p string) error { return os.Truncate(p, maxFile+1) }, "the file has over 256 KiB"},
		{"another ending", func(p string) error { return os.Rename(p, strings.TrimSuffix(p, "yaml")+"yml") }, "the file is not read: its name ends in .yml\n    hint: name it own.yaml"},
		{"a name in capitals", func(p string) error { return os.Rename(p, filepath.Join(filepath.Dir(p), "My Own.yaml")) }, "the file's name cannot be a notice's"},
		{"the folder is not there", func(p string) error { return os.RemoveAll(filepath.Dir(p)) }, "the folder of templates cannot be read: no such file or directory"},
	}
	if os.Getuid() == 0 { // nobody else can give a file away
		tests = append(tests, struct {
			say  string
			make func(path string) error
			want string
		}{"of another user", func(p string) error { return os.Chown(p, 12345, -1) }, "the file belongs to user 12345, who is neither root nor the one twokey runs as\n    hint: chown 0 "})
	}
	for _, tt := range tests {
		t.Run(tt.say, func(t *testing.T) {
			dir := folder(t, map[string]string{"own.yaml": "texts: {en: x}"})
			if err := tt.make(filepath.Join(dir, "own.yaml")); err != nil {
				t.Fatal(err)
			}
			_, err := Load(Options{Dir: dir})
			if err == nil || !strings.Contains(err.Error(), ": "+tt.want) || !strings.HasPrefix(err.Error(), dir) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
