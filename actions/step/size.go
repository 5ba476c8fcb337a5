package step

import (
	"context"
	"strconv"
	"time"
)

// sizeWithin is how long the database may take to say how large it is: somebody waits for it.
const sizeWithin = 3 * time.Second

// Size is how large the service's database is, in bytes, and how many are connected to it, ourselves not counted. An error is a
// *Failure.
func Size(ctx context.Context, env Env) (size int64, connections int, err error) {
	ctx, cancel := context.WithTimeout(ctx, sizeWithin)
	defer cancel()
	t, connected, err := query(ctx, env.ReadURL, env.Tag, `SELECT pg_database_size(current_database()),
		(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid())`, 1, 100, sizeWithin)
	if err != nil {
		return 0, 0, unanswered(err, connected, "the database does not say how large it is")
	}
	size, err = strconv.ParseInt(string(t.rows[0][0]), 10, 64)
	if err == nil {
		connections, err = strconv.Atoi(string(t.rows[0][1]))
	}
	return size, connections, failure(err, "the database does not say how large it is", "this is a bug in twokey")
}
