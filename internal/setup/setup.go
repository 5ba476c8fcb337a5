// Package setup is `twokey init`: it looks around on the service's host, asks what cannot be seen, and writes a config
// with comments, a folder for secrets and one for the state.
//
// It reads names and never values: of an env file the keys, of a compose file the services. It changes nothing but the
// files it writes, starts no pm2, and takes nothing from Telegram that waits for the bot. It never overwrites: a config
// that is there ends it, and a token or a key that is there stays.
package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"twokey/internal/secret"
)

// ErrToken is why a Bot could not be asked when Telegram does not know its token.
var ErrToken = errors.New("telegram does not know this token")

// Bot is what Telegram tells about the bot.
type Bot interface {
	// Name is the bot's username, without @. The error is ErrToken when there is no such bot.
	Name(ctx context.Context) (string, error)
	// Heard is what waits for the bot. It is left there: the bot gets it all the same when it starts.
	Heard(ctx context.Context) ([]Heard, error)
}

// Heard is one sign of life in a group: somebody wrote, or, with no User, the bot was let in.
type Heard struct {
	Chat      int64
	Title     string
	User      int64
	Name      string
	Anonymous bool // in the group's name: nobody knows who it was
}

// Setup is one run of init.
type Setup struct {
	Config string // the file to write
	Given  Given
	Talk   *Talk
	Places Places
	// Bot asks Telegram with a token; nil: Telegram is not asked.
	Bot func(secret.Value) (Bot, error)
	// MakeKey writes a new key that signs the journal's head into a file that only we can read, and gives its public part.
	MakeKey func(path string) (public string, err error)
}

// Given is what flags say beforehand. What is empty is asked, or, without questions, is the default.
type Given struct {
	Dir, Name, Manager, Process, RunAs, Health string
	Start, Stop, Status                        string // programs of a custom manager
	Token                                      secret.Value
	API                                        string // of Telegram
	AdminChat                                  string
	People                                     []string // name=id or name=id,id
}

// Paths of what is written, relative to the config.
const (
	secretsDir = "secrets"
	stateDir   = "state"
	tokenFile  = secretsDir + "/ops-bot.token"
	keyFile    = secretsDir + "/journal.key"
)

// Run asks and writes. Whatever it is told, it leaves a config that was there as it is.
func (s *Setup) Run(ctx context.Context) error {
	if err := s.free(); err != nil {
		return err
	}
	a, token, err := s.ask(ctx)
	if err != nil {
		return err
	}
	text, err := a.config()
	if err != nil {
		return err
	}
	return s.write(text, token)
}

// free refuses to go on when there is a config.
func (s *Setup) free() error {
	_, err := os.Lstat(s.Config)
	switch {
	case err == nil:
		return fmt.Errorf("%s is there already, and init overwrites nothing; write another one: twokey init -c other.yaml", s.Config)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

func (s *Setup) path(name string) string { return filepath.Join(filepath.Dir(s.Config), name) }
