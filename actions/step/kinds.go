package step

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// kinds is every kind of work there is: another one is a file, and a line here.
var kinds = map[string]func() loaded{
	"backup":  func() loaded { return &Backup{} },
	"drill":   func() loaded { return &Drill{} },
	"exec":    func() loaded { return &Exec{} },
	"http":    func() loaded { return &HTTP{} },
	"merge":   func() loaded { return &Merge{} },
	"migrate": func() loaded { return &Migrate{} },
	"notice":  func() loaded { return &Notice{} },
	"process": func() loaded { return &Process{} },
	"queue":   func() loaded { return &Queue{} },
	"restore": func() loaded { return &Restore{} },
	"sql":     func() loaded { return &SQL{} },
	"verify":  func() loaded { return &Verify{} },
}

// loaded is a Kind that knows whether it is complete.
type loaded interface {
	Kind
	complete() error
}

// New gives an empty step of the kind, to decode YAML into; false when there is no such kind.
func New(name string) (Kind, bool) {
	k, ok := kinds[name]
	if !ok {
		return nil, false
	}
	return k(), true
}

// Decode gives back a loaded step from its JSON. Unknown fields, and steps that were never loaded, are errors.
func Decode(name string, body []byte) (Kind, error) {
	make, ok := kinds[name]
	if !ok {
		return nil, fmt.Errorf("step kind %q: unknown", name)
	}
	k := make()
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(k); err != nil {
		return nil, fmt.Errorf("step %s: %w", name, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("step %s: something follows its JSON", name)
	}
	if err := k.complete(); err != nil {
		return nil, fmt.Errorf("step %s: %w", name, err)
	}
	return k, nil
}
