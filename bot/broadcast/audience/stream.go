package audience

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// largest is the largest id: "at most 52 significant bits", https://core.telegram.org/bots/api#user
const largest = 1<<52 - 1

// stream gives the rows of a query one by one; the server waits for us, so that nothing is heaped up. Rows without an id are
// left out and counted. It ends with the query, with the first error of take, or in time.
func stream(ctx context.Context, src Source, take func(person) error) (nulls int, err error) {
	within, stop := context.WithTimeout(ctx, src.within()+dialWithin)
	defer stop()
	s, err := connect(within, src)
	if err == nil {
		defer s.end()
		nulls, err = s.stream(within, src, take)
	}
	if err != nil && ctx.Err() != nil {
		return 0, cancelled(ctx)
	}
	return nulls, err
}

func (s *session) stream(ctx context.Context, src Source, take func(person) error) (nulls int, err error) {
	ctx, stop := context.WithCancel(ctx)
	d, err := s.prepare(ctx, src)
	if err != nil {
		stop()
		return 0, err
	}
	formats := pgx.QueryResultFormats{pgx.BinaryFormatCode, pgx.TextFormatCode}[:len(d.Fields)]
	rows, err := s.Query(ctx, statement, append([]any{formats}, src.Args...)...)
	if err != nil {
		stop()
		return 0, s.objection(err)
	}
	defer rows.Close()
	defer stop() // before Close, which would read the rest of what may never end
	langs, heard := languages{}, time.Time{}
	for rows.Next() {
		heard = time.Now()
		v := rows.RawValues()
		if v[0] == nil {
			nulls++
			continue
		}
		p := person{id: whole64(v[0])}
		if len(v) == 2 {
			p.lang = langs.of(v[1])
		}
		if err := take(p); err != nil {
			return 0, err
		}
	}
	switch err := rows.Err(); {
	case err == nil:
		return nulls, nil
	case late(err) && time.Since(heard) < dialWithin: // rows came to the end: the server is there
		return 0, tooLong(context.DeadlineExceeded)
	default:
		return 0, s.objection(err)
	}
}

// whole64 is a smallint, integer or bigint as the server sends it.
func whole64(b []byte) int64 {
	switch len(b) {
	case 2:
		return int64(int16(binary.BigEndian.Uint16(b)))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(b)))
	case 8:
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0 // refused with the ids that are not positive
}

// checkID refuses what cannot be a user, without saying what it is.
func checkID(id int64) error {
	switch {
	case id < 1:
		return &Error{Sentence: "there is an id that no user has: it is not above zero", Hint: "groups and channels are below zero; leave them out, as with WHERE telegram_id > 0"}
	case id > largest:
		return &Error{Sentence: fmt.Sprintf("there is an id that no user has: it is above %d", int64(largest)), Hint: "look whether the query names the column with the Telegram ids"}
	}
	return nil
}
