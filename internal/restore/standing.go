package restore

import (
	"context"
	"fmt"
)

// Stand says where a run's databases are, as the catalogue has it.
type Stand string

// What a crash may have left. Each says what is true of the service's database.
const (
	NothingDone    Stand = "nothing done"    // there is neither a copy nor one from before; the present one is untouched
	CopyUnfinished Stand = "copy unfinished" // a copy still belongs to the role that loads: drop it, or load anew
	CopyReady      Stand = "copy ready"      // a copy is whole and has its owners; the present one is untouched
	GateClosed     Stand = "gate closed"     // a switch closed the present one and did not go on: Repair opens it
	WasSwitched    Stand = "switched"        // the copy is the service's database, and the one from before is kept
	Nameless       Stand = "nameless"        // no database has the service's name: not by a switch, which never leaves that
	HalfDropped    Stand = "half dropped"    // the dropping of what was to come in was cut off: it can only be dropped; the present one is untouched
	Odd            Stand = "odd"             // there are databases that one run cannot have made: somebody else did something
)

// Standing is what is there of one run.
type Standing struct {
	Stand          Stand
	Live, In, Out  string // the three names
	LiveID         uint32
	InID, OutID    uint32
	LiveOpen       bool
	InOpen, IsBack bool // IsBack: In is one from before, which is closed when all is well
}

// Standing says what is there of a run that made a copy, from the catalogue alone. End its sessions first: one that is still
// working may change the answer.
func (s Server) Standing(ctx context.Context, live string, id uint64) (Standing, error) {
	in, out := Names(live, id)
	return s.standing(ctx, Standing{Live: live, In: in, Out: out})
}

// StandingOfUndo says it of a run that switches back: from is the run that kept the one from before, id the run itself.
func (s Server) StandingOfUndo(ctx context.Context, live string, from, id uint64) (Standing, error) {
	_, in := Names(live, from)
	_, out := Names(live, id)
	return s.standing(ctx, Standing{Live: live, In: in, Out: out, IsBack: true})
}

// look is a database as the catalogue has it.
type look struct {
	There, Open, Loading bool
	Half                 bool // its dropping was cut off
	ID                   uint32
}

func (s Server) standing(ctx context.Context, st Standing) (Standing, error) {
	admin, err := s.admin(ctx)
	if err != nil {
		return st, err
	}
	defer admin.end()
	found := map[string]look{}
	err = admin.into(ctx, &found, `SELECT coalesce(jsonb_object_agg(datname, jsonb_build_object('There', true, 'Open', datallowconn, 'Half', `+halfSQL+`, 'ID', oid::int8,
		'Loading', pg_get_userbyid(datdba) = $1)), '{}') FROM pg_database WHERE datname IN ($2, $3, $4)`, s.loadRole(), st.Live, st.In, st.Out)
	if err != nil {
		return st, fail(ctx, err, "see admin_url", "what is there of %s cannot be found out", st.Live)
	}
	live, in, out := found[st.Live], found[st.In], found[st.Out]
	st.LiveID, st.InID, st.OutID, st.LiveOpen, st.InOpen = live.ID, in.ID, out.ID, live.Open, in.Open
	st.Stand = stand(live, in, out, st.IsBack)
	return st, nil
}

// stand decides. A switch closes in first and the present one second, so a closed one beside an open copy was closed by
// somebody else. One from before says nothing by being open: it was closed all along, and may have been lent.
func stand(live, in, out look, isBack bool) Stand {
	switch {
	case !live.There:
		return Nameless
	case in.There && out.There || live.Half:
		return Odd
	case out.There:
		return WasSwitched
	case !in.There:
		return NothingDone
	case in.Half:
		return HalfDropped
	case in.Loading:
		return CopyUnfinished
	case !live.Open && (isBack || !in.Open):
		return GateClosed
	}
	return CopyReady
}

// Repair opens what a switch that did not go on has closed, and nothing else.
func (s Server) Repair(ctx context.Context, st Standing) error {
	var open []string
	if st.Stand == GateClosed {
		open = append(open, st.Live)
	}
	if (st.Stand == GateClosed || st.Stand == CopyReady) && !st.InOpen && !st.IsBack {
		open = append(open, st.In)
	}
	if len(open) == 0 {
		return nil
	}
	admin, err := s.admin(ctx)
	if err != nil {
		return err
	}
	defer admin.end()
	for _, name := range open {
		if err := admin.do(ctx, allow(name, true)); err != nil {
			return fail(ctx, err, fmt.Sprintf("as its owner or a superuser: %s", allow(name, true)), "%s could not be opened", name)
		}
	}
	return nil
}
