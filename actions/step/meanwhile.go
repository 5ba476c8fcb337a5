package step

import "sync"

// meanwhile does something while other things are done, and gives what it came to, once it is done, as often as it is asked.
func meanwhile[T any](do func() (T, error)) func() (T, error) {
	var value T
	var err error
	var all sync.WaitGroup
	all.Go(func() { value, err = do() })
	return func() (T, error) {
		all.Wait()
		return value, err
	}
}
