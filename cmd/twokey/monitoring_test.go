package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
)

// aboutMonitoring is what a program sees that asks over HTTP, and who else may have the address.
var aboutMonitoring = []phrase{
	// monitoring gets /readyz 503 'telegram is not connected'
	{words: "gets", do: func(s *stage, rest []string) error {
		code, err := strconv.Atoi(rest[1])
		if err != nil {
			return err
		}
		last := ""
		if err := until("monitoring gets it", func() bool {
			got, body, err := s.scrape(rest[0])
			last = fmt.Sprint(got, " ", body, err)
			return err == nil && got == code && containsAll(body, rest[2:])
		}); err != nil {
			return fmt.Errorf("%w; it gets: %s\nthe bot's log:\n%s", err, last, s.bot.log)
		}
		return nil
	}, not: func(s *stage, rest []string) error {
		if _, body, err := s.scrape(rest[0]); err != nil || containsAll(body, rest[1:]) {
			return fmt.Errorf("it does: %w\n%s", err, body)
		}
		return nil
	}},
	{words: "address is taken", do: func(s *stage, _ []string) error {
		l, err := net.Listen("tcp", s.watch)
		s.shop.unlock = l.Close
		return err
	}},
	{words: "address is free again", do: func(s *stage, _ []string) error { return s.shop.unlock() }},
	{words: "sees nobody", do: func(s *stage, _ []string) error {
		if _, _, err := s.scrape("/healthz"); err == nil {
			return errors.New("somebody answers")
		}
		return nil
	}},
}

func (s *stage) scrape(path string) (code int, body string, err error) {
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + s.watch + path)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}
