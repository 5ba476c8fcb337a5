package setup

import (
	"regexp"
	"slices"
	"strings"
)

// Keys are what the names in an env file tell. Names that mean nothing to us are not kept, and values never are.
type Keys struct {
	Database map[string]string // host, port, user, password and name → their keys; nil unless all five are there
	URL      string            // the key of the database's URL
	Show     []string          // harmless ones
	Flags    []string          // FEATURE_…
	Stop     []string          // JOB_…_ENABLED
	Rotate   []string          // …_SECRET
	Never    []string          // data is encrypted with them
}

// families are the usual names of the five parts of a database's address.
var families = []map[string][]string{
	{"host": {"DB_HOST"}, "port": {"DB_PORT"}, "user": {"DB_USERNAME", "DB_USER"}, "password": {"DB_PASSWORD", "DB_PASS"}, "name": {"DB_DATABASE", "DB_NAME"}},
	{"host": {"PGHOST"}, "port": {"PGPORT"}, "user": {"PGUSER"}, "password": {"PGPASSWORD"}, "name": {"PGDATABASE"}},
	{"host": {"POSTGRES_HOST"}, "port": {"POSTGRES_PORT"}, "user": {"POSTGRES_USER"}, "password": {"POSTGRES_PASSWORD"},
		"name": {"POSTGRES_DB", "POSTGRES_DATABASE"}},
}

var (
	envLine = regexp.MustCompile(`^\s*(?:export\s+)?([A-Z_][A-Z0-9_]{0,99})\s*=\s*(.*)$`)
	jobKey  = regexp.MustCompile(`^JOB_.+_ENABLED$`)
)

// keysOf reads the names in an env file.
func keysOf(data string) Keys {
	var k Keys
	names := envNames(data)
	for _, name := range names {
		switch {
		case strings.Contains(name, "ENCRYPTION"):
			k.Never = append(k.Never, name)
		case jobKey.MatchString(name):
			k.Stop = append(k.Stop, name)
		case strings.HasPrefix(name, "FEATURE_"):
			k.Flags = append(k.Flags, name)
		case strings.HasSuffix(name, "_SECRET"):
			k.Rotate = append(k.Rotate, name)
		case name == "NODE_ENV" || name == "LOG_LEVEL":
			k.Show = append(k.Show, name)
		case name == "DATABASE_URL":
			k.URL = name
		}
	}
	for _, f := range families {
		if k.Database == nil {
			k.Database = whole(f, names)
		}
	}
	return k
}

// whole is a family of which every part is there.
func whole(family map[string][]string, names []string) map[string]string {
	parts := map[string]string{}
	for part, usual := range family {
		i := slices.IndexFunc(usual, func(name string) bool { return slices.Contains(names, name) })
		if i < 0 {
			return nil
		}
		parts[part] = usual[i]
	}
	return parts
}

// envNames are the names, each once. A value in quotes may go on over lines: nothing in it is a name.
func envNames(data string) []string {
	var names []string
	open := ""
	for line := range strings.Lines(data) {
		if open != "" {
			if strings.Contains(line, open) {
				open = ""
			}
			continue
		}
		m := envLine.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		if m == nil {
			continue
		}
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
		if quote := m[2]; quote != "" && strings.ContainsAny(quote[:1], "\"'`") && !strings.Contains(quote[1:], quote[:1]) {
			open = quote[:1]
		}
	}
	return names
}
