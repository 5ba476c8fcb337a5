package notice

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const timed = `
vars:
  at: {type: time}
  was: {type: time, past: true}
texts: {en: "{at} {was}"}
`

// bindOne binds one variable, the others to something that is right.
func bindOne(t *testing.T, tmpl *Template, others map[string]string, name, value string, now time.Time) (string, error) {
	t.Helper()
	typed := map[string]string{}
	for k, v := range others {
		typed[k] = v
	}
	typed[name] = value
	v, err := tmpl.Bind(typed, now)
	return v[name], err
}

func TestTimes(t *testing.T) {
	// Helsinki: the clocks go forward on 29 March 2026 at 03:00 and back on 25 October at 04:00.
	at := func(s string) time.Time { return parseTime(s) }
	tests := []struct {
		say, name, typed string
		now              time.Time
		want             string // a beginning of the error when it is no time
	}{
		{"now keeps its seconds", "at", "now", evening, "2026-11-25T19:05:17Z"},
		{"whatever its case and spaces", "at", "  NOW ", evening, "2026-11-25T19:05:17Z"},
		{"from now on, to the minute", "at", "in 30 min", evening, "2026-11-25T19:35:00Z"},
		{"from now on, two units", "at", "in 1h 30m", evening, "2026-11-25T20:35:00Z"},
		{"back from now", "was", "2 h ago", evening, "2026-11-25T17:05:00Z"},
		{"the next 02:00", "at", "02:00", evening, "2026-11-26T00:00:00Z"},
		{"the next 23:30, which is today", "at", "23:30", evening, "2026-11-25T21:30:00Z"},
		{"the minute that has begun is past", "at", "21:05", evening, "2026-11-26T19:05:00Z"},
		{"the minute that begins is not", "at", "21:05", at("2026-11-25T19:05:00Z"), "2026-11-25T19:05:00Z"},
		{"of the past, the last 02:00", "was", "02:00", evening, "2026-11-25T00:00:00Z"},
		{"of the past, the last 23:30, which was yesterday", "was", "23:30", evening, "2026-11-24T21:30:00Z"},
		{"tonight, typed in the evening", "at", "tonight 02:00", evening, "2026-11-26T00:00:00Z"},
		{"tonight, typed at night", "at", "tonight 02:00", at("2026-11-25T23:00:00Z"), "2026-11-26T00:00:00Z"},
		{"tonight before midnight", "at", "tonight 23:00", evening, "2026-11-25T21:00:00Z"},
		{"tonight is not a day", "at", "tonight 13:00", evening, "at is tonight 13:00, which is not at night"},
		{"tomorrow is the next date", "at", "tomorrow 02:00", evening, "2026-11-26T00:00:00Z"},
		{"tomorrow, typed at night", "at", "tomorrow 02:00", at("2026-11-25T23:00:00Z"), "2026-11-27T00:00:00Z"},
		{"today, though it is past", "at", "today 02:00", evening, "2026-11-25T00:00:00Z"},
		{"yesterday", "was", "yesterday 14:30", evening, "2026-11-24T12:30:00Z"},
		{"a date, in the zone", "at", "2026-12-01T02:00", evening, "2026-12-01T00:00:00Z"},
		{"a date, with a space", "at", "2026-07-01 2:00", evening, "2026-06-30T23:00:00Z"},
		{"RFC 3339", "at", "2026-12-01T02:00:09+01:00", evening, "2026-12-01T01:00:09Z"},
		{"RFC 3339 in small letters", "at", "2026-12-01t02:00:00z", evening, "2026-12-01T02:00:00Z"},
		{"a fraction of a second is cut off", "at", "2026-12-01T02:00:00.9Z", evening, "2026-12-01T02:00:00Z"},
		{"an hour that is left out", "at", "2026-03-29T03:30", evening, "at is 2026-03-29 03:30, which does not exist in Europe/Helsinki"},
		{"an hour that comes twice", "at", "2026-10-25T03:30", evening, "at is 2026-10-25 03:30, which comes twice in Europe/Helsinki"},
		{"the next one is left out", "at", "03:30", at("2026-03-28T20:00:00Z"), "at is 2026-03-29 03:30, which does not exist in Europe/Helsinki"},
		{"the clock alone, on the day after", "at", "03:30", at("2026-03-29T20:00:00Z"), "2026-03-30T00:30:00Z"},
		{"the day before has another length", "at", "tomorrow 12:00", at("2026-03-28T10:00:00Z"), "2026-03-29T09:00:00Z"},
		{"a day of 25 hours has one tomorrow", "at", "tomorrow 12:00", at("2026-10-24T21:30:00Z"), "2026-10-26T10:00:00Z"},
		{"and one yesterday", "was", "yesterday 12:00", at("2026-10-25T21:30:00Z"), "2026-10-24T09:00:00Z"},
		{"no such day", "at", "2026-02-30T02:00", evening, "at is 2026-02-30 02:00, which does not exist"},
		{"no such hour", "at", "24:00", evening, "at is 2026-11-25 24:00, which does not exist"},
		{"a slip of the year", "at", "2226-12-01T02:00", evening, `at is "2226-12-01T02:00", in the year 2226`},
		{"a word", "at", "soon", evening, `at is "soon", which is not a time`},
		{"nothing", "at", "", evening, `at is "", which is not a time`},
		{"no span", "at", "in a while", evening, `at is "a while", which is not a duration`},
	}
	tmpl := own(t, Options{Zone: helsinki(t)}, timed)
	for _, tt := range tests {
		t.Run(tt.say, func(t *testing.T) {
			got, err := bindOne(t, tmpl, map[string]string{"at": "now", "was": "now"}, tt.name, tt.typed, tt.now)
			wantOr(t, got, err, tt.name, tt.want)
		})
	}
}

// wantOr checks a canonical value, or the beginning of an error that names its variable and has a hint.
func wantOr(t *testing.T, got string, err error, name, want string) {
	t.Helper()
	var e *Error
	switch {
	case err == nil && got != want:
		t.Errorf("got %q, want %q", got, want)
	case err != nil && !errors.As(err, &e):
		t.Errorf("got error of type %T: %v", err, err)
	case err != nil && (!strings.HasPrefix(err.Error(), want) || want == ""):
		t.Errorf("got error %q, want %q", err, want)
	case err != nil && (e.Var != name || e.Hint == "" || strings.Contains(e.Hint, "%!")):
		t.Errorf("error %q names %q, want %q, and hints %q", err, e.Var, name, e.Hint)
	}
}

func TestDurations(t *testing.T) {
	tests := []struct{ typed, want string }{
		{"15m", "15m0s"}, {"1h 30m", "1h30m0s"}, {"90m", "1h30m0s"}, {"1h30m0s", "1h30m0s"}, {"90 min", "1h30m0s"},
		{"1.5h", "1h30m0s"}, {"1,5 ч", "1h30m0s"}, {"2 hours 5 minutes", "2h5m0s"}, {"2 ч 5 мин.", "2h5m0s"},
		{"1d", "24h0m0s"}, {"31d", "744h0m0s"}, {"5.7s", "5s"}, {"45 S", "45s"},
		{"30", `for is "30", which is not a duration`},
		{"half an hour", `for is "half an hour", which is not a duration`},
		{"3 weeks", `for is "3 weeks", which is not a duration`},
		{"-5m", `for is "-5m", which is not a duration`},
		{"5m-", `for is "5m-", which is not a duration`},
		{"", `for is "", which is not a duration`},
		{"0m", `for is "0m": it must be more than nothing`},
		{"0.4s", `for is "0.4s": it must be more than nothing`},
		{"32d", `for is "32d": it must be more than nothing, and at most 31 days`},
		{"213504d", `for is "213504d": it must be more than nothing, and at most 31 days`}, // 2^64 ns and 25 min
		{strings.Repeat("999999d", 40), `for is "999999d`},
	}
	tmpl := get(t, load(t, Options{}), "maintenance.starting")
	for _, tt := range tests {
		t.Run(tt.typed, func(t *testing.T) {
			got, err := bindOne(t, tmpl, nil, "for", tt.typed, evening)
			wantOr(t, got, err, "for", tt.want)
		})
	}
}

const chosen = `
default: en
vars:
  plan: {type: choice, values: {free: {en: Free & easy, ru: Бесплатный}, paid: {en: Paid, ru: Платный}}}
  note: {type: text, default: none, values: {none: {en: nothing, ru: ничего}}, max: 20}
texts: {en: "{plan}: {note}", ru: "{plan} — {note}", de: "{plan}; {note}"}
`

func TestBind(t *testing.T) {
	tests := []struct {
		say   string
		typed map[string]string
		want  string // as Values prints them, or what the error says
	}{
		{"defaults are filled in", map[string]string{"plan": "free"}, "note=none plan=free"},
		{"a choice in any case", map[string]string{"plan": " FREE "}, "note=none plan=free"},
		{"a text of its own", map[string]string{"plan": "paid", "note": "  two  words "}, `note="two  words" plan=paid`},
		{"a text for one language", map[string]string{"plan": "paid", "note": "words", "note.ru": "слова"}, `note=words note.ru="слова" plan=paid`},
		{"no choice", map[string]string{"plan": "gold"}, `plan: plan cannot be "gold": write one of free, paid`},
		{"missing", map[string]string{}, "plan: plan is missing: write one of free, paid"},
		{"unknown", map[string]string{"plan": "free", "colour": "red"}, `colour: own has no variable "colour": it takes plan, note`},
		{"a language of a choice", map[string]string{"plan": "free", "plan.ru": "free"}, "plan: plan is not a text, so it is the same in every language: write plan=…"},
		{"a language without a text", map[string]string{"plan": "free", "note.fr": "mots"}, `note: own has no text in the language "fr": it has de, en, ru`},
		{"empty", map[string]string{"plan": "free", "note": " "}, "note: note is empty: write a text, or one of none"},
		{"too long", map[string]string{"plan": "free", "note": "абвгдежзийклмнопрстуф"}, "note: note has 21 characters: there may be 20: say it shorter"},
		{"as long as may be", map[string]string{"plan": "free", "note": "абвгдежзийклмнопрсту"}, "note=\"абвгдежзийклмнопрсту\" plan=free"},
		{"a wrong text for one language", map[string]string{"plan": "free", "note.ru": "@bob"}, `note: note has a @name in it: "@bob": leave it out; if it is none, put a space after the @`},
	}
	tmpl := own(t, Options{}, germanised(chosen))
	for _, tt := range tests {
		t.Run(tt.say, func(t *testing.T) {
			v, err := tmpl.Bind(tt.typed, evening)
			got := v.String()
			var e *Error
			if errors.As(err, &e) {
				got = e.Var + ": " + e.Sentence + ": " + e.Hint
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// germanised gives every value a word in the third language of the texts.
func germanised(yaml string) string {
	return strings.NewReplacer("Бесплатный}", "Бесплатный, de: Gratis}", "Платный}", "Платный, de: Bezahlt}", "ничего}", "ничего, de: nichts}").Replace(yaml)
}

func TestWindowEndsAfterItBegins(t *testing.T) {
	tmpl := get(t, load(t, Options{Zone: helsinki(t)}), "service_update")
	typed := map[string]string{"from": "14:00", "until": "13:30", "impact": "slow", "data": "none"}
	_, err := tmpl.Bind(typed, evening)
	wantOr(t, "", err, "until", "until is not after from")
	typed["until"] = "15:30"
	v, err := tmpl.Bind(typed, evening)
	if err != nil || v["from"] != "2026-11-25T12:00:00Z" || v["until"] != "2026-11-25T13:30:00Z" {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestDefaultCountsFromADuration(t *testing.T) {
	tmpl := get(t, load(t, Options{}), "maintenance.extended")
	v, err := tmpl.Bind(map[string]string{"for": "45m"}, evening)
	if err != nil || v.String() != "for=45m0s until=2026-11-25T19:50:00Z" {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestUnfilled(t *testing.T) {
	want := map[string][]string{
		"maintenance.scheduled": {"from", "for"}, "maintenance.reminder": {"from", "for"}, "maintenance.starting": {"for"},
		"maintenance.extended": {"for"}, "maintenance.finished": nil, "maintenance.cancelled": nil,
		"service_update": {"from", "impact", "data"},
	}
	got := map[string][]string{}
	for _, tmpl := range load(t, Options{}).All() {
		got[tmpl.Name] = tmpl.Unfilled()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOffer(t *testing.T) {
	labels := func(ps []Preset) (all []string) {
		for _, p := range ps {
			all = append(all, p.Label)
		}
		return all
	}
	s := load(t, Options{Zone: helsinki(t)})
	tests := []struct {
		say, template, name string
		now                 time.Time
		want                []string
	}{
		{"in the evening tomorrow 02:00 is tonight", "maintenance.scheduled", "from", evening, []string{"now", "in 30 min", "in 1 h", "tonight 02:00"}},
		{"at night it is not", "maintenance.scheduled", "from", parseTime("2026-11-25T22:30:00Z"), []string{"now", "in 30 min", "in 1 h", "tonight 02:00", "tomorrow 02:00"}},
		{"durations", "maintenance.scheduled", "for", evening, []string{"15 min", "30 min", "1 h", "2 h"}},
		{"what has been", "service_update", "from", evening, []string{"now", "30 min ago", "1 h ago", "2 h ago"}},
		{"words for each language", "service_update", "data", evening, []string{"nothing lost", "transactions appear late", "some may be missing"}},
		{"no variable", "service_update", "colour", evening, nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, labels(get(t, s, tt.template).Offer(tt.name, tt.now))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.say, diff)
		}
	}
}

// TestOfferLeavesOutAnHourThatIsNot: New York leaves out 02:00 to 03:00 on 8 March 2026.
func TestOfferLeavesOutAnHourThatIsNot(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	tmpl := get(t, load(t, Options{Zone: zone}), "maintenance.scheduled")
	for _, p := range tmpl.Offer("from", time.Date(2026, 3, 7, 21, 0, 0, 0, zone)) {
		if strings.Contains(p.Label, "02:00") {
			t.Errorf("%s is offered, and does not exist", p.Label)
		}
	}
}

func TestParseValues(t *testing.T) {
	good := []string{
		"", "for=28m0s", `for=28m0s from=2026-11-25T02:00:00Z impact="no deposits"`, `impact="a \"quoted\" line\nand one more" impact.ru="да"`,
	}
	for _, s := range good {
		v, err := ParseValues(s)
		if err != nil || v.String() != s {
			t.Errorf("ParseValues(%q) = %v, %v", s, v, err)
		}
	}
	bad := []string{
		"for", "for=", "=28m", " for=28m", "for=28m ", "for=28m  from=now", "from=now for=28m", "for=28m for=28m", `for="28m"`, `for="28m`,
		`impact="a"b"`, "Impact=a", "impact=два слова", `impact="\x41 b"`, "impact=a b",
	}
	for _, s := range bad {
		if v, err := ParseValues(s); err == nil || v != nil {
			t.Errorf("ParseValues(%q) = %v, want an error", s, v)
		}
	}
}
