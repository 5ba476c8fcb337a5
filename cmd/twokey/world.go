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
	"twokey/internal/backup"
	"twokey/internal/proc"
	"twokey/internal/secret"
)

const (
	// runQuota is how much output a run may leave on disk, in bytes; its steps share it, and head and tail of each are kept.
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
	// How steps reach the database; see step.Env.
	readURL    secret.Value
	serviceURL func() (secret.Value, error)
	base       step.Base
	shelf      backup.Shelf
	waiting    step.Waiting
	notices    step.Notices
	drills     step.Drills
}

func (w world) actions() actions.World {
	return actions.World{Env: w.env, Output: w.output, Service: w.service, Redact: w.redact.String, Survivors: w.survivors}
}

func (w world) env(tag string, out io.Writer, progress func(string)) step.Env {
	return step.Env{Tag: tag, Output: out, Getenv: os.Getenv, Progress: func(line string) { progress(w.redact.String(line)) },
		ReadURL: w.readURL, ServiceURL: w.serviceURL, Base: w.base, Waiting: w.waiting, Notices: w.notices, Drills: w.drills}
}

// output makes the file of a step's output: redacted before anything else sees it, and bounded. A step that is done again,
// because it only reads, has a file for each time.
func (w world) output(id actions.ID, i, of int) (actions.Output, error) {
	if err := os.MkdirAll(w.outputs(id), 0o700); err != nil {
		return nil, err
	}
	var err error
	for again := range maxAgain {
		var file *proc.Output
		path := filepath.Join(w.outputs(id), fmt.Sprintf("step-%02d-%d.log", i+1, again+1))
		if file, err = proc.CreateOutput(path, runQuota/int64(max(1, of))); err == nil {
			return &stepOutput{file: file, redacted: w.redact.Writer(file)}, nil
		}
		if !errors.Is(err, os.ErrExist) {
			break
		}
	}
	return nil, err
}

// outputs is the folder of a request's outputs.
func (w world) outputs(id actions.ID) string { return filepath.Join(w.dir, fmt.Sprint(id)) }

// read puts the outputs of a request's steps together, for a document.
func (w world) read(id actions.ID) (name string, data []byte, err error) {
	files, err := filepath.Glob(filepath.Join(w.outputs(id), "step-*.log"))
	if err != nil {
		return "", nil, err
	}
	for _, f := range files { // Glob sorts them
		part, err := os.ReadFile(f)
		if err != nil {
			return "", nil, err
		}
		data = append(data, heading(filepath.Base(f))...)
		data = append(data, part...)
	}
	return fmt.Sprintf("run-%d.txt", id), tailOf(data), nil
}

// heading says whose output follows.
func heading(file string) string {
	var i, time int
	if _, err := fmt.Sscanf(file, "step-%d-%d.log", &i, &time); err != nil {
		return file + "\n"
	}
	if time > 1 {
		return fmt.Sprintf("step %d, time %d\n", i, time)
	}
	return fmt.Sprintf("step %d\n", i)
}

const (
	// maxAgain is how often a step's output may get a file of its own.
	maxAgain = 9
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
	tail := strings.TrimSuffix(o.file.Tail(n), "\n")
	if tail == "" {
		return "", 0
	}
	return tail, strings.Count(tail, "\n") + 1
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
