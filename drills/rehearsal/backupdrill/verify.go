package backupdrill

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"twokey/drills"
	"twokey/internal/backup"
	"twokey/internal/pgtools"
	"twokey/internal/proof"
	"twokey/internal/rows"
)

const (
	// countWithin bounds one statement that reads a whole table.
	countWithin = 10 * time.Minute
	// checkWithin bounds one query of the config's.
	checkWithin = time.Minute
	// maxNamed is how many red checks a sentence names.
	maxNamed = 3
)

// verify is the step that proves that what came back is what was lost.
func (s *step) verify(ctx context.Context) error {
	p, err := s.read()
	if err == nil {
		_, err = s.again(ctx)
	}
	if err != nil {
		return err
	}
	looks := []func(context.Context, pinned) error{s.counts, s.whole, s.migrations, s.checks, s.fresh}
	for _, look := range looks {
		if err := look(ctx, p); err != nil {
			return err
		}
	}
	bad := slices.DeleteFunc(slices.Clone(s.found.Checks), func(c drills.Check) bool { return c.State != drills.Red })
	if len(bad) > 0 {
		return &failure{sentence: fmt.Sprintf("%d of %s red: %s", len(bad), are(len(s.found.Checks)), describe(bad)),
			hint: "make a new backup, and see who makes them: /backups"}
	}
	s.found.Line = fmt.Sprintf("%s in %s, as in the backup", rowsText(p.rows()), count(len(p.Contents.Tables), "table"))
	if n := s.found.Newest; n != nil {
		s.found.Line += fmt.Sprintf("; the newest is of %s (%s)", stamp(n.At), n.Where)
	}
	return nil
}

func are(n int) string {
	if n == 1 {
		return "1 check is"
	}
	return fmt.Sprintf("%d checks are", n)
}

// describe names what is red, and why.
func describe(bad []drills.Check) string {
	var all []string
	for _, c := range bad[:min(len(bad), maxNamed)] {
		text := c.Name
		if in := strings.Join(slices.DeleteFunc([]string{c.Value, c.Why}, func(s string) bool { return s == "" }), ", "); in != "" {
			text += " (" + in + ")"
		}
		all = append(all, text)
	}
	if more := len(bad) - maxNamed; more > 0 {
		all = append(all, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, "; ")
}

func (s *step) check(name, value, state, why string) {
	s.found.Checks = append(s.found.Checks, drills.Check{Name: name, Value: value, State: state, Why: why})
}

// counts compares the rows of each table with those of the backup, and those with what its manifest says.
func (s *step) counts(ctx context.Context, p pinned) error {
	has, err := rows.Counts(ctx, rows.Side{URL: s.scratch.Load, Database: s.name.String()}, rows.Options{Within: countWithin,
		Tag: pgtools.AppName(s.env.Tag), Progress: s.env.Progress})
	if err != nil {
		return err
	}
	good := true
	for _, t := range p.Contents.Tables {
		n, there := has[t.Key()]
		switch {
		case !there:
			s.check("table "+t.Key(), "", drills.Red, "it did not come back")
		case t.Rows != backup.UnknownRows && n != t.Rows:
			s.check("rows of "+t.Key(), fmt.Sprint(n), drills.Red, fmt.Sprintf("the backup has %d", t.Rows))
		default:
			continue
		}
		good = false
	}
	if good {
		s.check("rows", fmt.Sprintf("%s in %s", number(p.rows()), count(len(p.Contents.Tables), "table")), drills.Green, "")
	}
	s.manifest(p)
	return nil
}

// manifest compares what was read with what was counted in the database when the backup was made.
func (s *step) manifest(p pinned) {
	if p.File.Manifest == nil {
		return
	}
	read, n := p.Contents.Rows(), len(s.found.Checks)
	for _, t := range p.File.Manifest.Rows {
		if got, there := read[t.Key()]; !there || got != t.Rows {
			s.check("rows of "+t.Key()+" in the backup", fmt.Sprint(got), drills.Red, fmt.Sprintf("when it was made there were %d", t.Rows))
		}
	}
	if n == len(s.found.Checks) {
		s.check("rows when it was made", count(len(p.File.Manifest.Rows), "table"), drills.Green, "")
	}
}

// whole looks at keys, sequences, indexes and constraints.
func (s *step) whole(ctx context.Context, _ pinned) error {
	return s.looking(ctx, "", countWithin, func(conn *pgx.Conn) error {
		report, err := proof.Whole(ctx, conn, s.env.Progress)
		if err != nil {
			return &failure{sentence: "whether keys and sequences are in order cannot be seen: " + objection(err), hint: "see the log of twokey", cause: err}
		}
		for _, f := range report.Faults {
			s.check(f.What, number(f.Count), drills.Red, f.Why)
		}
		if len(report.Faults) == 0 {
			s.check("keys and sequences", fmt.Sprintf("%s, %s, %d indexes in order", count(report.Keys, "foreign key"),
				count(report.Sequences, "sequence"), report.Indexes), drills.Green, "")
		}
		for _, not := range report.Not {
			s.check(not, "", drills.Told, "not looked at")
		}
		return nil
	})
}

// looking opens a session that reads in the scratch database, for one look.
func (s *step) looking(ctx context.Context, schema string, within time.Duration, look func(*pgx.Conn) error) error {
	conn, err := s.scratch.Conn(ctx, s.name, schema, within)
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(end)
	}()
	return look(conn)
}

// migrations looks whether the table of migrations lists the newest of the backup.
func (s *step) migrations(ctx context.Context, p pinned) error {
	if s.Migrations == "" {
		return nil
	}
	schema, name, found := strings.Cut(s.Migrations, ".")
	if !found {
		schema, name = "public", s.Migrations
	}
	if !slices.ContainsFunc(p.Contents.Tables, func(t backup.Table) bool { return t.Schema == schema && t.Name == name }) {
		s.check("migrations", "", drills.Red, "the backup does not have the table "+s.Migrations)
		return nil
	}
	head := p.Contents.MigrationHead
	return s.looking(ctx, "", countWithin, func(conn *pgx.Conn) error {
		var n int
		err := conn.QueryRow(ctx, "SELECT count(*) FROM "+pgx.Identifier{schema, name}.Sanitize()+" t, jsonb_each_text(to_jsonb(t)) v WHERE v.value = $1",
			head).Scan(&n)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			s.check("migrations", "", drills.Red, objection(err))
		case head == "":
			s.check("migrations", "none", drills.Told, "the backup lists none")
		case n == 0:
			s.check("migrations", "", drills.Red, "the newest of the backup, "+head+", is not listed")
		default:
			s.check("migrations", "up to "+head, drills.Green, "")
		}
		return nil
	})
}
