package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"twokey/internal/pgtools"
)

// sentence says what is wrong with the backup.
func (d decoding) sentence(err error) error {
	id := "backup " + d.p.ID
	var e *Error
	var tool *pgtools.Error
	var command *commandError
	var said *scriptError
	const other = "choose another: /backups"
	switch {
	case d.ctx.Err() != nil:
		return context.Cause(d.ctx)
	case errors.As(err, &e):
		return err
	case errors.As(err, &command):
		return &Error{Sentence: id + " is refused: " + command.Error() + ", which would act on this machine", Hint: command.hint(), Cause: err}
	case errors.Is(err, errNoEnd), errors.Is(err, errNoUnrestrict), errors.Is(err, errCutStatement), errors.Is(err, errCut):
		return &Error{Sentence: id + " is cut: " + err.Error(), Hint: other, Cause: err}
	case errors.Is(err, os.ErrPermission), errors.Is(err, os.ErrNotExist):
		return &Error{Sentence: id + " cannot be read any more", Hint: "ask again", Cause: err}
	case errors.As(err, &said):
		return &Error{Sentence: id + " is no dump as pg_dump writes it: " + said.Error(), Hint: other, Cause: err}
	case errors.As(err, &tool):
		return d.toolSays(tool)
	}
	return cut(d.p, err)
}

func (e *commandError) hint() string {
	if e.name == `\connect` || e.name == `\c` {
		return "it was made with pg_dump --create, and would leave the copy for another database: make one without, or choose another: /backups"
	}
	return "no pg_dump writes it: see who made this backup, and choose another: /backups"
}

var newer = regexp.MustCompile(`unsupported version \(([0-9.]+)\) in file header`)

// toolSays is what pg_restore has against an archive.
func (d decoding) toolSays(tool *pgtools.Error) error {
	all := tool.Error() + "\n" + strings.Join(tool.Tail, "\n")
	if m := newer.FindStringSubmatch(all); m != nil {
		return &Error{Sentence: fmt.Sprintf("backup %s was made by a newer PostgreSQL: archive version %s is more than pg_restore here can read", d.p.ID, m[1]),
			Hint: "install the client programs of that version, and name their folder in service.database.tools", Cause: tool}
	}
	if !strings.Contains(all, "pg_restore: error:") {
		return &Error{Sentence: tool.Sentence, Hint: tool.Hint, Cause: tool}
	}
	return &Error{Sentence: "backup " + d.p.ID + " cannot be read to its end: " + tool.Sentence, Hint: "it is cut or damaged; choose another: /backups", Cause: tool}
}
