package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxDays keeps a span far from where a time.Duration ends (292 years).
const maxDays = 3650

// parseDuration reads a span as Go writes it, with days allowed in front: 7d, 1d12h.
func parseDuration(s string) (time.Duration, error) {
	var sum time.Duration
	rest := s
	if days, after, has := strings.Cut(s, "d"); has {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil || n > maxDays {
			return 0, fmt.Errorf("%q is not a span of time of at most %d days", s, maxDays)
		}
		sum, rest = time.Duration(n)*24*time.Hour, after
	}
	if rest != "" || s == "" {
		d, err := time.ParseDuration(rest)
		if err != nil || d > maxDays*24*time.Hour || d < 0 && sum > 0 {
			return 0, fmt.Errorf("%q is not a span of time of at most %d days", s, maxDays)
		}
		sum += d
	}
	if sum <= 0 {
		return 0, fmt.Errorf("is %s: it must be more than nothing", s)
	}
	return sum, nil
}

// parsePercent reads 1% to 99%.
func parsePercent(s string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSuffix(s, "%"))
	if err != nil || !strings.HasSuffix(s, "%") || n < 1 || n > 99 {
		return 0, errors.New("is not a share from 1% to 99%")
	}
	return n, nil
}

// didYouMean is the hint for a word that is not one of those there are.
func didYouMean(word string, known []string) string {
	known = slices.Compact(slices.Sorted(slices.Values(known)))
	best, far := "", len(word)/3+1
	for _, k := range known {
		if d := distance(word, k); d <= far && d < len(k) {
			best, far = k, d-1
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %s?", best)
	case len(known) == 0:
		return ""
	}
	return "there are " + strings.Join(known, ", ")
}

// maxWord bounds the work of distance: a longer word is nobody's slip of the finger.
const maxWord = 64

// distance is the number of letters to add, drop, change or swap with their neighbour to make one word the other.
func distance(a, b string) int {
	if len(a) > maxWord || len(b) > maxWord {
		return maxWord
	}
	row := func() []int { return make([]int, len(b)+1) }
	before, last := row(), row()
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		this := row()
		this[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			this[j] = min(last[j]+1, this[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				this[j] = min(this[j], before[j-2]+1)
			}
		}
		before, last = last, this
	}
	return last[len(b)]
}
