package codedrill

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"twokey/drills"
	"twokey/internal/proc"
)

func (s *session) doBuild(ctx context.Context) (drills.Found, error) {
	if len(s.build) == 0 {
		return drills.Found{Line: "there is nothing to build"}, nil
	}
	began := time.Now()
	for _, p := range s.build {
		if err := s.run(ctx, p); err != nil {
			return drills.Found{}, err
		}
	}
	return drills.Found{Line: "built in " + took(began)}, nil
}

func (s *session) doTest(ctx context.Context) (drills.Found, error) {
	began := time.Now()
	if err := s.run(ctx, s.test); err != nil {
		return drills.Found{Checks: []drills.Check{{Name: "tests", State: drills.Red}}}, err
	}
	return drills.Found{Line: "its tests passed in " + took(began), Checks: []drills.Check{{Name: "tests", Value: "passed", State: drills.Green}}}, nil
}

func took(since time.Time) string { return time.Since(since).Round(time.Second / 10).String() }

// doStart starts the release with the drill's own values, read once, and ends it. Nothing is started that could not be compared.
func (s *session) doStart(ctx context.Context) (drills.Found, error) {
	if !s.starts() {
		return drills.Found{Line: "nothing was started", Why: "nothing is started: " + s.unstarted()}, nil
	}
	env, err := s.own()
	if err != nil {
		return drills.Found{Checks: []drills.Check{{Name: "env file", State: drills.Red}}}, unstarted(err)
	}
	checks := []drills.Check{{Name: "env file", Value: fmt.Sprintf("%d values, none of them production's", len(env)), State: drills.Green}}
	if err := s.silent(ctx); err != nil {
		return drills.Found{Checks: checks}, err
	}
	s.env.Progress("starting it")
	line, err := s.live(ctx, env)
	f := drills.Found{Line: line, Checks: checks}
	if _, endErr := s.end(context.WithoutCancel(ctx), s.env, s.at); err == nil { // what got away from its group
		err = endErr
	}
	if err == nil {
		f.Checks = append(f.Checks, drills.Check{Name: "stopped", Value: "nothing of it is left", State: drills.Green})
	}
	return f, err
}

// unstarted says first what matters.
func unstarted(err error) error {
	var f *failure
	if errors.As(err, &f) {
		return &failure{sentence: "nothing was started: " + f.sentence, hint: f.hint, cause: f.cause}
	}
	return err
}

// live starts it, waits until it is well, or has lived, and ends it. That all of it is gone proc has proven when it returns.
func (s *session) live(ctx context.Context, env map[string]string) (string, error) {
	c := s.cmd(s.start)
	for _, k := range slices.Sorted(maps.Keys(env)) {
		if k != "PATH" && k != "HOME" && k != "TMPDIR" { // its own HOME could have credentials in it
			c.Env = append(c.Env, k+"="+env[k])
		}
	}
	type result struct {
		proc.Result
		err error
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan result, 1)
	began := time.Now()
	go func() {
		res, err := proc.Run(running, c)
		ended <- result{res, err}
	}()
	well := make(chan error, 1)
	go func() { well <- s.well(running) }()
	name := filepath.Base(s.start.path)
	select {
	case res := <-ended:
		stop()
		<-well
		if res.err != nil {
			return "", res.err
		}
		if res.Why != proc.Exited {
			return "", &failure{sentence: name + " was ended before it was seen to live", cause: context.Cause(ctx)}
		}
		return "", &failure{sentence: fmt.Sprintf("%s was started and %s after %s", name, ending(res.Result), took(began)), hint: "see its output"}
	case err := <-well:
		lived := took(began)
		stop()
		if res := <-ended; res.err != nil {
			return "", res.err
		} else if err == nil && res.Why == proc.Exited {
			err = &failure{sentence: fmt.Sprintf("%s %s as soon as it was well", name, ending(res.Result)), hint: "see its output"}
		}
		if err != nil {
			return "", err
		}
		return s.lived(lived), nil
	}
}

func (d *Drill) lived(took string) string {
	if d.cfg.Health != "" {
		return "it was started and well after " + took + ", then stopped"
	}
	return "it was started and lived for " + took + ", then was stopped"
}

const (
	betweenAsks = 200 * time.Millisecond
	oneAsk      = 2 * time.Second
)

// well returns when the release is well, or has lived for long enough; an error says why it is not.
func (d *Drill) well(ctx context.Context) error {
	limit := time.NewTimer(d.cfg.Lives)
	defer limit.Stop()
	again := time.NewTicker(betweenAsks)
	defer again.Stop()
	answer := errors.New("it was not asked")
	for {
		select {
		case <-ctx.Done():
			return &failure{sentence: "it was stopped", cause: context.Cause(ctx)}
		case <-limit.C:
			if d.cfg.Health == "" {
				return nil
			}
			return &failure{sentence: fmt.Sprintf("it was started, and is not well after %s: %s", d.cfg.Lives, answerText(answer)), hint: "see its output", cause: answer}
		case <-again.C:
			if d.cfg.Health == "" {
				continue
			}
			if answer = d.asked(ctx); answer == nil {
				return nil
			}
		}
	}
}

// badAnswer is the code of an answer that is not well.
type badAnswer int

func (b badAnswer) Error() string { return fmt.Sprintf("it answers %d", int(b)) }

func answerText(err error) string {
	var b badAnswer
	if errors.As(err, &b) {
		return b.Error()
	}
	return "it does not answer"
}

// asked asks for its health once: no proxy, no other address than the one that was written down.
func (d *Drill) asked(ctx context.Context) error {
	ctx, done := context.WithTimeout(ctx, oneAsk)
	defer done()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.cfg.Health, nil)
	if err != nil {
		return err
	}
	transport := &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{}).DialContext}
	client := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	res.Body.Close()
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return badAnswer(res.StatusCode)
	}
	return nil
}

// silent refuses a health address that somebody else answers at: it would be production's answer, most likely.
func (d *Drill) silent(ctx context.Context) error {
	if d.cfg.Health == "" {
		return nil
	}
	u, err := url.Parse(d.cfg.Health)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return &failure{sentence: "nothing was started: the address of its health is not one", hint: "write http://127.0.0.1:PORT/…"}
	}
	ctx, done := context.WithTimeout(ctx, oneAsk)
	defer done()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), orElse(u.Port(), usual[u.Scheme])))
	if err != nil {
		return nil
	}
	conn.Close()
	return &failure{sentence: "nothing was started: something answers already where the release would, and its answer would prove nothing",
		hint: "give the drill a port of its own, in its env file and its health address"}
}
