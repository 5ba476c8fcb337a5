package rows

import (
	"context"
	"encoding/csv"
	"io"
	"regexp"
)

// Labels name the two sides in a document: "backup" and "live".
type Labels struct{ A, B string }

// Document writes the rows that differ as CSV, one file a table: open gives the file of a table when its first row comes.
// The first column says which row it is: "only backup", "backup" and "live" for the two states of a changed one, "only
// live". An empty value (NULL) is \N.
func Document(ctx context.Context, a, b Side, o EachOptions, l Labels, open func(table string) (io.Writer, error)) (Seen, error) {
	d := document{labels: l, open: open}
	seen, err := Each(ctx, a, b, o, d.row)
	if err != nil {
		return seen, err
	}
	if err := d.flush(); err != nil {
		return seen, &Error{Sentence: "the rows could not be written down", Hint: "look at the disk", Cause: err}
	}
	return seen, nil
}

// document is one under way.
type document struct {
	labels Labels
	open   func(string) (io.Writer, error)
	table  string
	out    *csv.Writer
}

func (d *document) row(r Row) error {
	if d.out == nil || d.table != r.Table {
		if err := d.begin(r); err != nil {
			return err
		}
	}
	switch {
	case r.B == nil:
		return d.line("only "+d.labels.A, r.A)
	case r.A == nil:
		return d.line("only "+d.labels.B, r.B)
	}
	if err := d.line(d.labels.A, r.A); err != nil {
		return err
	}
	return d.line(d.labels.B, r.B)
}

func (d *document) begin(r Row) error {
	if err := d.flush(); err != nil {
		return err
	}
	w, err := d.open(r.Table)
	if err != nil {
		return err
	}
	d.table, d.out = r.Table, csv.NewWriter(w)
	head := []string{""}
	for _, c := range r.Columns {
		head = append(head, harmless(c))
	}
	return d.out.Write(head)
}

func (d *document) line(what string, cells []Cell) error {
	line := []string{what}
	for _, c := range cells {
		if c.Null {
			line = append(line, `\N`)
		} else {
			line = append(line, harmless(c.Text))
		}
	}
	return d.out.Write(line)
}

func (d *document) flush() error {
	if d.out == nil {
		return nil
	}
	d.out.Flush()
	return d.out.Error()
}

var (
	formula = regexp.MustCompile(`^[=+\-@\t\r\n|%]`)
	signed  = regexp.MustCompile(`^[+-]?[0-9.]+(e[+-]?[0-9]+)?$`)
)

// harmless keeps a spreadsheet from running what a user of the service has put into a name.
func harmless(s string) string {
	if formula.MatchString(s) && !signed.MatchString(s) {
		return "'" + s
	}
	return s
}
