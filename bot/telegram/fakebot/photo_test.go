package fakebot

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

type sentPhoto struct {
	ID    int `json:"message_id"`
	Photo []struct {
		FileID        string `json:"file_id"`
		Width, Height int
	}
	Caption  string
	Entities []Entity `json:"caption_entities"`
}

// download is a file by the file_id of a message, as a bot gets it.
func (w *world) download(t *testing.T, fileID string) (path string, data []byte) {
	t.Helper()
	var f struct {
		Path string `json:"file_path"`
		Size int    `json:"file_size"`
	}
	w.must(t, &f, "getFile", "file_id", fileID)
	resp, err := w.http.Get(w.URL() + "/file/bot" + w.Token() + "/" + f.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err = io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || len(data) != f.Size {
		t.Errorf("%s: %d, %d bytes of %d, %v", f.Path, resp.StatusCode, len(data), f.Size, err)
	}
	return f.Path, data
}

func (w *world) sendFile(t *testing.T, method, field, name string, data []byte, params ...any) reply {
	t.Helper()
	kind, body := upload(t, name, data, form(append([]any{"chat_id", ann, field, "attach://document"}, params...)...))
	r, err := w.post(ctx(t), w.Token(), method, kind, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPhotos(t *testing.T) {
	w := newWorld(t)
	picture := testPicture(t, 1600, 800)
	var m, again sentPhoto
	r := w.sendFile(t, "sendPhoto", "photo", "chart.png", picture, "caption", "<b>p99</b>", "parse_mode", "HTML")
	decode(t, r.Result, &m)
	var widths []int
	for _, z := range m.Photo {
		widths = append(widths, z.Width)
	}
	if !slices.Equal(widths, []int{90, 320, 800, 1280}) || m.Photo[3].Height != 640 || m.Caption != "p99" || len(m.Entities) != 1 {
		t.Fatalf("%+v", m)
	}
	shown := w.only(t, ann)
	if p := shown.Photo; p == nil || p.Name != "chart.png" || p.Width != 1600 || p.Height != 800 || shown.Text != "p99" {
		t.Errorf("%+v", shown)
	}
	if path, data := w.download(t, m.Photo[0].FileID); path != "photos/file_1-90.png" || !bytes.Equal(data, picture) {
		t.Errorf("%s, %d bytes", path, len(data))
	}
	w.must(t, &again, "sendPhoto", "chat_id", ann, "photo", m.Photo[1].FileID)
	if again.Photo[1].FileID != m.Photo[1].FileID {
		t.Errorf("%+v", again)
	}
	w.must(t, nil, "editMessageCaption", "chat_id", ann, "message_id", m.ID, "caption", "p50")
}

func TestPhotosThatAreNone(t *testing.T) {
	w := newWorld(t)
	tall := testPicture(t, 10, 300)
	doc := w.sendFile(t, "sendDocument", "document", "x.txt", []byte("x"))
	var sent struct {
		Document struct {
			FileID string `json:"file_id"`
		}
	}
	decode(t, doc.Result, &sent)
	for _, c := range []struct {
		why, want string
		got       reply
	}{
		{"no picture", "IMAGE_PROCESS_FAILED", w.sendFile(t, "sendPhoto", "photo", "x.png", []byte("text"))},
		{"an empty file", "file must be non-empty", w.sendFile(t, "sendPhoto", "photo", "x.png", nil)},
		{"too narrow", "PHOTO_INVALID_DIMENSIONS", w.sendFile(t, "sendPhoto", "photo", "x.png", tall)},
		{"too big", "file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes",
			w.sendFile(t, "sendPhoto", "photo", "x.png", make([]byte, maxPhoto+1))},
		{"nothing", "there is no photo in the request", w.call(t, "sendPhoto", "chat_id", ann)},
		{"a document", "can't use file of type Document as Photo", w.call(t, "sendPhoto", "chat_id", ann, "photo", sent.Document.FileID)},
		{"an id that is none", "wrong file identifier/HTTP URL specified", w.call(t, "sendPhoto", "chat_id", ann, "photo", "AgAC")},
		{"an address", "fakebot does not fetch files from addresses", w.call(t, "sendPhoto", "chat_id", ann, "photo", "https://x.example/y.png")},
		{"a long caption", "message caption is too long",
			w.sendFile(t, "sendPhoto", "photo", "x.png", testPicture(t, 9, 9), "caption", strings.Repeat("x", 1025))},
		{"getFile without an id", "file_id not specified", w.call(t, "getFile")},
		{"getFile with another", "invalid file_id", w.call(t, "getFile", "file_id", "AgAC")},
	} {
		if c.got.Description != "Bad Request: "+c.want {
			t.Errorf("%s: %q", c.why, c.got.Description)
		}
	}
}

func TestPeoplesFilesCanBeDownloaded(t *testing.T) {
	w := newWorld(t)
	id := w.Say(ann, ann, "look", WithPhoto("a.png", testPicture(t, 100, 50)))
	photo := w.last(t).Message
	sizes := photo["photo"].([]any)
	if len(sizes) != 2 || photo["caption"] != "look" || photo["text"] != nil {
		t.Fatalf("%v", photo)
	}
	w.Edit(ann, id, "look here")
	if edited := w.last(t).Edited; len(edited["photo"].([]any)) != 2 || edited["caption"] != "look here" {
		t.Errorf("%v", edited)
	}
	w.Say(ann, ann, "", WithDocument("../a/log.txt", []byte("log")))
	doc := w.last(t).Message["document"].(map[string]any)
	if path, data := w.download(t, doc["file_id"].(string)); path != "documents/file_2.txt" || string(data) != "log" {
		t.Errorf("%s: %s", path, data)
	}
	if ms := w.Chat(ann); ms[0].Photo.Width != 100 || ms[1].Document.Name != "../a/log.txt" {
		t.Errorf("%+v", ms)
	}
}

func TestDownloadsNeedTheToken(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]int{
		"/file/bot" + w.Token() + "/documents/file_1.txt":                 http.StatusNotFound,
		"/file/bot1:" + strings.Repeat("B", 35) + "/documents/file_1.txt": http.StatusUnauthorized,
		"/file/documents/file_1.txt":                                      http.StatusNotFound,
	} {
		resp, err := w.http.Get(w.URL() + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
		}
	}
}
