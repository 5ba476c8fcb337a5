package restore_test

import (
	"sync"
	"testing"

	"twokey/internal/restore"
)

// TestCopiesGetTheirOwnersAtOnce: all copies that load belong to one role, so those that are handed over at the same moment
// want the same rows of the server's catalogue. None of them fails for that, and none takes another one with it.
func TestCopiesGetTheirOwnersAtOnce(t *testing.T) {
	const at = 6
	pg := cluster.Get(t)
	var shops [at]shop
	var lives [at]restore.Live
	for i := range shops {
		s := open(t, pg)
		file := s.dump(t, "-Fc")
		shops[i], lives[i] = s, s.look(t)
		name, _ := s.names()
		must(t, s.Create(t.Context(), lives[i], name))
		_, err := s.LoadArchive(t.Context(), name, restore.Source{Path: file}, restore.Options{}, nil)
		must(t, err)
	}
	var all sync.WaitGroup
	var errs [at]error
	for i, s := range shops {
		all.Go(func() {
			name, _ := s.names()
			_, errs[i] = s.Adopt(t.Context(), lives[i], name)
		})
	}
	all.Wait()
	for i, s := range shops {
		if errs[i] != nil {
			t.Errorf("copy %d: %v", i, errs[i])
		}
		if st, err := s.Standing(t.Context(), s.name, s.id); err != nil || st.Stand != restore.CopyReady {
			t.Errorf("copy %d: %+v %v", i, st, err)
		}
	}
}
