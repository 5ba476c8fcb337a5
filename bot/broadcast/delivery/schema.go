package delivery

import (
	"fmt"
	"strings"
)

// applicationID ("twod") and layout are in the head of every file of ours, so that no other program's database is taken for
// a ledger.
const (
	applicationID = 0x74776f64
	layout        = 1
)

// schemaSQL makes an empty ledger. Tallies are kept by triggers, in the transaction that moves a row: nothing counts a
// million rows to show how far a job is, and no program can forget to. Times are microseconds since 1970 UTC.
func schemaSQL() string {
	return fmt.Sprintf(`
BEGIN;
PRAGMA application_id = %d;
PRAGMA user_version = %d;
CREATE TABLE job (
	id       INTEGER PRIMARY KEY,
	op       TEXT NOT NULL CHECK (op IN ('%s', '%s', '%s')),
	parent   INTEGER NOT NULL,          -- the job whose messages it changes; 0 of a send
	bot      INTEGER NOT NULL,
	at       INTEGER NOT NULL,
	prepared INTEGER NOT NULL DEFAULT 0,
	picture  INTEGER NOT NULL,          -- its messages have one: their texts are captions
	file     TEXT NOT NULL DEFAULT ''   -- Telegram's name of the picture, once it is uploaded
) STRICT;
CREATE TABLE recipient (
	job     INTEGER NOT NULL,
	user    INTEGER NOT NULL,
	lang    TEXT NOT NULL,              -- as the audience had it
	state   TEXT NOT NULL CHECK (state IN (%s)),
	tries   INTEGER NOT NULL DEFAULT 0, -- that came back to the queue: those go to its end
	doubts  INTEGER NOT NULL DEFAULT 0, -- how often it may have been done, and was tried again
	message INTEGER NOT NULL DEFAULT 0, -- sent, or to be changed
	at      INTEGER NOT NULL,           -- of its state
	why     TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (job, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX recipient_queued ON recipient (job, tries, user) WHERE state = 'queued';
CREATE INDEX recipient_sending ON recipient (job, user) WHERE state = 'sending';
CREATE INDEX recipient_unknown ON recipient (job, user) WHERE state = 'unknown';
CREATE TABLE tally (
	job   INTEGER NOT NULL,
	state TEXT NOT NULL,
	n     INTEGER NOT NULL CHECK (n >= 0),
	PRIMARY KEY (job, state)
) STRICT, WITHOUT ROWID;
CREATE TABLE away (
	user   INTEGER PRIMARY KEY,
	state  TEXT NOT NULL CHECK (state IN ('%s', '%s')),
	since  INTEGER NOT NULL,
	look   INTEGER,                     -- when to look whether they are back; NULL is never
	absent INTEGER NOT NULL DEFAULT 0   -- they were not in the last copy of the audience
) STRICT;
CREATE INDEX away_look ON away (look) WHERE look IS NOT NULL;
%s
COMMIT;
`, applicationID, layout, OpSend, OpEdit, OpDelete, quoted(states()), StateBlocked, StateGone, triggersSQL())
}

func triggersSQL() string {
	var may []string
	for _, m := range moves[1:] {
		may = append(may, fmt.Sprintf("OLD.state = '%s' AND NEW.state IN (%s)", m.from, quoted(m.to)))
	}
	return fmt.Sprintf(`
CREATE TRIGGER job_begins AFTER INSERT ON job BEGIN
	INSERT INTO tally (job, state, n) SELECT NEW.id, value, 0 FROM json_each('[%s]');
END;
CREATE TRIGGER recipient_begins BEFORE INSERT ON recipient WHEN NEW.state NOT IN (%s)
	BEGIN SELECT RAISE(ABORT, 'a delivery does not begin in this state'); END;
CREATE TRIGGER recipient_moves BEFORE UPDATE OF state ON recipient WHEN NOT (%s)
	BEGIN SELECT RAISE(ABORT, 'a delivery never moves from this state to that one'); END;
CREATE TRIGGER tally_first AFTER INSERT ON recipient BEGIN
	UPDATE tally SET n = n + 1 WHERE job = NEW.job AND state = NEW.state;
END;
CREATE TRIGGER tally_next AFTER UPDATE OF state ON recipient BEGIN
	UPDATE tally SET n = n - 1 WHERE job = OLD.job AND state = OLD.state;
	UPDATE tally SET n = n + 1 WHERE job = NEW.job AND state = NEW.state;
END;`, strings.ReplaceAll(quoted(states()), "'", `"`), quoted(moves[0].to), strings.Join(may, " OR "))
}
