package audience

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"
)

// Figures are what one copy cost.
type Figures struct {
	Users  int
	Took   time.Duration
	PeakMB float64 // the most memory the whole process held while it was made; 10⁶ bytes
}

// Bench takes a copy and measures it. What else the process does at the time is measured with it.
func Bench(ctx context.Context, s *Shelf, src Source) (Figures, error) {
	// 5 puts the peak back to what is held now, https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		return Figures{}, fmt.Errorf("the peak of memory cannot be measured: %w", err)
	}
	began := time.Now()
	c, err := s.Take(ctx, src, nil)
	took := time.Since(began)
	if err != nil {
		return Figures{}, err
	}
	peak, err := peakMemory()
	return Figures{Users: c.Users, Took: took, PeakMB: peak}, err
}

func peakMemory() (float64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kib float64
	if _, err := fmt.Sscanf(after, "%f kB", &kib); err != nil {
		return 0, fmt.Errorf("the peak of memory cannot be read: %w", err)
	}
	return kib * 1024 / 1e6, nil
}
