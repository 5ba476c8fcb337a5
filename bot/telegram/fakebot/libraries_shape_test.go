package fakebot

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestThePackageCommentNamesEveryMethod: who reads it knows what there is.
func TestThePackageCommentNamesEveryMethod(t *testing.T) {
	src, err := os.ReadFile("server.go")
	if err != nil {
		t.Fatal(err)
	}
	comment, _, _ := strings.Cut(string(src), "\npackage ")
	for _, method := range New(Config{}).Imitated() {
		if !strings.Contains(comment, method) {
			t.Errorf("%s is not in the package comment", method)
		}
	}
}

func TestWhatIsNotImitatedIsListed(t *testing.T) {
	w := newWorld(t)
	for _, method := range []string{"sendVideo", "GETME", "sendPoll", "sendVideo"} {
		if r := w.call(t, method); method != "GETME" && (r.status != 404 || r.Description != "Not Found: method not found") {
			t.Errorf("%s: %+v", method, r)
		}
	}
	if d := cmp.Diff([]string{"sendVideo", "sendPoll"}, w.NotImitated()); d != "" {
		t.Error(d)
	}
}

// TestBodiesOfLibraries: each library has its own way to say the same.
func TestBodiesOfLibraries(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ why, method, kind, body string }{
		{"JSON with objects", "sendMessage", "application/json; charset=utf-8",
			`{"chat_id":11,"text":"x","reply_markup":{"inline_keyboard":[[{"text":"a","callback_data":"b"}]]},"parse_mode":null}`},
		{"JSON of nothing at all", "getMe", "application/json", ""},
		{"JSON of an empty object", "logOut", "application/json", "{}"},
		{"a form", "sendMessage", formKind, "chat_id=11&text=x&reply_markup=" + `{"inline_keyboard":[[{"text":"a","callback_data":"b"}]]}`},
		{"no body and no kind", "getMe", "", ""},
	} {
		r, err := w.post(ctx(t), w.Token(), c.method, c.kind, strings.NewReader(c.body))
		if err != nil || !r.OK {
			t.Errorf("%s: %+v, %v", c.why, r, err)
		}
	}
	for _, m := range w.Messages(ann) {
		if len(m.Buttons) != 1 {
			t.Errorf("%+v", m)
		}
	}
}

func TestEntitiesThatComeBesideTheText(t *testing.T) {
	w := newWorld(t)
	w.send(t, ann, " 🧪 bold", "entities", `[{"type":"bold","offset":4,"length":4},{"type":"hashtag","offset":1,"length":2}]`)
	want := []Entity{{Type: "bold", Offset: 3, Length: 4}}
	if d := cmp.Diff(want, w.only(t, ann).Entities); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for raw, want := range map[string]string{
		`{}`: "can't parse entities JSON object",
		`[{"type":"bold","offset":-1,"length":4}]`: "entity at offset -1 of length 4 is outside of the text",
	} {
		if r := w.call(t, "sendMessage", "chat_id", ann, "text", "x", "entities", raw); r.Description != "Bad Request: "+want {
			t.Errorf("%s: %q", raw, r.Description)
		}
	}
}

func TestButtonsThatAreNotImitatedSaySo(t *testing.T) {
	w := newWorld(t)
	r := w.call(t, "sendMessage", textTo(ann, "reply_markup", `{"inline_keyboard":[[{"text":"x","web_app":{"url":"https://x.example"}}]]}`)...)
	if r.Description != "Bad Request: fakebot does not know buttons with web_app" {
		t.Error(r.Description)
	}
}
