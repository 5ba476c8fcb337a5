package delivery

import (
	"context"
	"encoding/json"
	"fmt"
)

// reachedSQL counts people, not messages.
const reachedSQL = `
SELECT count(DISTINCT user) FROM recipient WHERE job IN (SELECT value FROM json_each(?)) AND state IN ('sent', 'unknown')`

// Reached counts those who got, or may have got, at least one of the jobs: whom a job with these as Earlier is for.
func (l *Ledger) Reached(ctx context.Context, jobs []uint64) (n int, err error) {
	list, err := json.Marshal(jobs)
	if err == nil {
		err = l.read.QueryRowContext(ctx, reachedSQL, string(list)).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("delivery: who was reached cannot be counted: %w", err)
	}
	return n, nil
}
