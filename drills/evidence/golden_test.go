package evidence_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew; read the diff before you commit it")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s (-want +got):\n%s", file, cmp.Diff(string(want), string(got)))
	}
}

// TestRecords: what people read of each sort of exercise, and what is signed of it.
func TestRecords(t *testing.T) {
	for name := range stories() {
		t.Run(name, func(t *testing.T) {
			r := story(t, name).record()
			golden(t, name+".md", r.Markdown())
			text, err := r.JSON()
			if err != nil {
				t.Fatal(err)
			}
			if name != "hostile" { // half a megabyte
				golden(t, name+".json", text)
			}
		})
	}
}
