package shop

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"twokey/internal/proc"
)

func create(t *testing.T, owner proc.Process) (Dir, int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	d := Dir(filepath.Join(t.TempDir(), "shop"))
	if err := Create(t.Context(), d, Settings{Port: port, Owner: owner, Every: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	return d, port
}

func me(t *testing.T) proc.Process {
	t.Helper()
	p, there := proc.Find(os.Getpid())
	if !there {
		t.Fatal("we are not there")
	}
	return p
}

// until looks until the shop is so.
func until(t *testing.T, d Dir, what string, so func(State) bool) {
	t.Helper()
	err := await(t.Context(), 30*time.Second, what, func() (bool, error) {
		s, err := d.Look(t.Context())
		return so(s), err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAShopSellsBreaksAndIsMended(t *testing.T) {
	d, port := create(t, me(t))
	before, err := d.Look(t.Context())
	if err != nil || before.Up || before.Health != "" || before.Orders == 0 || before.Doubled != 0 || before.Release != releases[1] {
		t.Fatalf("new: %+v, %v", before, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, d) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	until(t, d, "it does not sell", func(s State) bool { return s.Up && s.Orders > before.Orders && s.SignUps > before.SignUps })
	if code := health(t, port); code != http.StatusOK {
		t.Errorf("health: %d", code)
	}
	act(t, d, Break)
	until(t, d, "nothing is taken twice", func(s State) bool { return s.Broken && s.Doubled > 0 && s.Health == "green" })
	act(t, d, RollBack)
	act(t, d, RollBack) // once more is nothing more
	until(t, d, "the release before takes payments twice", func(s State) bool { return !s.Broken && s.Doubled > 0 && s.Release == releases[0] })
	act(t, d, Mend)
	until(t, d, "it is not mended", func(s State) bool { return !s.Broken && s.Doubled == 0 })
	act(t, d, Hang)
	until(t, d, "it does not hang", func(s State) bool { return s.Hanging && s.Health == "red" })
	if code := health(t, port); code != http.StatusServiceUnavailable {
		t.Errorf("health, hanging: %d", code)
	}
	if err := d.Act(t.Context(), "nonsense"); err == nil {
		t.Error("nonsense can be done to it")
	}
}

func act(t *testing.T, d Dir, what string) {
	t.Helper()
	if err := d.Act(t.Context(), what); err != nil {
		t.Fatal(err)
	}
}

func health(t *testing.T, port int) int {
	t.Helper()
	resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/healthz", port))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// TestAShopEndsWithItsOwner: nobody else would end it when the demo was killed.
func TestAShopEndsWithItsOwner(t *testing.T) {
	gone := me(t)
	gone.Start-- // another one that had our pid
	d, _ := create(t, gone)
	if err := Serve(t.Context(), d); err != nil {
		t.Error(err)
	}
}
