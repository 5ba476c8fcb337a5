package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"twokey/internal/demo/web"
)

// Begin begins a story. When one was played before, everything begins anew: the shop is as it was, and nobody waits because
// the chat has had its twenty messages of this minute.
func (s *Stage) Begin(ctx context.Context, name string) error {
	all := stories()
	i := slices.IndexFunc(all, func(st Story) bool { return st.Name == name })
	if i < 0 {
		return fmt.Errorf("there is no story %q; there are: %s", name, strings.Join(Names(), ", "))
	}
	s.mu.Lock()
	played, ended := s.at.story != none, s.at.ended
	s.mu.Unlock()
	if played {
		if err := s.Reset(ctx); err != nil {
			return err
		}
	}
	r, err := s.current()
	if err != nil {
		return err
	}
	if all[i].Database && r.cluster == nil {
		return fmt.Errorf("the story %q needs a database. %s", name, strings.Join(r.off, ". "))
	}
	if ended == nil {
		ended = map[string]bool{}
	}
	now := r.scene()
	s.mu.Lock()
	s.at = start(i, r.steps(all[i]), now, ended)
	s.mu.Unlock()
	s.change()
	return nil
}

// Names are the stories there are.
func Names() []string {
	var names []string
	for _, st := range stories() {
		names = append(names, st.Name)
	}
	return names
}

// steps leaves out what needs a database that is not there, and says which backups are meant. There may be no round.
func (r *round) steps(st Story) []Step {
	database := r != nil && r.cluster != nil
	steps := slices.DeleteFunc(st.Steps, func(st Step) bool { return st.Database && !database })
	if database {
		for i := range steps {
			steps[i].Say = r.backups().Replace(steps[i].Say)
		}
	}
	return steps
}

// Stories are those that can be played here, and how far the one under way has come.
func (s *Stage) Stories() []web.Story {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []web.Story
	for i, st := range stories() {
		if st.Database && (s.round == nil || s.round.cluster == nil) {
			continue
		}
		w := web.Story{Name: st.Name, Title: st.Title, Intro: st.Intro, Current: i == s.at.story, Done: s.at.ended[st.Name]}
		for n, step := range s.round.steps(st) {
			w.Steps = append(w.Steps, onPage(step, w.Current && n < s.at.done))
		}
		all = append(all, w)
	}
	return all
}

func onPage(step Step, done bool) web.Step {
	x := web.Step{Text: step.Text, Done: done, Who: step.Who, In: step.In, Say: step.Say, Tap: step.Tap, Shop: step.Shop}
	if step.Reply != "" {
		x.Say, x.Reply, x.To = "", step.Say, step.Reply
	}
	return x
}
