package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/actions"
	"twokey/bot"
	"twokey/internal/journal"
)

func TestPercentile(t *testing.T) {
	hundred := make(times, 100) // 100 ms down to 1 ms
	for i := range hundred {
		hundred[i] = time.Duration(100-i) * time.Millisecond
	}
	for _, row := range []struct {
		say     string
		of      times
		percent int
		want    time.Duration
	}{
		{"half of a hundred are not above the 50th", hundred, 50, 50 * time.Millisecond},
		{"one of a hundred is above p99", hundred, 99, 99 * time.Millisecond},
		{"p100 is the largest", hundred, 100, 100 * time.Millisecond},
		{"of two, p99 is the larger one: never rounded down", times{7, 3}, 99, 7},
		{"of one, everything is that", times{7}, 1, 7},
	} {
		if got := row.of.at(row.percent); got != row.want {
			t.Errorf("%s: p%d = %s, want %s", row.say, row.percent, got, row.want)
		}
	}
}

func TestVerdict(t *testing.T) {
	for _, row := range []struct {
		say  string
		f    figure
		want string
	}{
		{"below the aim", figure{got: 4.9, aim: 5, unit: "ms"}, "ok"},
		{"at the aim, where that is allowed", figure{got: 5, aim: 5, unit: "ms"}, "ok"},
		{"at the aim, where that is too much", figure{got: 0.2, aim: 0.2, unit: "%", below: true}, "MISSED by 0.00 %"},
		{"at the aim, where that is the least", figure{got: 28.5, aim: 28.5, unit: "/s", least: true}, "ok"},
		{"below it, with by how much", figure{got: 27, aim: 28.5, unit: "/s", least: true}, "MISSED by 1.50 /s"},
		{"above the aim, with by how much", figure{got: 73.5, aim: 60, unit: "MB"}, "MISSED by 13.5 MB"},
	} {
		if got := row.f.verdict(); got != row.want {
			t.Errorf("%s: %q, want %q", row.say, got, row.want)
		}
	}
}

func TestReportHasEveryFigure(t *testing.T) {
	var out strings.Builder
	report(&out, []figure{{what: "binary", got: 16.04, unit: "MB", aim: 30, beside: "30 is the aim"}})
	if diff := cmp.Diff("what    measured  aim           beside\nbinary  16.0 MB   <= 30 MB  ok  30 is the aim\n", out.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestProcFiles(t *testing.T) {
	used, err := processorTime("4711 (a) (b) S 1 4711 4711 0 -1 4194560 1 0 0 0 12 30 0 0 20 0 9 0 1 2 3\n")
	if want := 420 * time.Millisecond; used != want || err != nil {
		t.Errorf("processorTime = %s, %v; want %s", used, err, want)
	}
	if _, err := processorTime("4711 (a) S"); err == nil {
		t.Error("processorTime of half a line is no error")
	}
	size, err := status("Name:\ttwokey\nVmHWM:\t   72080 kB\nVmRSS:\t   1000 kB\n", "VmRSS")
	if size != 1.024 || err != nil {
		t.Errorf("status = %v, %v; want 1.024 MB", size, err)
	}
	if _, err := status("Name:\ttwokey\n", "VmRSS"); err == nil {
		t.Error("status of a file without the size is no error")
	}
	point, what, ok := mount("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext4 /dev/root rw,errors=continue\n")
	if point != "/mnt2" || what != "ext4 on /dev/root, mounted at /mnt2" || !ok {
		t.Errorf("mount = %q, %q, %v", point, what, ok)
	}
}

func TestLastWords(t *testing.T) {
	if got := lastWords("one\npanic: two\nthree\n"); got != "panic: two\nthree" {
		t.Errorf("of a crash: %q", got)
	}
	if got := lastWords(strings.Repeat("line\n", 100) + "end\n"); strings.Count(got, "\n") != shownLines-1 || !strings.HasSuffix(got, "end") {
		t.Errorf("of a long story: %q", got)
	}
}

// TestHistoryIsOneTheBotAccepts: what the long start reads is a whole journal of ended requests, not a stub.
func TestHistoryIsOneTheBotAccepts(t *testing.T) {
	if _, err := exec.LookPath("true"); err != nil {
		t.Fatal(err)
	}
	p, err := newPlace(filepath.Join(t.TempDir(), "place"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	cfg, err := p.load()
	if err != nil {
		t.Fatal(err)
	}
	const requests = 250
	entries, err := writeHistory(t.Context(), cfg, requests)
	if err != nil || entries != requests*perRequest+1 {
		t.Fatalf("writeHistory = %d, %v; want %d entries and the people's", entries, err, requests*perRequest)
	}
	store, err := journal.OpenReader(t.Context(), cfg.State)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	state, cards := actions.NewState(), bot.NewCards()
	if _, err := journal.Open(t.Context(), store, time.Now, state, cards); err != nil {
		t.Fatal(err)
	}
	succeeded := 0
	for r := range state.Newest() {
		if r.Status == actions.Succeeded {
			succeeded++
		}
	}
	if succeeded != requests || len(state.Live()) != 0 || len(cards.Open()) != 0 {
		t.Errorf("%d of %d succeeded, %d live, %d cards open", succeeded, requests, len(state.Live()), len(cards.Open()))
	}
	if !state.Last().Before(time.Now()) {
		t.Errorf("the last entry is of %s: the future", state.Last())
	}
}
