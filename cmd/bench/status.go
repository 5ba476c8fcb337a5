package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// statuses times /status, from the moment it reaches Telegram to the moment the answer does, beside the one thing it has to
// ask: the service's own status program.
func (b bench) statuses(ctx context.Context) ([]figure, error) {
	return b.settledAt(ctx, "status", b.asking)
}

func (b bench) asking(s *process) ([]figure, error) {
	program, err := exec.LookPath("true")
	if err != nil {
		return nil, err
	}
	var whole, asked times
	for i := range b.asked {
		took, err := s.answered(bob, i+1)
		if err != nil {
			return nil, err
		}
		began := time.Now()
		if err := exec.CommandContext(s.ctx, program).Run(); err != nil {
			return nil, err
		}
		whole, asked = append(whole, took), append(asked, time.Since(began))
	}
	return []figure{{what: "/status answered, without its checks, p99", got: ms(whole.at(99)) - ms(asked.at(50)), unit: "ms", aim: 50,
		beside: fmt.Sprintf("with them %s (%d); the status program alone %s", whole, len(whole), asked)}}, nil
}

// answered has somebody look the nth time, and gives the time until the answer is there.
func (s *process) answered(who int64, nth int) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(s.ctx, sampleWithin)
	defer cancel()
	before := s.looks(who)
	began := time.Now()
	s.fake.Say(who, who, "/status")
	if err := s.fake.Wait(ctx, func() bool { return s.looks(who) > before }); err != nil {
		return 0, fmt.Errorf("status %d: %w", nth, s.why(err))
	}
	return time.Since(began), nil
}

// looks counts the answers that somebody has got.
func (s *process) looks(who int64) (n int) {
	for _, m := range s.fake.Messages(who) {
		if strings.Contains(m.Text, "journal #") {
			n++
		}
	}
	return n
}
