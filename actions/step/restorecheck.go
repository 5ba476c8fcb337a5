package step

import (
	"context"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"

	"twokey/internal/backup"
	"twokey/internal/pgtools"
	"twokey/internal/proof"
	"twokey/internal/rows"
	"twokey/internal/secret"
)

// check looks whether the copy is whole and right, and what going to it would lose, row by row.
func (r Restore) check(ctx context.Context, env Env) error {
	name, ready, err := r.ready(ctx, env)
	if err != nil {
		return err
	}
	p, ok := env.readPinned()
	if !ready || !ok {
		return &Failure{Sentence: "there is no finished copy to look at", Hint: "ask again"}
	}
	env.rewrites = r.Config.BeforeSwitch
	if err := inspect(ctx, env, r.Config.tools(), name, p, r.Checks); err != nil {
		return err
	}
	diff, err := rows.Compare(ctx, r.liveSide(env), r.side(env, name), r.compare(env))
	if err != nil {
		return err
	}
	found := rowsOf(diff)
	lost, changed, _ := found.Total()
	proven := p.Tried
	proven.SHA256, proven.Level, proven.Took, proven.Tables, proven.Rows = p.File.SHA256, int(backup.Proven), env.LastCopy, len(p.Contents.Tables), p.rows()
	env.data(Data{Rows: &found, Backup: &proven})
	counts := map[string]int64{}
	for _, t := range diff.Tables {
		counts[t.Name] = t.RowsA
	}
	return env.writeLoss(loss{Lost: lost + changed, Counts: counts})
}

// inspect is what a copy must pass: the rows that the backup has, keys and sequences in order, and the config's checks.
func inspect(ctx context.Context, env Env, tools pgtools.Tools, name string, p pinned, checks []Check) error {
	side := rows.Side{URL: env.ReadURL, Database: name}
	looking, cancel := context.WithCancel(ctx)
	others := meanwhile(func() ([]Finding, error) { return env.whole(looking, name) })
	defer func() { cancel(); _, _ = others() }()
	counts, err := rows.Counts(ctx, side, rows.Options{Within: countWithin, Tag: pgtools.AppName(env.Tag)})
	if err != nil {
		return err
	}
	var list []Finding
	for _, t := range p.Contents.Tables {
		if has, there := counts[t.Key()]; t.Rows != backup.UnknownRows && (!there || has != t.Rows) {
			list = append(list, Finding{Name: "rows of " + t.Key(), State: Red, Value: fmt.Sprint(has), Why: fmt.Sprintf("the backup has %d", t.Rows)})
		}
	}
	if len(env.rewrites) > 0 { // the config has rows of the copy changed, and nobody but it knows which
		for i := range list {
			list[i].State = Told
		}
	}
	if list == nil {
		list = append(list, Finding{Name: "rows", State: Green, Value: fmt.Sprintf("%d in %d tables, as in the backup", p.rows(), len(p.Contents.Tables))})
	}
	whole, err := others()
	if err != nil {
		return err
	}
	list = append(list, whole...)
	list = append(list, env.amcheck(ctx, tools, name)...)
	list = append(list, env.checksIn(ctx, name, checks)...)
	env.found(list)
	if bad := filterBad(list); len(bad) > 0 {
		return &Failure{Sentence: fmt.Sprintf("%d of %d looks at the copy are red: %s", len(bad), len(list), describe(bad)), Hint: "choose another backup: /backups"}
	}
	return nil
}

// whole looks at keys, sequences, indexes and constraints of a database.
func (e Env) whole(ctx context.Context, name string) ([]Finding, error) {
	conf, err := pgx.ParseConfig(withDatabase(e.ReadURL, name).Reveal())
	if err != nil {
		return nil, &Failure{Sentence: "the address of the role that reads cannot be read", Hint: "see /preflight"}
	}
	conf.ConnectTimeout = dialWithin
	conf.RuntimeParams["application_name"] = pgtools.AppName(e.Tag)
	conf.RuntimeParams["statement_timeout"] = fmt.Sprint(countWithin.Milliseconds())
	conn, err := pgx.ConnectConfig(ctx, conf)
	if err != nil {
		return nil, &Failure{Sentence: unreachable(err), Hint: "see /preflight", Cause: err}
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	report, err := proof.Whole(ctx, conn, func(line string) { e.progress("%s", line) })
	if err != nil {
		return nil, &Failure{Sentence: "whether the copy is whole cannot be looked at: " + objection(err), Hint: "see the run's output", Cause: err}
	}
	var list []Finding
	for _, f := range report.Faults {
		list = append(list, Finding{Name: f.What, State: Red, Value: fmt.Sprint(f.Count), Why: f.Why})
	}
	if len(list) == 0 {
		list = append(list, Finding{Name: "keys and sequences", State: Green, Value: fmt.Sprintf("%d foreign keys, %d sequences, %d indexes in order",
			report.Keys, report.Sequences, report.Indexes)})
	}
	for _, not := range report.Not {
		list = append(list, Finding{Name: not, State: Told, Why: "not looked at"})
	}
	return list, nil
}

// checksIn makes the config's checks in another database.
func (e Env) checksIn(ctx context.Context, name string, checks []Check) []Finding {
	e.ReadURL = withDatabase(e.ReadURL, name)
	var list []Finding
	for i, c := range checks {
		e.progress("check %d of %d", i+1, len(checks))
		list = append(list, lookSQL(ctx, e, c, queryWithin))
	}
	return list
}

// withDatabase is an address with another database's name.
func withDatabase(address secret.Value, name string) secret.Value {
	u, err := url.Parse(address.Reveal())
	if err != nil {
		return address
	}
	u.Path = "/" + name
	return secret.New(u.String())
}

func (r Restore) liveSide(env Env) rows.Side { return rows.Side{URL: env.ReadURL} }

func (r Restore) side(env Env, name string) rows.Side {
	return rows.Side{URL: env.ReadURL, Database: name}
}

func (r Restore) compare(env Env) rows.Options {
	return rows.Options{Within: countWithin, Tag: pgtools.AppName(env.Tag), Progress: func(line string) { env.progress("%s", line) }}
}

// rowsOf is a comparison of the database that was, which is A, and the one that is.
func rowsOf(r rows.Report) Differences {
	var all Differences
	for _, t := range r.Tables {
		if t.Same() && t.Missing == "" && len(t.Drift) == 0 {
			continue
		}
		one := TableRows{Name: t.Name, Lost: t.OnlyA, Changed: t.Changed, Back: t.OnlyB, Note: t.Note}
		switch t.Missing {
		case rows.A:
			one.Back, one.Note = t.RowsB, "was not there"
		case rows.B:
			one.Lost, one.Note = t.RowsA, "the table is gone"
		}
		all.Tables = append(all.Tables, one)
	}
	return all
}
