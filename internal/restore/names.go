package restore

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxName is what PostgreSQL keeps of a name, in bytes (NAMEDATALEN - 1). It cuts a longer one without an error.
const maxName = 63

const (
	copyInfix   = "__r_"
	beforeInfix = "__before_"
)

// Names are the names that a run gives to its copy of a database and to the database from before. They are never the
// database's own, and two databases never share one.
func Names(live string, id uint64) (copied, kept string) {
	return beside(live, copyInfix, id), beside(live, beforeInfix, id)
}

func beside(live, infix string, id uint64) string {
	end := infix + strconv.FormatUint(id, 10)
	// The longest end there may be is reserved, so that all names of one database begin alike.
	return stem(live, infix) + end
}

// stem is how the names of a database's copies begin: its own name, cut where it is too long; then a hash keeps names apart
// that begin alike.
func stem(live, infix string) string {
	const digits = 20
	room := maxName - len(infix) - digits
	if len(live) <= room {
		return live
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(live))
	cut := live[:room-9]
	for !utf8.ValidString(cut) {
		cut = cut[:len(cut)-1]
	}
	return fmt.Sprintf("%s~%08x", cut, h.Sum32())
}

var number = regexp.MustCompile(`^[1-9][0-9]*$|^0$`)

// runOf is the run that gave a database its name; false when the name is not of that kind.
func runOf(live, infix, name string) (uint64, bool) {
	digits, ours := strings.CutPrefix(name, stem(live, infix)+infix)
	if !ours || !number.MatchString(digits) {
		return 0, false
	}
	id, err := strconv.ParseUint(digits, 10, 64)
	return id, err == nil
}
