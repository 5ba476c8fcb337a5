package step

import (
	"context"
	"fmt"

	"twokey/internal/restore"
)

// room says whether a copy fits on the server's disk, and refuses when it does not: a full disk would stop the service, too.
func room(ctx context.Context, s restore.Server, live restore.Live) ([]Fact, error) {
	space, err := s.Space(ctx, live.Identity.Name)
	switch {
	case err != nil:
		return nil, failure(err, "whether a copy fits beside cannot be found out", "see /preflight")
	case space.Unknown != "":
		return []Fact{{Name: "whether the copy fits cannot be seen", Kind: Shown, Value: space.Unknown}}, nil
	case !space.Enough():
		return nil, &Failure{Sentence: fmt.Sprintf("a copy needs %s on the server's disk, and %s are free there", megabytes(space.Needed+space.Needed/10), megabytes(space.Free)),
			Hint: "make room, such as by dropping a kept database: /before"}
	}
	return []Fact{{Name: "room for the copy", Kind: Shown, Value: fmt.Sprintf("%s of %s that are free", megabytes(space.Needed), megabytes(space.Free))}}, nil
}

// watched is the context of work that fills the server's disk: it ends when too little is left. Who cannot see the disk cannot
// watch it.
func watched(ctx context.Context, s restore.Server, live restore.Live, floor int64) (context.Context, func()) {
	space, err := s.Space(ctx, live.Identity.Name)
	if err != nil {
		return ctx, func() {}
	}
	return s.Watch(ctx, space, uint64(max(0, floor)), nil)
}

// lastTook is how long the last copy took: what to expect of the next.
func (e Env) lastTook() []Fact {
	if e.LastCopy == 0 {
		return nil
	}
	return []Fact{{Name: "the last copy took", Kind: Shown, Value: e.LastCopy.Round(100e6).String()}}
}
