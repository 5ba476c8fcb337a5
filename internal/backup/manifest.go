package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// manifestEnd is what a backup's manifest has after the backup's own name.
const manifestEnd = ".manifest.json"

// maxManifest bounds one: a table takes some 80 bytes.
const maxManifest = 4 << 20

// Manifest says what a backup is, written beside it by whoever made it. It lies where the backup lies, so whoever could
// change one could change the other: it proves that a file is what was written, not who wrote it.
type Manifest struct {
	Version  int       `json:"version"`
	ID       string    `json:"id"`
	Made     time.Time `json:"made"` // when its snapshot was taken, UTC
	MadeBy   string    `json:"made_by"`
	By       uint64    `json:"by,omitempty"` // the journal's entry that asked for it
	Database string    `json:"database"`
	System   string    `json:"system,omitempty"` // the cluster's identifier, where we may know it
	Server   string    `json:"server"`           // version
	Tool     string    `json:"tool"`             // version of pg_dump
	Format   Format    `json:"format"`
	Size     int64     `json:"size"`
	SHA256   string    `json:"sha256"`
	// Rows are exact: counted in the snapshot that was dumped.
	Rows          []Table  `json:"rows"`
	Excluded      []string `json:"excluded,omitempty"` // tables whose rows were left out, by the config
	MigrationHead string   `json:"migration_head,omitempty"`
	Roles         []string `json:"roles"` // that own or are granted something in it; no passwords
	Settings      Settings `json:"settings"`
}

// Settings are of the database itself. A dump of what is in a database does not have them.
type Settings struct {
	Owner           string   `json:"owner"`
	Encoding        string   `json:"encoding"`
	Collate         string   `json:"collate"`
	CType           string   `json:"ctype"`
	Provider        string   `json:"provider,omitempty"`
	ICULocale       string   `json:"icu_locale,omitempty"`
	ConnectionLimit int      `json:"connection_limit"`
	Comment         string   `json:"comment,omitempty"`
	Grants          []string `json:"grants,omitempty"` // as in pg_database.datacl
	Set             []Set    `json:"set,omitempty"`
}

// Set are parameters that ALTER DATABASE or ALTER ROLE IN DATABASE has set; some people keep secrets in there.
type Set struct {
	Role   string   `json:"role,omitempty"` // empty: everybody
	Values []string `json:"values"`         // name=value
}

// Table is one table's rows.
type Table struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
	Rows   int64  `json:"rows"` // UnknownRows: it has some, or none, and they cannot be counted
}

// UnknownRows are those of a table that was not written with COPY.
const UnknownRows = -1

// Key is how a table is named in lists and maps, as package rows names it: what could be taken for something else than one name of
// small letters is in quotes.
func (t Table) Key() string { return quotedName(t.Schema) + "." + quotedName(t.Name) }

var plainName = regexp.MustCompile(`^[a-z_][a-z0-9_$]*$`)

func quotedName(s string) string {
	if plainName.MatchString(s) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// unquoted is a key without its quotes.
func unquoted(key string) string {
	const inside = "\x00"
	s := strings.ReplaceAll(key, `""`, inside)
	return strings.ReplaceAll(strings.ReplaceAll(s, `"`, ""), inside, `"`)
}

// readManifest reads one and refuses what could not be one of ours.
func readManifest(r io.Reader) (*Manifest, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxManifest {
		return nil, fmt.Errorf("is over %d MiB", maxManifest>>20)
	}
	var m Manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, errors.New("is not JSON as we write it")
	}
	if m.Version != manifestVersion || len(m.SHA256) != 64 || m.Made.IsZero() {
		return nil, errors.New("is not a manifest of this version of twokey")
	}
	return &m, nil
}

// manifestVersion changes when the meaning of a field does.
const manifestVersion = 1
