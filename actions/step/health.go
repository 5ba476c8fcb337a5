package step

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

const (
	// healthTry is how long one question to health.url may take: a service that needs longer is not well.
	healthTry = 2 * time.Second
	// healthWithin is how long a started service may take to be healthy when the config does not say.
	healthWithin = time.Minute
)

// Health is where the service says that it is well, and how soon after a start it must.
type Health struct {
	URL    string        `yaml:"url" json:"url,omitempty"`
	Within time.Duration `yaml:"within" json:"within,omitempty"`
}

// Check says what is wrong with the configuration.
func (h Health) Check() error {
	if h.Within < 0 {
		return fmt.Errorf("health.within %s: below zero", h.Within)
	}
	if h.URL == "" {
		return nil
	}
	u, err := url.Parse(h.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("health.url: not an http or https address")
	}
	return nil
}

// ask gives the answer's status line, and an error when it is not 2xx or there is none. It follows no redirect.
func (h Health) ask(ctx context.Context, client *http.Client) (string, error) {
	if client == nil {
		client = plainClient()
	}
	ctx, cancel := context.WithTimeout(ctx, healthTry)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL, nil)
	if err != nil {
		return "", errors.New("health.url: not an address")
	}
	resp, err := client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) { // its text has the whole address, which may hold a key
			err = u.Err
		}
		return "no answer", err
	}
	resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return resp.Status, fmt.Errorf("answered %s", resp.Status)
	}
	return resp.Status, nil
}
