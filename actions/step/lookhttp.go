package step

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// httpWithin is how long an address may take to answer a check.
const httpWithin = 5 * time.Second

// plainClient follows no redirect and uses no proxy: who is asked is who the config names.
func plainClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// lookHTTP asks an address, which must answer 2xx. Neither the address, which may hold a key, nor the body is told.
func lookHTTP(ctx context.Context, env Env, c Check) Finding {
	f := Finding{Name: c.Name, State: Green}
	ctx, cancel := context.WithTimeout(ctx, httpWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.HTTP, nil)
	if err != nil {
		f.State, f.Why = Broken, "its address cannot be read"
		return f
	}
	client := env.Client
	if client == nil {
		client = plainClient()
	}
	resp, err := client.Do(req)
	if err != nil {
		f.State, f.Why = Red, noAnswer(err)
		return f
	}
	_ = resp.Body.Close()
	if f.Value = resp.Status; resp.StatusCode/100 != 2 {
		f.State = Red
	}
	return f
}

// noAnswer is why there was none, without the address.
func noAnswer(err error) string {
	var dns *net.DNSError
	var u *url.Error
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err, &cert):
		return "its certificate is not valid"
	case errors.As(err, &dns):
		return "its host has no address"
	case errors.As(err, &u) && u.Timeout():
		return "it did not answer in time"
	}
	return "it does not answer"
}
