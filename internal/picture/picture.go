// Package picture draws what a number did over time, as a PNG that a chat shows.
package picture

import (
	"fmt"
	"time"

	"github.com/go-analyze/charts"
)

// Point is a number at a time.
type Point struct {
	At    time.Time
	Value float64
}

// The size is what a phone shows of a photo without cropping it, in pixels.
const (
	width  = 1000
	height = 560
	// labels is how many times of day fit below it.
	labels = 6
)

// Line draws the points as one line, the times below it in the zone. There have to be at least two.
func Line(title string, points []Point, zone *time.Location) ([]byte, error) {
	if len(points) < 2 {
		return nil, fmt.Errorf("picture: %d points are no line", len(points))
	}
	values, times := make([]float64, len(points)), make([]string, len(points))
	for i, p := range points {
		values[i], times[i] = p.Value, p.At.In(zone).Format("15:04:05")
	}
	o := charts.NewLineChartOptionWithData([][]float64{values})
	o.Title.Text = title
	o.XAxis.Labels, o.XAxis.LabelCount = times, labels
	o.Symbol = charts.Symbol{Shape: charts.SymbolNone}
	o.FillArea = charts.Ptr(true)
	zero := 0.0
	o.YAxis = []charts.YAxisOption{{Min: &zero}}
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputPNG, Width: width, Height: height})
	if err := p.LineChart(o); err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	return p.Bytes()
}
