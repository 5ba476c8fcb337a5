package picture

import (
	"bytes"
	"image/png"
	"os"
	"testing"
	"time"
)

// TestALineIsDrawn: what comes out is a PNG of the size, and in it the line is where the numbers are: nothing of it is in the
// upper half while the numbers are small, and something is when one is not.
func TestALineIsDrawn(t *testing.T) {
	at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	var flat, steep []Point
	for i := range 60 {
		p := Point{At: at.Add(time.Duration(i) * time.Second), Value: 28.5}
		flat = append(flat, p)
		if i < 30 {
			p.Value = 0
		}
		steep = append(steep, p)
	}
	draw := func(points []Point) (dark int) {
		data, err := Line("sent a second", points, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if dir := os.Getenv("PICTURES"); dir != "" {
			_ = os.WriteFile(dir+"/"+t.Name()+".png", data, 0o600)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if b := img.Bounds(); b.Dx() != width || b.Dy() != height {
			t.Fatalf("it is %v", b)
		}
		for x := width / 5; x < width*2/5; x++ { // the first half of the time, below the title and above the axis
			for y := height / 3; y < height*2/3; y++ {
				if r, g, bl, _ := img.At(x, y).RGBA(); r < 0xf000 || g < 0xf000 || bl < 0xf000 {
					dark++
				}
			}
		}
		return dark
	}
	if high, low := draw(flat), draw(steep); high <= 2*low {
		t.Errorf("coloured where the line is: %d, where it is not: %d", high, low)
	}
	if _, err := Line("x", flat[:1], time.UTC); err == nil {
		t.Error("one point is a line")
	}
}
