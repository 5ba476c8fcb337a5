package heads

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"twokey/internal/secret"
)

// name is the signer's in every note. Keys are told apart by their hash, which a note has, too.
const name = "twokey"

// Key signs heads. Its file has one line, as note.GenerateKey makes it.
type Key struct {
	signer note.Signer
	public string
}

// NewKey makes a key, writes its secret into a new file that only its owner can read, and returns its public part. It never
// overwrites a file: a key that is lost makes every head that it signed worthless.
func NewKey(path string) (public string, err error) {
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return "", fmt.Errorf("key file %s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("key file %s: is there already, and is not overwritten: %w", path, fs.ErrExist)
	}
	if err != nil {
		return "", fmt.Errorf("key file: %w", err)
	}
	_, err = f.WriteString(private + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fmt.Errorf("key file %s: %w", path, err)
	}
	return public, nil
}

// ReadKey reads a key's file. It refuses one that others can read.
func ReadKey(path string) (Key, error) {
	value, err := secret.ReadFile(path)
	if err != nil {
		return Key{}, err
	}
	k, err := ParseKey(value)
	if err != nil {
		return Key{}, fmt.Errorf("key file %s: %w", path, err)
	}
	return k, nil
}

// errNoKey never has any of what it was given in it.
var errNoKey = errors.New("is not a key that signs heads")

// ParseKey reads a key as NewKey writes it.
func ParseKey(value secret.Value) (Key, error) {
	seed := Seed(value).Reveal()
	signer, err := note.NewSigner(value.Reveal())
	raw, bad := base64.StdEncoding.DecodeString(seed)
	if err != nil || bad != nil || len(raw) != 1+ed25519.SeedSize {
		return Key{}, errNoKey
	}
	public, ok := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	if !ok {
		return Key{}, errNoKey
	}
	verifier, err := note.NewEd25519VerifierKey(signer.Name(), public)
	if err != nil {
		return Key{}, errNoKey
	}
	return Key{signer: signer, public: verifier}, nil
}

// Seed is the part of a key that is secret by itself, the last of PRIVATE+KEY+name+hash+seed. It is to be redacted, too.
func Seed(value secret.Value) secret.Value {
	parts := strings.SplitN(value.Reveal(), "+", 5) // a seed in base64 may have a + of its own
	return secret.New(parts[len(parts)-1])
}

// Public is the key that others check our notes with: NAME+HASH+KEY, as note.NewVerifier takes it.
func (k Key) Public() string { return k.public }

// Verifier checks what the key signed.
func (k Key) Verifier() note.Verifier {
	v, err := Verifier(k.public)
	if err != nil {
		panic("heads: our own public key: " + err.Error()) // we made it
	}
	return v
}

// Verifier reads a public key.
func Verifier(public string) (note.Verifier, error) {
	v, err := note.NewVerifier(strings.TrimSpace(public))
	if err != nil {
		return nil, fmt.Errorf("public key: is not one: it looks like %s+1a2b3c4d+AQ…", name)
	}
	return v, nil
}
