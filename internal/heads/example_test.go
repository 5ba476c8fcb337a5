package heads_test

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"twokey/internal/heads"
	"twokey/internal/journal"
)

// Whoever has the public key needs nothing of ours to check a head: a note is a note.
func Example() {
	dir, err := os.MkdirTemp("", "heads")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "journal.key")
	public, err := heads.NewKey(file)
	if err != nil {
		panic(err)
	}
	key, err := heads.ReadKey(file)
	if err != nil {
		panic(err)
	}
	entry := journal.Seal(journal.Head{}, time.Unix(0, 0), "policy.loaded", "twokey", "", []byte("{}"))
	text, err := key.Sign(heads.Signed{Journal: entry.Hash.Short(), Head: entry.Head(), Time: time.Unix(1795500000, 0)})
	if err != nil {
		panic(err)
	}

	verifier, err := note.NewVerifier(public)
	if err != nil {
		panic(err)
	}
	n, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		panic(err)
	}
	fmt.Print(n.Text)
	// Output:
	// twokey/24f0da92
	// 1
	// JPDakqNAbEGsQp1b/eOI5u4MPAh1imoQIIykKU6kb80=
	// 2026-11-24T06:00:00Z
}
