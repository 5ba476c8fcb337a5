package audience

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
)

// idForm is what nextID makes: nothing else is looked for in the folder.
var idForm = regexp.MustCompile(`^\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}$`)

// readOnly is how a copy is opened: as what never changes, and so without locks.
const readOnly = "ro&immutable=1"

// address names a file to SQLite as a URI: only then does the mode count.
func address(path, mode string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: "mode=" + mode}
	return u.String()
}

// facts reads what is known of a copy out of its file, once.
func (s *Shelf) facts(id string) (Copy, error) {
	if !idForm.MatchString(id) {
		return Copy{}, fs.ErrNotExist
	}
	info, err := os.Lstat(s.file(id, whole)) // SQLite would say of a missing file no more than that it cannot be opened
	if err != nil {
		return Copy{}, err
	}
	if c, ok := s.remembered(id); ok {
		return c, nil
	}
	if !info.Mode().IsRegular() {
		return Copy{}, errors.New("it is not a regular file")
	}
	c, err := readFacts(s.file(id, whole))
	if err == nil && c.ID != id {
		err = errors.New("it is another copy, under this one's name")
	}
	if err != nil {
		return Copy{}, err
	}
	s.remember(c)
	return c, nil
}

func readFacts(path string) (c Copy, err error) {
	db, err := sql.Open("sqlite", address(path, readOnly))
	if err != nil {
		return Copy{}, err
	}
	defer db.Close()
	var facts string
	var ours, version int64
	const ask = "SELECT facts, a.application_id, v.user_version FROM copy, pragma_application_id a, pragma_user_version v"
	err = db.QueryRowContext(context.Background(), ask).Scan(&facts, &ours, &version)
	switch {
	case err != nil:
		return Copy{}, err
	case ours != applicationID || version != layout:
		return Copy{}, fmt.Errorf("it is no copy of a layout this program knows (application %#x, layout %d)", ours, version)
	}
	return c, json.Unmarshal([]byte(facts), &c)
}
