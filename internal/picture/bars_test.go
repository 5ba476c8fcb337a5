package picture

import (
	"bytes"
	"image/png"
	"testing"
)

// TestBarsAreDrawn: a number is as high as it is, what was not measured has no bar, and a limit is drawn where it is.
func TestBarsAreDrawn(t *testing.T) {
	const red = "#c4202c"
	draw := func(bars ...Bar) (coloured []int) {
		data, err := Bars("x", "limit", bars)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for i := range bars {
			room := (width - 2*barsLeft) / len(bars)
			x, n := barsLeft+i*room+room/2, 0
			for y := barsRoof; y < barsFloor; y++ {
				if r, g, b, _ := img.At(x, y).RGBA(); r>>8 == 0xc4 && g>>8 == 0x20 && b>>8 == 0x2c {
					n++
				}
			}
			coloured = append(coloured, n)
		}
		return coloured
	}
	got := draw(Bar{Value: 100, Known: true, Colour: red}, Bar{Value: 50, Known: true, Colour: red}, Bar{Value: 170, Colour: red}, Bar{Value: 0, Known: true, Colour: red})
	for i, want := range []int{barsFloor - barsRoof, (barsFloor - barsRoof) / 2, 0, 0} {
		if got[i] < want-8 || got[i] > want+8 {
			t.Errorf("bar %d has %d points, want about %d", i, got[i], want)
		}
	}
	if limited := draw(Bar{Value: 100, Limit: 200, Known: true, Colour: red}, Bar{Value: 50, Known: true, Colour: red}); limited[0] > got[0]/2+8 {
		t.Errorf("a limit of twice as much leaves %d points of %d", limited[0], got[0])
	}
	if _, err := Bars("x", "limit", []Bar{{}}); err == nil {
		t.Error("one bar is a picture")
	}
}
