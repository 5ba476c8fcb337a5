package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is one life of the real program.
type process struct {
	cmd  *exec.Cmd
	log  *transcript   // its stderr
	done chan struct{} // closed when it has ended
}

// startProcess runs the program. It dies with the test, whatever becomes of that.
func startProcess(env []string, path string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(path, args...), log: newTranscript(), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), append(env, "GORACE=atexit_sleep_ms=0")...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		// Pdeathsig fires when the thread ends that forked, not the process.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.done)
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // its state says how it went
		}
	}()
	return p, <-started
}

// ended waits for its end.
func (p *process) ended() error {
	select {
	case <-p.done:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("it has not ended; its log:\n%s", p.log)
	}
}

func (p *process) alive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

func (p *process) signal(sig os.Signal) error {
	if err := p.cmd.Process.Signal(sig); !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// logs waits until it logged the text, and fails when it ends without.
func (p *process) logs(text string) error {
	late := time.After(patience)
	for {
		moved, has := p.log.look(text)
		if has {
			return nil
		}
		select {
		case <-moved:
		case <-p.done:
			if _, has := p.log.look(text); has {
				return nil
			}
			return fmt.Errorf("it ended (%s) and had not logged %q but:\n%s", p.cmd.ProcessState, text, p.log)
		case <-late:
			return fmt.Errorf("it did not log %q but:\n%s", text, p.log)
		}
	}
}

// transcript is what a process printed so far.
type transcript struct {
	mu    sync.Mutex
	text  bytes.Buffer
	moved chan struct{}
}

func newTranscript() *transcript { return &transcript{moved: make(chan struct{})} }

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.moved)
	t.moved = make(chan struct{})
	return t.text.Write(p)
}

func (t *transcript) look(text string) (moved <-chan struct{}, has bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.moved, strings.Contains(t.text.String(), text)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// until waits for a fact outside of Telegram and of the program's log: a file, a port, another process.
func until(what string, fact func() bool) error {
	late := time.After(patience)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !fact() {
		select {
		case <-again.C:
		case <-late:
			return errors.New("it did not come true: " + what)
		}
	}
	return nil
}
