package step

import "time"

// Halt is what a step that stops the service by all means came to.
type Halt struct {
	Stopped []Stopped `json:"stopped,omitempty"`
	Left    []string  `json:"left,omitempty"`   // what runs beside it and was not stopped
	Forced  string    `json:"forced,omitempty"` // what had to be done because the manager did not answer or did not obey
}

// Stopped is one part of the service that is down now.
type Stopped struct {
	Name string        `json:"name"`
	Took time.Duration `json:"took,omitempty"` // 0: it did not run
}
