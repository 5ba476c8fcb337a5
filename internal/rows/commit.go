package rows

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// commitWithin is how long a commit may take. It does not end with the context: half of an answer is none.
const commitWithin = 30 * time.Second

// commit commits. When the answer does not come, it asks for the outcome in another session: neither success nor failure
// is guessed.
func (m *merge) commit(ctx context.Context) error {
	xid, err := m.b.all(ctx, "SELECT pg_catalog.txid_current()")
	if err != nil || len(xid) != 1 {
		return errors.Join(failed(ctx, "nothing was brought back", err), m.gone())
	}
	m.done.XID = xid[0][0]
	if m.o.Committing != nil {
		if err := m.o.Committing(m.done.XID); err != nil {
			return errors.Join(&Error{Sentence: "nothing was brought back: it could not be noted", Hint: "ask again", Cause: err}, m.gone())
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitWithin)
	defer cancel()
	tag, err := m.b.ExecParams(ctx, "COMMIT", nil, nil, nil, nil).Close()
	var pg *pgconn.PgError
	switch {
	case err == nil && tag.String() == "COMMIT":
		return nil
	case err == nil: // what PostgreSQL says to it in a transaction that has failed
		return errors.Join(&Error{Sentence: "nothing was brought back: the transaction had failed before", Hint: "report this"}, m.gone())
	case errors.As(err, &pg) && pg.Severity != "FATAL":
		return errors.Join(failed(ctx, "nothing was brought back", err), m.gone())
	}
	return m.outcome(err)
}

// outcome is for a commit without an answer.
func (m *merge) outcome(lost error) error {
	if err := m.gone(); err != nil {
		return &Error{Sentence: "it is not known whether the rows were brought back", Hint: "look at the database; transaction " + m.done.XID, Cause: errors.Join(bare(lost), err)}
	}
	ctx, cancel := context.WithTimeout(context.Background(), commitWithin)
	defer cancel()
	switch state, err := Outcome(ctx, m.to, m.o.Options, m.done.XID); {
	case err == nil && state == Committed:
		return nil
	case err == nil && state == Aborted:
		return &Error{Sentence: "nothing was brought back: the connection to the database broke", Hint: "ask again", Cause: bare(lost)}
	default:
		return &Error{Sentence: "it is not known whether the rows were brought back", Hint: "look at the database; transaction " + m.done.XID, Cause: errors.Join(bare(lost), err)}
	}
}
