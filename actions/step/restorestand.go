package step

import (
	"context"
	"slices"

	"twokey/internal/restore"
)

// standing says what is there of the run, from the server's catalogue.
func (r Restore) standing(ctx context.Context, env Env) (restore.Standing, error) {
	live, err := r.liveName(env)
	if err != nil {
		return restore.Standing{}, err
	}
	if r.Do == doBack {
		return r.server(env).StandingOfUndo(ctx, live, r.run(env), env.Run)
	}
	return r.server(env).Standing(ctx, live, r.run(env))
}

// before is for a switch that is resumed: one that was done is not done again, what it is gets written down, and the run goes
// on; one that closed the gate and did not go on has it opened, and begins anew.
func (r Restore) before(ctx context.Context, env Env) (done bool, err error) {
	is, err := r.standing(ctx, env)
	if err != nil {
		return false, err
	}
	switch is.Stand {
	case restore.WasSwitched:
		env.data(Data{Switch: &Switch{Name: is.Live, Kept: is.Out, Back: is.IsBack}})
		return true, nil
	case restore.Nameless, restore.Odd:
		return false, &Failure{Sentence: "no switch: " + stands(is), Hint: "look on the host"}
	}
	return false, r.server(env).Repair(ctx, is)
}

// untaken says whether the run that is to be taken back has switched nothing: its copy is still there.
func (r Restore) untaken(ctx context.Context, env Env) (is restore.Standing, yes bool, err error) {
	live, err := r.liveName(env)
	if err != nil {
		return is, false, err
	}
	is, err = r.server(env).Standing(ctx, live, r.run(env))
	if err != nil {
		return is, false, failure(err, "the database does not say what is there", "see /preflight")
	}
	return is, slices.Contains([]restore.Stand{restore.CopyReady, restore.CopyUnfinished, restore.HalfDropped, restore.GateClosed}, is.Stand), nil
}

// Mend opens what a switch that did not go on has closed: the service cannot be left without its database until people decide.
func (r Restore) Mend(ctx context.Context, env Env) (string, error) {
	if r.Do != doSwap && r.Do != doBack {
		return "", nil
	}
	is, err := r.standing(ctx, env)
	if err == nil {
		err = r.server(env).Repair(ctx, is)
	}
	if err != nil || is.Stand != restore.GateClosed {
		return "", failure(err, "what the switch had closed could not be opened", "look on the host")
	}
	return is.Live + " had been closed for the switch and was opened again", nil
}

// Probe says which databases there are.
func (r Restore) Probe(ctx context.Context, env Env) (string, error) {
	is, err := r.standing(ctx, env)
	if err != nil {
		return "", failure(err, "the database does not say what is there", "look on the host")
	}
	return stands(is), nil
}

// stands says in a sentence what there is of a run.
func stands(is restore.Standing) string {
	switch {
	case is.Stand == restore.Nameless:
		return "no database is called " + is.Live
	case is.Stand == restore.Odd:
		return "somebody else has made or dropped databases of these names"
	case is.Stand == restore.GateClosed:
		return "the switch had begun and nothing was switched; nobody can connect to " + is.Live + " until it is resumed or undone"
	case is.IsBack:
		return standsBack(is)
	}
	return map[restore.Stand]string{
		restore.NothingDone:    "there is no copy, and nothing was switched",
		restore.CopyUnfinished: "an unfinished copy is there; nothing was switched",
		restore.HalfDropped:    "of a copy nothing is left but its name: its dropping was cut off half way; nothing was switched",
		restore.CopyReady:      "a finished copy is there; nothing was switched",
		restore.WasSwitched:    "the switch was done: the service's database is the copy, and " + is.Out + " is the one from before",
	}[is.Stand]
}

func standsBack(is restore.Standing) string {
	switch is.Stand {
	case restore.WasSwitched:
		return "the switch back was done: the service's database is the one from before, and " + is.Out + " is the one that was in its place"
	case restore.HalfDropped:
		return "nothing was switched back; of " + is.In + " nothing is left but its name: its dropping was cut off half way"
	case restore.NothingDone:
		return "nothing was switched back; there is no database " + is.In
	}
	return "nothing was switched back; the one from before is " + is.In
}
