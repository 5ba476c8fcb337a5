package step

import (
	"context"
	"fmt"

	"twokey/internal/restore"
)

// look looks at the service's database, and refuses one that is not the one people know: when the service's own address leads
// elsewhere, two people have to accept that first.
func look(ctx context.Context, env Env, s restore.Server) (restore.Live, error) {
	live, err := s.Look(ctx)
	if err != nil {
		return live, err
	}
	is := place(live.Identity)
	if env.Known != "" && env.Known != is {
		return live, &Failure{Sentence: fmt.Sprintf("the service's address leads to %s now, and the database people know is %s: nothing is done there", is, env.Known),
			Hint: "if that is right, ask /accept_database; if not, correct the address"}
	}
	env.data(Data{Base: is})
	return live, nil
}

// place is where a database is. Its oid is not in it: a switch changes that.
func place(i restore.Identity) string {
	s := fmt.Sprintf("%s at %s:%d", i.Name, i.Host, i.Port)
	if i.System != "" {
		s += ", system " + i.System
	}
	return s
}

// planAccept says which database would be the one that people know.
func (r Restore) planAccept(ctx context.Context, env Env) ([]Fact, error) {
	live, err := r.server(env).Look(ctx)
	if err != nil {
		return nil, failure(err, "the database cannot be looked at", "see /preflight")
	}
	is := place(live.Identity)
	if is == env.Known {
		return nil, &Failure{Sentence: "the service's address leads to the database people know: " + is, Hint: "there is nothing to accept"}
	}
	facts := []Fact{{Name: "it leads to", Kind: Shown, Value: is}, {Name: "the database it leads to", Kind: Pinned, Value: is}}
	if env.Known != "" {
		facts = append(facts, Fact{Name: "it led to", Kind: Shown, Value: env.Known})
	}
	return facts, nil
}

// accept makes it the one.
func (r Restore) accept(ctx context.Context, env Env) error {
	live, err := r.server(env).Look(ctx)
	if err != nil {
		return err
	}
	env.data(Data{Base: place(live.Identity), Accepted: true})
	return nil
}
