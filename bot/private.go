package bot

import (
	"slices"

	"twokey/actions"
	"twokey/auth"
)

// places finds the chats that show the request: the admin chat; the private chat it was asked in; those where a copy stands;
// and, while it waits for people, one of each of them. Whoever got no copy while it waited gets none afterwards. It is
// called under the journal's lock.
func (s *shower) places(sc *scene) {
	r := sc.view.Request
	sc.chats, sc.whose = []int64{sc.admin}, map[int64]auth.Name{}
	if from := r.Asked.Origin.Chat; from > 0 {
		sc.add(from, r.Asked.Person)
	}
	for _, chat := range s.Cards.Private(s.id) {
		owner, _ := s.State.People.ByAccount(auth.Account(chat))
		sc.add(chat, owner.Name)
	}
	for _, name := range sc.awaited() {
		if chat := s.reach(name); chat != 0 {
			sc.add(chat, name)
		}
	}
}

// awaited are the people a request waits for: who can still agree, who has to know of a panic at once, who has to review what
// was done alone, who can make what was found count.
func (sc scene) awaited() []auth.Name {
	switch r := sc.view.Request; {
	case r.Status == actions.Pending:
		return sc.view.Verdict.Could
	case r.Action().Locking == actions.LockSet && !r.Status.Final(), r.Unconfirmed():
		return sc.view.Could
	}
	return sc.view.Reviewers
}

func (sc *scene) add(chat int64, whose auth.Name) {
	if _, there := sc.whose[chat]; !there {
		sc.chats, sc.whose[chat] = append(sc.chats, chat), whose
	}
}

// reach is the private chat in which a person is asked: that of their first account which can be written to; 0 when there
// is none.
func (s *shower) reach(name auth.Name) int64 {
	p, _ := s.State.People.ByName(name)
	i := slices.IndexFunc(p.Accounts, func(a auth.Account) bool { return !s.last(int64(a)).lost })
	if i < 0 {
		return 0
	}
	return int64(p.Accounts[i])
}

// isOwn says whether a private chat is the requester's.
func (sc scene) isOwn(chat int64) bool { return sc.whose[chat] == sc.view.Request.Asked.Person }
