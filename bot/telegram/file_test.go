package telegram_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"twokey/bot/telegram"
	"twokey/bot/telegram/fakebot"
	"twokey/internal/secret"
)

// picture is a real one: the fake takes no other.
func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 900, 600))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAPhotoIsDownloadedInItsLargestSize(t *testing.T) {
	s := fakebot.Start(fakebot.Config{Token: token})
	t.Cleanup(s.Close)
	s.AddUser(fakebot.User{ID: 7, FirstName: "Ann", Started: true})
	want := picture(t)
	s.Say(7, 7, "the runbook is stale", fakebot.WithPhoto("shot.png", want))
	c := client(t, telegram.Config{Token: secret.New(token), API: s.URL()})
	raws, err := c.Updates(t.Context(), 0, 0)
	if err != nil || len(raws) != 1 {
		t.Fatalf("%d updates: %v", len(raws), err)
	}
	u, err := telegram.DecodeUpdate(raws[0].JSON)
	if err != nil || u.Message.Caption != "the runbook is stale" || u.Message.Photo.Width != 900 {
		t.Fatalf("%+v, %v: want the largest size", u.Message, err)
	}
	got, err := c.File(t.Context(), u.Message.Photo.FileID, 1<<20)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v; want the %d that were sent", len(got), err, len(want))
	}
	if _, err := c.File(t.Context(), u.Message.Photo.FileID, len(want)-1); telegram.ClassOf(err) != telegram.ClassBug {
		t.Errorf("a file over the bound: %v", err)
	}
	if _, err := c.File(t.Context(), "no such", 1<<20); telegram.ClassOf(err) != telegram.ClassBug {
		t.Errorf("no such file: %v", err)
	}
}

// files answers getFile with a result, and the download with a handler.
func files(t *testing.T, result string, download http.HandlerFunc) *telegram.Client {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/file/bot") {
			download(w, r)
			return
		}
		answer(200, `{"ok":true,"result":`+result+`}`)(w, r)
	})
}

func TestDownloadsThatFailTellNoToken(t *testing.T) {
	const small = `{"file_id":"x","file_size":4,"file_path":"photos/file_1.jpg"}`
	quotes := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			fmt.Fprintf(w, "no such page %s", r.URL.Path)
		}
	}
	elsewhere := 0
	for _, tt := range []struct {
		why, result string
		download    http.HandlerFunc
		want        telegram.Class
	}{
		{"a page of a gateway", small, quotes(502), telegram.ClassUnknown},
		{"it is gone", small, quotes(404), telegram.ClassUnknown},
		{"a redirect would carry the token away", small, func(w http.ResponseWriter, r *http.Request) {
			if elsewhere++; elsewhere > 1 {
				t.Error("the redirect was followed")
			}
			http.Redirect(w, r, "http://twokey.invalid"+r.URL.Path, http.StatusFound)
		}, telegram.ClassUnknown},
		{"half of it", small, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "4")
			_, _ = io.WriteString(w, "ab")
		}, telegram.ClassUnknown},
		{"less than was said", small, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ab") }, telegram.ClassUnknown},
		{"more than was said", `{"file_path":"photos/file_1.jpg"}`, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 2000)) }, telegram.ClassBug},
		{"it is said to be large", `{"file_size":2000,"file_path":"photos/file_1.jpg"}`, quotes(200), telegram.ClassBug},
		{"no path", `{"file_id":"x"}`, quotes(200), telegram.ClassBug},
		{"a path of the server's disk", `{"file_path":"/var/lib/telegram-bot-api/1:A/photos/file_1.jpg"}`, quotes(200), telegram.ClassBug},
		{"a path that climbs", `{"file_path":"photos/../../bot1:A/getMe"}`, quotes(200), telegram.ClassBug},
		{"an address", `{"file_path":"http://twokey.invalid/x"}`, quotes(200), telegram.ClassBug},
		{"a query", `{"file_path":"photos/x?y=z"}`, quotes(200), telegram.ClassBug},
		{"not the Bot API's", `"yes"`, quotes(200), telegram.ClassUnknown},
	} {
		t.Run(tt.why, func(t *testing.T) {
			data, err := files(t, tt.result, tt.download).File(t.Context(), "x", 1000)
			if telegram.ClassOf(err) != tt.want || data != nil {
				t.Errorf("%d bytes, %v; want class %q", len(data), err, tt.want)
			}
			for inner := err; inner != nil; inner = errors.Unwrap(inner) {
				noToken(t, inner)
			}
		})
	}
}

func TestADownloadThatIsCutTellsNoToken(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := files(t, `{"file_path":"photos/file_1.jpg"}`, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := c.File(ctx, "x", 1000)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not that it was given up", err)
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		noToken(t, inner)
	}
}

func TestAQuestionOpensAReply(t *testing.T) {
	c, calls := record(t, `{"message_id":5}`)
	o := telegram.Out{ChatID: -1, HTML: "why?", Asks: true}
	if _, err := c.Send(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if err := c.Edit(t.Context(), -1, 5, o); err != nil {
		t.Fatal(err)
	}
	if got := (*calls)[0].Params["reply_markup"]; got != `{"force_reply":true,"selective":true}` {
		t.Errorf("reply_markup = %s", got)
	}
	if got := (*calls)[1].Params["reply_markup"]; got != "" {
		t.Errorf("an edit must have none: %s", got)
	}
}

func TestWhatAReplyAnswers(t *testing.T) {
	u, err := telegram.DecodeUpdate([]byte(`{"update_id":1,"message":{"message_id":9,"date":1,"chat":{"id":-1,"type":"group"},"text":"too slow",
		"from":{"id":7},"reply_to_message":{"message_id":5,"from":{"id":42,"is_bot":true},"text":"why?"}}}`))
	if err != nil || u.Message.ReplyTo != 5 || u.Message.ReplyFrom != 42 || u.Message.ReplyText != "why?" {
		t.Errorf("%+v, %v", u.Message, err)
	}
}
