package step

import (
	"context"
	"errors"

	"twokey/internal/pgtools"
)

// amcheck looks into the indexes of a copy, where that is possible: the extension is no superuser's to make for us, so it is there
// only when the backup has it.
func (e Env) amcheck(ctx context.Context, tools pgtools.Tools, name string) []Finding {
	const title = "pg_amcheck"
	s, err := connect(ctx, withDatabase(e.ReadURL, name), e.Tag, true, queryWithin)
	if err != nil {
		return []Finding{{Name: title, State: Broken, Why: unreachable(err)}}
	}
	there, err := s.one(ctx, "SELECT count(*) FROM pg_extension WHERE extname = 'amcheck'")
	s.end()
	switch {
	case err != nil:
		return []Finding{{Name: title, State: Broken, Why: objection(err)}}
	case there == "0":
		return []Finding{{Name: title, State: Told, Value: "was not run", Why: "amcheck is not installed"}}
	}
	e.progress("the indexes")
	err = tools.Run(ctx, pgtools.Call{Program: title, Args: []string{"--dbname=" + pgtools.Conninfo(name), "--no-strict-names"},
		Target: &pgtools.Target{URL: e.ReadURL, Database: name}, Tag: e.Tag, Timeout: countWithin, Stdout: e.output(), Stderr: e.output()})
	var t *pgtools.Error
	switch {
	case err == nil:
		return []Finding{{Name: title, State: Green, Value: "the indexes are in order"}}
	case errors.As(err, &t):
		return []Finding{{Name: title, State: Red, Value: "found something", Why: t.Sentence}}
	}
	return []Finding{{Name: title, State: Broken, Why: "it was cut short"}}
}
