package proc

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDetachedOutlivesItsStarter: it has a session of its own, no tag, and nothing of ours but its output.
func TestDetachedOutlivesItsStarter(t *testing.T) {
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	file := filepath.Join(t.TempDir(), "pid")
	p, err := Detach(Cmd{Path: self(), Args: play("stubborn", file), Tag: "detached/1", Env: []string{"A=b"}}, out)
	if err != nil {
		t.Fatal(err)
	}
	if ready := process(t, file); ready != p {
		t.Errorf("Detach gave %v, and %v runs", p, ready)
	}
	if tagged, err := Tagged("detached/1"); err != nil || len(tagged) > 0 {
		t.Errorf("tagged %v, %v", tagged, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := Wait(ctx, p); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait for what runs = %v, want its deadline", err)
	}
	if left, err := End(t.Context(), []Process{p}, time.Millisecond); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
	if err := Wait(t.Context(), p); err != nil {
		t.Errorf("Wait for what has ended = %v", err)
	}
	if _, err := Detach(Cmd{Path: "/nowhere/program"}, out); err == nil || !strings.Contains(err.Error(), "is not there") {
		t.Errorf("a program that is not there: %v", err)
	}
}

// TestBeganNamesTheProcess: whoever runs a program for long can end it by that, and Run then says so.
func TestBeganNamesTheProcess(t *testing.T) {
	c := cmd("sleep")
	c.Output = io.Discard
	c.Began = func(p Process) {
		now, cancel := context.WithCancel(t.Context())
		cancel()
		if left, err := End(now, []Process{p}, 0); err != nil || len(left) > 0 {
			t.Errorf("left %v, %v", left, err)
		}
	}
	res, err := Run(t.Context(), c)
	if err != nil || res.Why != Exited || res.Signal == "" {
		t.Errorf("Run = %+v, %v, want that a signal ended it", res, err)
	}
}
