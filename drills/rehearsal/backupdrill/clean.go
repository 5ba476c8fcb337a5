package backupdrill

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"twokey/drills"
	"twokey/drills/rehearsal"
	"twokey/internal/proc"
)

const (
	// endGrace is how long programs may take to end by themselves.
	endGrace = 5 * time.Second
	// cleanWithin bounds each part of what is cleaned, whatever becomes of the others.
	cleanWithin = time.Minute
)

// drop is the step that throws all away.
func (s *step) drop(ctx context.Context) error {
	s.env.Progress("dropping " + s.name.String())
	proof, err := s.clean(ctx)
	if err == nil {
		s.found.Line = proof
		s.check("gone", s.name.String(), drills.Green, "")
	}
	return err
}

// Clean ends and removes all that an exercise may have made, and proves that it is gone.
func (d *Drill) Clean(ctx context.Context, env rehearsal.Env) (proof string, err error) {
	return d.step(env).clean(ctx)
}

// clean does all that can be done, also when a part of it cannot. The order matters: programs could open sessions, and sessions
// could make a database. Its own sessions have a tag that is none of the exercise's: else what looks would see itself.
func (s *step) clean(ctx context.Context) (proof string, err error) {
	s.scratch.Tag = "cleaning " + s.scratch.Whose
	var errs []error
	for _, part := range []func(context.Context) error{s.endPrograms, s.endSessions, s.dropDatabase, s.removePins, s.gone} {
		within, cancel := context.WithTimeout(ctx, cleanWithin)
		errs = append(errs, part(within))
		cancel()
	}
	if err := errors.Join(errs...); err != nil {
		why, hint := explain(ctx, err)
		return "", &failure{sentence: "what the exercise made may not be gone: " + why, hint: hint, cause: err}
	}
	return fmt.Sprintf("%s is gone: no database of that name, no session, no program, no copy of the backup", s.name), nil
}

func (s *step) endPrograms(ctx context.Context) error {
	left, err := proc.EndTagged(ctx, exerciseTag(s.env), endGrace)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("still there: %s", proc.Names(left))
	}
	if err != nil {
		return &failure{sentence: "programs of the exercise do not end", hint: "see them on the host", cause: err}
	}
	return nil
}

func (s *step) endSessions(ctx context.Context) error {
	_, err := s.scratch.End(ctx, exerciseTag(s.env))
	if err == nil { // those of a Clean in another life
		_, err = s.scratch.End(ctx, s.scratch.Tag)
	}
	return err
}

func (s *step) dropDatabase(ctx context.Context) error {
	err := s.scratch.Drop(ctx, s.name)
	s.passed("dropped")
	return err
}

func (s *step) removePins(context.Context) error {
	err := os.RemoveAll(s.folder())
	if err == nil {
		if _, there := os.Lstat(s.folder()); !errors.Is(there, fs.ErrNotExist) {
			err = fmt.Errorf("%s is still there", s.folder())
		}
	}
	if err != nil {
		return &failure{sentence: "the pinned copy of the backup could not be removed", hint: "remove " + s.folder(), cause: err}
	}
	return nil
}

// gone asks again, everybody who could know.
func (s *step) gone(ctx context.Context) error {
	left, err := proc.Carrying(proc.TagName + "=" + exerciseTag(s.env))
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("still there: %s", proc.Names(left))
	}
	if err != nil {
		return &failure{sentence: "programs of the exercise do not end", hint: "see them on the host", cause: err}
	}
	return s.scratch.Gone(ctx, s.name, exerciseTag(s.env))
}
