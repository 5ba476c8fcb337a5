// Command bench measures what twokey promises about time, memory and size, and prints each figure beside its aim and
// beside what it is compared with. It needs no network: the Bot API server is the fake one, in this process.
//
// A missed aim is printed and is no error; the exit code is 1 only when a figure could not be measured.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "service" {
		os.Exit(playService(os.Args[2:]))
	}
	if len(os.Args) > 1 && os.Args[1] == "copy" {
		os.Exit(copyAlone(os.Args[2:]))
	}
	if len(os.Args) > 1 && os.Args[1] == "deliver" {
		os.Exit(deliverAlone(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

// atMost is how long a whole run may take: it stops by itself, whatever hangs.
const atMost = 20 * time.Minute

// bench is what a run was asked to measure.
type bench struct {
	binary    string
	dir       string // on the disk that is measured; absolute
	samples   int
	requests  int
	live      int
	starts    int
	panicked  int
	asked     int
	restored  bool
	users     int
	only      string
	newcomers bool
	broadcast bool
	idle      time.Duration
	progress  io.Writer
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	ctx, cancel := context.WithTimeoutCause(ctx, atMost, fmt.Errorf("not done within %s", atMost))
	defer cancel()
	b, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp(b.dir, "bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if err := machine(stdout, b.binary, b.dir); err != nil {
		return err
	}
	figures, err := b.measure(ctx)
	report(stdout, figures)
	return err
}

func parse(args []string, stderr io.Writer) (bench, error) {
	b := bench{progress: stderr}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&b.binary, "binary", "bin/twokey", "the built program")
	flags.StringVar(&b.dir, "dir", "", "a folder on the disk to measure (default: the binary's)")
	flags.IntVar(&b.samples, "samples", 2000, "how many requests are timed")
	flags.IntVar(&b.requests, "requests", 10_000, "how many requests the long journal holds, at 10 entries each")
	flags.IntVar(&b.live, "live", 400, "how many more the running binary takes before its memory is read")
	flags.IntVar(&b.starts, "starts", 5, "how many starts with the long journal are timed")
	flags.IntVar(&b.asked, "statuses", 200, "how many /status are timed")
	flags.IntVar(&b.panicked, "panics", 100, "how many panics are timed with a custom manager; a fifth of them with pm2")
	flags.BoolVar(&b.newcomers, "demo", false, "only time what a newcomer waits for: make demo in a fresh clone of this folder")
	flags.BoolVar(&b.restored, "restore", false, "only time backups, restores and the switch, beside PostgreSQL's own programs")
	flags.IntVar(&b.users, "users", 450_000, "how many users the database for that has: 450000 are about 1 GB")
	flags.BoolVar(&b.broadcast, "broadcast", false, "only time what it takes to tell the service's users")
	flags.StringVar(&b.only, "only", "", "only the measurements whose names have this in them")
	flags.DurationVar(&b.idle, "idle", 20*time.Second, "how long the idle binary is watched")
	if err := flags.Parse(args); err != nil {
		return b, err
	}
	if b.samples < 1 || b.requests < 1 || b.live < 1 || b.starts < 1 || b.panicked < 1 || b.asked < 1 || b.idle < time.Second {
		return b, errors.New("flags: every number is at least 1, -idle at least 1s")
	}
	var err error
	if b.binary, err = filepath.Abs(b.binary); err != nil {
		return b, err
	}
	if b.dir == "" {
		b.dir = filepath.Dir(b.binary)
	}
	b.dir, err = filepath.Abs(b.dir)
	return b, err
}

// measure takes one measurement after the other, so that none disturbs another. One that fails does not keep the rest
// from being measured.
func (b bench) measure(ctx context.Context) ([]figure, error) {
	var figures []figure
	var errs []error
	for _, m := range b.measurements() {
		if !strings.Contains(m.what, b.only) {
			continue
		}
		fmt.Fprintf(b.progress, "measuring: %s\n", m.what)
		found, err := m.take(ctx)
		figures = append(figures, found...)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: could not be measured: %w", m.what, err))
		}
	}
	return figures, errors.Join(errs...)
}

// measurement gives figures, or says why it cannot.
type measurement struct {
	what string
	take func(context.Context) ([]figure, error)
}

func (b bench) measurements() []measurement {
	if b.restored {
		return []measurement{{"backup, proof, restore and undo", b.restores}}
	}
	if b.newcomers {
		return []measurement{{"make demo in a fresh clone", b.newcomer}}
	}
	if b.broadcast {
		return b.broadcasts()
	}
	return []measurement{
		{fmt.Sprintf("%d requests, asked and approved", b.samples), b.latencies},
		{fmt.Sprintf("the binary idle for %s", b.idle), b.quiet},
		{fmt.Sprintf("the binary with a journal of %d requests", b.requests), b.long},
		{fmt.Sprintf("%d panics", b.panicked), b.panics},
		{fmt.Sprintf("%d looks at the status", b.asked), b.statuses},
		{"the binary's size", b.size},
	}
}

func (b bench) size(context.Context) ([]figure, error) {
	info, err := os.Stat(b.binary)
	if err != nil {
		return nil, err
	}
	return []figure{{what: "binary, stripped", got: float64(info.Size()) / megabyte, unit: "MB", aim: 30}}, nil
}
