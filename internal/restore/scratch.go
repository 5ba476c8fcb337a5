package restore

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"twokey/internal/pgtools"
	"twokey/internal/secret"
)

// Scratch makes the databases in which exercises try a backup, and drops them again. It can do that to no other: what it makes,
// changes or drops is named by a ScratchName, and nothing else can be made one.
//
// Admin is only asked for CREATE DATABASE, DROP DATABASE and the ends of sessions, from the database postgres. Everything within a
// scratch database, the looks too, is done as Load, which owns nothing else and has no rights on the service's database.
type Scratch struct {
	Admin, Load secret.Value
	Tools       pgtools.Tools
	Tag         string // marks sessions and programs
	// Whose is in the mark of a database, without blanks: one with somebody else's mark is not dropped.
	Whose   string
	Timeout time.Duration                     // bounds one load; zero: a day
	Free    func(path string) (uint64, error) // nil: asked of the kernel
}

// ScratchName is the name of an exercise's scratch database: drill_ and its number.
type ScratchName struct{ exercise uint64 }

// ScratchOf is the name that the exercise has.
func ScratchOf(exercise uint64) ScratchName { return ScratchName{exercise} }

const scratchPrefix = "drill_"

func (n ScratchName) String() string { return scratchPrefix + strconv.FormatUint(n.exercise, 10) }

// IsScratch says whether a database is named as those of exercises are.
func IsScratch(name string) bool {
	digits, is := strings.CutPrefix(name, scratchPrefix)
	return is && number.MatchString(digits)
}

// server is what fills and measures databases. It has no address of the service, and none that reads everything.
func (s Scratch) server() Server {
	return Server{Admin: inPostgres(explicit(s.Admin)), Load: explicit(s.Load), Tools: s.Tools, Tag: s.Tag, Timeout: s.Timeout, Free: s.Free}
}

// explicit is an address that says itself whom it reaches, or none: what it leaves open would come from the environment of our
// own program (PGHOST, PGUSER), which may be about production.
func explicit(address secret.Value) secret.Value {
	text := address.Reveal()
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" {
		text = " " + text
		if strings.Contains(text, " host") && strings.Contains(text, " user") {
			return address
		}
		return secret.Value{}
	}
	if u.Host+u.Query().Get("host") == "" || u.User.Username()+u.Query().Get("user") == "" {
		return secret.Value{}
	}
	return address
}

// inPostgres is an address that leads to the database postgres, whatever it named before.
func inPostgres(address secret.Value) secret.Value {
	u, err := url.Parse(address.Reveal())
	if address.IsZero() {
		return address
	}
	if err != nil || u.Scheme == "" { // of libpq's other form, of two words for one thing, the last counts
		return secret.New(address.Reveal() + " dbname=postgres")
	}
	q := u.Query()
	q.Del("dbname")
	q.Del("database")
	u.Path, u.RawQuery = "/postgres", q.Encode()
	return secret.New(u.String())
}

// inLine is a session as Admin whose turn it is. Whoever makes or drops one does it in line, and a server goes on with a CREATE
// DATABASE whose client was killed: so in line, what is not there will not appear any more.
func (s Scratch) inLine(ctx context.Context) (session, error) {
	admin, err := s.server().admin(ctx)
	if err != nil {
		return session{}, err
	}
	if err := admin.do(ctx, lineSQL); err != nil {
		admin.end()
		return session{}, fail(ctx, err, "see who else works on copies on this server", "it could not be its turn to work on a scratch database")
	}
	return admin, nil
}

// within opens a session in a scratch database.
func (s Scratch) within(ctx context.Context, n ScratchName) (session, error) {
	return s.as(ctx, n.String(), nil)
}

// as opens a session as Load.
func (s Scratch) as(ctx context.Context, database string, also map[string]string) (session, error) {
	server := s.server()
	return server.open(ctx, "load_url", server.Load, database, stepWithin, also)
}

// Like is how a database keeps letters.
type Like struct{ Encoding, Collate, CType, Provider, Locale, Rules string }

// Like is how a database of this server keeps them, read in the catalogue that all databases share; false: there is none of the name.
func (s Scratch) Like(ctx context.Context, database string) (Like, bool, error) {
	admin, err := s.server().admin(ctx)
	if err != nil {
		return Like{}, false, err
	}
	defer admin.end()
	var live Live
	switch err := admin.into(ctx, &live, databaseRow, database); {
	case errors.Is(err, errNotOne):
		return Like{}, false, nil
	case err != nil:
		return Like{}, false, fail(ctx, err, "see admin_url", "database %s cannot be looked at", database)
	}
	return Like{live.Encoding, live.Collate, live.CType, live.Provider, live.Locale, live.Rules}, true, nil
}

// Create makes an empty one, in the encoding of the backup: in another one letters would be refused, or worse, taken. It sorts like
// the first that fits of those given, or by bytes, which fits all. One that is there already is refused: what is in it is not
// known.
func (s Scratch) Create(ctx context.Context, n ScratchName, encoding string, likes ...Like) (Like, error) {
	admin, err := s.inLine(ctx)
	if err != nil {
		return Like{}, err
	}
	defer admin.end()
	text, err := admin.one(ctx, "SELECT current_setting('server_version_num')")
	version, _ := strconv.Atoi(text)
	likes = append(fitting(likes, encoding), Like{Encoding: encoding, Collate: "C", CType: "C", Provider: "c"})
	for _, like := range likes {
		if err == nil || unfit(err) {
			err = admin.do(ctx, createSQL(like.live(version), n.String(), s.server().loadRole()))
		}
		if err == nil {
			err = admin.do(ctx, "REVOKE CONNECT, TEMPORARY ON DATABASE "+ident(n.String())+" FROM PUBLIC")
			if err == nil {
				return like, nil
			}
			break
		}
	}
	return Like{}, fail(ctx, err, "twokey check prints the SQL for its roles", "the scratch database %s could not be made", n)
}

func (l Like) live(version int) Live {
	return Live{Encoding: l.Encoding, Collate: l.Collate, CType: l.CType, Provider: l.Provider, Locale: l.Locale, Rules: l.Rules,
		Tablespace: "pg_default", Version: version}
}

// fitting are those for text in an encoding; others may have a locale that does not go with it.
func fitting(likes []Like, encoding string) []Like {
	plain := strings.NewReplacer("-", "", "_", "", " ", "")
	return slices.DeleteFunc(slices.Clone(likes), func(l Like) bool {
		return l.Collate == "" || !strings.EqualFold(plain.Replace(l.Encoding), plain.Replace(encoding))
	})
}

// unfit says whether the server has not that locale, or not with that encoding.
func unfit(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "22023" || pg.Code == "42809")
}

// markWord begins a mark.
const markWord = "twokey drill "

// Mark writes into a scratch database whose it is, with a word that nobody could know before. It stays what is loaded there.
func (s Scratch) Mark(ctx context.Context, n ScratchName, nonce string) error {
	c, err := s.within(ctx, n)
	if err != nil {
		return err
	}
	defer c.end()
	if err := c.do(ctx, fmt.Sprintf("COMMENT ON DATABASE %s IS %s", ident(n.String()), literal(markWord+s.Whose+" "+nonce))); err != nil {
		return fail(ctx, err, "see load_url", "%s could not be marked", n)
	}
	return nil
}

// foreign says whether a mark is another's.
func (s Scratch) foreign(mark string) bool {
	whose, marked := strings.CutPrefix(mark, markWord)
	return marked && !strings.HasPrefix(whose, s.Whose+" ")
}

// Drop drops a scratch database with the sessions in it, if there is one. What load_url's role does not own, or another twokey
// marked, is not dropped.
func (s Scratch) Drop(ctx context.Context, n ScratchName) error {
	admin, err := s.inLine(ctx)
	if err != nil {
		return err
	}
	defer admin.end()
	rows, err := admin.rows(ctx, "SELECT pg_get_userbyid(datdba), shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1",
		n.String())
	switch {
	case err != nil:
		return fromNil(ctx, err, n.String())
	case len(rows) == 0:
		return nil
	case rows[0][0] != s.server().loadRole():
		return refuse("rename it, or drop it yourself", "there is a database %s that belongs to %s: twokey did not make it", n, rows[0][0])
	case s.foreign(rows[0][1]):
		return refuse("drop it when nobody uses it", "there is a database %s that is marked as another's: %s", n, strings.TrimPrefix(rows[0][1], markWord))
	}
	if err := admin.remove(ctx, n.String()); err != nil {
		return fail(ctx, err, "see what still uses it", "%s could not be dropped", n)
	}
	return nil
}

// End ends the sessions of a tag, or of all that begin with it when it ends in "/".
func (s Scratch) End(ctx context.Context, tag string) (ended int, err error) {
	return s.server().EndSessions(ctx, tag)
}

// Gone is nil when the server says that there is no scratch database of the name, no session in one, and none of the tag. It waits
// a little for sessions that are just ending.
func (s Scratch) Gone(ctx context.Context, n ScratchName, tag string) error {
	admin, err := s.inLine(ctx)
	if err != nil {
		return err
	}
	defer admin.end()
	for deadline := time.Now().Add(endWithin); ; {
		left, ending, err := admin.leftOf(ctx, n, tag)
		switch {
		case err != nil || len(left) == 0:
			return err
		case !ending || time.Now().After(deadline):
			return refuse("look at pg_database and pg_stat_activity", "of the scratch database %s is left: %s", n, strings.Join(left, ", "))
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(again):
		}
	}
}

// leftOf is what is left of a scratch database; ending: no more than sessions, which may be on their way out.
func (c session) leftOf(ctx context.Context, n ScratchName, tag string) (left []string, ending bool, err error) {
	left, err = c.column(ctx, `SELECT 'database ' || datname FROM pg_database WHERE datname = $1
		UNION ALL SELECT 'session ' || pid FROM pg_stat_activity WHERE datname = $1`, n.String())
	if err != nil {
		return nil, false, fromNil(ctx, err, n.String())
	}
	ending = len(left) == 0
	sessions, err := c.ofTag(ctx, tag)
	for _, one := range sessions {
		left = append(left, fmt.Sprintf("session %d of %s", one.PID, one.Role))
	}
	return left, ending, err
}
