package text

import (
	"regexp"
	"strconv"
	"strings"
)

// What the buttons of a drill stand for. The number of the press is the exercise's.
const (
	DrillAccept  = 'a'
	DrillStart   = 's' // also: look again
	DrillMove    = 'm' // another time, which is asked for
	DrillMoveTo  = 't' // N is the time, in seconds since 1970; why is asked for
	DrillSkip    = 'k'
	DrillDone    = 'd' // N is the step, from 0; so is it of the next two
	DrillFailed  = 'f'
	DrillOmit    = 'o'
	DrillNote    = 'n'
	DrillAbort   = 'x'
	DrillSign    = 'g' // N is how many findings stand above
	DrillFinding = 'i'
	DrillReport  = 'r'
	DrillTrend   = 'e'
	DrillHere    = 'h'
	DrillAnyway  = 'y'
)

const (
	withoutNumber = "asmknxireyh"
	withNumber    = "tdfog"
)

// DrillChoice is the choice of a press about a drill.
type DrillChoice struct {
	What byte
	N    uint64
}

// String is the choice of a Press.
func (d DrillChoice) String() string {
	if strings.IndexByte(withNumber, d.What) >= 0 {
		return "z" + string(d.What) + strconv.FormatUint(d.N, 10)
	}
	return "z" + string(d.What)
}

// ParseDrill reads what String writes, and nothing else.
func ParseDrill(choice string) (DrillChoice, bool) {
	if len(choice) < 2 || choice[0] != 'z' || strings.IndexByte(withNumber+withoutNumber, choice[1]) < 0 {
		return DrillChoice{}, false
	}
	d := DrillChoice{What: choice[1]}
	if rest := choice[2:]; rest != "" {
		n, err := strconv.ParseUint(rest, 10, 48)
		if err != nil {
			return DrillChoice{}, false
		}
		d.N = n
	}
	return d, d.String() == choice
}

// IsDrill says whether the number of a press of it is an exercise's.
func IsDrill(choice string) bool {
	_, is := ParseDrill(choice)
	return is
}

// asksFor is the last line of a question of ours: which exercise, and which choice the reply is the words for. So a question
// needs no memory: whoever answers it after a restart is understood.
var asksFor = regexp.MustCompile(`^#([1-9][0-9]{0,18}):(z[a-z][0-9]{0,15})$`)

// ParseDrillAsk reads what a question of ours asks for.
func ParseDrillAsk(message string) (id uint64, c DrillChoice, ok bool) {
	if !strings.HasPrefix(message, drillMark) {
		return 0, c, false
	}
	m := asksFor.FindStringSubmatch(message[strings.LastIndexByte(message, '\n')+1:])
	if m == nil {
		return 0, c, false
	}
	id, err := strconv.ParseUint(m[1], 10, 64)
	c, ok = ParseDrill(m[2])
	return id, c, ok && err == nil
}

// drillMark begins every message about a drill: nobody may take it for the real thing.
const drillMark = "🧪"

// drillPress is a button of a drill.
func drillPress(label html, id uint64, what byte, n uint64, style string) Button {
	return press(label, id, DrillChoice{what, n}.String(), style)
}
