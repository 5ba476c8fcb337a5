package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/internal/proc"
	"twokey/internal/secret"
)

const (
	// runQuota is how much output a step may leave on disk, in bytes: head and tail of it are kept.
	runQuota = 64 << 20
	// statusWithin is how long finding out what the service does may take.
	statusWithin = 15 * time.Second
	// endGrace is how long what a crash left running has between TERM and KILL.
	endGrace = 5 * time.Second
)

// world is the outside as the runner sees it.
type world struct {
	dir     string // where outputs go
	redact  *secret.Redactor
	process step.Process
	known   bool // the service is configured
}

func (w world) actions() actions.World {
	return actions.World{Env: w.env, Output: w.output, Service: w.service, Redact: w.redact.String, Survivors: survivors}
}

func (w world) env(tag string, out io.Writer, progress func(string)) step.Env {
	return step.Env{Tag: tag, Output: out, Getenv: os.Getenv, Progress: func(line string) { progress(w.redact.String(line)) }}
}

// output makes the file of a step's output: redacted before anything else sees it, and bounded.
func (w world) output(id actions.ID, i int) (actions.Output, error) {
	path := w.outputFile(id, i)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	file, err := proc.CreateOutput(path, runQuota)
	if err != nil {
		return nil, err
	}
	return &stepOutput{file: file, redacted: w.redact.Writer(file)}, nil
}

func (w world) outputFile(id actions.ID, i int) string {
	return filepath.Join(w.dir, fmt.Sprint(id), fmt.Sprintf("%d.log", i+1))
}

// read puts the outputs of a request's steps together, for a document.
func (w world) read(id actions.ID) (name string, data []byte, err error) {
	for i := range maxSteps {
		part, err := os.ReadFile(w.outputFile(id, i))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", nil, err
		}
		data = append(data, fmt.Appendf(nil, "step %d\n", i+1)...)
		data = append(data, part...)
	}
	return fmt.Sprintf("run-%d.txt", id), tailOf(data), nil
}

const (
	// maxSteps is how many steps' outputs are looked for.
	maxSteps = 32
	// maxDocument is what a bot may upload (Bot API: 50 MB), with room for its envelope.
	maxDocument = 45 << 20
)

func tailOf(data []byte) []byte {
	if len(data) <= maxDocument {
		return data
	}
	return append([]byte("… the beginning is left out\n"), data[len(data)-maxDocument:]...)
}

// stepOutput is one step's output on its way to disk.
type stepOutput struct {
	file     *proc.Output
	redacted *secret.Writer
}

func (o *stepOutput) Write(p []byte) (int, error) { return o.redacted.Write(p) }

func (o *stepOutput) Close() error {
	return errors.Join(o.redacted.Close(), o.file.Close())
}

// Tail gives the last lines. The number of all lines is not known, only that there are some.
func (o *stepOutput) Tail(n int) (string, int) {
	tail := o.file.Tail(n)
	return tail, strings.Count(tail, "\n")
}

// service says what the service does now.
func (w world) service(ctx context.Context) actions.Service {
	st, err := w.status(ctx)
	if err != nil {
		return actions.Service{}
	}
	return actions.Service{Known: true, Up: st.Up, Since: st.Since, Note: w.redact.String(st.Note)}
}

func (w world) status(ctx context.Context) (step.Status, error) {
	if !w.known {
		return step.Status{}, errors.New("no service is configured")
	}
	ctx, cancel := context.WithTimeout(ctx, statusWithin)
	defer cancel()
	return w.process.Status(ctx, w.env("", io.Discard, func(string) {}))
}

// survivors ends what an earlier life left running for a step, with proof.
func survivors(ctx context.Context, tag string) (ended int, left []string, err error) {
	found, err := proc.Tagged(tag)
	if err != nil {
		return 0, nil, err
	}
	still, err := proc.EndTagged(ctx, tag, endGrace)
	for _, p := range still {
		left = append(left, p.String())
	}
	return len(found) - len(still), left, err
}
