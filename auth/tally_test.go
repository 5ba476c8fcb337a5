package auth

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	rule = Rule{Approvals: 1, AskWithin: 10 * time.Minute, StartWithin: 5 * time.Minute, MayAsk: []Role{"admin"}, MayApprove: []Role{"admin"}}
)

// directory: three admins, one of them with two accounts, and somebody who may only look.
func directory(t testing.TB) Directory {
	t.Helper()
	d, err := NewDirectory([]Person{
		{Name: "ann", Accounts: []Account{11}, Roles: []Role{"admin"}},
		{Name: "bob", Accounts: []Account{12}, Roles: []Role{"admin"}},
		{Name: "cid", Accounts: []Account{13, 14}, Roles: []Role{"admin"}},
		{Name: "eve", Accounts: []Account{15}, Roles: []Role{"viewer"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func vote(who Name, account Account, approve bool) Vote {
	return Vote{Person: who, Account: account, Approve: approve, Digest: "d1", At: noon.Add(time.Minute)}
}

func TestTally(t *testing.T) {
	two := rule
	two.Approvals = 2
	zero, alone := rule, rule
	zero.Approvals = 0
	alone.Alone = true
	late, future, other := vote("bob", 12, true), vote("bob", 12, true), vote("bob", 12, true)
	late.At, future.At, other.Digest = noon.Add(time.Hour), noon.Add(3*time.Minute), "d2"
	lateNo := vote("bob", 12, false)
	lateNo.At = noon.Add(11 * time.Minute)
	for _, tt := range []struct {
		why   string
		rule  Rule
		votes []Vote
		want  Outcome
	}{
		{"nobody voted: needs one", rule, nil, Needs},
		{"another person agrees", rule, []Vote{vote("bob", 12, true)}, Approved},
		{"one's own vote never counts", rule, []Vote{vote("ann", 11, true)}, Needs},
		{"a viewer may not approve", rule, []Vote{vote("eve", 15, true)}, Needs},
		{"a stranger is nobody", rule, []Vote{vote("dan", 16, true)}, Needs},
		{"an account that is not the person's", rule, []Vote{vote("bob", 11, true)}, Needs},
		{"a vote for another digest", rule, []Vote{other}, Needs},
		{"a vote after the time", rule, []Vote{late}, Needs},
		{"a vote from the future", rule, []Vote{future}, Needs},
		{"one denial ends it", two, []Vote{vote("bob", 12, true), vote("cid", 13, false)}, Denied},
		{"a denial of one's own is not one", rule, []Vote{vote("ann", 11, false)}, Needs},
		{"a denial counts after the asking time, until the start", rule, []Vote{vote("cid", 13, true), lateNo}, Denied},
		{"two accounts of one person are one person", two, []Vote{vote("cid", 13, true), vote("cid", 14, true)}, Needs},
		{"two people are two", two, []Vote{vote("cid", 13, true), vote("bob", 12, true)}, Approved},
		{"zero approvals is not a lower bar", zero, nil, Needs},
		{"alone needs nobody", alone, nil, Approved},
	} {
		now := noon.Add(2 * time.Minute)
		if tt.why == "a denial counts after the asking time, until the start" {
			now = noon.Add(12 * time.Minute)
		}
		got := tt.rule.Tally(directory(t), Ballot{Requester: "ann", Digest: "d1", Until: noon.Add(10 * time.Minute), Votes: tt.votes}, now)
		if got.Outcome != tt.want {
			t.Errorf("%s: Tally = %v, want %v", tt.why, got.Outcome, tt.want)
		}
	}
}

func TestTallySaysWhoIsMissing(t *testing.T) {
	two := rule
	two.Approvals = 2
	got := two.Tally(directory(t), Ballot{Requester: "ann", Digest: "d1", Until: noon.Add(time.Hour), Votes: []Vote{vote("bob", 12, true)}}, noon.Add(2*time.Minute))
	want := Verdict{Outcome: Needs, By: []Name{"bob"}, Missing: 1, Could: []Name{"cid"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Tally (-want +got):\n%s", diff)
	}
}

func TestTallyAfterARoleWasTaken(t *testing.T) {
	d, err := NewDirectory([]Person{{Name: "ann", Accounts: []Account{11}, Roles: []Role{"admin"}}, {Name: "bob", Accounts: []Account{12}, Roles: []Role{"viewer"}}})
	if err != nil {
		t.Fatal(err)
	}
	got := rule.Tally(d, Ballot{Requester: "ann", Digest: "d1", Until: noon.Add(time.Hour), Votes: []Vote{vote("bob", 12, true)}}, noon.Add(2*time.Minute))
	if got.Outcome != Needs {
		t.Errorf("Tally = %v, want needs: bob holds no role that may approve any more", got.Outcome)
	}
}

// Whatever votes are cast, by whomever, from whatever account: approved means that enough different other people, each with
// the role, from an account of theirs, in time and for this digest, said yes, and none of them no.
func TestTallyNeverApprovesTooFew(t *testing.T) {
	d := directory(t)
	names := []Name{"ann", "bob", "cid", "eve", "dan"}
	rapid.Check(t, func(t *rapid.T) {
		r := rule
		r.Approvals = rapid.IntRange(-1, 3).Draw(t, "approvals")
		b := Ballot{Requester: rapid.SampledFrom(names).Draw(t, "requester"), Digest: "d1", Until: noon.Add(10 * time.Minute)}
		for range rapid.IntRange(0, 8).Draw(t, "votes") {
			b.Votes = append(b.Votes, Vote{
				Person: rapid.SampledFrom(names).Draw(t, "person"), Account: Account(rapid.IntRange(11, 16).Draw(t, "account")),
				Approve: rapid.Bool().Draw(t, "yes"), Digest: rapid.SampledFrom([]string{"d1", "d2", ""}).Draw(t, "digest"),
				At: noon.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "at")) * time.Minute),
			})
		}
		now := noon.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "now")) * time.Minute)
		v := r.Tally(d, b, now)
		yes := judge(d, b, now)
		if v.Outcome == Approved && len(yes) < max(1, r.Approvals) {
			t.Fatalf("approved by %v, but only %v count", v.By, yes)
		}
		if slices.Contains(v.By, b.Requester) {
			t.Fatalf("the requester is among %v", v.By)
		}
	})
}

// judge counts in its own words.
func judge(d Directory, b Ballot, now time.Time) map[Name]bool {
	yes := map[Name]bool{}
	for _, v := range b.Votes {
		p, ok := d.ByAccount(v.Account)
		if ok && p.Name == v.Person && v.Approve && v.Digest == b.Digest && p.Name != b.Requester &&
			slices.Contains(p.Roles, "admin") && v.At.Before(b.Until) && !v.At.After(now) {
			yes[v.Person] = true
		}
	}
	return yes
}

func TestRuleCheck(t *testing.T) {
	with := func(change func(*Rule)) Rule { r := rule; change(&r); return r }
	for _, tt := range []struct {
		why  string
		rule Rule
		ok   bool
	}{
		{"the default rule", rule, true},
		{"zero approvals", with(func(r *Rule) { r.Approvals = 0 }), false},
		{"a negative number", with(func(r *Rule) { r.Approvals = -1 }), false},
		{"no time to ask", with(func(r *Rule) { r.AskWithin = 0 }), false},
		{"no time to start", with(func(r *Rule) { r.StartWithin = -time.Second }), false},
		{"a role that nobody has", with(func(r *Rule) { r.MayApprove = []Role{"dba"} }), false},
		{"nobody may ask", with(func(r *Rule) { r.MayAsk = nil }), false},
		{"nobody may approve", with(func(r *Rule) { r.MayApprove = nil }), false},
		{"more approvals than other people", with(func(r *Rule) { r.Approvals = 3 }), false},
		{"as many approvals as other people", with(func(r *Rule) { r.Approvals = 2 }), true},
		{"alone needs no others", with(func(r *Rule) { r.Alone = true; r.MayApprove = []Role{"admin"} }), true},
		{"the zero rule", Rule{}, false},
	} {
		if err := tt.rule.Check(directory(t)); (err == nil) != tt.ok {
			t.Errorf("%s: Check = %v, want ok %v", tt.why, err, tt.ok)
		}
	}
}

func TestNewDirectoryRefuses(t *testing.T) {
	for _, tt := range []struct {
		why    string
		people []Person
	}{
		{"a person without a name", []Person{{Accounts: []Account{1}}}},
		{"a name twice", []Person{{Name: "a", Accounts: []Account{1}}, {Name: "a", Accounts: []Account{2}}}},
		{"an account twice", []Person{{Name: "a", Accounts: []Account{1}}, {Name: "b", Accounts: []Account{1}}}},
		{"nobody's account", []Person{{Name: "a"}}},
		{"everyone's anonymous admin", []Person{{Name: "a", Accounts: []Account{GroupAnonymousBot}}}},
		{"a channel", []Person{{Name: "a", Accounts: []Account{-100123}}}},
	} {
		if _, err := NewDirectory(tt.people); err == nil {
			t.Errorf("%s: NewDirectory = nil error", tt.why)
		}
	}
}

func TestPartialOver(t *testing.T) {
	three := 3
	got := Partial{Approvals: &three, MayApprove: []Role{"dba"}}.Over(rule)
	want := rule
	want.Approvals, want.MayApprove = 3, []Role{"dba"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Over (-want +got):\n%s", diff)
	}
}

func ExampleRule_Tally() {
	d, _ := NewDirectory([]Person{
		{Name: "ann", Accounts: []Account{11}, Roles: []Role{"admin"}},
		{Name: "bob", Accounts: []Account{12}, Roles: []Role{"admin"}},
	})
	r := Rule{Approvals: 1, MayAsk: []Role{"admin"}, MayApprove: []Role{"admin"}}
	asked := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	b := Ballot{Requester: "ann", Digest: "9f3c", Until: asked.Add(10 * time.Minute)}
	v := r.Tally(d, b, asked)
	fmt.Println(v.Outcome, v.Missing, v.Could)
	b.Votes = append(b.Votes, Vote{Person: "bob", Account: 12, Approve: true, Digest: "9f3c", At: asked})
	v = r.Tally(d, b, asked)
	fmt.Println(v.Outcome, v.By)
	// Output:
	// needs 1 [bob]
	// approved [bob]
}
