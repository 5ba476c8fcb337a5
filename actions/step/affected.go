package step

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"twokey/internal/pgtools"
	"twokey/internal/rows"
)

const (
	// affectedRows and affectedBytes bound what is read of rows that a restore lost.
	affectedRows  = 500_000
	affectedBytes = 256 << 20
	// affectedWithin is what one statement about them may take.
	affectedWithin = 5 * time.Minute
)

// Affecting says whose rows a switch lost or changed: which column of a table names the user, and how a user's Telegram id is
// found by it.
type Affecting struct {
	Columns map[string]string // table → column
	Users   string            // SQL that takes the columns' values, an array of texts, as $1 and gives Telegram ids
}

// Affected gives the Telegram ids of the users whose rows the run's switch lost or changed, each once: of rows that only the
// kept database has, or has otherwise. A user whom only that one knows is found there. An error is a *Failure.
func Affected(ctx context.Context, env Env, c DatabaseConfig, run uint64, a Affecting) (ids []int64, err error) {
	r := Restore{Config: &c, Of: strconv.FormatUint(run, 10)}
	live, k, err := r.keptBy(ctx, env)
	if err != nil {
		return nil, err
	}
	kept := k.Name
	defer env.Base.Held.lend()()
	back, err := r.server(env).Lend(ctx, live.Identity.Name, kept)
	if err != nil {
		return nil, failure(err, "the database from before cannot be read", "see /before")
	}
	defer func() { err = errors.Join(err, back()) }()
	keys, err := a.keys(ctx, r.side(env, kept), r.liveSide(env), env.Tag)
	if err != nil {
		return nil, failure(err, "the rows that were lost cannot be read", "see notices.affected in the config")
	}
	for _, database := range []string{kept, ""} {
		found, err := a.users(ctx, env, database, keys)
		if err != nil {
			return nil, failure(err, "the users of the rows that were lost cannot be found", "see notices.affected_users in the config")
		}
		ids = append(ids, found...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// keys are the values of the columns that name users, in the rows that are not as they were.
func (a Affecting) keys(ctx context.Context, was, is rows.Side, tag string) ([]string, error) {
	found := map[string]bool{}
	o := rows.EachOptions{MaxRows: affectedRows, MaxBytes: affectedBytes,
		Options: rows.Options{Tables: slices.Sorted(maps.Keys(a.Columns)), Within: affectedWithin, Tag: pgtools.AppName(tag)}}
	seen, err := rows.Each(ctx, was, is, o, func(r rows.Row) error {
		if r.A == nil {
			return nil // only the new one has it
		}
		i := slices.Index(r.Columns, a.column(r.Table))
		if i < 0 {
			return &Failure{Sentence: fmt.Sprintf("table %s has no column %s", r.Table, a.column(r.Table))}
		}
		if !r.A[i].Null {
			found[r.A[i].Text] = true
		}
		return nil
	})
	if err == nil && seen.Left > 0 {
		err = &Failure{Sentence: fmt.Sprintf("more than %d rows were lost: whom they belong to was not counted to the end", seen.Rows), Hint: "tell everybody"}
	}
	return slices.Sorted(maps.Keys(found)), err
}

// column is the one that names the user, of a table by its name with or without its schema.
func (a Affecting) column(table string) string {
	if c, ok := a.Columns[table]; ok {
		return c
	}
	_, short, _ := strings.Cut(table, ".")
	return a.Columns[short]
}

// users finds the Telegram ids.
func (a Affecting) users(ctx context.Context, env Env, database string, keys []string) ([]int64, error) {
	s, err := connectTo(ctx, env.ReadURL, database, env.Tag, true, affectedWithin)
	if err != nil {
		return nil, &Failure{Sentence: unreachable(err), Cause: err}
	}
	defer s.end()
	if err := s.do(ctx, "BEGIN READ ONLY"); err != nil {
		return nil, err
	}
	res := s.ExecParams(ctx, a.Users, [][]byte{[]byte(array(keys))}, nil, nil, nil).Read()
	if res.Err != nil {
		return nil, res.Err
	}
	var ids []int64
	for _, row := range res.Rows {
		if len(row) != 1 {
			return nil, errors.New("more than one column")
		}
		if row[0] == nil {
			continue
		}
		id, err := strconv.ParseInt(string(row[0]), 10, 64)
		if err != nil {
			return nil, errors.New("not a number")
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// array writes texts as a PostgreSQL array: each in quotes, with quotes and backslashes escaped.
func array(list []string) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = `"` + escape.Replace(s) + `"`
	}
	return "{" + strings.Join(quoted, ",") + "}"
}
