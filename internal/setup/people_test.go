package setup

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// hearing is a bot that hears more every time, and then nothing new.
type hearing struct {
	times int
	all   []Heard
	err   error
}

func (h *hearing) Name(context.Context) (string, error) { return "ops_bot", nil }

func (h *hearing) Heard(context.Context) ([]Heard, error) {
	h.times++
	return h.all[:min(h.times, len(h.all))], h.err
}

var (
	ann  = Heard{Chat: -5, Title: "Operations", User: 11, Name: "Ann Lee"}
	ann2 = Heard{Chat: -5, Title: "Operations", User: 21, Name: "Ann"}
	eve  = Heard{Chat: -6, Title: "Trap", User: 66, Name: "Eve"}
	anon = Heard{Chat: -5, Title: "Operations", Anonymous: true}
	let  = Heard{Chat: -5, Title: "Operations"}
)

func TestListeningEndsAfterTwoMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		s := Setup{Talk: &Talk{Lines: make(chan string), Out: &out}}
		bot := &hearing{all: []Heard{let, ann, anon}}
		began := time.Now()
		got, err := s.listen(t.Context(), bot)
		if diff := cmp.Diff([]Heard{let, ann, anon}, got); diff != "" || err != nil {
			t.Errorf("heard (-want +got):\n%s%v", diff, err)
		}
		if took := time.Since(began); took != listenFor {
			t.Errorf("listening took %s, want %s", took, listenFor)
		}
		for _, line := range []string{"Operations (-5): the bot is in it", "Operations (-5): Ann Lee (11) wrote", "stays anonymous cannot approve"} {
			if strings.Count(out.String(), line) != 1 {
				t.Errorf("it was not said once: %q, but:\n%s", line, out.String())
			}
		}
	})
}

func TestListeningEndsWithEnterWithTelegramAndWithTheCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		lines := make(chan string, 1)
		s := Setup{Talk: &Talk{Lines: lines, Out: &out}}
		lines <- ""
		if got, err := s.listen(t.Context(), &hearing{all: []Heard{ann}}); err != nil || len(got) != 1 {
			t.Errorf("listen until Enter = %v, %v, want Ann", got, err)
		}
		if _, err := s.listen(t.Context(), &hearing{err: errors.New("no route\x1b[2J")}); err != nil || !strings.Contains(out.String(), "no route?[2J") {
			t.Errorf("listen without Telegram: %v, said %q", err, out.String())
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.listen(ctx, &hearing{}); !errors.Is(err, context.Canceled) {
			t.Errorf("listen when cancelled = %v", err)
		}
	})
}

func TestOnlyThoseWhoWroteInTheGroupAreOffered(t *testing.T) {
	if got := offered([]Heard{let, ann, anon, ann2, eve}, -5); got != "ann21=21 ann=11" && got != "ann=11 ann21=21" {
		t.Errorf("offered = %q, want Ann and Ann only", got)
	}
	if got := onlyGroup([]Heard{ann, ann2}); got != "-5" {
		t.Errorf("onlyGroup = %q, want -5", got)
	}
	// Anybody may add a bot to a group of their own.
	if got := onlyGroup([]Heard{ann, eve}); got != "" {
		t.Errorf("of two groups %q was chosen without asking", got)
	}
	if _, err := parsePeople(offered([]Heard{{Chat: -5, User: 7, Name: "!!"}, {Chat: -5, User: 8, Name: "Юля К."}}, -5)); err != nil {
		t.Errorf("an odd name cannot be taken as it is offered: %v", err)
	}
}

func TestPeopleAreReadOrRefused(t *testing.T) {
	got, err := parsePeople("ann=11 cid=13,14")
	if diff := cmp.Diff([]Person{{"ann", []int64{11}}, {"cid", []int64{13, 14}}}, got); diff != "" || err != nil {
		t.Errorf("parsePeople (-want +got):\n%s%v", diff, err)
	}
	for _, line := range []string{"", "ann=11", "ann=11 bob=11", "ann=11 ann=12", "ann bob", "ann=x bob=1", "ann=-1 bob=2", "a b=1 c=2", "ann=11,11 bob=2", "=1 =2"} {
		if people, err := parsePeople(line); err == nil {
			t.Errorf("parsePeople(%q) = %v, want a refusal", line, people)
		}
	}
}

func TestAskingAgainUntilItIsRight(t *testing.T) {
	lines := make(chan string, 4)
	for _, line := range []string{"", "x\x1b[2J", "nope", " yes "} {
		lines <- line
	}
	var out strings.Builder
	talk := &Talk{Lines: lines, Out: &out}
	got, err := talk.ask(t.Context(), question{words: "Well", check: func(s string) error {
		if s != "yes" {
			return errors.New("say yes")
		}
		return nil
	}})
	if got != "yes" || err != nil || strings.Count(out.String(), "1. Well: ") != 4 || strings.Count(out.String(), "say yes") != 1 {
		t.Errorf("ask = %q, %v after:\n%s", got, err, out.String())
	}
	close(lines)
	if _, err := talk.ask(t.Context(), question{words: "More", fallback: "x"}); !errors.Is(err, errNoMore) {
		t.Errorf("ask after the end = %v, want errNoMore", err)
	}
}
