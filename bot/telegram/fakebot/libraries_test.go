package fakebot

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLibraries runs bots of other people's libraries, as their documentation builds them, in processes of their own.
func TestLibraries(t *testing.T) {
	for _, library := range []string{"grammy", "telegraf", "node-telegram-bot-api"} {
		t.Run(library, func(t *testing.T) {
			s := Start(Config{})
			t.Cleanup(s.Close)
			s.AddUser(User{ID: ann, FirstName: "Ann"})
			stop := s.runLibrary(t, library)
			s.drinkTea(t)
			s.sendBack(t)
			if err := s.Wait(ctx(t), func() bool { return s.Pending() == 0 }); err != nil {
				t.Errorf("%d updates were not confirmed: %v", s.Pending(), err)
			}
			before := s.Calls()
			stop()
			s.wasAllRight(t, before)
		})
	}
}

// drinkTea is a person who starts the bot, presses a button, and sees the answer and the edit.
func (s *Server) drinkTea(t *testing.T) {
	t.Helper()
	s.Say(ann, ann, "/start")
	asked, err := s.WaitMessage(ctx(t), ann, func(m Message) bool { return len(m.Buttons) > 0 })
	if err != nil {
		t.Fatalf("no keyboard: %v", err)
	}
	want := []any{
		"Do you like tea?", []Entity{{Type: "bold", Offset: 12, Length: 3}},
		[][]Button{{{Text: "Yes", Data: "tea:yes"}, {Text: "No", Data: "tea:no"}}},
	}
	if d := cmp.Diff(want, []any{asked.Text, asked.Entities, asked.Buttons}); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	press, err := s.PressButton(ann, ann, asked.ID, "Yes")
	if err != nil {
		t.Fatal(err)
	}
	if a, err := s.WaitAnswer(ctx(t), press); err != nil || a.Text != "Noted: yes" {
		t.Errorf("answer %+v, %v", a, err)
	}
	said, err := s.WaitMessage(ctx(t), ann, func(m Message) bool { return m.Edits > 0 })
	if err != nil || said.ID != asked.ID || said.Text != "You said yes" || said.Buttons != nil {
		t.Errorf("edited %+v, %v", said, err)
	}
}

// sendBack is a person who sends a picture; the bot downloads it and uploads it again.
func (s *Server) sendBack(t *testing.T) {
	t.Helper()
	picture := testPicture(t, 400, 100)
	s.Say(ann, ann, "", WithPhoto("tea.png", picture))
	back, err := s.WaitMessage(ctx(t), ann, func(m Message) bool { return m.Photo != nil })
	if err != nil {
		t.Fatalf("no picture: %v", err)
	}
	p := back.Photo
	same := p.Name == "back.png" && bytes.Equal(p.Bytes, picture) && p.Width == 400 && p.Height == 100
	if !same || !strings.HasSuffix(back.Text, " bytes") {
		t.Errorf("%s, %d × %d, %d bytes: %q", p.Name, p.Width, p.Height, len(p.Bytes), back.Text)
	}
}

// wasAllRight looks at what the bot called: all of it came here, is imitated, and was done. Who ends hangs up on the poll
// that waited before, and may confirm with one more: which of the two the server sees first, and refuses, is open.
func (s *Server) wasAllRight(t *testing.T, before []Call) {
	t.Helper()
	var called []string
	for i, c := range s.Calls() {
		ending := c.Method == "getUpdates" && (i >= len(before) || before[i].Code == 0)
		if c.Code != 200 && !ending {
			t.Errorf("%s%v: %d %s", c.Method, c.Params, c.Code, c.Description)
		}
		called = append(called, c.Method)
	}
	for _, method := range []string{
		"setMyCommands", "getUpdates", "sendChatAction", "sendMessage", "answerCallbackQuery", "editMessageText", "getFile", "sendPhoto",
	} {
		if !slices.Contains(called, method) {
			t.Errorf("%s never came here", method)
		}
	}
	if missing := s.NotImitated(); missing != nil {
		t.Errorf("not imitated: %v", missing)
	}
	if d := cmp.Diff([]Command{{Command: "start", Description: "Begin"}}, s.Commands("default")); d != "" {
		t.Error(d)
	}
}

// runLibrary starts a bot; stop ends it as a process manager does, and waits until it is gone.
func (s *Server) runLibrary(t *testing.T, name string) (stop func()) {
	t.Helper()
	modules, err := filepath.Abs("../../../.tools/libraries/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, name)); err != nil {
		t.Fatalf("%s is not installed; run: make tools", name)
	}
	var said bytes.Buffer
	c := exec.Command("node", "--require", "./testdata/libraries/loopback.js", "testdata/libraries/"+name+".js")
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "NODE_PATH=" + modules, "API_ROOT=" + s.URL(), "BOT_TOKEN=" + s.Token()}
	c.Stdout, c.Stderr = &said, &said
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() { gone <- c.Wait() }()
	t.Cleanup(func() { // a test that failed before stop
		_ = c.Process.Kill()
		<-gone
		if t.Failed() {
			t.Logf("%s said:\n%s", name, &said)
		}
	})
	return func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		select {
		case err = <-gone:
		case <-ctx(t).Done():
			err = errors.New("it did not end")
		}
		gone <- err
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := syscall.Kill(c.Process.Pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("%s is still there: %v", name, err)
		}
	}
}

func testPicture(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
