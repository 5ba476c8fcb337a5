package step

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"twokey/internal/backup"
	"twokey/internal/rows"
)

// diff says which rows the source has otherwise, and which tables belong with those that were named.
func (m Merge) diff(ctx context.Context, env Env) (err error) {
	from, err := m.source(ctx, env)
	if err != nil {
		return err
	}
	side, back, err := from.open(ctx, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, back()) }()
	if err := m.loaded(ctx, env, side); err != nil {
		return err
	}
	own, err := rows.Plan(ctx, side, rows.Side{URL: env.ReadURL}, m.options(env, m.named(env)))
	if err != nil {
		return err
	}
	related, err := tablesThere(ctx, env, m.options(env, nil), m.named(env))
	if err != nil {
		return err
	}
	also, err := m.parents(ctx, env, side, own.Names(), related.Tables)
	if err != nil {
		return err
	}
	env.data(Data{Merge: &Merged{From: from.Name, Tables: tablesPlanned(own.Tables), Also: tablesPlanned(also)}})
	return nil
}

// loaded refuses a copy that does not have as many rows as the backup said.
func (m Merge) loaded(ctx context.Context, env Env, side rows.Side) error {
	p, ok := env.readPinned()
	if m.Backup == fromBefore || !ok {
		return nil
	}
	counts, err := rows.Counts(ctx, side, m.options(env, m.named(env)))
	if err != nil {
		return err
	}
	for _, t := range p.Contents.Tables {
		if n, there := counts[t.Key()]; there && t.Rows != backup.UnknownRows && n != t.Rows {
			return &Failure{Sentence: fmt.Sprintf("the copy of table %s has %d rows, and the backup %d", t.Key(), n, t.Rows), Hint: "choose another backup: /backups"}
		}
	}
	return nil
}

// parents are the tables that the named ones refer to and that lack rows, too: without those a row may have nothing to refer to.
func (m Merge) parents(ctx context.Context, env Env, side rows.Side, own, related []string) ([]rows.TablePlan, error) {
	more := slices.DeleteFunc(slices.Clone(related), func(t string) bool { return slices.Contains(own, t) })
	if len(more) == 0 {
		return nil, nil
	}
	p, err := rows.Plan(ctx, side, rows.Side{URL: env.ReadURL}, m.options(env, more))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(p.Tables, func(t rows.TablePlan) bool { return t.Insert == 0 }), nil
}

// holds refuses a backup without the tables: which ones beside them it holds does not matter.
func (p pinned) holds(tables []string) error {
	if err := p.inside(); err != nil {
		return err
	}
	var missing []string
	for _, typed := range tables {
		if !slices.ContainsFunc(p.Contents.Tables, func(t backup.Table) bool { return meant(typed, t) }) {
			missing = append(missing, typed)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &Failure{Sentence: fmt.Sprintf("the backup %s has no rows of %s", p.File.ID, listed(missing)), Hint: "choose another: /backups"}
}

// meant says whether somebody who typed that means the table.
func meant(typed string, t backup.Table) bool {
	return typed == t.Name || typed == t.Key() || strings.ReplaceAll(typed, `"`, "") == t.Schema+"."+t.Name
}
