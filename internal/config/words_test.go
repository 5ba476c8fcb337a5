package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

func TestParseCron(t *testing.T) {
	for _, text := range []string{"0 4 * * *", "30 5 1 * *", "*/15 * * * 1-5", "0 0 29 2 *"} {
		if _, err := parseCron(text); err != nil {
			t.Errorf("parseCron(%q): %v", text, err)
		}
	}
	for why, text := range map[string]string{"an empty list": "0 0 , * *", "never": "0 0 30 2 *", "either day": "0 10 */2 * 1", "seven": "0 0 * * 7",
		"a zone": "TZ=UTC 0 0 * * *", "a bad zone": "CRON_TZ=X", "a word": "@daily", "six fields": "0 0 4 * * *", "a month": "0 0 * 13 *"} {
		if _, err := parseCron(text); err == nil {
			t.Errorf("parseCron(%q) is allowed: %s", text, why)
		}
	}
}

func TestParseCivil(t *testing.T) {
	quarter := []time.Month{time.January, time.April, time.July, time.October}
	got, err := parseCivil("First TUE of quarter 10:00")
	if diff := cmp.Diff(Civil{Nth: 1, Day: time.Tuesday, Months: quarter, At: Clock{10, 0}}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, text := range []string{"last tue of month 10:00", "first day of month 10:00", "first tue of year 10:00", "first tue of month", "first tue of month 9:00"} {
		if _, err := parseCivil(text); err == nil {
			t.Errorf("parseCivil(%q) is allowed", text)
		}
	}
}
