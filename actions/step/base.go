package step

import (
	"slices"
	"strings"
	"time"

	"twokey/internal/backup"
	"twokey/internal/pgtools"
	"twokey/internal/secret"
)

// DatabaseConfig is what steps about the database are loaded with: people approve it with the action. It holds no secret.
type DatabaseConfig struct {
	Folders      []backup.Folder `json:"folders,omitempty"`
	Tools        string          `json:"tools,omitempty"`  // the folder of PostgreSQL's programs; empty: found on PATH
	Prefix       []string        `json:"prefix,omitempty"` // docker exec NAME, when they are in a container
	BeforeSwitch []string        `json:"before_switch,omitempty"`
	Migrations   string          `json:"migrations,omitempty"` // the table that lists them
	Show         []string        `json:"show,omitempty"`
	Revert       []string        `json:"revert,omitempty"`
	KeepBefore   time.Duration   `json:"keep_before,omitempty"`
	MaxAge       time.Duration   `json:"max_age,omitempty"` // an older latest backup is an alarm
	// Roles are those that the config names an address for: admin, load, read, service.
	Roles []string `json:"roles,omitempty"`
}

// The things an action may need; see Site.Lacks.
const (
	NeedBackups    = "backups"
	NeedMigrations = "migrations"
	NeedAdmin      = "admin"
	NeedLoad       = "load"
	NeedRead       = "read"
	NeedService    = "service"
	NeedNotices    = "notices"
	NeedDrills     = "drills"
)

// where the config names what is needed.
var where = map[string]string{
	NeedBackups: "service.backups", NeedMigrations: "service.migrations", NeedAdmin: "service.database.admin_url_file",
	NeedLoad: "service.database.load_url_file", NeedRead: "service.database.read_url_file",
	NeedService: "service.database.url_file", NeedNotices: "notices", NeedDrills: "drills",
}

// Lacks gives what of the needs the config does not name, as the keys that would; empty when nothing is missing.
func (s Site) Lacks(needs []string) string {
	var missing []string
	for _, n := range needs {
		if !s.has(n) {
			missing = append(missing, where[n])
		}
	}
	return strings.Join(missing, ", ")
}

func (s Site) has(need string) bool {
	switch need {
	case NeedNotices:
		return s.Notices
	case NeedDrills:
		return s.Drills
	}
	return s.Database.has(need)
}

func (c DatabaseConfig) has(need string) bool {
	switch need {
	case NeedBackups:
		return len(c.Folders) > 0
	case NeedMigrations:
		return len(c.Revert) > 0
	}
	return slices.Contains(c.Roles, need)
}

// tools runs PostgreSQL's programs.
func (c DatabaseConfig) tools() pgtools.Tools { return pgtools.Tools{Dir: c.Tools, Prefix: c.Prefix} }

// shelf is where the backups are.
func (c DatabaseConfig) shelf() backup.Shelf { return backup.Shelf{Folders: c.Folders} }

// folder gives the directory of a folder by its name, empty when there is none.
func (c DatabaseConfig) folder(name string) string {
	for _, f := range c.Folders {
		if f.Name == name {
			return f.Dir
		}
	}
	return ""
}

// Base is what steps about the database work with besides Env.ReadURL and Env.ServiceURL.
type Base struct {
	Admin, Load secret.Value // ops_restore and ops_load
	Scratch     string       // a folder of ours for files that are pinned, absolute
	Floor       int64        // so many bytes stay free on every disk we write to
	// Passed hears of each step of a switch that the server has done; nil: nobody listens. Tests break things there.
	Passed func(step string) error
	Held   *Held // what one step of a run leaves in memory for a later one
}
