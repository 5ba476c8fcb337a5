package step

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"twokey/internal/secret"
)

const (
	// sqlWithin is how long a statement may run when the catalogue does not say.
	sqlWithin = time.Minute
	// goneWithin is how long a session that was told to end may take.
	goneWithin = 10 * time.Second
)

// SQL runs one statement in the service's database: as ops_read when it only reads, else as the service's own role, in one
// transaction, with that role's triggers and foreign keys. Parameters are values of $1, $2, …, and never a part of the text.
type SQL struct {
	Statement string        `yaml:"run" json:"run"`
	Args      []string      `yaml:"args" json:"args,omitempty"` // each a text, or the whole of a placeholder: "{user}"
	Effect    string        `yaml:"effect" json:"effect"`       // Read or Change; Change when empty
	Rows      string        `yaml:"rows" json:"rows,omitempty"` // how many rows it may touch: "<= 10"; any number when empty
	Timeout   time.Duration `yaml:"timeout" json:"timeout"`     // 1 minute when zero
	Bound     bool          `yaml:"-" json:"bound,omitempty"`   // set by Bind: braces are now text
}

// Load completes it.
func (q SQL) Load(Site) (Kind, error) {
	q.Effect = or(q.Effect, Change)
	if q.Timeout == 0 {
		q.Timeout = sqlWithin
	}
	return &q, q.complete()
}

func (q SQL) complete() error {
	var errs []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	add(strings.TrimSpace(q.Statement) == "", "run: empty")
	add(strings.ContainsRune(q.Statement, 0), "run: has a zero byte")
	add(placeholder.MatchString(q.Statement), "run: %q: parameters are values: write $1, and put the parameter into args", placeholder.FindString(q.Statement))
	add(q.Effect != Read && q.Effect != Change, "effect %q: is read or change", q.Effect)
	add(q.Timeout <= 0, "timeout %s: not above zero", q.Timeout)
	for _, a := range q.Args {
		add(!q.Bound && placeholder.MatchString(a) && !whole.MatchString(a), "args: %q: a parameter is the whole of it", a)
		add(strings.ContainsRune(a, 0), "args: has a zero byte")
	}
	if _, err := q.allowed(); err != nil {
		add(true, "rows: %w", err)
	}
	return errors.Join(errs...)
}

// allowed is how many rows it may touch.
func (q SQL) allowed() (Expect, error) {
	if q.Rows == "" {
		return Expect{}, nil
	}
	return ParseExpect(q.Rows)
}

// About shows the statement as it is, in one line, and its values.
func (q SQL) About() About {
	title := "sql " + strings.NewReplacer("\n", " ", "\t", " ", "\r", " ").Replace(strings.TrimSpace(q.Statement))
	if len(q.Args) > 0 {
		title += fmt.Sprintf(" with %q", q.Args)
	}
	if q.Rows != "" {
		title += ", rows " + q.Rows
	}
	return About{Title: title, Effect: q.Effect}
}

// Placeholders are the names of the parameters it needs.
func (q SQL) Placeholders() []string {
	var names []string
	for _, a := range q.Args {
		if m := whole.FindStringSubmatch(a); m != nil && !q.Bound && !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// Bind fills in the values. A step that is bound stays as it is.
func (q SQL) Bind(args map[string]string) (Kind, error) {
	if q.Bound {
		return &q, nil
	}
	q.Args, q.Bound = slices.Clone(q.Args), true
	for i, a := range q.Args {
		m := whole.FindStringSubmatch(a)
		if m == nil {
			continue
		}
		value, ok := args[m[1]]
		switch {
		case !ok:
			return nil, fmt.Errorf("parameter %s: has no value", m[1])
		case strings.ContainsRune(value, 0):
			return nil, fmt.Errorf("parameter %s: has a zero byte", m[1])
		}
		q.Args[i] = value
	}
	return &q, nil
}

// Plan has the server read the statement without running it, and pins which database that is.
func (q SQL) Plan(ctx context.Context, env Env) ([]Fact, error) {
	const sentence = "the statement cannot be planned"
	s, err := q.open(ctx, env, env.Tag)
	if err != nil {
		return nil, unanswered(err, false, sentence)
	}
	defer s.end()
	fact, err := s.databaseFact(ctx)
	if err == nil {
		err = q.prepare(ctx, s)
	}
	if err != nil {
		return nil, unanswered(err, true, sentence)
	}
	return []Fact{fact}, nil
}

// prepare parses the statement in a transaction that may only read.
func (q SQL) prepare(ctx context.Context, s session) error {
	if err := s.do(ctx, "BEGIN READ ONLY"); err != nil {
		return err
	}
	d, err := s.Prepare(ctx, "", q.Statement, nil)
	if err != nil {
		return err
	}
	if want := len(d.ParamOIDs); want != len(q.Args) {
		return &Failure{Sentence: fmt.Sprintf("the statement takes %d values, and args has %d", want, len(q.Args)), Hint: "correct the catalogue"}
	}
	return s.do(ctx, "ROLLBACK")
}

// open connects as whom the step runs.
func (q SQL) open(ctx context.Context, env Env, tag string) (session, error) {
	address, err := q.address(env)
	if err != nil {
		return session{}, err
	}
	return connect(ctx, address, tag, q.Effect == Read, q.Timeout)
}

func (q SQL) address(env Env) (secret.Value, error) {
	switch {
	case q.Effect == Read:
		return env.ReadURL, nil
	case env.ServiceURL == nil:
		return secret.Value{}, errNoURL
	}
	address, err := env.ServiceURL()
	return address, failure(err, "how the service reaches its database is not known", "see service.database and service.env_file in the config")
}

// Run does it, in one transaction. It is done, or nothing is; when the connection breaks at the very end, which of the two
// is not known, and that is said.
func (q SQL) Run(ctx context.Context, env Env) error {
	ctx, cancel := context.WithTimeout(ctx, q.Timeout+dialWithin)
	defer cancel()
	s, err := q.open(ctx, env, env.Tag)
	if err != nil {
		return unanswered(err, false, "the statement was not run")
	}
	defer s.end()
	begin, finish := "BEGIN", "COMMIT"
	if q.Effect == Read {
		begin, finish = "BEGIN READ ONLY", "ROLLBACK"
	}
	if err := s.do(ctx, begin); err != nil {
		return unanswered(err, true, "the statement was not run")
	}
	n, err := q.execute(ctx, s)
	if err != nil {
		return unanswered(err, true, "the statement failed, and nothing was changed")
	}
	if err := q.judge(n, s.TxStatus()); err != nil {
		return err
	}
	if err := s.do(ctx, finish); err != nil {
		return q.unfinished(err)
	}
	fmt.Fprintf(env.output(), "%s\n", plural(n))
	env.progress("%s", plural(n))
	return nil
}

// execute runs the statement; rows that it gives are counted, and nobody sees them.
func (q SQL) execute(ctx context.Context, s session) (int64, error) {
	r := s.ExecParams(ctx, q.Statement, texts(q.Args), nil, nil, nil)
	for r.NextRow() {
		continue
	}
	tag, err := r.Close()
	return tag.RowsAffected(), err
}

// inTransaction is how the protocol says that a transaction is open (ReadyForQuery).
const inTransaction = 'T'

// judge says whether what was done may stay.
func (q SQL) judge(n int64, status byte) error {
	if status != inTransaction {
		return &Failure{Sentence: "the statement ended its own transaction", Hint: "correct the catalogue: one statement, without COMMIT or ROLLBACK"}
	}
	allowed, err := q.allowed()
	if err == nil && allowed.Holds(float64(n)) {
		return nil
	}
	sentence := "nothing was changed: it would have touched %s, and allowed is %s"
	if q.Effect == Read {
		sentence = "it gave %s, and allowed is %s"
	}
	return &Failure{
		Sentence: fmt.Sprintf(sentence, plural(n), q.Rows),
		Hint:     "look at the data, or correct the statement in the catalogue", Cause: err,
	}
}

// unfinished is the failure of a COMMIT: refused, or, without an answer, not known.
func (q SQL) unfinished(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) || q.Effect == Read {
		return unanswered(err, true, "the statement failed at its end, and nothing was changed")
	}
	return &Failure{Sentence: "the connection broke while the statement was being made final: it is not known whether it was done",
		Hint: "look at the data before you ask again", Cause: errors.New(objection(err))}
}

func plural(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}

// Probe ends what an earlier life left running of this step, and proves that it is gone.
func (q SQL) Probe(ctx context.Context, env Env) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, goneWithin+dialWithin)
	defer cancel()
	s, err := q.open(ctx, env, "probe")
	if err != nil {
		return "", unanswered(err, false, "it is not known whether the statement still runs")
	}
	defer s.end()
	ended := 0
	for {
		n, err := s.one(ctx, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE application_name = $1 AND usename = current_user AND pid <> pg_backend_pid()`, appName(env.Tag))
		if err != nil {
			return "", unanswered(err, true, "it is not known whether the statement still runs")
		}
		if n == "0" {
			break
		}
		ended = max(ended, 1)
		if err := pause(ctx, tick); err != nil {
			return "", unanswered(err, true, "the statement was told to end, and still runs")
		}
	}
	if ended > 0 {
		return "the statement was still running and has been ended; nothing of it was kept", nil
	}
	return "no session of the statement is left; whether it was done before is not known", nil
}
