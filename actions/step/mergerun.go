package step

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"twokey/internal/rows"
)

// bring writes the rows that were approved. committing is told the transaction's number before it is committed.
func (m Merge) bring(ctx context.Context, env Env, committing func(xid string) error) (err error) {
	limits := approvedRows(env.Facts)
	if len(limits) == 0 {
		return &Failure{Sentence: "no number of rows was approved", Hint: "ask again"}
	}
	from, err := m.same(ctx, env)
	if err != nil {
		return err
	}
	to, err := m.target(env)
	if err != nil {
		return err
	}
	side, back, err := from.open(ctx, env)
	if err != nil {
		return err
	}
	done, err := rows.Merge(ctx, side, to, rows.MergeOptions{Options: m.options(env, tablesOf(limits)), Kinds: m.kinds(), Limits: limits, Committing: committing})
	closed := back()
	if err != nil {
		return errors.Join(err, closed)
	}
	env.data(Data{Merge: mergedRows(from.Name, done)})
	if closed != nil { // the rows are there, whatever this says
		fmt.Fprintln(env.output(), "the kept database could not be closed again:", closed)
	}
	return nil
}

// same finds the source, and refuses when it, or the service's database, is not the one that was approved: making the safety
// copy takes its time.
func (m Merge) same(ctx context.Context, env Env) (source, error) {
	live, err := look(ctx, env, m.server(env))
	if err != nil {
		return source{}, err
	}
	from, err := m.source(ctx, env)
	if err != nil {
		return source{}, err
	}
	for _, is := range []Fact{from.fact(), {Name: factDatabase, Kind: Pinned, Value: identity(live.Identity)}} {
		if !slices.ContainsFunc(env.Facts, func(f Fact) bool { return f.Holds(is) && f.Kind == Pinned }) {
			return source{}, &Failure{Sentence: fmt.Sprintf("changed since it was approved: %s is %s now", is.Name, is.Value), Hint: "ask again"}
		}
	}
	return from, nil
}

// noted is the number of a transaction that was about to be committed, for a later life.
type noted struct {
	Tag string `json:"tag"` // of the step: a run that goes on from another's has its own
	XID string `json:"xid"`
}

func (e Env) noteFile() string { return filepath.Join(e.scratch(), "commit.json") }

// noteXID writes the number down so that it survives the machine.
func (e Env) noteXID(xid string) error {
	if err := os.MkdirAll(e.scratch(), 0o700); err != nil {
		return err
	}
	data, err := json.Marshal(noted{e.Tag, xid})
	if err != nil {
		return err
	}
	part := e.noteFile() + ".part"
	if err := writeSynced(part, data); err != nil {
		return err
	}
	if err := os.Rename(part, e.noteFile()); err != nil {
		return err
	}
	return errors.Join(syncDir(e.scratch()), syncDir(e.Base.Scratch))
}

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// notedXID is the number that this step noted; empty: it did not come so far.
func (e Env) notedXID() (string, error) {
	data, err := os.ReadFile(e.noteFile())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	var n noted
	if err == nil {
		err = json.Unmarshal(data, &n)
	}
	if err != nil || n.Tag != e.Tag {
		return "", err
	}
	return n.XID, nil
}

// Probe ends what is left of the step on the server, and says what became of its transaction.
func (m Merge) Probe(ctx context.Context, env Env) (string, error) {
	if m.Do == doDiff {
		return "it only compares", nil
	}
	is, err := m.probe(ctx, env)
	return is, failure(err, "the database does not say whether the rows were brought back", "look on the host")
}

func (m Merge) probe(ctx context.Context, env Env) (string, error) {
	to, err := m.target(env)
	if err != nil {
		return "", err
	}
	o := m.options(env, nil)
	if _, err := rows.End(ctx, to, o); err != nil {
		return "", err
	}
	m.leaveSource(ctx, env)
	xid, err := env.notedXID()
	if err != nil {
		return "", err
	}
	if xid == "" {
		return "nothing was brought back: it had not come to the commit", nil
	}
	became, err := rows.Outcome(ctx, to, o, xid)
	if err != nil {
		return "", err
	}
	return outcomes[became], nil
}

// outcomes says what became of a transaction.
var outcomes = map[string]string{
	rows.Committed:  "the rows were brought back: the transaction was committed",
	rows.Aborted:    "nothing was brought back: the transaction was rolled back",
	rows.InProgress: "the transaction is still under way",
	rows.Forgotten:  "the server does not know the transaction any more: compare anew with /restore_tables",
}

// leaveSource ends who still reads for us, and closes a kept database that was lent when we died. It is no more than tidying: who
// only reads does no harm, and nobody uses a kept one under its name.
func (m Merge) leaveSource(ctx context.Context, env Env) {
	from, err := m.source(ctx, env)
	if err != nil {
		return
	}
	side, back, err := from.open(ctx, env)
	if err != nil {
		return
	}
	_, _ = rows.End(ctx, side, m.options(env, nil))
	_ = back()
}
