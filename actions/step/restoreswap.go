package step

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"twokey/internal/restore"
	"twokey/internal/rows"
)

// planSwap says how long the database from before is kept. Of one that is resumed, with its copy there already, it also says
// what would be lost: no step before it does.
func (r Restore) planSwap(ctx context.Context, env Env) ([]Fact, error) {
	var facts []Fact
	if r.Config.KeepBefore != 0 {
		facts = append(facts, Fact{Name: "the database from before is kept for", Kind: Shown, Value: days(r.Config.KeepBefore.Hours())})
	}
	p, pinned := env.readPinned()
	if !pinned {
		return facts, nil
	}
	is, err := r.standing(ctx, env)
	if err != nil || is.Stand != restore.CopyReady || !is.LiveOpen {
		return facts, err
	}
	counts, err := rows.Counts(ctx, r.liveSide(env), r.compare(env))
	if err != nil {
		return nil, failure(err, "the rows that are there now cannot be counted", "see /preflight")
	}
	return append(facts, r.lost(env, p, counts)), nil
}

func days(hours float64) string {
	if hours < 48 {
		return fmt.Sprintf("%.0f hours", hours)
	}
	return fmt.Sprintf("%.0f days", hours/24)
}

// identity is which database it is, as people compare it.
func identity(i restore.Identity) string {
	s := fmt.Sprintf("%s at %s:%d, oid %d", i.Name, i.Host, i.Port, i.OID)
	if i.System != "" {
		s += ", system " + i.System
	}
	return s
}

// liveName is the name of the service's database, as its own address has it.
func (r Restore) liveName(env Env) (string, error) {
	if env.ServiceURL == nil {
		return "", &Failure{Sentence: "the config does not say how the service reaches its database", Hint: "write service.database.from_env_file or url_file"}
	}
	address, err := env.ServiceURL()
	if err != nil {
		return "", failure(err, "the service's address of its database cannot be read", "see its env file")
	}
	c, err := pgconn.ParseConfig(address.Reveal())
	if err != nil || address.IsZero() {
		return "", &Failure{Sentence: "the service's address of its database cannot be read", Hint: "see its env file"}
	}
	return c.Database, nil
}

// swap gives the copy the service's name. The service is down, and what would be lost is counted once more: nobody writes now.
func (r Restore) swap(ctx context.Context, env Env) error {
	s := r.server(env)
	if done, err := r.before(ctx, env); done || err != nil {
		return err
	}
	live, err := look(ctx, env, s)
	if err != nil {
		return err
	}
	if err := r.within(ctx, env); err != nil {
		return err
	}
	name, kept := restore.Names(live.Identity.Name, r.run(env))
	done, err := s.Swap(ctx, live, name, kept)
	if err != nil {
		return err
	}
	env.data(Data{Switch: &Switch{Name: live.Identity.Name, Kept: kept, Down: done.Closed}})
	// The service writes again before what was lost is counted: it is counted against this moment. Without it, it still is.
	if f, err := rows.Freeze(ctx, r.liveSide(env), r.compare(env)); err == nil {
		env.Base.Held.put(r.run(env), f)
	}
	return nil
}

// within is an error when more rows would be lost than the approval holds.
func (r Restore) within(ctx context.Context, env Env) error {
	i := slices.IndexFunc(env.Facts, func(f Fact) bool { return f.Name == FactLost })
	p, ok := env.readPinned()
	if i < 0 || !ok {
		return nil
	}
	counts, err := rows.Counts(ctx, r.liveSide(env), r.compare(env))
	if err != nil {
		return err
	}
	lost := r.lost(env, p, counts)
	if !env.Facts[i].Holds(lost) {
		return &Failure{Sentence: fmt.Sprintf("%.0f rows would be lost now, and the approval holds up to %.0f: nothing was switched", lost.Number, env.Facts[i].Limit),
			Hint: "start the service, and ask again: the new number is then on the card"}
	}
	return nil
}

// account counts, row by row, what was lost at the switch.
func (r Restore) account(ctx context.Context, env Env) error {
	live, err := r.liveName(env)
	if err != nil {
		return err
	}
	_, kept := restore.Names(live, r.run(env))
	is := r.liveSide(env)
	if f, held := env.Base.Held.take(r.run(env)).(*rows.Frozen); held {
		defer f.Close()
		is = f.Side()
	}
	diff, err := r.lent(ctx, env, live, kept, r.side(env, kept), is)
	if err != nil {
		return err
	}
	found := rowsOf(diff)
	env.data(Data{Rows: &found})
	return env.dropScratch()
}

// planBack says what going back would lose: what only the present database has.
func (r Restore) planBack(ctx context.Context, env Env) ([]Fact, error) {
	switch is, err := r.standing(ctx, env); {
	case err != nil:
		return nil, failure(err, "the database does not say what is there", "see /preflight")
	case is.Stand == restore.WasSwitched: // it is resumed
		return []Fact{{Name: stands(is), Kind: Shown}}, nil
	}
	if _, nothing, err := r.untaken(ctx, env); err != nil || nothing {
		return []Fact{{Name: "nothing was switched: the service's database stays", Kind: Shown}}, err
	}
	live, k, err := r.keptBy(ctx, env)
	if err != nil {
		return nil, err
	}
	kept := k.Name
	diff, err := r.against(ctx, env, live.Identity.Name, kept)
	if err != nil {
		return nil, failure(err, "what would be lost cannot be counted", "see /preflight")
	}
	t := diff.Totals()
	return []Fact{
		{Name: FactLost, Kind: Bounded, Number: float64(t.OnlyA), Limit: allowed(t.OnlyA), Unit: "rows"},
		{Name: "rows that come back", Kind: Shown, Number: float64(t.OnlyB), Unit: "rows"},
		{Name: "rows that change", Kind: Shown, Number: float64(t.Changed), Unit: "rows"},
		{Name: "database", Kind: Pinned, Value: identity(live.Identity)},
		{Name: "the database from before", Kind: Pinned, Value: kept},
	}, nil
}

// Kept lists the databases that were kept at a switch, as the server has them.
func Kept(ctx context.Context, env Env, c DatabaseConfig) ([]restore.KeptDatabase, error) {
	live, err := Restore{Config: &c}.liveName(env)
	if err != nil {
		return nil, err
	}
	all, err := c.server(env).Kept(ctx, live)
	if slices.ContainsFunc(all, func(k restore.KeptDatabase) bool { return k.Copy && k.Half }) {
		env.Base.Held.untidy()
	}
	return all, err
}

// keptBy looks at the present database and at the one that the named run kept.
func (r Restore) keptBy(ctx context.Context, env Env) (live restore.Live, k restore.KeptDatabase, err error) {
	s := r.server(env)
	if live, err = look(ctx, env, s); err != nil {
		return live, k, failure(err, "the database cannot be looked at", "see /preflight")
	}
	if err := may(live); err != nil {
		return live, k, err
	}
	_, kept := restore.Names(live.Identity.Name, r.run(env))
	all, err := s.Kept(ctx, live.Identity.Name)
	if err != nil {
		return live, k, failure(err, "the kept databases cannot be seen", "see /preflight")
	}
	i := slices.IndexFunc(all, func(k restore.KeptDatabase) bool { return k.Name == kept && !k.Copy })
	if i < 0 {
		return live, k, &Failure{Sentence: fmt.Sprintf("no database was kept by run %s, or it was dropped", r.Of), Hint: "see /before"}
	}
	return live, all[i], nil
}

// against compares the present database with a kept one.
func (r Restore) against(ctx context.Context, env Env, live, kept string) (rows.Report, error) {
	return r.lent(ctx, env, live, kept, r.liveSide(env), r.side(env, kept))
}

// lent compares while the kept database, which is closed, can be read.
func (r Restore) lent(ctx context.Context, env Env, live, kept string, a, b rows.Side) (report rows.Report, err error) {
	defer env.Base.Held.lend()()
	back, err := r.server(env).Lend(ctx, live, kept)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, back()) }()
	return rows.Compare(ctx, a, b, r.compare(env))
}

// back gives the kept database its name back; the present one is kept in its place.
func (r Restore) back(ctx context.Context, env Env) error {
	if done, err := r.before(ctx, env); done || err != nil {
		return err
	}
	// Of an interrupted run that has switched nothing there is nothing to take back, but for a gate that it left closed.
	if is, nothing, err := r.untaken(ctx, env); err != nil {
		return err
	} else if nothing {
		return r.server(env).Repair(ctx, is)
	}
	live, k, err := r.keptBy(ctx, env)
	if err != nil {
		return err
	}
	_, now := restore.Names(live.Identity.Name, env.Run)
	done, err := r.server(env).Undo(ctx, live, k.Name, now)
	if err != nil {
		return err
	}
	env.data(Data{Switch: &Switch{Name: live.Identity.Name, Kept: now, Down: done.Closed, Back: true}})
	return nil
}

// planDrop shows what is inside what would be dropped.
func (r Restore) planDrop(ctx context.Context, env Env) ([]Fact, error) {
	live, k, err := r.keptBy(ctx, env)
	if err != nil {
		return nil, err
	}
	if k.Half {
		return []Fact{{Name: "nothing of it is left but its name: its dropping was cut off half way", Kind: Shown}, {Name: "the kept database", Kind: Pinned, Value: k.Name}}, nil
	}
	diff, err := r.against(ctx, env, live.Identity.Name, k.Name)
	if err != nil {
		return nil, failure(err, "what is in it cannot be counted", "see /preflight")
	}
	t := diff.Totals()
	return []Fact{
		{Name: "rows that only it has", Kind: Bounded, Number: float64(t.OnlyB), Limit: float64(t.OnlyB), Unit: "rows"},
		{Name: "rows that changed since", Kind: Shown, Number: float64(t.Changed), Unit: "rows"},
		{Name: "the kept database", Kind: Pinned, Value: k.Name},
	}, nil
}

func (r Restore) drop(ctx context.Context, env Env) error {
	live, _, err := r.keptBy(ctx, env)
	if err != nil {
		return err
	}
	return r.server(env).DropKept(ctx, live.Identity.Name, r.run(env))
}
