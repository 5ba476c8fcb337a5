package step

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"twokey/internal/backup"
	"twokey/internal/pgtools"
	"twokey/internal/restore"
)

// TestACopyHasTheRowLevelSecurityThatWasRead from the backup when it was pinned, or it is none.
func TestACopyHasTheRowLevelSecurityThatWasRead(t *testing.T) {
	m := mergeShop(t)
	m.pg.Exec(t, "app", m.name, "ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
	s := DatabaseConfig{}.server(m.env)
	s.Tools = pgtools.Tools{Dir: m.pg.Bin()}
	live, err := s.Look(t.Context())
	ok(t, err)
	name, _ := restore.Names(m.name, m.env.Run)
	t.Cleanup(func() { m.pg.Exec(t, "postgres", "postgres", `DROP DATABASE IF EXISTS "`+name+`"`) })
	for format, args := range map[backup.Format][]string{backup.Custom: {"-Fc"}, backup.Plain: nil} {
		file := backup.Pinned{ID: "b", Path: filepath.Join(t.TempDir(), "backup"), Format: format}
		out, err := exec.Command(filepath.Join(m.pg.Bin(), "pg_dump"), append(args, "-f", file.Path, m.pg.URL("postgres", m.name))...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		p := pinned{File: file}
		p.Contents, err = backup.Decode(t.Context(), s.Tools, file, "")
		ok(t, err)
		ok(t, p.load(t.Context(), m.env, s, live, name, restore.Options{}))
		ok(t, s.DropCopy(t.Context(), m.name, m.env.Run))
		p.Contents.Security = append(p.Contents.Security, [3]string{"public", "orders", "enabled"})
		err = p.load(t.Context(), m.env, s, live, name, restore.Options{})
		if err == nil || !strings.Contains(err.Error(), "is not the backup's: public.orders is not enabled") {
			t.Errorf("%s: %v", format, err)
		}
		ok(t, s.DropCopy(t.Context(), m.name, m.env.Run))
	}
}
