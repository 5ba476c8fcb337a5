package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
	"time"
)

// megabyte is 10⁶ bytes: of the two that people mean, the one that makes our figures larger.
const megabyte = 1e6

// figure is one measured number, what it should be, and what it is compared with.
type figure struct {
	what   string
	got    float64
	unit   string
	aim    float64
	below  bool   // the aim itself is too much
	least  bool   // the aim is the least it may be, not the most
	beside string // what it is compared with, or how it came about
}

func (f figure) ok() bool {
	switch {
	case f.below:
		return f.got < f.aim
	case f.least:
		return f.got >= f.aim
	}
	return f.got <= f.aim
}

// verdict is "ok", or by how much the aim was missed.
func (f figure) verdict() string {
	if f.ok() {
		return "ok"
	}
	return fmt.Sprintf("MISSED by %s %s", number(math.Abs(f.got-f.aim)), f.unit)
}

func (f figure) limit() string {
	sign := "<="
	switch {
	case f.below:
		sign = "<"
	case f.least:
		sign = ">="
	}
	return fmt.Sprintf("%s %g %s", sign, f.aim, f.unit)
}

// number has three digits that count, or more where there are more before the point.
func number(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

func report(w io.Writer, figures []figure) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\tmeasured\taim\t\tbeside")
	for _, f := range figures {
		fmt.Fprintf(t, "%s\t%s %s\t%s\t%s\t%s\n", f.what, number(f.got), f.unit, f.limit(), f.verdict(), f.beside)
	}
	_ = t.Flush() // a table that cannot be printed has nobody to tell
}

// times are samples of one duration.
type times []time.Duration

// at is the percentile, by nearest rank: at least so many percent of the samples are not above it. There is a sample.
func (t times) at(percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(t))
	rank := (len(sorted)*percent + 99) / 100
	return sorted[max(rank, 1)-1]
}

func (t times) String() string {
	return fmt.Sprintf("p50 %s, p99 %s, max %s ms", number(ms(t.at(50))), number(ms(t.at(99))), number(ms(t.at(100))))
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
