package step

// Other is what a step may know of another request than its own.
type Other struct {
	Action string
	Args   map[string]string
	Facts  []Fact // that were approved with it
	Over   bool   // nothing of it is to come
	Done   bool   // it succeeded
}

// other is the request of that number; the zero Other when nothing is known of it, or not any more.
func (e Env) other(run uint64) Other {
	if e.Other == nil {
		return Other{}
	}
	return e.Other(run)
}
