package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/rs/zerolog"

	"twokey/actions/step"
	"twokey/auth"
	"twokey/bot"
	"twokey/internal/config"
)

const (
	// postWithin is how long the address that calls somebody may take.
	postWithin = 10 * time.Second
	// execWithin is how long the program that calls somebody may take.
	execWithin = 30 * time.Second
)

// escalation calls somebody who is no person of the bot, when nobody answers: an address, a program, or both.
type escalation struct {
	url    string
	client *http.Client
	exec   *step.Exec // nil: none
	logger zerolog.Logger
}

// newEscalation is nil when there is nobody to call.
func newEscalation(cfg config.Config, logger zerolog.Logger) (func(context.Context, bot.Call) error, error) {
	if cfg.Escalate.HTTP == "" && len(cfg.Escalate.Exec) == 0 {
		return nil, nil
	}
	e := &escalation{url: cfg.Escalate.HTTP, logger: logger}
	// A redirect could lead what we send anywhere.
	e.client = &http.Client{Timeout: postWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if len(cfg.Escalate.Exec) > 0 {
		loaded, err := step.Exec{Argv: cfg.Escalate.Exec, Timeout: execWithin, Effect: step.Read}.Load(step.Site{Dir: "/"})
		if err != nil {
			return nil, fmt.Errorf("escalate.exec: %w", err)
		}
		e.exec, _ = loaded.(*step.Exec)
		if _, err := e.exec.Bind(arguments(bot.Call{})); err != nil {
			return nil, fmt.Errorf("escalate.exec: %w", err)
		}
	}
	return e.call, nil
}

// arguments are what the program's arguments may name.
func arguments(c bot.Call) map[string]string {
	return map[string]string{"request": strconv.FormatUint(uint64(c.Request), 10), "action": string(c.Action), "who": string(c.Person),
		"service": c.Service, "until": c.Until.UTC().Format(time.RFC3339), "reason": c.Reason}
}

// call tries every way there is, and fails when one of them did.
func (e *escalation) call(ctx context.Context, c bot.Call) error {
	var errs []error
	if e.url != "" {
		errs = append(errs, e.note(c, "http", e.post(ctx, c)))
	}
	if e.exec != nil {
		errs = append(errs, e.note(c, "exec", e.run(ctx, c)))
	}
	return errors.Join(errs...)
}

func (e *escalation) note(c bot.Call, way string, err error) error {
	if err == nil {
		e.logger.Info().Uint64("request", uint64(c.Request)).Str("way", way).Msg("nobody answered: somebody else was called")
		return nil
	}
	err = fmt.Errorf("escalate.%s: %w", way, err)
	e.logger.Error().Uint64("request", uint64(c.Request)).Msg("nobody answered, and nobody else could be called: " + err.Error())
	return err
}

func (e *escalation) post(ctx context.Context, c bot.Call) error {
	body, err := json.Marshal(arguments(c))
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return errors.New("its URL cannot be used")
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := e.client.Do(r)
	if err != nil {
		return withoutURL(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("it answered %d", resp.StatusCode)
	}
	return nil
}

// withoutURL takes off the address, which may hold a key.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func (e *escalation) run(ctx context.Context, c bot.Call) error {
	bound, err := e.exec.Bind(arguments(c))
	if err != nil {
		return err
	}
	return bound.Run(ctx, step.Env{})
}

// phones is how people are called, of those whose number the config has.
func phones(cfg config.Config) map[auth.Name]string {
	all := map[auth.Name]string{}
	for _, p := range cfg.People {
		if p.Phone != "" {
			all[p.Name] = p.Phone
		}
	}
	return all
}
