package evidence_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"twokey/drills"
	"twokey/drills/evidence"
)

// many are exercises of consecutive months; the result goes pass, partial, fail.
func many(n int, took func(i int) time.Duration) (all []*drills.Exercise) {
	for i := range n {
		x := quarter(1, "database", drills.Done, []drills.Result{drills.Pass, drills.Partial, drills.Fail}[i%3], took(i))
		x.ID, x.Started = uint64(i+1), x.Started.AddDate(0, i, 0)
		all = append(all, x)
	}
	return all
}

func drawn(t *testing.T, name string, all []*drills.Exercise) image.Image {
	t.Helper()
	data, err := evidence.Trend("database", all, zone(t, "Europe/Helsinki"))
	if err != nil || data == nil {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	if dir := os.Getenv("PICTURES"); dir != "" {
		_ = os.WriteFile(filepath.Join(dir, "trend-"+name+".png"), data, 0o600)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// count is how many points are nearly of a colour.
func count(img image.Image, want color.RGBA) (n int) {
	near := func(a uint32, b uint8) bool { d := int(a>>8) - int(b); return d > -24 && d < 24 }
	for x := range img.Bounds().Dx() {
		for y := range img.Bounds().Dy() {
			if r, g, b, _ := img.At(x, y).RGBA(); near(r, want.R) && near(g, want.G) && near(b, want.B) {
				n++
			}
		}
	}
	return n
}

// TestTrend: it is a picture in which more time is more colour, and each result has its own.
func TestTrend(t *testing.T) {
	green, amber, red := color.RGBA{0x1a, 0x7f, 0x37, 255}, color.RGBA{0x8a, 0x5a, 0, 255}, color.RGBA{0xc4, 0x20, 0x2c, 255}
	usual := func(i int) time.Duration { return time.Duration(5+3*i) * time.Minute }
	mixed := drawn(t, "mixed", many(12, usual))
	if b := mixed.Bounds(); b.Dx() < 600 || b.Dy() < 300 {
		t.Errorf("it is %v", b)
	}
	for name, c := range map[string]color.RGBA{"pass": green, "partial": amber, "fail": red} {
		if n := count(mixed, c); n < 200 {
			t.Errorf("%d points of the colour of %s", n, name)
		}
	}
	two := many(2, func(int) time.Duration { return time.Minute })
	slow := many(2, func(int) time.Duration { return 29 * time.Minute })
	if a, b := count(drawn(t, "two", two), green), count(drawn(t, "slow", slow), green); b < 5*a {
		t.Errorf("a minute has %d green points, half an hour %d", a, b)
	}
	long := drawn(t, "hours", many(5, func(i int) time.Duration { return time.Duration(i+1) * 3 * time.Hour }))
	if count(long, green) == 0 {
		t.Error("nothing is green")
	}
}

// TestTrendIsOfItsDrillsLastTwelve, with a result; of fewer than two there is none.
func TestTrendIsOfItsDrillsLastTwelve(t *testing.T) {
	took := func(i int) time.Duration { return time.Duration(i+1) * time.Minute }
	all := many(20, took)
	draw := func(all []*drills.Exercise) []byte {
		data, err := evidence.Trend("database", all, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	want := draw(all[8:])
	noise := quarter(1, "another", drills.Done, drills.Fail, 0)
	open := quarter(4, "database", drills.Open, "", 0)
	if got := draw(append(append([]*drills.Exercise{noise}, all...), open, quarter(3, "database", drills.Lost, "", 0))); !bytes.Equal(got, want) {
		t.Error("it is not of the last twelve that have a result")
	}
	if bytes.Equal(draw(all[:12]), want) {
		t.Error("other exercises look the same")
	}
	for _, few := range [][]*drills.Exercise{nil, all[:1], {noise, open, all[0]}} {
		if draw(few) != nil {
			t.Errorf("%d exercises have a trend", len(few))
		}
	}
}
