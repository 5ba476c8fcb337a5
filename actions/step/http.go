package step

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"twokey/internal/secret"
)

const (
	// requestWithin is how long an answer may take when the catalogue does not say.
	requestWithin = 30 * time.Second
	// maxAnswer is how much of an answer goes into the output.
	maxAnswer = 64 << 10
)

// HTTP makes one request. Without encryption it speaks with this machine only. It follows no redirect. Secrets belong into
// headers, whose values come from the environment: an address is in the journal.
type HTTP struct {
	URL     string            `yaml:"url" json:"url"`
	Method  string            `yaml:"method" json:"method"`             // GET when empty
	Status  int               `yaml:"expect" json:"expect,omitempty"`   // any 2xx when zero
	Body    string            `yaml:"body" json:"body,omitempty"`       // may be one placeholder
	Headers map[string]string `yaml:"headers" json:"headers,omitempty"` // header → the variable that has its value
	Timeout time.Duration     `yaml:"timeout" json:"timeout"`           // 30 s when zero
	Bound   bool              `yaml:"-" json:"bound,omitempty"`         // set by Bind: braces are now text
}

// Load completes it.
func (h HTTP) Load(Site) (Kind, error) {
	h.Method = strings.ToUpper(or(h.Method, http.MethodGet))
	if h.Timeout == 0 {
		h.Timeout = requestWithin
	}
	return &h, h.complete()
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

func (h HTTP) complete() error {
	var errs []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	if err := CheckURL(h.URL); err != nil {
		errs = append(errs, fmt.Errorf("url: %w", err))
	}
	add(strings.ContainsAny(h.URL, "{}"), "url: takes no parameter; put it into body")
	add(!slices.Contains(methods, h.Method), "method %q: is one of %s", h.Method, strings.Join(methods, ", "))
	add(h.Status != 0 && (h.Status < 100 || h.Status > 599), "expect %d: is no HTTP status", h.Status)
	add(h.Timeout <= 0, "timeout %s: not above zero", h.Timeout)
	add(h.Body != "" && h.reads(), "body: not with %s", h.Method)
	add(!h.Bound && placeholder.MatchString(h.Body) && !whole.MatchString(h.Body), "body: a parameter is the whole of it")
	for name, env := range h.Headers {
		add(!variable.MatchString(env), "headers: %s: %q is not the name of a variable", name, env)
		add(!headerName(name), "headers: %q is not the name of a header", name)
	}
	return errors.Join(errs...)
}

func headerName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z')
	})
}

// CheckURL says what is wrong with an address that we ask. It is written into the journal, so it may hold no password, and
// what goes to another machine is encrypted.
func CheckURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("is not an http or https address")
	case u.User != nil:
		return errors.New("has a password in it, and an address is written into the journal")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return errors.New("leaves this machine without encryption: write https")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (h HTTP) reads() bool { return h.Method == http.MethodGet || h.Method == http.MethodHead }

// About names the address without what follows its path.
func (h HTTP) About() About {
	a := About{Title: h.Method + " " + h.place(), Effect: Change}
	if h.Body != "" {
		a.Title += fmt.Sprintf(" with %q", h.Body)
	}
	if h.reads() {
		a.Effect = Read
	}
	return a
}

func (h HTTP) place() string {
	u, err := url.Parse(h.URL)
	if err != nil {
		return "an address"
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}

// Placeholders is the name of the parameter that is the body.
func (h HTTP) Placeholders() []string {
	if m := whole.FindStringSubmatch(h.Body); m != nil && !h.Bound {
		return m[1:]
	}
	return nil
}

// Bind fills in the body. A step that is bound stays as it is.
func (h HTTP) Bind(args map[string]string) (Kind, error) {
	for _, name := range h.Placeholders() {
		value, ok := args[name]
		if !ok {
			return nil, fmt.Errorf("parameter %s: has no value", name)
		}
		h.Body = value
	}
	h.Bound = true
	return &h, nil
}

// Plan finds out nothing: to ask would be to do it.
func (h HTTP) Plan(_ context.Context, env Env) ([]Fact, error) {
	_, err := h.headers(env)
	return nil, err
}

// headers are the values from the environment. One that is not there would make another request than the one approved.
func (h HTTP) headers(env Env) (http.Header, error) {
	all := http.Header{}
	for _, name := range slices.Sorted(maps.Keys(h.Headers)) {
		value := ""
		if env.Getenv != nil {
			value = env.Getenv(h.Headers[name])
		}
		if value == "" {
			return nil, &Failure{Sentence: fmt.Sprintf("the variable %s, for the header %s, is not set", h.Headers[name], name),
				Hint: "set it in twokey's environment"}
		}
		all.Set(name, value)
	}
	return all, nil
}

// Run makes the request. What was answered goes into the output, without the values of our headers.
func (h HTTP) Run(ctx context.Context, env Env) error {
	ctx, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, h.Method, h.URL, strings.NewReader(h.Body))
	if err != nil {
		return &Failure{Sentence: "the address cannot be read", Hint: "correct the catalogue"}
	}
	if req.Header, err = h.headers(env); err != nil {
		return err
	}
	resp, err := plainClient().Do(req)
	if err != nil {
		return &Failure{Sentence: h.place() + ": " + noAnswer(err), Hint: h.hint()}
	}
	defer resp.Body.Close()
	fmt.Fprintln(env.output(), resp.Status)
	h.copyAnswer(env, resp.Body, req.Header)
	if h.Status == resp.StatusCode || h.Status == 0 && resp.StatusCode/100 == 2 {
		return nil
	}
	return &Failure{Sentence: fmt.Sprintf("%s answered %s", h.place(), resp.Status), Hint: "see the output of this run"}
}

// hint is true to what may have happened: no answer is not the same as not done.
func (h HTTP) hint() string {
	if h.reads() {
		return "see whether it runs"
	}
	return "it may have been done all the same: look before you ask again"
}

func (h HTTP) copyAnswer(env Env, body io.Reader, own http.Header) {
	var values []secret.Value
	for name := range own {
		values = append(values, secret.New(own.Get(name)))
	}
	out := secret.NewRedactor(values...).Writer(env.output())
	_, _ = io.Copy(out, io.LimitReader(body, maxAnswer)) // the status is the answer; the rest is for reading
	_ = out.Close()
}
