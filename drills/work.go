package drills

// Do is what is to be done for an exercise.
type Do string

// What is to be done.
const (
	Nothing     Do = ""
	DoStep      Do = "step"      // an automatic step
	DoClean     Do = "clean"     // what automatic steps made has to go
	DoInterrupt Do = "interrupt" // an automatic step went on when the program ended
)

// Work is the next thing to do by the program itself.
type Work struct {
	Do       Do
	Exercise *Exercise // a copy; nil when there is nothing
	Step     int       // of DoStep
}

// Work says what to do next. Mine says whether a step was begun in this life: when the program ended among the automatic steps, what
// it knew of them is gone, and they begin anew. What was made is thrown away before anything is begun, so that there is never more
// of it than of one try.
func (s *State) Work(mine func(id uint64, step int) bool) Work {
	for _, x := range s.all {
		if w := x.work(mine); w.Do != Nothing {
			w.Exercise = x.Clone()
			return w
		}
	}
	return Work{}
}

func (x *Exercise) work(mine func(id uint64, step int) bool) Work {
	first, end := x.autos()
	i := x.Current()
	auto := x.Status == Running && i >= first && i < end
	begun := -1
	for j := first; j < end; j++ {
		if !x.Steps[j].Begun.IsZero() {
			begun = j
		}
	}
	switch {
	case auto && begun >= 0 && !mine(x.ID, begun):
		return Work{Do: DoInterrupt}
	case x.Dirty && (!auto || begun < 0):
		return Work{Do: DoClean}
	case auto && x.Steps[i].Begun.IsZero():
		return Work{Do: DoStep, Step: i}
	}
	return Work{}
}
