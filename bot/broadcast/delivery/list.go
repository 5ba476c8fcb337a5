package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"strconv"
	"time"
)

// listed is a row as people get it.
type listed struct {
	user    int64
	lang    string
	state   State
	message int64
	at      int64
	why     string
}

// pageRows is how many rows are read at once. Each page is a read of its own: one that lasted as long as a slow reader would
// keep the WAL from being tidied up.
const pageRows = 1000

// rows reads a job's rows in the order of users.
func (l *Ledger) rows(ctx context.Context, id uint64) iter.Seq2[listed, error] {
	return func(yield func(listed, error) bool) {
		for last := int64(0); ; {
			page, err := l.page(ctx, id, last)
			if err != nil {
				yield(listed{}, err)
				return
			}
			for _, r := range page {
				if !yield(r, nil) {
					return
				}
			}
			if len(page) == 0 {
				return
			}
			last = page[len(page)-1].user
		}
	}
}

func (l *Ledger) page(ctx context.Context, id uint64, after int64) ([]listed, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT user, lang, state, message, at, why FROM recipient
		WHERE job = ? AND user > ? ORDER BY user LIMIT ?`, int64(id), after, pageRows)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	page := make([]listed, 0, pageRows)
	for rows.Next() {
		var r listed
		if err := rows.Scan(&r.user, &r.lang, &r.state, &r.message, &r.at, &r.why); err != nil {
			return nil, err
		}
		page = append(page, r)
	}
	return page, rows.Err()
}

// List writes a job's recipients as CSV, one line each: who, language, state, the message's id, since when, why.
func (l *Ledger) List(ctx context.Context, id uint64, w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"id", "language", "state", "message", "at", "why"}) // Error, below, has what fails
	for r, err := range l.rows(ctx, id) {
		if err != nil {
			return l.failed(id, "cannot be listed", err)
		}
		message := ""
		if r.message != 0 {
			message = strconv.FormatInt(r.message, 10)
		}
		at := time.UnixMicro(r.at).UTC().Format("2006-01-02T15:04:05.000Z")
		if err := out.Write([]string{strconv.FormatInt(r.user, 10), r.lang, string(r.state), message, at, r.why}); err != nil {
			return l.failed(id, "cannot be listed", err)
		}
	}
	out.Flush()
	return l.failed(id, "cannot be listed", out.Error())
}

// Digest is the SHA-256 over all rows of a job, in order: what the journal keeps of them.
func (l *Ledger) Digest(ctx context.Context, id uint64) (string, error) {
	sum := sha256.New()
	for r, err := range l.rows(ctx, id) {
		if err != nil {
			return "", l.failed(id, "cannot be read", err)
		}
		fmt.Fprintf(sum, "%d %q %s %d %d %q\n", r.user, r.lang, r.state, r.message, r.at, r.why)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Sample is how many messages were confirmed in a stretch of time.
type Sample struct {
	At        time.Time // its beginning
	Sent      int
	PerSecond float64
}

// maxSamples is how many a picture can show.
const maxSamples = 600

// steps are the stretches a picture may have, the finest first.
func steps() []time.Duration {
	return []time.Duration{time.Second, 10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 24 * time.Hour}
}

// Rates tells how a job went: equal stretches from the first message to the last, the quiet ones too, seconds if there are
// not too many of them.
func (l *Ledger) Rates(ctx context.Context, id uint64) ([]Sample, error) {
	var first, last int64
	err := l.read.QueryRowContext(ctx, `SELECT ifnull(min(at), 0), ifnull(max(at), 0) FROM recipient WHERE job = ? AND state = 'sent'`, int64(id)).
		Scan(&first, &last)
	if err != nil || first == 0 {
		return nil, l.failed(id, "its rate cannot be told", err)
	}
	step := steps()[0]
	for _, s := range steps() {
		if step = s; (last-first)/s.Microseconds() < maxSamples {
			break
		}
	}
	samples, err := l.samples(ctx, id, first, last, step)
	return samples, l.failed(id, "its rate cannot be told", err)
}

func (l *Ledger) samples(ctx context.Context, id uint64, first, last int64, step time.Duration) ([]Sample, error) {
	us := step.Microseconds()
	from := first / us
	samples := make([]Sample, last/us-from+1)
	for i := range samples {
		samples[i].At = time.UnixMicro((from + int64(i)) * us).UTC()
	}
	rows, err := l.read.QueryContext(ctx, `SELECT at / ?2 - ?3, count(*) FROM recipient
		WHERE job = ?1 AND state = 'sent' AND at BETWEEN ?4 AND ?5 GROUP BY 1`, int64(id), us, from, first, last)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var i, n int
		if err := rows.Scan(&i, &n); err != nil {
			return nil, err
		}
		samples[i].Sent, samples[i].PerSecond = n, float64(n)/step.Seconds()
	}
	return samples, rows.Err()
}
