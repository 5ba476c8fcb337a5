package telegram

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// maxAnswer bounds an answer of the server, which ends a batch of updates at
// about 4 MB.
const maxAnswer = 16 << 20

var errTooLarge = errors.New("answer over 16 MiB")

// httpClient returns a copy of base made fit for the Bot API.
func httpClient(base *http.Client) *http.Client {
	c := &http.Client{}
	if base != nil {
		*c = *base
	} else {
		c.Transport = transport()
	}
	c.Timeout = 0 // every call has its own deadline; a common one cuts long polls
	// The token is in the path: a redirect would carry it elsewhere, also as Referer.
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

// transport speaks HTTP/1 only: in HTTP/2 one dead connection holds up polls
// and sends alike until the kernel gives it up.
func transport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t = t.Clone()
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	t.ForceAttemptHTTP2 = false
	t.MaxIdleConnsPerHost = t.MaxIdleConns // all go to one host; of the usual two, a broadcast would dial anew for most messages
	return t
}

// attempt is the HTTP client of one call: it binds the context, which the
// library does not know, and watches how far the call came.
type attempt struct {
	ctx       context.Context
	http      *http.Client
	connected atomic.Bool // a connection was there
	written   atomic.Bool // the request was on its way
	status    int         // of the answer; 0 if none came
	date      string      // its Date header
}

// Do is tgbotapi.HTTPClient.
func (a *attempt) Do(r *http.Request) (*http.Response, error) {
	ctx := httptrace.WithClientTrace(a.ctx, &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { a.connected.Store(true) },
		WroteHeaders: func() { a.written.Store(true) },
	})
	resp, err := a.http.Do(r.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	a.status, a.date = resp.StatusCode, resp.Header.Get("Date")
	resp.Body = &bounded{ReadCloser: resp.Body, left: maxAnswer}
	return resp, nil
}

// maybeSent reports whether the server may have got the request. When the
// context ends, the transport returns while its writer still runs: then a
// connection alone is reason to doubt.
func (a *attempt) maybeSent() bool {
	return a.status != 0 || a.written.Load() || (a.connected.Load() && a.ctx.Err() != nil)
}

// bounded fails, where io.LimitReader would end: the half of an answer must
// not look like an answer.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}
