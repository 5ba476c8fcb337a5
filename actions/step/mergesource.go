package step

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"twokey/internal/restore"
	"twokey/internal/rows"
)

const (
	factFrom     = "where the rows come from"
	factDatabase = "database"
	// restoreTables is the action whose copies are merged.
	restoreTables = "restore_tables"
)

// source is a database beside the service's that rows are read from: a copy of a backup, or one from before.
type source struct {
	restore.KeptDatabase
	server restore.Server
	live   string
}

// fact says which one it is: another one of the same name is another one.
func (s source) fact() Fact {
	return Fact{Name: factFrom, Kind: Pinned, Value: fmt.Sprintf("%s, oid %d", s.Name, s.OID)}
}

// open lets it be read until the function it gives is called.
func (s source) open(ctx context.Context, env Env) (rows.Side, func() error, error) {
	side := rows.Side{URL: env.ReadURL, Database: s.Name}
	if s.Copy {
		return side, func() error { return nil }, nil
	}
	back, err := s.server.Lend(ctx, s.live, s.Name)
	return side, back, err
}

// source finds the database.
func (m Merge) source(ctx context.Context, env Env) (source, error) {
	live, err := Restore{Config: m.Config}.liveName(env)
	if err != nil {
		return source{}, err
	}
	all, err := m.server(env).Kept(ctx, live)
	if err != nil {
		return source{}, err
	}
	name, err := m.sourceName(env, live, all)
	if err != nil {
		return source{}, err
	}
	i := slices.IndexFunc(all, func(k restore.KeptDatabase) bool { return k.Name == name })
	if i < 0 {
		return source{}, &Failure{Sentence: "the database " + name + " is not there any more", Hint: "see /before, or begin anew: /restore_tables"}
	}
	if all[i].Copy && all[i].Half { // one from before cannot be lent
		return source{}, &Failure{Sentence: "the dropping of " + name + " was cut off half way, and nothing of it is left", Hint: "begin anew: /restore_tables"}
	}
	return source{KeptDatabase: all[i], server: m.server(env), live: live}, nil
}

// sourceName decides which one.
func (m Merge) sourceName(env Env, live string, all []restore.KeptDatabase) (string, error) {
	switch {
	case m.Do == doReapply:
		_, kept := restore.Names(live, m.run())
		return kept, nil
	case m.Do == doDiff && m.Backup != fromBefore:
		name, _ := restore.Names(live, env.Run)
		return name, nil
	case m.Do == doDiff:
		if name := nameOf(env.Facts); name != "" {
			return name, nil
		}
		return newestKept(all)
	}
	return foundBy(env.other(m.run()), live, m.run())
}

// newestKept is the one of the newest run: runs are numbered in their order.
func newestKept(all []restore.KeptDatabase) (string, error) {
	var newest restore.KeptDatabase
	for _, k := range all {
		if !k.Copy && !k.Half && k.Run >= newest.Run {
			newest = k
		}
	}
	if newest.Name == "" {
		return "", &Failure{Sentence: "no database from before a switch is kept", Hint: "take a backup: /backups"}
	}
	return newest.Name, nil
}

// foundBy is the database that a run of restore_tables has compared with.
func foundBy(o Other, live string, run uint64) (string, error) {
	switch {
	case o.Action != restoreTables || o.Args == nil:
		return "", &Failure{Sentence: fmt.Sprintf("#%d has not compared rows of a backup, or that was too long ago", run), Hint: "begin with /restore_tables"}
	case !o.Done:
		return "", &Failure{Sentence: fmt.Sprintf("#%d did not end well: there is nothing to merge", run), Hint: "begin anew: /restore_tables"}
	case o.Args["backup"] == fromBefore:
		return nameOf(o.Facts), nil
	}
	name, _ := restore.Names(live, run)
	return name, nil
}

// nameOf is the database that the facts of a plan say the rows come from; empty when they do not.
func nameOf(facts []Fact) string {
	i := slices.IndexFunc(facts, func(f Fact) bool { return f.Name == factFrom })
	if i < 0 {
		return ""
	}
	return facts[i].Value[:max(0, strings.LastIndex(facts[i].Value, ", oid "))]
}
