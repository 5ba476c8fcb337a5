package proc

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// expected is what a quota of 2×half keeps of all.
func expected(all []byte, head, tail int) string {
	if len(all) <= head+tail {
		return string(all)
	}
	return string(all[:head]) + fmt.Sprintf("\n… %d bytes left out …\n", len(all)-head-tail) + string(all[len(all)-tail:])
}

func chunks(t *rapid.T) [][]byte {
	return rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 50), 0, 20).Draw(t, "chunks")
}

func TestBoundedKeepsHeadAndTail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		head, tail := rapid.IntRange(0, 60).Draw(t, "head"), rapid.IntRange(0, 60).Draw(t, "tail")
		b := NewBounded(head, tail)
		var all []byte
		for _, c := range chunks(t) {
			b.Write(c)
			all = append(all, c...)
		}
		if got, want := b.String(), expected(all, head, tail); got != want {
			t.Fatalf("kept %q, want %q", got, want)
		}
	})
}

func TestOutputKeepsHeadAndTailInAFile(t *testing.T) {
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		half := rapid.IntRange(1, 60).Draw(rt, "half")
		path := filepath.Join(dir, fmt.Sprint(n))
		n++
		o, err := CreateOutput(path, int64(2*half))
		if err != nil {
			rt.Fatal(err)
		}
		var all []byte
		for _, c := range chunks(rt) {
			o.Write(c)
			all = append(all, c...)
		}
		if want := int64(max(0, len(all)-2*half)); o.Dropped() != want {
			rt.Fatalf("dropped %d, want %d", o.Dropped(), want)
		}
		if err := o.Close(); err != nil {
			rt.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if want := expected(all, half, half); err != nil || string(got) != want {
			rt.Fatalf("file %q, want %q (%v)", got, want, err)
		}
		if _, err := os.Stat(path + ".tail"); err == nil {
			rt.Fatal("the ring is still there")
		}
	})
}

func TestOutputTail(t *testing.T) {
	o, err := CreateOutput(filepath.Join(t.TempDir(), "out"), 100)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	for i := range 10000 {
		fmt.Fprintf(o, "line %d\n", i)
	}
	for _, c := range []struct {
		n    int
		want string
	}{
		{0, ""}, {1, "line 9999"}, {2, "line 9998\nline 9999"},
	} {
		if got := o.Tail(c.n); got != c.want {
			t.Errorf("tail of %d: %q, want %q", c.n, got, c.want)
		}
	}
	if all := o.Tail(1 << 20); !bytes.HasPrefix([]byte(all), []byte("line ")) || len(all) > tailMemory {
		t.Errorf("the whole tail has %d bytes and begins with %q", len(all), all[:10])
	}
}

func TestOutputIsNotForOthersAndNeverOverwrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	o, err := CreateOutput(path, 100)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := CreateOutput(path, 100); err == nil {
		t.Error("an existing file was taken")
	}
}
