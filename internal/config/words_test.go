package config

import (
	"testing"
	"time"

	"twokey/actions/step"
)

func TestParseDuration(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{"90s": 90 * time.Second, "7d": 7 * day, "1d12h": day + 12*time.Hour, "1h30m": 90 * time.Minute, "3650d": 3650 * day} {
		if got, err := parseDuration(text); got != want || err != nil {
			t.Errorf("parseDuration(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0s", "-1s", "5", "d", "-1d", "1d-1h", "3651d", "99999999999999999h", "1.5d", "1h1d", "7 d"} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("parseDuration(%q) = %v, want an error", text, got)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	for _, tt := range []struct {
		word  string
		known []string
		want  string
	}{
		{"stpo", []string{"start", "stop"}, "did you mean stop?"},
		{"approval", []string{"approvals", "alone"}, "did you mean approvals?"},
		{"may_aks", []string{"may_ask", "may_approve"}, "did you mean may_ask?"},
		{"xyzzy", []string{"b", "a", "a"}, "there are a, b"},
		{"x", nil, ""},
	} {
		if got := didYouMean(tt.word, tt.known); got != tt.want {
			t.Errorf("didYouMean(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
}

func TestParseExpect(t *testing.T) {
	for text, want := range map[string]step.Expect{"> 0": {Op: ">"}, "=1": {Op: "=", Value: 1}, " <= -2.5 ": {Op: "<=", Value: -2.5}, "!= 3": {Op: "!=", Value: 3}} {
		if got, err := step.ParseExpect(text); got != want || err != nil {
			t.Errorf("ParseExpect(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ">", "0", "== 1", "> x", "=> 1", "> 1 or 1", "> 1e5"} {
		if _, err := step.ParseExpect(text); err == nil {
			t.Errorf("ParseExpect(%q) is allowed", text)
		}
	}
}
