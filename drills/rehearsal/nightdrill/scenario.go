package nightdrill

import (
	"embed"
	"fmt"
	"io"
	"os"
	"path"
	"time"
)

// Scenario is what happens at a tabletop.
type Scenario struct {
	Name      string
	Objective string
	Success   []string // what has to be so for it to have gone well
	Without   string   // who must not help; empty: everybody may
	Events    []Event  // in the order of their times, the first at 0
}

// Event is something that happens.
type Event struct {
	After  time.Duration // since the tabletop began
	Title  string
	Ask    string // what people are told and asked, at most three lines
	Answer string // what the runbook says, for afterwards
}

//go:embed scenarios/*.yaml
var builtIn embed.FS

// BuiltIn is the one whose turn it is, of those that are built in. They take turns in the order of their names.
func BuiltIn(turn int) (Scenario, error) {
	files, err := builtIn.ReadDir("scenarios")
	if err != nil {
		return Scenario{}, err
	}
	n := len(files)
	name := path.Join("scenarios", files[(turn%n+n)%n].Name())
	data, err := builtIn.ReadFile(name)
	if err != nil {
		return Scenario{}, err
	}
	return Parse(name, data)
}

// Load reads a file. The error has everything that is wrong with it, each with its line.
func Load(file string) (Scenario, error) {
	data, err := read(file)
	if err != nil {
		return Scenario{}, err
	}
	return Parse(file, data)
}

// read takes a file and nothing else: whoever opens a pipe may wait for ever.
func read(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, &Mistake{File: file, Sentence: "the scenario cannot be read", Hint: "see the drill's scenario in the config", Cause: err}
	}
	if !info.Mode().IsRegular() {
		return nil, &Mistake{File: file, Sentence: "the scenario is no file", Hint: "see the drill's scenario in the config"}
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, &Mistake{File: file, Sentence: "the scenario cannot be read", Hint: "twokey's user has to be able to read it", Cause: err}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return data, nil
}
