package backup

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"
)

// Where a backup's time is from, best first.
const (
	FromManifest = "manifest"
	FromArchive  = "archive" // the header that pg_dump wrote
	FromName     = "name"
	FromMtime    = "mtime" // which cp, touch and rsync change
)

// File is a backup as it lies in a folder.
type File struct {
	ID       string // short, made of its time; see name
	Name     string // as somebody called it: nothing in it is to be believed, and not every character of it can be shown
	Folder   string // the Folder's name
	Path     string
	Size     int64
	Written  time.Time // mtime
	Made     time.Time
	MadeFrom string
	Seen     time.Time // when we first saw it, if it is not ours and Shelf.Seen knows
	Format   Format
	Database string // as its archive's header says
	Server   string // the server's version, as its archive's header says
	Archive  string // the archive's own version, such as 1.14
	Manifest *Manifest
	// Trouble is what is wrong with its manifest, when there is one that is not used.
	Trouble string
	// Unfinished says why it is taken to be still written, Problem why it cannot be used at all. They follow "it ".
	Unfinished string
	Problem    string

	stamp stamp
}

// Usable says whether it is worth a closer look: L0.
func (f File) Usable() bool { return f.Problem == "" && f.Unfinished == "" }

// Foreign says that twokey did not make it, as far as can be seen.
func (f File) Foreign() bool { return f.Manifest == nil }

// idOf is a time as people type it on a phone, such as 24nov-0400.
func idOf(made time.Time, zone *time.Location) string {
	return strings.ToLower(made.In(zone).Format("2Jan-1504"))
}

// name gives each file its id: its time, and, for those of the same minute of the same day of any year, a few letters of the
// hash of its name. All of them get those, so that a file that is put beside another cannot take its id.
func name(files []File, zone *time.Location) {
	same := map[string][]int{}
	for i, f := range files {
		id := idOf(f.Made, zone)
		files[i].ID = id
		same[id] = append(same[id], i)
	}
	for id, group := range same {
		if len(group) == 1 {
			continue
		}
		for n := 2; ; n++ {
			if suffix(files, id, group, n) {
				break
			}
		}
	}
}

// suffix adds n letters to the ids of a group; false: two are still the same.
func suffix(files []File, id string, group []int, n int) bool {
	taken := map[string]bool{}
	for _, i := range group {
		sum := sha256.Sum256([]byte(files[i].Folder + "/" + files[i].Name))
		letters := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:30]))
		files[i].ID = id + "-" + letters[:min(n, len(letters))]
		taken[files[i].ID] = true
	}
	return len(taken) == len(group) || n >= 48
}
