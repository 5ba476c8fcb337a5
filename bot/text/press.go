package text

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"twokey/internal/showable"
)

// Button is one button. Data is at most 64 bytes and comes back when it is pressed; Style is "success", "danger",
// "primary" or empty.
type Button struct {
	Label, Data, Style string
}

// The choices a button stands for.
const (
	Approve = "a"
	Deny    = "d"
	Details = "i"
	Cancel  = "c"
	Halt    = "h" // stop safely: before the next step
	Resume  = "r"
	Undo    = "u"
	Leave   = "l"
	Again   = "g" // ask again: a new request with the same arguments
	Log     = "o"
	Do      = "do" // what a typed command line does; names no request

	Review         = "v"  // look at what one person did alone
	ReviewRight    = "vy" // it was right
	ReviewWrong    = "vn"
	Confirm        = "f" // what the checks found is so
	Rows           = "w" // the rows of private checks, in private
	Incident       = "t" // what happened since
	Accept         = "x" // ask for the unlock again and accept what is red
	AffectsAll     = "ea"
	AffectsSome    = "es"
	AffectsUnknown = "eu"
	PanicNow       = "p" // its number is the second, since 1970, at which its time ends

	Texts     = "tx" // what users would get, once more
	TestMe    = "te" // the same, through the service's bot, to whoever presses
	TellUsers = "tu" // begin a notice about the request

	// Their number is a broadcast's.
	BroadcastPause  = "bp"
	BroadcastGoOn   = "bg"
	BroadcastCancel = "bc"
	BroadcastRate   = "br"
	BroadcastList   = "bl" // in private
)

// The styles of buttons. Source: https://core.telegram.org/bots/api#inlinekeyboardbutton
const (
	good   = "success"
	danger = "danger"
)

// Press is what a pressed button stood for.
type Press struct {
	Seq    uint64 // the request, the broadcast, the draft or the exercise; 0 for Do
	Choice string
	Line   string // the command line, for Do
}

const (
	version = "v1:"
	// maxData is the longest callback data in bytes. Source: https://core.telegram.org/bots/api#inlinekeyboardbutton
	maxData = 64
	// maxLabel keeps a label on a phone's screen, in characters.
	maxLabel = 32
)

var choices = map[string]bool{Approve: true, Deny: true, Details: true, Cancel: true, Halt: true, Resume: true, Undo: true,
	Leave: true, Again: true, Log: true, Review: true, ReviewRight: true, ReviewWrong: true, Confirm: true, Rows: true,
	Incident: true, Accept: true, AffectsAll: true, AffectsSome: true, AffectsUnknown: true, PanicNow: true, Texts: true, TestMe: true, TellUsers: true,
	BroadcastPause: true, BroadcastGoOn: true, BroadcastCancel: true, BroadcastRate: true, BroadcastList: true}

// chosen says whether it is a choice about something that has a number.
func chosen(choice string) bool {
	_, _, check := ParseCheck(choice)
	_, draft := ParseDraft(choice)
	return choices[choice] || check || draft || IsDrill(choice)
}

// IsBroadcast says whether the number of a press of it is a broadcast's.
func IsBroadcast(choice string) bool {
	switch choice {
	case BroadcastPause, BroadcastGoOn, BroadcastCancel, BroadcastRate, BroadcastList:
		return true
	}
	return false
}

// Data writes a press down, empty when it does not fit a button.
func (p Press) Data() string {
	data := version + strconv.FormatUint(p.Seq, 10) + ":" + p.Choice
	if p.Choice == Do {
		data += " " + p.Line
	}
	if back, ok := ParseData(data); !ok || back != p {
		return ""
	}
	return data
}

// ParseData reads a button's data. It takes exactly what Data writes: anybody can send anything, and one press has one
// spelling.
func ParseData(data string) (Press, bool) {
	rest, ours := strings.CutPrefix(data, version)
	digits, choice, whole := strings.Cut(rest, ":")
	seq, err := strconv.ParseUint(digits, 10, 64)
	if !ours || !whole || err != nil || len(data) > maxData || strconv.FormatUint(seq, 10) != digits {
		return Press{}, false
	}
	if chosen(choice) && seq > 0 {
		return Press{Seq: seq, Choice: choice}, true
	}
	line, isLine := strings.CutPrefix(choice, Do+" ")
	if !isLine || seq != 0 || !commandLine(line) {
		return Press{}, false
	}
	return Press{Choice: Do, Line: line}, true
}

func commandLine(line string) bool {
	hidden := func(r rune) bool { return !unicode.IsPrint(r) || showable.Invisible(r) }
	return len(line) > 1 && line[0] == '/' && utf8.ValidString(line) && !strings.ContainsFunc(line, hidden)
}

// press is a button for a request, label the plain form of a sentence.
func press(label html, seq uint64, choice, style string) Button {
	return Button{Label: clean(plain(label), maxLabel), Data: Press{Seq: seq, Choice: choice}.Data(), Style: style}
}

// do is a button for a command line; without data when the line does not fit.
func do(label html, line string) Button {
	return Button{Label: clean(plain(label), maxLabel), Data: Press{Choice: Do, Line: line}.Data()}
}
