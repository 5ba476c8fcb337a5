package notice

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// maxDuration is far beyond any notice, and keeps sums away from where a time.Duration ends.
const maxDuration = 31 * 24 * time.Hour

var (
	spanForm = regexp.MustCompile(`^(?:\d{1,6}(?:[.,]\d{1,3})? ?\pL+\.? ?)+$`)
	spanPart = regexp.MustCompile(`(\d+)([.,]\d+)? ?(\pL+)`)
)

// unit reads the units that people write.
func unit(word string) time.Duration {
	switch word {
	case "d", "day", "days", "д", "дн", "день", "дня", "дней":
		return 24 * time.Hour
	case "h", "hr", "hrs", "hour", "hours", "ч", "час", "часа", "часов":
		return time.Hour
	case "m", "min", "mins", "minute", "minutes", "м", "мин", "минута", "минуты", "минут":
		return time.Minute
	case "s", "sec", "secs", "second", "seconds", "с", "сек", "секунд", "секунды":
		return time.Second
	}
	return 0
}

func readDuration(s string) (string, error) {
	d, err := parseDuration(s)
	if err != nil {
		return "", err
	}
	return d.String(), nil
}

// parseDuration reads 15m, 1h 30m, 90 min and the canonical form, to the second.
func parseDuration(s string) (time.Duration, error) {
	plain := strings.ToLower(strings.Join(strings.Fields(s), " "))
	wrong := &Error{Sentence: fmt.Sprintf("is %s, which is not a duration", quote(s))}
	if !spanForm.MatchString(plain) {
		return 0, wrong
	}
	var sum time.Duration
	for _, p := range spanPart.FindAllStringSubmatch(plain, -1) {
		part, err := time.ParseDuration(p[1] + strings.Replace(p[2], ",", ".", 1) + "s") // the number; the unit comes next
		if err != nil || unit(p[3]) == 0 {
			return 0, wrong
		}
		times := unit(p[3]) / time.Second
		if part > maxDuration/times || sum > maxDuration {
			return 0, outOfBounds(s)
		}
		sum += part * times
	}
	sum = sum.Truncate(time.Second)
	if sum <= 0 || sum > maxDuration {
		return 0, outOfBounds(s)
	}
	return sum, nil
}

func outOfBounds(s string) *Error {
	return &Error{Sentence: fmt.Sprintf("is %s: it must be more than nothing, and at most 31 days", quote(s))}
}
