package secret

import (
	"bytes"
	"slices"
	"strings"
)

// matcher finds many patterns at once (Wu and Manber, 1994). A window as long
// as the shortest pattern slides over the text; the hash of its last three
// bytes tells how far it may jump, mostly past all of them, and, where it may
// not, which few patterns to compare. The time hardly depends on their number.
type matcher struct {
	min, max int
	shift    []uint8       // by hash of a block; 0 means compare
	group    []uint16      // by hash of a block: index in groups
	groups   [][][]byte    // each longest first
	byFirst  [256][][]byte // for undecided
	pairs    [1 << 16]bool // the first two bytes of some pattern
}

const (
	block    = 3
	hashBits = 15 // the shift table is 32 KiB: it stays in the first cache
)

func hash(a, b, c byte) uint16 {
	return (uint16(a) ^ uint16(b)<<4 ^ uint16(c)<<8 ^ uint16(c)>>6) & (1<<hashBits - 1)
}

func pair(a, b byte) int { return int(a)<<8 | int(b) }

func newMatcher(patterns [][]byte) *matcher {
	patterns = normal(patterns)
	m := &matcher{
		shift:  make([]uint8, 1<<hashBits),
		group:  make([]uint16, 1<<hashBits),
		groups: [][][]byte{nil},
	}
	if len(patterns) == 0 {
		return m
	}
	m.max, m.min = len(patterns[0]), len(patterns[len(patterns)-1])
	far := min(m.min-block+1, 255)
	for i := range m.shift {
		m.shift[i] = uint8(far)
	}
	for _, p := range patterns {
		m.add(p)
	}
	return m
}

// normal sorts longest first, drops repetitions, and drops what is part of
// Mark: replacing it would only write it again.
func normal(patterns [][]byte) [][]byte {
	patterns = slices.DeleteFunc(slices.Clone(patterns), func(p []byte) bool {
		return len(p) < minLen || strings.Contains(Mark, string(p))
	})
	slices.SortFunc(patterns, func(a, b []byte) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return bytes.Compare(a, b)
	})
	return slices.CompactFunc(patterns, bytes.Equal)
}

func (m *matcher) add(p []byte) {
	for end := block; end <= m.min; end++ {
		h := hash(p[end-3], p[end-2], p[end-1])
		m.shift[h] = min(m.shift[h], uint8(min(m.min-end, 255)))
	}
	h := hash(p[m.min-3], p[m.min-2], p[m.min-1])
	if m.group[h] == 0 {
		m.group[h] = uint16(len(m.groups))
		m.groups = append(m.groups, nil)
	}
	m.groups[m.group[h]] = append(m.groups[m.group[h]], p)
	m.byFirst[p[0]] = append(m.byFirst[p[0]], p)
	m.pairs[pair(p[0], p[1])] = true
}

// next returns where in [from, limit) the next pattern begins and the length
// of the longest that does; -1 if none. It may end after limit.
func (m *matcher) next(text []byte, from, limit int) (start, length int) {
	for s := from; s < limit && s+m.min <= len(text); {
		end := s + m.min
		h := hash(text[end-3], text[end-2], text[end-1])
		if jump := m.shift[h]; jump > 0 {
			s += int(jump)
			continue
		}
		for _, p := range m.groups[m.group[h]] {
			if bytes.HasPrefix(text[s:], p) {
				return s, len(p)
			}
		}
		s++
	}
	return -1, 0
}

// undecided returns the first position of text at which a pattern begins that
// text is too short to hold whole, or len(text).
func (m *matcher) undecided(text []byte) int {
	for i := max(0, len(text)-m.max+1); i < len(text); i++ {
		if i+1 < len(text) && !m.pairs[pair(text[i], text[i+1])] {
			continue
		}
		for _, p := range m.byFirst[text[i]] {
			if len(p) > len(text)-i && bytes.HasPrefix(p, text[i:]) {
				return i
			}
		}
	}
	return len(text)
}
