package restore_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"twokey/internal/restore"
)

func TestNames(t *testing.T) {
	name := rapid.OneOf(rapid.StringMatching(`[a-z]{1,63}`), rapid.StringMatching(`x{30}[äöü]{1,16}`), rapid.StringMatching(`x{40}[ab]{1,23}`), rapid.StringMatching(`a{1,3}__(r|before)_[0-9]{1,9}`))
	rapid.Check(t, func(t *rapid.T) {
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		i := rapid.Uint64().Draw(t, "i")
		j := rapid.OneOf(rapid.Just(i), rapid.Uint64()).Draw(t, "j")
		copied, kept := restore.Names(a, i)
		for _, n := range []string{copied, kept} {
			if len(n) > 63 || n == a || !utf8.ValidString(n) || !regexp.MustCompile(`__(r|before)_[0-9]+$`).MatchString(n) {
				t.Errorf("%q of %q", n, a)
			}
		}
		copied2, kept2 := restore.Names(b, j)
		if (a != b || i != j) && (copied == copied2 || kept == kept2) || copied == kept2 || copied == kept {
			t.Errorf("%q, %d and %q, %d share a name: %q %q", a, i, b, j, copied, kept)
		}
	})
	if copied, kept := restore.Names("shop", 12); copied != "shop__r_12" || kept != "shop__before_12" {
		t.Errorf("%s %s", copied, kept)
	}
}

// TestWhereItStands has every state that three names can be in.
func TestWhereItStands(t *testing.T) {
	there, shut := restore.Look{There: true, Open: true}, restore.Look{There: true}
	loading, none := restore.Look{There: true, Open: true, Loading: true}, restore.Look{}
	half, begun := restore.Look{There: true, Half: true}, restore.Look{There: true, Half: true, Loading: true}
	for _, tt := range []struct {
		live, in, out restore.Look
		want          restore.Stand
	}{
		{there, none, none, restore.NothingDone}, {shut, none, none, restore.NothingDone},
		{there, loading, none, restore.CopyUnfinished}, {shut, loading, none, restore.CopyUnfinished},
		{there, there, none, restore.CopyReady}, {there, shut, none, restore.CopyReady}, {shut, there, none, restore.CopyReady},
		{shut, shut, none, restore.GateClosed},
		{there, none, shut, restore.WasSwitched}, {there, none, there, restore.WasSwitched}, {shut, none, shut, restore.WasSwitched},
		{there, half, none, restore.HalfDropped}, {shut, half, none, restore.HalfDropped}, {there, begun, none, restore.HalfDropped},
		{there, none, half, restore.WasSwitched}, {there, half, half, restore.Odd}, {half, there, none, restore.Odd}, {half, none, none, restore.Odd},
		{there, there, shut, restore.Odd}, {none, there, shut, restore.Nameless}, {none, none, none, restore.Nameless},
	} {
		if got := restore.Decide(tt.live, tt.in, tt.out, false); got != tt.want {
			t.Errorf("%+v %+v %+v: %s, want %s", tt.live, tt.in, tt.out, got, tt.want)
		}
		if tt.live == shut && tt.in == there {
			tt.want = restore.GateClosed // the one from before was lent, or left open by a crash while it was
		}
		if got := restore.Decide(tt.live, tt.in, tt.out, true); got != tt.want {
			t.Errorf("back, %+v %+v %+v: %s, want %s", tt.live, tt.in, tt.out, got, tt.want)
		}
	}
}

// TestWhatPsqlSays: of the errors of a plain dump only those about owners and rights may pass.
func TestWhatPsqlSays(t *testing.T) {
	for said, want := range map[string]string{
		"ERROR:  42501: must be member of role \"app\"\nLOCATION:  x, acl.c:1\nSTATEMENT:  ALTER TABLE public.users OWNER TO app;\n": "",
		"ERROR:  42704: role \"x\" does not exist\nSTATEMENT:  GRANT SELECT ON TABLE public.users TO x;\n":                           "",
		"NOTICE:  00000: hello\n": "",
		"ERROR:  42501: permission denied\nSTATEMENT:  CREATE TABLE a (b int); -- ALTER TABLE a OWNER TO app\n":                                 "permission denied",
		"ERROR:  42P01: relation \"a\" does not exist\n":                                                                                        `relation "a" does not exist`,
		"ERROR:  22P02: invalid input syntax for type integer: \"ann@example.com\"\nCONTEXT:  COPY a, line 1\nSTATEMENT:  COPY a FROM stdin;\n": "SQLSTATE 22P02",
		"ERROR:  42P01: first\nERROR:  42501: second\nSTATEMENT:  GRANT x\n":                                                                    "first",
	} {
		err := restore.JudgePsql(said)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "ann@")) {
			t.Errorf("%q: %v", said, err)
		}
	}
}

func TestSpace(t *testing.T) {
	s := open(t, cluster.Get(t))
	p, err := s.Space(t.Context(), s.name)
	must(t, err)
	if p.Size < 1e6 || p.Needed != p.Size+p.Size/10+1<<30 || p.Free != -1 || !strings.Contains(p.Unknown, "pg_read_all_settings") || !p.Enough() {
		t.Errorf("%+v", p)
	}
	s.pg.Exec(t, "postgres", "postgres", "GRANT pg_read_all_settings TO ops_restore")
	t.Cleanup(func() { s.pg.Exec(t, "postgres", "postgres", "REVOKE pg_read_all_settings FROM ops_restore") })
	s.Free = func(string) (uint64, error) { return 1 << 30, nil }
	p, err = s.Space(t.Context(), s.name)
	if err != nil || p.Free != 1<<30 || p.Enough() || !strings.HasPrefix(p.Dir, s.pg.Dir) {
		t.Errorf("%+v %v", p, err)
	}
	s.Free = nil
	if p, err = s.Space(t.Context(), s.name); err != nil || p.Free <= 0 {
		t.Errorf("%+v %v", p, err)
	}
}

// TestALoadStopsAtTheFloor: the program is gone, and the sentence says why.
func TestALoadStopsAtTheFloor(t *testing.T) {
	s := open(t, cluster.Get(t))
	live := s.look(t)
	name, _ := s.names()
	must(t, s.Create(t.Context(), live, name))
	s.Free = func(string) (uint64, error) { return 5, nil }
	tick := make(chan time.Time, 1)
	ctx, stop := s.Watch(t.Context(), restore.Space{Free: 100}, 10, tick)
	defer stop()
	// A dump that never ends: when its first bytes are read, the disk is looked at.
	stream := &endless{ctx: ctx, begun: func() { tick <- time.Time{} }}
	_, err := s.LoadPlain(ctx, name, stream, restore.Options{})
	if err == nil || !strings.Contains(err.Error(), "stopped: the server's disk has only 0 MB left") {
		t.Errorf("%v", err)
	}
	if left, err := s.Sessions(t.Context(), s.Tag); err != nil || len(left) != 0 {
		_, err := s.EndSessions(t.Context(), s.Tag)
		must(t, err)
	}
}

type endless struct {
	ctx   context.Context
	begun func()
}

func (e *endless) Read(p []byte) (int, error) {
	if e.begun != nil {
		e.begun()
		e.begun = nil
		return copy(p, "SELECT 1;\n"), nil
	}
	<-e.ctx.Done()
	return 0, context.Cause(e.ctx)
}
