package actions

import (
	"fmt"
	"strconv"
	"time"
	"unique"

	"twokey/auth"
)

// brief is what is kept in memory, for ever, of a request that is long over: what a list shows, and where its entries are.
// There is one for every request there ever was, so it is small: about a hundred bytes.
type brief struct {
	action, effect, undo, person, status unique.Handle[string]
	hash                                 uint32 // the short one
	asked, started, ended                int64  // µs since 1970; 0: never
	first, last                          uint64
	settled                              ID
	late                                 bool
}

// briefly shortens a request that is over.
func (r *Request) briefly() brief {
	a := r.Action()
	return brief{action: short(a.Name), effect: short(a.Effect), undo: short(a.Undo), person: short(r.Asked.Person), status: short(r.Status),
		hash: shortHash(r.Hash), asked: micros(r.AskedAt), started: micros(r.StartedAt), ended: micros(r.EndedAt), first: r.First, last: r.Last,
		settled: r.Settled, late: r.Late}
}

// headline makes a request of it that has only what is left; the store has the rest, between First and Last.
func (b brief) headline() *Request {
	r := &Request{ID: ID(b.first), Status: Status(b.status.Value()), AskedAt: moment(b.asked), StartedAt: moment(b.started), EndedAt: moment(b.ended),
		First: b.first, Last: b.last, Hash: fmt.Sprintf("%08x", b.hash), Settled: b.settled, Late: b.late, Brief: true}
	r.Asked.Person = auth.Name(b.person.Value())
	r.Asked.Action = Action{Name: Name(b.action.Value()), Effect: Effect(b.effect.Value()), Undo: Name(b.undo.Value())}
	return r
}

// shortHash reads a hash's first eight hex digits.
func shortHash(hex string) uint32 {
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		return 0 // no entry has made one that is not hex
	}
	return uint32(n)
}

func short[T ~string](s T) unique.Handle[string] { return unique.Make(string(s)) }

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
