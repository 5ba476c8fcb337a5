package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"twokey/internal/demo"
	demoshop "twokey/internal/demo/shop"
	"twokey/internal/demo/web"
	"twokey/internal/proc"
)

type demoCommand struct {
	Port      int    `default:"8765" help:"Where the page is; the next free one when it is taken."`
	Script    string `placeholder:"STORY" help:"Play one in the terminal, or all, without a page."`
	NoBrowser bool   `help:"Open no browser."`
	Connect   bool   `help:"Only the emulated Bot API, for a bot of yours; what it imitates is in the comment of bot/telegram/fakebot."`
}

// allStories plays them one after the other.
const allStories = "all"

func (c demoCommand) Run(ctx context.Context, o output) error {
	if c.Connect {
		return connect(ctx, o, c.Port)
	}
	if c.Script != "" && c.Script != allStories && !slices.Contains(demo.Names(), c.Script) {
		fmt.Fprintf(o.err, "error: there is no story %q\nhint: there are: %s, and all\n", c.Script, strings.Join(demo.Names(), ", "))
		return exitError(2)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	stage := demo.New(demo.Config{Program: self, Say: func(line string) { fmt.Fprintln(o.err, line) }})
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var group sync.WaitGroup
	var staged error
	group.Go(func() { defer cancel(); staged = stage.Run(ctx) })
	err = c.on(ctx, stage, o)
	cancel()
	group.Wait()
	if staged != nil { // then whatever waited for the stage says only that it ended
		return staged
	}
	return err
}

// on is what is done while the stage stands.
func (c demoCommand) on(ctx context.Context, stage *demo.Stage, o output) error {
	if c.Script == "" {
		return c.page(ctx, stage, o)
	}
	if err := stage.Ready(ctx); err != nil {
		return err
	}
	names := []string{c.Script}
	if c.Script == allStories {
		names = nil
		for _, st := range stage.Stories() {
			names = append(names, st.Name)
		}
	}
	for _, off := range stage.Web().Off {
		fmt.Fprintln(o.err, "Off on this machine: "+off)
	}
	for _, name := range names {
		if err := stage.Play(ctx, name, o.out); err != nil {
			return err
		}
	}
	return nil
}

// page serves the page until ctx is done.
func (c demoCommand) page(ctx context.Context, stage *demo.Stage, o output) error {
	l, err := listenFrom(c.Port)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: web.New(stage.Web), ReadHeaderTimeout: 10 * time.Second}
	var group sync.WaitGroup
	defer group.Wait()
	defer srv.Close()
	var served error
	down := make(chan struct{})
	group.Go(func() { defer close(down); served = srv.Serve(l) })
	if err := stage.Ready(ctx); err != nil {
		return unlessDone(ctx, err)
	}
	address := "http://" + l.Addr().String()
	fmt.Fprintf(o.out, "The demo is at %s\nCtrl-C ends it and removes everything.\n", address)
	if !c.NoBrowser {
		browse(ctx, address)
	}
	select {
	case <-ctx.Done():
		return nil
	case <-down:
		return served
	}
}

// unlessDone is nil when somebody pressed Ctrl-C: that is how a demo ends.
func unlessDone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// listenFrom listens on the loopback, on the port or the next free one.
func listenFrom(port int) (l net.Listener, err error) {
	for p := port; p < port+100 && p < 1<<16; p++ {
		if l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p))); err == nil {
			return l, nil
		}
	}
	return nil, fmt.Errorf("no free port from %d on: %w", port, err)
}

// browseWithin is how long opening a browser may take.
const browseWithin = 10 * time.Second

// browse opens the page where there is a desktop. That it cannot is no failure: the address was printed.
func browse(ctx context.Context, address string) {
	var env []string
	for _, key := range []string{"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "HOME", "PATH"} {
		if v := os.Getenv(key); v != "" {
			env = append(env, key+"="+v)
		}
	}
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		open := filepath.Join(dir, "xdg-open")
		if _, err := os.Stat(open); err == nil && filepath.IsAbs(open) {
			_, _ = proc.Run(ctx, proc.Cmd{Path: open, Args: []string{address}, Env: env, Timeout: browseWithin, Leaves: true})
			return
		}
	}
}

// demoShopCommand is the demo's service, for its process manager.
type demoShopCommand struct {
	Do  string `arg:"" enum:"start,stop,status,serve,migrations,revert"`
	Dir string `arg:"" type:"existingdir"`
}

// shopDown is the exit code of a status program whose service is not running (LSB).
const shopDown exitError = 3

func (c demoShopCommand) Run(ctx context.Context, o output) error {
	dir := demoshop.Dir(c.Dir)
	switch c.Do {
	case "start":
		self, err := os.Executable()
		if err != nil {
			return err
		}
		return dir.Start(ctx, self, "demo-shop", "serve", c.Dir)
	case "stop":
		return dir.Stop(ctx)
	case "serve":
		return demoshop.Serve(ctx, dir)
	case "revert":
		return dir.Revert(ctx)
	case "migrations":
		names, err := dir.Migrations(ctx)
		fmt.Fprintln(o.out, strings.Join(names, "\n"))
		return err
	}
	p, up := dir.Running()
	if !up {
		return shopDown
	}
	_, err := fmt.Fprintf(o.out, "pid %d\n", p.PID)
	return errors.Join(err)
}
