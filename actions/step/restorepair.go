package step

import (
	"context"
	"fmt"
	"slices"
)

// pairing says which code goes with the backup, when it is not the one that goes with the database as it is.
func (r Restore) pairing(ctx context.Context, env Env, p pinned) []Fact {
	head := p.Contents.MigrationHead
	if head == "" || r.Config.Migrations == "" {
		return nil
	}
	list, err := Migrations(ctx, env, r.Config.Migrations)
	if err != nil {
		return []Fact{{Name: "whether the code fits the backup cannot be seen", Kind: Shown}}
	}
	return pair(head, list)
}

// pair compares the backup's last migration with those that the database has.
func pair(head string, list []string) []Fact {
	i := slices.Index(list, head)
	switch {
	case i < 0:
		return []Fact{{Name: "the backup needs code with", Kind: Shown, Value: head + ", which the database is without"}}
	case i == len(list)-1:
		return nil
	}
	newer := list[i+1:]
	return []Fact{
		{Name: "migrations since the backup", Kind: Shown, Value: fmt.Sprintf("%d: %s", len(newer), listed(newer))},
		{Name: "the code that is there applies them again at its start", Kind: Shown},
	}
}
