package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"

	"twokey/bot/telegram/fakebot"
)

const connectGroup = -1001000000001

// connectPeople are who can be played: their accounts are 11, 12 and so on.
func connectPeople() []string { return []string{"ann", "bob", "cid"} }

// emulator is `twokey demo --connect`: the Bot API on this machine, for any library, and a terminal to act as the people
// who talk to the bot. Nothing of twokey's own bot runs.
type emulator struct {
	port  int    // 0 is any free one
	token string // "" is fakebot's own
	lines <-chan string
}

// connect runs the emulator with what is typed, until ctx ends.
func connect(ctx context.Context, o output, port int) error {
	return emulator{port: port, lines: typed(os.Stdin)}.run(ctx, o.out)
}

func (e emulator) run(ctx context.Context, out io.Writer) error {
	s := fakebot.New(fakebot.Config{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(e.port)), Token: e.token})
	defer s.Close()
	populate(s)
	if err := s.Up(); err != nil {
		return fmt.Errorf("the emulated Bot API cannot listen: %w", err)
	}
	shown := &connectShown{server: s, out: out, edits: map[spot]int{}, gone: map[spot]bool{}}
	shown.print(e.introduction(s))
	var watching sync.WaitGroup
	defer watching.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	watching.Go(func() { shown.watch(ctx) })
	e.talk(ctx, &typist{server: s, who: connectPeople()[0]}, shown)
	return nil
}

func populate(s *fakebot.Server) {
	var all []int64
	for i, name := range connectPeople() {
		id := int64(11 + i)
		s.AddUser(fakebot.User{ID: id, FirstName: strings.ToUpper(name[:1]) + name[1:], Username: name})
		all = append(all, id)
	}
	s.AddGroup(fakebot.Group{ID: connectGroup, Title: "Group", BotStatus: "administrator"}, all...)
}

// talk obeys lines until ctx ends; the end of the input only ends the typing.
func (e emulator) talk(ctx context.Context, t *typist, shown *connectShown) {
	for {
		select {
		case line, ok := <-e.lines:
			if !ok {
				e.lines = nil
			} else if err := t.obey(line); err != nil {
				shown.print("! " + err.Error())
			}
		case <-ctx.Done():
			return
		}
	}
}

// introduction is what a newcomer needs: where, with which token, who is there, and one line for each library.
func (e emulator) introduction(s *fakebot.Server) string {
	token := s.Token()
	if e.token != "" {
		token = "the one you gave" // it may be a real one
	}
	return fmt.Sprintf(`Bot API  %[1]s
token    %[2]s
people   %[3]s: each has a private chat with the bot, which may write there once they wrote to it
group    %[4]d: all of them; the bot is an administrator

grammY                 new Bot(TOKEN, { client: { apiRoot: "%[1]s" } })
Telegraf               new Telegraf(TOKEN, { telegram: { apiRoot: "%[1]s" } })
node-telegram-bot-api  new Bot(TOKEN, { apiRoot: "%[1]s" })   before version 2: { baseApiUrl: "%[1]s" }
go-telegram-bot-api    tgbotapi.NewBotAPIWithAPIEndpoint(TOKEN, "%[1]s/bot%%s/%%s")
python-telegram-bot    Application.builder().token(TOKEN).base_url("%[1]s/bot").base_file_url("%[1]s/file/bot")

Act as a person:  ann> /start     ann@group> hello     ann> /press LABEL     Ctrl-C ends it.
Imitated: %[5]s.
All else is refused as Telegram refuses a method it does not know, and said here.
`, s.URL(), token, introduced(), connectGroup, strings.Join(s.Imitated(), ", "))
}

func introduced() string {
	var out []string
	for i, name := range connectPeople() {
		out = append(out, fmt.Sprintf("%s %d", name, 11+i))
	}
	return strings.Join(out, ", ")
}
