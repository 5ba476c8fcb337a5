package step

import (
	"context"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPM2IsSurveyedWithoutStartingOne(t *testing.T) {
	w := newPM2(t, nil)
	w.app("shop")
	w.app("worker")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	daemons, err := PM2Daemons()
	i := slices.IndexFunc(daemons, func(d PM2Daemon) bool { return d.Home == w.home })
	if err != nil || i < 0 || daemons[i].Owner != me.Username || filepath.Base(daemons[i].Node) != "node" {
		t.Fatalf("PM2Daemons() = %+v, %v, want one in %s of %s under node", daemons, err, w.home, me.Username)
	}
	c := PM2Config{Home: w.home, Program: w.program}
	got, err := PM2Services(context.Background(), c, me.Username, Env{Tag: "survey/1"})
	want := []PM2Service{{Name: "shop", Dir: w.home}, {Name: "worker", Dir: w.home}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("PM2Services (-want +got):\n%s%v", diff, err)
	}
}

func TestPM2ThatDoesNotRunHasNoServicesAndIsNotStarted(t *testing.T) {
	home := t.TempDir()
	called, program := filepath.Join(home, "called"), filepath.Join(home, "pm2")
	if err := os.WriteFile(program, []byte("#!/bin/sh\ntouch "+called+"\necho '[]'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	got, err := PM2Services(context.Background(), PM2Config{Home: home, Program: program}, "", Env{Tag: "survey/2"})
	if len(got) > 0 || err != nil {
		t.Errorf("PM2Services of a dead pm2 = %+v, %v, want none", got, err)
	}
	if _, err := os.Stat(called); err == nil {
		t.Error("pm2 was called, which starts a daemon")
	}
}
