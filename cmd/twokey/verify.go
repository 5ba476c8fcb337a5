package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/mod/sumdb/note"

	"twokey/internal/heads"
	"twokey/internal/journal"
)

type verifyCommand struct {
	stateFlags
	Head string `placeholder:"FILE|-" help:"Signed heads that were kept outside, any number in one file: is each on the chain?"`
	Key  string `placeholder:"PUBLIC" help:"The public key they are signed with (twokey journal key); the config's key when it is not given."`
}

// The exit codes of verify. The worst of several verdicts counts.
const (
	isBad      = 1
	cannotTell = 2
)

func (c verifyCommand) Run(ctx context.Context, o output) error {
	store, err := c.open(ctx)
	if err != nil {
		return unsure(o, err)
	}
	defer store.Close()
	report, err := journal.Verify(ctx, store)
	if err != nil {
		return unsure(o, err)
	}
	if report.Broken != nil {
		fmt.Fprintf(o.out, "broken at entry %d: %s\n%d entries before it are whole\n", report.Broken.Seq, report.Broken.Why, report.Entries)
		return exitError(isBad)
	}
	fmt.Fprintf(o.out, "whole: %d entries, head %d %s\n", report.Entries, report.Head.Seq, report.Head.Hash)
	if report.Backwards > 0 {
		fmt.Fprintf(o.out, "note: the clock went back %d times\n", report.Backwards)
	}
	if c.Head == "" {
		fmt.Fprintln(o.out, "note: a chain cannot show that its end was cut off; give a head that was kept elsewhere with --head")
		return nil
	}
	return c.heads(ctx, o, store, report.Head)
}

func unsure(o output, err error) error {
	fmt.Fprintf(o.err, "error: cannot tell: %v\n", err)
	return exitError(cannotTell)
}

// heads says of every head that was kept whether its signature is good, and whether it is on the chain: two verdicts.
func (c verifyCommand) heads(ctx context.Context, o output, store journal.Store, ours journal.Head) error {
	text, err := readAll(c.Head)
	if err != nil {
		return unsure(o, err)
	}
	notes := heads.Find(text)
	if len(notes) == 0 {
		return unsure(o, fmt.Errorf("%s: there is no signed head in it", c.Head))
	}
	by, err := c.verifier()
	if err != nil {
		fmt.Fprintf(o.err, "error: signatures cannot be checked: %v\n", err)
	}
	worst := 0
	for i, n := range notes {
		worst = worse(worst, oneHead(ctx, o.out, i+1, n, by, store, ours))
	}
	if worst > 0 {
		return exitError(worst)
	}
	return nil
}

func oneHead(ctx context.Context, w io.Writer, i int, text string, by note.Verifier, store journal.Store, ours journal.Head) int {
	said, err := heads.Read(text)
	if err != nil {
		fmt.Fprintf(w, "head %d of those kept: cannot tell: it %v\n", i, err)
		return cannotTell
	}
	fmt.Fprintf(w, "head %d of those kept: entry %d %s, signed %s\n", i, said.Head.Seq, said.Head.Hash.Short(), said.Time.Format("2006-01-02 15:04:05Z"))
	signed, there := signature(w, text, by), place(ctx, w, said, store, ours)
	if signed != 0 {
		return signed // where it stands proves nothing, if it may be anybody's
	}
	return there
}

func signature(w io.Writer, text string, by note.Verifier) int {
	if by == nil {
		fmt.Fprintln(w, "  signature: not checked")
		return cannotTell
	}
	if _, err := heads.Open(text, by); err != nil {
		fmt.Fprintf(w, "  signature: bad: it %v\n", err)
		return isBad
	}
	fmt.Fprintln(w, "  signature: good")
	return 0
}

func place(ctx context.Context, w io.Writer, said heads.Signed, store journal.Store, ours journal.Head) int {
	verdict, err := compareWith(ctx, store, ours, said.Head)
	switch {
	case err != nil:
		fmt.Fprintf(w, "  place: cannot tell: %v\n", err)
		return cannotTell
	case verdict == heads.Same:
		fmt.Fprintln(w, "  place: it is the newest entry")
	case verdict == heads.Ahead:
		fmt.Fprintf(w, "  place: on the chain; %d entries since\n", ours.Seq-said.Head.Seq)
	case verdict == heads.Behind:
		fmt.Fprintf(w, "  place: past the end, which is entry %d: this journal was cut off, or is an old copy\n", ours.Seq)
		return isBad
	default:
		fmt.Fprintf(w, "  place: not on the chain: entry %d is another one here\n", said.Head.Seq)
		return isBad
	}
	return 0
}

// worse is the worse of two codes: what is bad is worse than what cannot be told.
func worse(a, b int) int {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

func (c verifyCommand) verifier() (note.Verifier, error) {
	if c.Key != "" {
		return heads.Verifier(c.Key)
	}
	key, err := signingKey(c.Config)
	if err != nil {
		return nil, err
	}
	return key.Verifier(), nil
}

// maxHeads bounds a file of heads: a head a day for thousands of years.
const maxHeads = 256 << 20

func readAll(path string) (string, error) {
	f := os.Stdin
	if path != "-" {
		var err error
		if f, err = os.Open(path); err != nil {
			return "", err
		}
		defer f.Close()
	}
	data, err := io.ReadAll(io.LimitReader(f, maxHeads+1))
	if err == nil && len(data) > maxHeads {
		err = errors.New(path + ": is too long")
	}
	return string(data), err
}
