package picture

import (
	"fmt"
	"math"

	"github.com/go-analyze/charts"
)

// Bar is one measured number of several, and what it should be at most.
type Bar struct {
	Value  float64
	Known  bool    // false: nothing was measured, and a cross stands in its place
	Limit  float64 // 0: none
	Top    string  // above it
	Below  []string
	Colour string // as #rrggbb; also that of the last line below
}

// Bars draws them beside each other, the limit of each as a dashed line across it, and two words that say what is what. There have
// to be at least two.
func Bars(title, limit string, bars []Bar) ([]byte, error) {
	if len(bars) < 2 {
		return nil, fmt.Errorf("picture: %d bars show nothing", len(bars))
	}
	d := drawing{p: charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputPNG, Width: width, Height: height}), bars: bars}
	d.p.FilledRect(0, 0, width, height, charts.ColorWhite, charts.ColorWhite, 0)
	d.text(title, barsLeft, 44, 24, ink)
	d.text("– – –  "+limit, barsLeft, 74, 16, grey)
	for _, b := range bars {
		if d.top = math.Max(d.top, b.Limit); b.Known {
			d.top = math.Max(d.top, b.Value)
		}
	}
	for i := range bars {
		d.bar(i)
	}
	d.p.LineStroke([]charts.Point{{X: barsLeft, Y: barsFloor}, {X: width - barsLeft, Y: barsFloor}}, charts.ParseColor(grey), 2)
	return d.p.Bytes()
}

const (
	barsLeft  = 30
	barsRoof  = 130 // nothing is drawn above it but the words
	barsFloor = 460
	barsLine  = 22
	ink       = "#1f2328"
	grey      = "#59636e"
)

type drawing struct {
	p    *charts.Painter
	bars []Bar
	top  float64 // the greatest number
}

func (d drawing) bar(i int) {
	b := d.bars[i]
	room := (width - 2*barsLeft) / len(d.bars)
	middle, half := barsLeft+i*room+room/2, min(room*3/10, 60)
	colour := charts.ParseColor(b.Colour)
	y := d.height(b.Value)
	if b.Known {
		d.p.FilledRect(middle-half, min(y, barsFloor-3), middle+half, barsFloor, colour, colour, 0)
	} else {
		y = barsFloor - 30
		for _, by := range []int{-12, 12} {
			d.p.LineStroke([]charts.Point{{X: middle - 12, Y: y + 8 - by}, {X: middle + 12, Y: y + 8 + by}}, colour, 5)
		}
		y -= 8
	}
	if b.Limit > 0 {
		line := d.height(b.Limit)
		d.p.DashedLineStroke([]charts.Point{{X: middle - room/2 + 3, Y: line}, {X: middle + room/2 - 3, Y: line}}, charts.ParseColor(ink), 2, []float64{8, 5})
	}
	d.centred(b.Top, middle, y-8, ink)
	for n, text := range b.Below {
		shade := grey
		if n == len(b.Below)-1 {
			shade = b.Colour
		}
		d.centred(text, middle, barsFloor+26+n*barsLine, shade)
	}
}

// height is where a number ends.
func (d drawing) height(v float64) int {
	if d.top <= 0 {
		return barsFloor
	}
	return barsFloor - int(v/d.top*(barsFloor-barsRoof))
}

func (d drawing) text(s string, x, y int, size float64, colour string) {
	d.p.Text(s, x, y, 0, charts.FontStyle{FontSize: size, FontColor: charts.ParseColor(colour)})
}

func (d drawing) centred(s string, x, y int, colour string) {
	style := charts.FontStyle{FontSize: 13, FontColor: charts.ParseColor(colour)}
	d.p.Text(s, x-d.p.MeasureText(s, 0, style).Width()/2, y, 0, style)
}
