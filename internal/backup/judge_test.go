package backup

import (
	"slices"
	"strings"
	"testing"
)

func TestPlausible(t *testing.T) {
	rows := func(n int64) Contents {
		return Contents{Tables: []Table{{"public", "users", n}, {"public", "unknown", UnknownRows}}}
	}
	had := func(n int64) map[string]int64 { return map[string]int64{"public.users": n, "public.unknown": 10} }
	week := []int64{100, 100, 90, 110, 100, 1000, 100, 1, 1, 1, 1, 1, 1, 1, 1}
	for name, c := range map[string]struct {
		c            Contents
		before, live map[string]int64
		sizes        []int64
		size         int64
		want         string
	}{
		"as always":                {rows(100), had(100), had(101), week, 100, ""},
		"emptied":                  {rows(0), had(1), nil, nil, 1, "public.users is empty: it has 1 rows in the backup before"},
		"emptied, by the live one": {rows(0), nil, had(5), nil, 1, "public.users is empty: it has 5 rows in the database now"},
		"always empty":             {rows(0), had(0), had(0), nil, 1, ""},
		"shrunk":                   {rows(69), had(100), nil, nil, 1, "public.users has 69 rows: it has 100 in the backup before"},
		"a little less":            {rows(70), had(100), nil, nil, 1, ""},
		"few rows come and go":     {rows(1), had(19), nil, nil, 1, ""},
		"less than live":           {rows(10), nil, had(100), nil, 1, "public.users has 10 rows: it has 100 in the database now"},
		"small":                    {rows(1), nil, nil, week, 69, "69 %"},
		"small, but not too small": {rows(1), nil, nil, week, 70, ""},
		"large, but not too large": {rows(1), nil, nil, week, 200, ""},
		"large":                    {rows(1), nil, nil, week, 201, "201 %"},
		"two others prove nothing": {rows(1), nil, nil, week[:2], 1, ""},
		"nothing known":            {rows(1), nil, nil, nil, 1, ""},
	} {
		got := strings.Join(Plausible(c.c, c.before, c.live, c.sizes, c.size), "\n")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestComplete(t *testing.T) {
	c := Contents{Tables: []Table{{"public", "users", 1}, {"public", "log_1", 0}}, Made: []string{"public.deposits", "public.users"}}
	live := []string{"public.users", "public.deposits", "audit.log_2", "public.log_3", "public.log_3"}
	for _, x := range []struct{ exclude, want []string }{
		{nil, []string{"audit.log_2", "public.deposits", "public.log_3"}},
		{[]string{"public.log_*"}, []string{"audit.log_2", "public.deposits"}},
		{[]string{"audit.log_2", "public.log_*", "public.deposits", "["}, nil},
	} {
		if got := Complete(c, live, x.exclude); !slices.Equal(got, x.want) {
			t.Errorf("without %q: %q, want %q", x.exclude, got, x.want)
		}
	}
}

func TestLevelsAndSizesInWords(t *testing.T) {
	for l, want := range map[Level]string{-1: "not proven", Present: "present", Intact: "intact", Decodes: "decodes", Whole: "complete", Usual: "plausible",
		Proven: "proven by a full restore", 6: "not proven"} {
		if l.String() != want {
			t.Errorf("%d: %s", l, l)
		}
	}
	for n, want := range map[int64]string{900: "1 kB", 5e6: "5 MB", 1.5e9: "1.5 GB", 123e9: "123 GB"} {
		if bytesText(n) != want {
			t.Errorf("%d: %s", n, bytesText(n))
		}
	}
}
