package rows

import (
	"context"
	"fmt"
)

// Counts are the exact rows of each table, in one snapshot: what is known before there is anything to compare with.
func Counts(ctx context.Context, side Side, o Options) (map[string]int64, error) {
	s, tables, err := look(ctx, side, o)
	if err != nil {
		return nil, err
	}
	defer s.end()
	counts := map[string]int64{}
	for i, t := range tables {
		o.say("counting", t.name, i, len(tables))
		if counts[t.name.String()], err = s.count(ctx, t); err != nil {
			return nil, failed(ctx, fmt.Sprintf("the rows of table %s could not be counted", t.name), err)
		}
	}
	return counts, nil
}

// look opens one side and finds the wanted tables.
func look(ctx context.Context, side Side, o Options) (*session, []*table, error) {
	s, err := reader(ctx, side, o)
	if err != nil {
		return nil, nil, err
	}
	cat, err := s.catalogue(ctx)
	if err != nil {
		s.end()
		return nil, nil, failed(ctx, "the tables could not be listed", err)
	}
	names, err := wanted(o.Tables, cat)
	if err != nil {
		s.end()
		return nil, nil, err
	}
	var tables []*table
	for _, n := range names {
		tables = append(tables, cat.tables[n])
	}
	return s, tables, nil
}
