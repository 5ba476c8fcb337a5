package bot

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

const (
	// menuAgain is when a menu that could not be set is tried again: the chat of somebody who never started the bot, mostly.
	menuAgain = 10 * time.Minute
	// maxMenu is how many lines a menu may have. Source: https://core.telegram.org/bots/api#setmycommands
	maxMenu = 100
)

// Commander sets the menu of a scope.
type Commander interface {
	SetCommands(ctx context.Context, s telegram.Scope, list []telegram.Command) error
}

// Menus keeps the lists of commands that Telegram shows behind the slash: all of them in the admin chat and in each
// person's private chat, and to strangers only what is open to them. What a menu shows is no permission.
type Menus struct {
	Log       *journal.Log
	State     *actions.State
	Cards     *Cards
	Catalogue actions.Catalogue
	Words     text.Words
	Chat      Commander
	Place     Place
	Report    func(error)
}

// head and tail are the order of a menu; what stands in neither comes between. /panic is first, where the thumb finds it, and
// /pending, one slip away from it in the alphabet, last.
var (
	menuHead = []actions.Name{"panic", "status", "stop", "start", startService, "restart", "unlock", "verify", "logs", "actions", "runs", "run", "cancel",
		actions.Resume, actions.Undo, actions.Leave}
	menuTail = []actions.Name{"review", "who", "journal", "help", "id", "preflight", "pending"}
	open     = []actions.Name{"start", "help", "id"} // to strangers
)

// Run sets the menus, and again when the people or the admin chat change, until ctx ends. A menu that cannot be set is
// tried again later; nobody waits for it.
func (m *Menus) Run(ctx context.Context) error {
	set, told := map[telegram.Scope][]telegram.Command{}, map[telegram.Scope]bool{}
	for ctx.Err() == nil {
		want, head := m.want()
		failed := false
		for scope, list := range want {
			if reflect.DeepEqual(set[scope], list) {
				continue
			}
			err := m.Chat.SetCommands(ctx, scope, list)
			if err == nil {
				set[scope] = list
				continue
			}
			if failed = true; !told[scope] && ctx.Err() == nil {
				m.Report(fmt.Errorf("menu of %s %d: %w", scope.Type, scope.ChatID, err))
				told[scope] = true
			}
		}
		m.wait(ctx, head, want, failed)
	}
	return nil
}

// wait returns when other menus are wanted, or when one is to be tried again.
func (m *Menus) wait(ctx context.Context, head journal.Head, now map[telegram.Scope][]telegram.Command, failed bool) {
	if failed {
		within, cancel := context.WithTimeout(ctx, menuAgain)
		defer cancel()
		ctx = within
	}
	for ctx.Err() == nil {
		if m.Log.Wait(ctx, head) != nil {
			<-ctx.Done() // closed, or it is time
		}
		var want map[telegram.Scope][]telegram.Command
		if want, head = m.want(); !reflect.DeepEqual(want, now) {
			return
		}
	}
}

// want is the menu of every scope.
func (m *Menus) want() (map[telegram.Scope][]telegram.Command, journal.Head) {
	strangers := m.lines(open, "start")
	all := map[telegram.Scope][]telegram.Command{{}: strangers, telegram.ScopePrivate(): strangers}
	head := m.Log.View(func(journal.Now) {
		all[telegram.ScopeChat(m.Cards.Where(m.Place.AdminChat))] = m.lines(m.order(startService), "")
		private := m.lines(m.order("start"), "")
		for _, p := range m.State.People.People() {
			for _, a := range p.Accounts {
				all[m.scopeOf(a)] = private
			}
		}
	})
	return all, head
}

func (m *Menus) scopeOf(a auth.Account) telegram.Scope { return telegram.ScopeChat(int64(a)) }

// order lists what there is, without the name that means something else in this chat.
func (m *Menus) order(except actions.Name) []actions.Name {
	there := Commands()
	for _, a := range m.Catalogue.All() {
		there = append(there, a.Name)
	}
	var list []actions.Name
	take := func(n actions.Name) {
		if n != except && !slices.Contains(list, n) && slices.Contains(there, n) {
			list = append(list, n)
		}
	}
	for _, n := range menuHead {
		take(n)
	}
	for _, n := range there {
		if !slices.Contains(menuTail, n) {
			take(n)
		}
	}
	for _, n := range menuTail {
		take(n)
	}
	return cut(list, maxMenu)
}

// cut shortens a list from before its end, which holds what is the bot's own.
func cut(list []actions.Name, most int) []actions.Name {
	if over := len(list) - most; over > 0 {
		at := most - len(menuTail)
		return slices.Delete(list, at, at+over)
	}
	return list
}

// lines says what each command is for. greets is the name that only greets.
func (m *Menus) lines(names []actions.Name, greets actions.Name) []telegram.Command {
	var list []telegram.Command
	for _, n := range names {
		name := n
		if n == startService {
			name = "start"
		}
		line := m.Words.Menu(n)
		if a, is := m.Catalogue.Get(name); is && n != greets {
			line = m.Words.MenuOf(a)
		}
		list = append(list, telegram.Command{Name: string(n), Text: line})
	}
	return list
}
