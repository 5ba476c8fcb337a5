// Package auth says who people are and whether enough of them agree. It is pure: people, rules and votes go in
// as values, a verdict comes out, and nothing is stored. A rule counts the votes anew every time it is asked.
//
// A person may have several Telegram accounts; persons count, never accounts. What is not allowed is refused:
// an unknown account is nobody, an empty list of roles is held by nobody, and the zero Rule asks for one other
// person whom nobody can be.
package auth

import (
	"fmt"
	"slices"
)

// Name is a person's name in the config. People are named by it everywhere, never by what Telegram shows.
type Name string

// Account is a Telegram user id.
type Account int64

// Role is a word of the config that rules refer to, such as "admin".
type Role string

// Accounts that Telegram lends to many people at once: a person must not own one.
// Source: tdlib/telegram-bot-api issue 667 and the Bot API's own documentation of sender_chat.
const (
	GroupAnonymousBot Account = 1087968824
	ChannelBot        Account = 136817688
	TelegramItself    Account = 777000
)

// Person is somebody in the config.
type Person struct {
	Name     Name      `json:"name" yaml:"name"`
	Accounts []Account `json:"telegram" yaml:"telegram"`
	Roles    []Role    `json:"roles" yaml:"roles"`
}

// Holds says whether the person has at least one of the roles.
func (p Person) Holds(roles []Role) bool {
	return slices.ContainsFunc(p.Roles, func(r Role) bool { return slices.Contains(roles, r) })
}

// Owns says whether the account is one of the person's.
func (p Person) Owns(a Account) bool { return slices.Contains(p.Accounts, a) }

// Directory is all people, in the order of the config. It does not change; a new config is a new Directory.
// The zero Directory knows nobody.
type Directory struct {
	people    []Person
	byName    map[Name]int
	byAccount map[Account]int
}

// NewDirectory indexes people. A person without name or account, a name or an account given twice, and the
// accounts that Telegram lends to many people are errors.
func NewDirectory(people []Person) (Directory, error) {
	d := Directory{people: slices.Clone(people), byName: map[Name]int{}, byAccount: map[Account]int{}}
	for i, p := range d.people {
		if err := d.add(i, p); err != nil {
			return Directory{}, err
		}
	}
	return d, nil
}

func (d Directory) add(i int, p Person) error {
	if p.Name == "" {
		return fmt.Errorf("person %d: has no name", i+1)
	}
	if _, twice := d.byName[p.Name]; twice {
		return fmt.Errorf("person %s: is there twice", p.Name)
	}
	if len(p.Accounts) == 0 {
		return fmt.Errorf("person %s: has no telegram account", p.Name)
	}
	d.byName[p.Name] = i
	for _, a := range p.Accounts {
		if err := d.addAccount(i, p.Name, a); err != nil {
			return err
		}
	}
	return nil
}

func (d Directory) addAccount(i int, name Name, a Account) error {
	switch {
	case a <= 0:
		return fmt.Errorf("person %s: telegram account %d is not a person's id", name, a)
	case a == GroupAnonymousBot || a == ChannelBot || a == TelegramItself:
		return fmt.Errorf("person %s: account %d belongs to Telegram and stands for many people", name, a)
	}
	if other, taken := d.byAccount[a]; taken {
		return fmt.Errorf("person %s: account %d is already %s's", name, a, d.people[other].Name)
	}
	d.byAccount[a] = i
	return nil
}

// People returns everybody, in the order of the config.
func (d Directory) People() []Person { return slices.Clone(d.people) }

// ByAccount finds the person an account belongs to.
func (d Directory) ByAccount(a Account) (Person, bool) {
	i, ok := d.byAccount[a]
	if !ok {
		return Person{}, false
	}
	return d.people[i], true
}

// ByName finds a person.
func (d Directory) ByName(n Name) (Person, bool) {
	i, ok := d.byName[n]
	if !ok {
		return Person{}, false
	}
	return d.people[i], true
}

// Holding lists, in the order of the config, the people who have at least one of the roles, without the one named.
func (d Directory) Holding(roles []Role, except Name) []Name {
	var names []Name
	for _, p := range d.people {
		if p.Name != except && p.Holds(roles) {
			names = append(names, p.Name)
		}
	}
	return names
}
