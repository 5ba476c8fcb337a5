package step

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"twokey/internal/backup"
	"twokey/internal/restore"
	"twokey/internal/rows"
)

const (
	// countWithin bounds one statement that reads a whole table.
	countWithin = 10 * time.Minute
	// maxListed is how many tables a sentence names.
	maxListed = 6
)

// planCopy pins the backup, decodes it, and says what going back to it would lose: all before anybody is asked.
func (r Restore) planCopy(ctx context.Context, env Env) ([]Fact, error) {
	s := r.server(env)
	live, err := look(ctx, env, s)
	if err != nil {
		return nil, failure(err, "the database cannot be looked at", "see /preflight")
	}
	if err := r.mayCopy(live); err != nil {
		return nil, err
	}
	if err := r.known(ctx, env); err != nil {
		return nil, err
	}
	p, err := r.pinned(ctx, env)
	if err != nil {
		return nil, failure(r.orOlder(ctx, env, err), "the backup cannot be read", "choose another: /backups")
	}
	facts := append(p.facts(), Fact{Name: factDatabase, Kind: Pinned, Value: identity(live.Identity)})
	if r.Tables != "" { // it is only read, and thrown away: nothing is lost with it
		return facts, p.holds(listOf(r.Tables))
	}
	counts, err := rows.Counts(ctx, r.liveSide(env), r.compare(env))
	if err != nil {
		return nil, failure(err, "the rows that are there now cannot be counted", "see /preflight")
	}
	if err := p.fits(counts); err != nil {
		return nil, r.orOlder(ctx, env, err)
	}
	facts = append(facts, r.lost(env, p, counts))
	facts = append(facts, r.pairing(ctx, env, p)...)
	if _, ready, err := r.ready(ctx, env); err == nil && !ready { // it is there already when this is measured again
		free, err := room(ctx, s, live)
		if err != nil {
			return nil, err
		}
		facts = append(facts, free...)
	}
	facts = append(facts, env.lastTook()...)
	for _, note := range live.Notes {
		facts = append(facts, Fact{Name: note, Kind: Shown})
	}
	return facts, nil
}

// known refuses tables that are not there, before the backup is copied and read.
func (r Restore) known(ctx context.Context, env Env) error {
	if r.Tables == "" {
		return nil
	}
	_, err := tablesThere(ctx, env, r.compare(env), listOf(r.Tables))
	return err
}

// mayCopy is may, for a copy that is switched to; what is only in the way of a switch is not in the way of one that is read.
func (r Restore) mayCopy(live restore.Live) error {
	if r.Tables != "" {
		live.Blockers = nil
	}
	return may(live)
}

// may refuses what the server would refuse later, by name.
func may(live restore.Live) error {
	switch {
	case !live.Can.Swap:
		return &Failure{Sentence: "the switch is not possible: " + strings.Join(live.Can.Missing, "; "), Hint: "twokey check prints the SQL for its roles; without them, and with the service down meanwhile: /restore_in_place"}
	case len(live.Blockers) > 0:
		return &Failure{Sentence: live.Blockers[0].Sentence, Hint: live.Blockers[0].Hint}
	}
	return nil
}

// load makes the copy and fills it.
func (p pinned) load(ctx context.Context, env Env, s restore.Server, live restore.Live, name string, o restore.Options) error {
	ctx, end := watched(ctx, s, live, env.Base.Floor)
	defer end()
	if err := s.Create(ctx, live, name); err != nil {
		return err
	}
	o.MaintenanceMemory, o.Security = loadMemory, p.Contents.Security
	tell := func(done, of int, what string) { env.progress("%d of %d: %s", done, of, what) }
	var from restore.Source
	switch p.File.Format {
	case backup.Custom, backup.Directory:
		from.Path, o.Jobs = p.File.Path, loadJobs
	case backup.Tar: // which pg_restore reads by one only
		from.Path = p.File.Path
	default:
		in, err := p.File.Open()
		if err != nil {
			return err
		}
		defer in.Close()
		from.Stream = in
	}
	var loaded restore.Loaded
	var err error
	if p.File.Format.Archive() {
		loaded, err = s.LoadArchive(ctx, name, from, o, tell)
	} else {
		loaded, err = s.LoadPlain(ctx, name, from.Stream, o)
	}
	for _, note := range loaded.Notes {
		fmt.Fprintln(env.output(), note)
	}
	return err
}

const (
	// loadJobs is how many tables are loaded at once, where the backup's format lets that be: more than two cores were no faster.
	loadJobs = 2
	// loadMemory is the server's maintenance_work_mem for the indexes of a copy.
	loadMemory = "256MB"
)

// pinned gives the backup of this run: the one that was pinned before, or it pins it now.
func (r Restore) pinned(ctx context.Context, env Env) (pinned, error) {
	if p, ok := env.readPinned(); ok {
		return p, nil
	}
	f, err := r.Config.shelf().Find(ctx, r.Backup)
	if err != nil {
		return pinned{}, err
	}
	return pin(ctx, *r.Config, env, f)
}

// fits refuses a backup that is not whole: tables that are there now would vanish.
func (p pinned) fits(now map[string]int64) error {
	if err := p.inside(); err != nil {
		return err
	}
	missing := backup.Complete(p.Contents, slices.Sorted(maps.Keys(now)), nil)
	if len(missing) == 0 {
		return nil
	}
	return &Failure{Sentence: fmt.Sprintf("the backup %s holds %d of %d tables: %s would vanish", p.File.ID, len(now)-len(missing), len(now), listed(missing)),
		Hint: "choose a full backup: /backups, or bring back single tables: /restore_tables"}
}

// inside refuses a backup that reaches beyond the database it is of.
func (p pinned) inside() error {
	beyond := p.beyond()
	if len(beyond) == 0 {
		return nil
	}
	return &Failure{Sentence: fmt.Sprintf("the backup %s holds what no dump of one database has: %s", p.File.ID, listed(beyond)),
		Hint: "take an archive of pg_dump -Fc, and see who wrote this file"}
}

// beyond are statements that reach beyond the database. In an archive they are entries, which are never loaded.
func (p pinned) beyond() []string {
	if p.File.Format.Archive() {
		return p.Contents.Outside
	}
	return append(slices.Clone(p.Contents.Outside), p.Contents.Databases...)
}

func listed(names []string) string {
	if len(names) > maxListed {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxListed], ", "), len(names)-maxListed)
	}
	return strings.Join(names, ", ")
}

// facts are what the plan knows of the backup.
func (p pinned) facts() []Fact {
	made := "foreign"
	if p.Own {
		made = "made by twokey"
	}
	return []Fact{
		{Name: "back to", Kind: Shown, At: p.File.Made.UTC(), Value: fmt.Sprintf("backup of %s, %s", megabytes(p.File.Size), made)},
		{Name: "backup", Kind: Pinned, Value: p.File.ID + " sha256 " + p.File.SHA256},
		{Name: "it decodes to its end", Kind: Shown, Value: fmt.Sprintf("%d tables, %d rows", len(p.Contents.Tables), p.rows())},
	}
}

func (p pinned) rows() (n int64) {
	for _, t := range p.Contents.Tables {
		n += max(0, t.Rows)
	}
	return n
}

func megabytes(n int64) string {
	if n < 1e6 {
		return fmt.Sprintf("%d kB", max(1, n/1e3))
	}
	if n < 10e6 {
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d MB", (n+5e5)/1e6)
}

// lost is how many rows are there now and not in what comes, or otherwise there, as a fact with a limit. While there is no copy,
// counts have to do, or what was found, row by row, for the same backup before; then it is what was found and what has been
// added since.
func (r Restore) lost(env Env, p pinned, now map[string]int64) Fact {
	n := grown(p.Contents.Rows(), now)
	switch l, compared := env.readLoss(); {
	case compared:
		n = l.Lost + grown(l.Counts, now)
	case env.Lost != nil:
		n = max(n, env.Lost(p.File.SHA256))
	}
	return Fact{Name: FactLost, Kind: Bounded, Number: float64(n), Limit: allowed(n), Unit: "rows"}
}

// grown is how many more rows there are than there were, in tables of which both are known.
func grown(then, now map[string]int64) (n int64) {
	for table, is := range now {
		if was, known := then[table]; known {
			n += max(0, is-was)
		}
	}
	return n
}

// FactLost is the fact that says how many rows are there now and not in what comes.
const FactLost = "rows lost"

// allowedMore is how many rows may be lost beyond what is known: before there is a copy only counts are compared, and rows that
// were changed or deleted do not show in counts.
const allowedMore = 50

// allowed is how many rows may be lost by the time of the switch when n are known to be: the service goes on writing while people
// decide. Half as many more, and some; rounded up to a number that can be read.
func allowed(n int64) float64 {
	most := float64(n)*1.5 + allowedMore
	digits := math.Pow(10, math.Max(0, math.Floor(math.Log10(most))-1))
	return math.Ceil(most/digits) * digits
}

// ready gives the name of the copy when it is loaded and stands beside the database.
func (r Restore) ready(ctx context.Context, env Env) (string, bool, error) {
	live, err := r.liveName(env)
	if err != nil {
		return "", false, err
	}
	id := r.run(env)
	is, err := r.server(env).Standing(ctx, live, id)
	if err != nil {
		return "", false, err
	}
	name, _ := restore.Names(live, id)
	return name, is.Stand == restore.CopyReady, nil
}

// copy loads the pinned backup beside the database.
func (r Restore) copy(ctx context.Context, env Env) error {
	p, ok := env.readPinned()
	if !ok {
		return &Failure{Sentence: "the pinned copy of the backup is gone", Hint: "ask again"}
	}
	if err := p.File.Check(ctx); err != nil {
		return err
	}
	s := r.server(env)
	live, err := look(ctx, env, s)
	if err != nil {
		return err
	}
	if there, err := r.made(ctx, env); there || err != nil {
		return err
	}
	name, _ := restore.Names(live.Identity.Name, r.run(env))
	if err := p.load(ctx, env, s, live, name, restore.Options{RowsOnly: r.Tables != "", Skip: r.without()}); err != nil {
		return err
	}
	env.progress("statistics, owners and grants")
	if err := s.Prepare(ctx, live, name, r.beforeSwitch()); err != nil {
		return err
	}
	adopted, err := s.Adopt(ctx, live, name)
	for _, note := range adopted.Notes {
		fmt.Fprintln(env.output(), note)
	}
	if err == nil && r.Tables != "" {
		env.data(Data{Copy: &Copy{Name: name, Run: r.run(env)}})
	}
	return err
}

// without are the entries of the backup that are left out.
func (r Restore) without() []string {
	var keys []string
	for _, name := range strings.Split(r.Without, ",") {
		if name = strings.TrimSpace(name); name != "" && name != "none" {
			keys = append(keys, extensionKey+name)
		}
	}
	return keys
}

// extensionKey is how restore calls an extension in Error.Skippable.
const extensionKey = "EXTENSION "

// beforeSwitch is what the config has done to a copy that is switched to. Rows that are only read stay as the backup has them.
func (r Restore) beforeSwitch() []string {
	if r.Tables != "" {
		return nil
	}
	return r.Config.BeforeSwitch
}

// planDiscard refuses to throw away what somebody else's request still needs.
func (r Restore) planDiscard(env Env) ([]Fact, error) {
	if r.Of == "" {
		return nil, nil
	}
	if o := env.other(r.run(env)); o.Action != "" && !o.Over {
		return nil, &Failure{Sentence: fmt.Sprintf("#%s is not over and still needs its copy", r.Of), Hint: "end that one first: /cancel " + r.Of}
	}
	return nil, nil
}

// made is for a copy that is resumed: one that is finished is used, one that is not is dropped and made anew.
func (r Restore) made(ctx context.Context, env Env) (bool, error) {
	is, err := r.standing(ctx, env)
	if err != nil {
		return false, err
	}
	switch is.Stand {
	case restore.NothingDone:
		return false, nil
	case restore.CopyReady:
		return true, nil
	case restore.CopyUnfinished, restore.HalfDropped:
		return false, r.server(env).DropCopy(ctx, is.Live, r.run(env))
	}
	return false, &Failure{Sentence: "no copy can be made: " + stands(is), Hint: "leave it, and ask again"}
}

// discard drops the copy and the pinned file. A gate that a switch left closed is opened first: without the copy beside it
// nobody could tell that it was not somebody else who closed it.
func (r Restore) discard(ctx context.Context, env Env) error {
	s := r.server(env)
	live, err := r.liveName(env)
	if err != nil {
		return err
	}
	is, err := s.Standing(ctx, live, r.run(env))
	if err == nil {
		err = s.Repair(ctx, is)
	}
	if err == nil {
		err = s.DropCopy(ctx, live, r.run(env))
	}
	if err != nil {
		return err
	}
	if r.Of != "" {
		name, _ := restore.Names(live, r.run(env))
		env.data(Data{Copy: &Copy{Name: name, Run: r.run(env), Gone: true}})
	}
	return env.dropScratch()
}
