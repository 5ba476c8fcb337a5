package backup

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
)

// Complete says which tables of the live catalogue would vanish, or come back empty, because the backup does not have their
// rows: L3. live and exclude are schema.table; in exclude, * stands for anything, as in public.log_*.
func Complete(c Contents, live, exclude []string) []string {
	has := map[string]bool{}
	for _, t := range c.Tables {
		has[t.Key()] = true
	}
	var gone []string
	for _, table := range live {
		if !has[table] && !excluded(table, exclude) {
			gone = append(gone, table)
		}
	}
	slices.Sort(gone)
	return slices.Compact(gone)
}

func excluded(table string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		like, err := path.Match(p, table)
		bare := unquoted(table) // who excludes a table need not quote it
		same, _ := path.Match(p, bare)
		return p == table || p == bare || err == nil && (like || same)
	})
}

const (
	// shrunk and grown are what a table, or a backup, may have of what it had before, in percent.
	shrunk, grown = 70, 200
	// judgedBy is how many backups before this one its size is compared with; fewer than atLeast say nothing.
	judgedBy, atLeast = 7, 3
	// few rows come and go.
	few = 20
)

// Plausible says what is odd about rows and size, in sentences, the worst first: L4. before are the rows of the backup before
// it, live those of the database now, by schema.table, either as far as known; sizes those of the backups before it, newest
// first.
func Plausible(c Contents, before, live map[string]int64, sizes []int64, size int64) []string {
	var empty, less []string
	rows := c.Rows()
	for _, table := range slices.Sorted(maps.Keys(rows)) {
		n := rows[table]
		was, then := before[table], "in the backup before"
		if was == 0 {
			was, then = live[table], "in the database now"
		}
		switch {
		case n == 0 && was > 0:
			empty = append(empty, fmt.Sprintf("%s is empty: it has %d rows %s", table, was, then))
		case was >= few && n*100 < was*shrunk:
			less = append(less, fmt.Sprintf("%s has %d rows: it has %d %s", table, n, was, then))
		}
	}
	return slices.Concat(empty, less, oddSize(sizes, size))
}

// oddSize compares with the median, which one odd backup among the last does not move.
func oddSize(sizes []int64, size int64) []string {
	sizes = slices.Clone(sizes[:min(len(sizes), judgedBy)])
	if len(sizes) < atLeast {
		return nil
	}
	slices.SortFunc(sizes, cmp.Compare)
	median := sizes[len(sizes)/2]
	if median <= 0 || size*100 >= median*shrunk && size*100 <= median*grown {
		return nil
	}
	return []string{fmt.Sprintf("it has %s, %d %% of what backups here have (%s)", bytesText(size), size*100/median, bytesText(median))}
}
