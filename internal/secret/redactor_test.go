package secret_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"twokey/internal/secret"
)

func TestRedactorTable(t *testing.T) {
	const token = "123456:AAH-k_9zQ/x+y="
	r := secret.NewRedactor(secret.New(token), secret.New("p&<\"ss wörd"), secret.New("abc"), secret.New("secret"), secret.Value{},
		secret.New("overlapone"), secret.New("onebefore"))
	tests := []struct{ about, in, want string }{
		{"as it is", "x " + token + " y", "x [secret] y"},
		{"twice, side by side", token + token, "[secret][secret]"},
		{"in a URL", "https://api/bot" + url.PathEscape(token) + "/getMe?q=" + url.QueryEscape(token), "https://api/bot[secret]/getMe?q=[secret]"},
		{"with lower-case escapes", "q=" + strings.ToLower("%3A") + " " + strings.ReplaceAll(url.QueryEscape(token), "%3A", "%3a"), "q=%3a " + "123456%3aAAH-k_9zQ%2Fx%2By%3D"},
		{"in hex", hex.EncodeToString([]byte(token)), "[secret]"},
		{"in upper hex", strings.ToUpper(hex.EncodeToString([]byte(token))), "[secret]"},
		{"in base64", base64.StdEncoding.EncodeToString([]byte(token)) + "|" + base64.RawURLEncoding.EncodeToString([]byte(token)), "[secret]|[secret]"},
		{"in a JSON string", `{"p":"p\u0026\u003c\"ss wörd"}`, `{"p":"[secret]"}`},
		{"in a JSON string of another encoder", `{"p":"p&<\"ss wörd"}`, `{"p":"[secret]"}`},
		{"in Telegram's HTML", `<b>p&amp;&lt;"ss wörd</b>`, `<b>[secret]</b>`},
		{"overlapping secrets are one mark", "an overlaponebefore noon", "an [secret] noon"},
		{"under six bytes it is not a secret", "abc", "abc"},
		{"part of the mark is not a secret", "a secret", "a secret"},
		{"nearly is not it", token[:len(token)-1], token[:len(token)-1]},
	}
	for _, tt := range tests {
		if tt.about == "with lower-case escapes" {
			tt.in = "q=" + strings.NewReplacer("%3A", "%3a", "%2F", "%2f", "%2B", "%2b", "%3D", "%3d").Replace(url.QueryEscape(token))
			tt.want = "q=[secret]"
		}
		if got := r.String(tt.in); got != tt.want {
			t.Errorf("%s: String(%q) = %q, want %q", tt.about, tt.in, got, tt.want)
		}
		if got := string(r.Bytes([]byte(tt.in))); got != tt.want {
			t.Errorf("%s: Bytes(%q) = %q, want %q", tt.about, tt.in, got, tt.want)
		}
	}
}

// A secret inside longer base64 leaves no more than the characters it shares
// with its neighbours.
func TestRedactorInsideBase64(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SliceOfN(rapid.Byte(), 6, 60).Draw(t, "secret")
		before := rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "before")
		after := rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "after")
		enc := rapid.SampledFrom([]*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding}).Draw(t, "encoding")
		text := enc.EncodeToString(bytes.Join([][]byte{before, s, after}, nil))
		got := secret.NewRedactor(secret.New(string(s))).String(text)
		left := len(got) - strings.Count(got, secret.Mark)*len(secret.Mark)
		if most := (len(before)+2)/3*4 + (len(after)+2)/3*4 + 4; !strings.Contains(got, secret.Mark) || left > most {
			t.Fatalf("%q → %q: %d characters left, want at most %d", text, got, left, most)
		}
	})
}

var secretText = rapid.OneOf(
	rapid.StringMatching(`[0-9]{4,9}:[A-Za-z0-9_-]{30,40}`),
	rapid.StringMatching(`[ -~]{6,24}`),
	rapid.StringMatching(`[ab]{6,9}`),
	rapid.Map(rapid.SliceOfN(rapid.Byte(), 6, 40), func(b []byte) string { return string(b) }),
)

// wires are the forms a secret travels in, made without the code under test.
func wires(s string) []string {
	j, _ := json.Marshal(s)
	return []string{
		s, url.QueryEscape(s), url.PathEscape(s), html.EscapeString(s), string(j[1 : len(j)-1]),
		hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s))),
		base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)),
		base64.URLEncoding.EncodeToString([]byte(s)), base64.RawStdEncoding.EncodeToString([]byte(s)),
	}
}

func writeInChunks(t *rapid.T, r *secret.Redactor, text string) string {
	var out bytes.Buffer
	w := r.Writer(&out)
	for rest := text; rest != ""; {
		n := rapid.IntRange(1, len(rest)).Draw(t, "chunk")
		if got, err := io.WriteString(w, rest[:n]); got != n || err != nil {
			t.Fatalf("Write(%d bytes) = %d, %v", n, got, err)
		}
		rest = rest[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestRedactorHidesEverythingInAnyChunks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secrets := rapid.SliceOfN(secretText, 1, 4).Draw(t, "secrets")
		var values []secret.Value
		var forms []string
		for _, s := range secrets {
			values = append(values, secret.New(s))
			forms = append(forms, wires(s)...)
		}
		pieces := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(forms), rapid.StringMatching(`[ab \n]{0,8}`), rapid.String()), 0, 12).Draw(t, "text")
		text := strings.Join(pieces, "")
		r := secret.NewRedactor(values...)

		whole := r.String(text)
		if got := writeInChunks(t, r, text); got != whole {
			t.Fatalf("in chunks %q, whole %q", got, whole)
		}
		for _, part := range strings.Split(whole, secret.Mark) {
			for _, f := range forms {
				if strings.Contains(part, f) && !strings.Contains(secret.Mark, f) {
					t.Fatalf("%q → %q still holds %q", text, whole, f)
				}
			}
		}
	})
}

func TestRedactorLeavesTheRestAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// '~' occurs in no text and, escaped or not, the secret is found by it only.
		s := rapid.StringMatching(`[a-c]{3}~[a-c]{3,9}`).Draw(t, "secret")
		text := rapid.StringMatching(`[a-c .,]{0,200}`).Draw(t, "text")
		r := secret.NewRedactor(secret.New(s))
		if got := r.String(text); got != text {
			t.Fatalf("String(%q) = %q", text, got)
		}
		if got := writeInChunks(t, r, text); got != text {
			t.Fatalf("Writer: %q became %q", text, got)
		}
	})
}

func TestWriterHoldsBackOnlyWhatMayBeASecret(t *testing.T) {
	var out bytes.Buffer
	w := secret.NewRedactor(secret.New(hush)).Writer(&out)
	for _, step := range []struct{ write, shown string }{
		{"line\n", "line\n"},
		{"pass hun", "line\npass "},
		{"t\n", "line\npass hunt\n"},
		{"hunter2-hunter", "line\npass hunt\n"},
		{"2", "line\npass hunt\n[secret]"},
		{"\n", "line\npass hunt\n[secret]\n"},
		{"hunter2", "line\npass hunt\n[secret]\n"},
	} {
		io.WriteString(w, step.write)
		if got := out.String(); got != step.shown {
			t.Fatalf("after %q: %q, want %q", step.write, got, step.shown)
		}
	}
	w.Close()
	if want := "line\npass hunt\n[secret]\nhunter2"; out.String() != want {
		t.Errorf("closed: %q, want %q", out.String(), want)
	}
}

type broken struct{}

var errBroken = errors.New("broken")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestWriterReportsTheErrorBelow(t *testing.T) {
	w := secret.NewRedactor(secret.New(hush)).Writer(broken{})
	for range 2 {
		if n, err := io.WriteString(w, "text\n"); n != 0 || !errors.Is(err, errBroken) {
			t.Errorf("Write = %d, %v; want 0, %v", n, err, errBroken)
		}
	}
	if err := w.Close(); !errors.Is(err, errBroken) {
		t.Errorf("Close = %v", err)
	}
}

func TestNilRedactor(t *testing.T) {
	for _, r := range []*secret.Redactor{nil, {}, secret.NewRedactor(), secret.NewRedactor(secret.New("abc"))} {
		var out bytes.Buffer
		w := r.Writer(&out)
		io.WriteString(w, hush)
		if w.Close() != nil || out.String() != hush || r.String(hush) != hush || string(r.Bytes([]byte(hush))) != hush {
			t.Error("a Redactor without secrets changed the text")
		}
	}
}

func BenchmarkWriter(b *testing.B) {
	line := []byte("2026-11-23T20:24:11Z INF order 4711 settled account=ann amount=12.50 trace=9f3c21ab77ab03d1\n")
	text := bytes.Repeat(line, 100<<20/len(line))
	var values []secret.Value
	for i := range 20 {
		values = append(values, secret.New(strings.Repeat(string(rune('a'+i)), 3)+":AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"))
	}
	r := secret.NewRedactor(values...)
	for _, size := range []int{len(line), 32 << 10} {
		b.Run(map[bool]string{true: "lines", false: "32KiB"}[size == len(line)], func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				w := r.Writer(io.Discard)
				for rest := text; len(rest) > 0; {
					n := min(size, len(rest))
					w.Write(rest[:n])
					rest = rest[n:]
				}
				w.Close()
			}
		})
	}
}
