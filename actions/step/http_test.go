package step

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHTTPAsItIsLoaded(t *testing.T) {
	got := mustLoad(t, "http", `{url: "https://example.com/warm?key=hunter2", method: post, body: "{region}", headers: {Authorization: WARM_TOKEN}, expect: 202}`, Site{}).(*HTTP)
	want := &HTTP{URL: "https://example.com/warm?key=hunter2", Method: "POST", Body: "{region}", Headers: map[string]string{"Authorization": "WARM_TOKEN"}, Status: 202, Timeout: requestWithin}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	roundTrip(t, "http", got)
	bound, err := got.Bind(map[string]string{"region": "eu"})
	ok(t, err)
	if about := (About{Title: `POST https://example.com/warm with "eu"`, Effect: Change}); bound.About() != about {
		t.Errorf("about %+v, want %+v", bound.About(), about)
	}
	if got := mustLoad(t, "http", `{url: "http://127.0.0.1:3000/x"}`, Site{}).About(); got != (About{Title: "GET http://127.0.0.1:3000/x", Effect: Read}) {
		t.Errorf("about %+v", got)
	}
	for _, bad := range []string{
		`{url: ""}`, `{url: "ftp://example.com/"}`, `{url: "http://example.com/"}`, `{url: "http://u:p@127.0.0.1/"}`, `{url: "http://127.0.0.1/{x}"}`,
		`{url: "http://127.0.0.1/", method: TRACE}`, `{url: "http://127.0.0.1/", body: x}`, `{url: "http://127.0.0.1/", method: POST, body: "x{y}"}`,
		`{url: "http://127.0.0.1/", expect: 7}`, `{url: "http://127.0.0.1/", headers: {A: "not a name"}}`, `{url: "http://127.0.0.1/", headers: {"A b": X}}`,
	} {
		if _, err := load(t, "http", bad, Site{}); err == nil {
			t.Errorf("%s was loaded", bad)
		}
	}
}

func TestHTTPAsksOnceAndTellsTheAnswer(t *testing.T) {
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, fmt.Sprintf("%s %s %s %q", r.Method, r.URL.Path, r.Header.Get("Authorization"), body))
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		case "/big":
			_, _ = io.Copy(w, io.LimitReader(zeros{}, 10*maxAnswer))
		case "/sick":
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			fmt.Fprintf(w, "warm, and you said %s", r.Header.Get("Authorization"))
		}
	}))
	defer srv.Close()
	var out bytes.Buffer
	env := Env{Output: &out, Getenv: func(name string) string {
		return map[string]string{"WARM_TOKEN": "Bearer hunter2hunter2"}[name]
	}}
	run := func(text string) error {
		t.Helper()
		asked, out = nil, bytes.Buffer{}
		k := mustLoad(t, "http", strings.ReplaceAll(text, "SRV", srv.URL), Site{})
		return k.Run(t.Context(), env)
	}
	ok(t, run(`{url: "SRV/warm?key=hunter2", method: POST, body: eu, headers: {Authorization: WARM_TOKEN}}`))
	if want := []string{`POST /warm Bearer hunter2hunter2 "eu"`}; !cmp.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
	if got := out.String(); got != "200 OK\nwarm, and you said [secret]" {
		t.Errorf("output %q", got)
	}
	err := run(`{url: "SRV/moved?key=hunter2", method: POST}`)
	if got := refusedBy(t, err).Sentence; got != srv.URL+"/moved answered 302 Found" || len(asked) != 1 {
		t.Errorf("a redirect: %q, asked %q", got, asked)
	}
	ok(t, run(`{url: "SRV/moved", expect: 302}`))
	ok(t, run(`{url: "SRV/big"}`))
	if out.Len() > maxAnswer+100 {
		t.Errorf("%d bytes of output", out.Len())
	}
	if got := refusedBy(t, run(`{url: "SRV/sick"}`)).Sentence; got != srv.URL+"/sick answered 503 Service Unavailable" {
		t.Errorf("sick: %q", got)
	}
	if got := refusedBy(t, run(`{url: "SRV/x", headers: {A: NOT_SET}}`)).Sentence; got != "the variable NOT_SET, for the header A, is not set" || asked != nil {
		t.Errorf("without its header: %q, asked %q", got, asked)
	}
	got := refusedBy(t, run(`{url: "http://`+hanging(t)+`/x?key=hunter2", method: POST, timeout: 50ms}`))
	if !strings.HasSuffix(got.Sentence, "/x: it did not answer in time") || !strings.Contains(got.Hint, "may have been done") {
		t.Errorf("hanging: %+v", got)
	}
	if strings.Contains(got.Error(), "hunter2") {
		t.Errorf("it tells a key: %v", got.Error())
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}
