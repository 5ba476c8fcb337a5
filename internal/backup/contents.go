package backup

import (
	"slices"
	"strings"
)

// Contents is what is in a backup, found by reading all of it.
type Contents struct {
	Tables []Table  // whose rows it has, in order of their names
	Made   []string // tables that it makes, as schema.table, with or without rows
	// Versions, as the backup says them; empty: it does not.
	ServerVersion, DumpVersion, ArchiveVersion string
	Database                                   string
	Encoding                                   string
	Extensions                                 []string
	Roles                                      []string // that it makes owners or grants something
	EventTriggers, Subscriptions               []string
	Databases                                  []string // statements about whole databases, such as DROP DATABASE shop
	// Outside are other statements that reach beyond the database, or into the host: no pg_dump of a database writes one.
	Outside []string
	// Security is the row-level security of its tables: schema, table and "enabled", "forced" (it binds the owner, too) or "policy"
	// and its name. nil: it was read by a twokey that did not look.
	Security      [][3]string
	MigrationHead string // of the migrations table that was named
	Bytes         int64  // of the script it is as
}

// Rows are those of each table by its Key; those not known are left out.
func (c Contents) Rows() map[string]int64 {
	rows := map[string]int64{}
	for _, t := range c.Tables {
		if t.Rows != UnknownRows {
			rows[t.Key()] = t.Rows
		}
	}
	return rows
}

// most bounds how many different things are remembered of a script, whoever wrote it.
const most = 100_000

// names is a set in the order of its first appearance.
type names struct {
	in  map[string]bool
	all []string
}

func (n *names) add(name string) {
	if name == "" || n.in[name] || len(n.all) >= most {
		return
	}
	if n.in == nil {
		n.in = map[string]bool{}
	}
	n.in[name] = true
	n.all = append(n.all, name)
}

func (n *names) sorted() []string {
	slices.Sort(n.all)
	return n.all
}

// migrations finds the newest row of a migrations table, whichever tool wrote it.
type migrations struct {
	schema, name string // empty name: none is wanted
	order, label int    // columns
	best         []string
}

// newMigrations takes "schema.table", or "table" in public.
func newMigrations(table string) migrations {
	schema, name, found := strings.Cut(table, ".")
	if !found {
		schema, name = "public", table
	}
	return migrations{schema: schema, name: name}
}

// The names that tools have for the columns by which rows are ordered, and which say what was migrated: TypeORM, knex,
// Sequelize, Flyway, Django, goose, Rails, golang-migrate.
var (
	orderColumns = []string{"id", "installed_rank", "timestamp", "version", "version_id", "name"}
	labelColumns = []string{"name", "version", "version_id", "script"}
)

func (m *migrations) columns(all []string) {
	m.order, m.label = column(all, orderColumns), column(all, labelColumns)
}

func column(all, wanted []string) int {
	for _, w := range wanted {
		if i := slices.Index(all, w); i >= 0 {
			return i
		}
	}
	return 0
}

// row takes a line as COPY writes it.
func (m *migrations) row(line []byte) {
	// COPY writes a return within a value as \r, so one at the end is a Windows newline's.
	f := strings.Split(strings.TrimSuffix(string(line), "\r"), "\t")
	if m.order >= len(f) || m.label >= len(f) {
		return
	}
	if m.best == nil || less(m.best[m.order], f[m.order]) {
		m.best = f
	}
}

func (m *migrations) head() string {
	if m.best == nil {
		return ""
	}
	return copyText.Replace(m.best[m.label])
}

// copyText undoes the backslashes of COPY.
var copyText = strings.NewReplacer(`\b`, "\b", `\f`, "\f", `\n`, "\n", `\r`, "\r", `\t`, "\t", `\v`, "\v", `\N`, "", `\\`, `\`)

// less compares as numbers what are numbers.
func less(a, b string) bool {
	number := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	if number(a) && number(b) {
		a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		return len(a) < len(b) || len(a) == len(b) && a < b
	}
	return a < b
}
