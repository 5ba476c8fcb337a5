package backup

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryFormatIsDecodedAndCounted(t *testing.T) {
	pg := database(t, "formats")
	plain, custom := dump(t, pg, "formats"), dump(t, pg, "-Fc", "formats")
	raw, tar := dump(t, pg, "-Fc", "-Z0", "formats"), dump(t, pg, "-Ft", "formats")
	for _, c := range []struct {
		name  string
		bytes []byte
		want  Format
	}{
		{"custom, under .sql.gz", custom, Custom},
		{"gzip of custom", gz(custom), CustomGzip},
		{"gzip of plain", gz(plain), PlainGzip},
		{"plain", plain, Plain},
		{"plain, from Windows", bytes.ReplaceAll(plain, []byte("\n"), []byte("\r\n")), Plain},
		{"uncompressed custom", raw, Custom},
		{"zstd of uncompressed custom", zst(raw), CustomZstd},
		{"zstd of plain", zst(plain), PlainZstd},
		{"tar", tar, Tar},
		{"gzip of tar", gz(tar), TarGzip},
		{"zstd of tar", zst(tar), TarZstd},
	} {
		p := pinned(t, c.bytes)
		if p.Format != c.want {
			t.Errorf("%s: %s", c.name, p.Format)
		}
		got, err := decode(t, p)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		expect(t, c.name, got)
		if p.Format.Archive() && (got.Database != "formats" || got.ArchiveVersion == "") {
			t.Errorf("%s: database %q, archive %q", c.name, got.Database, got.ArchiveVersion)
		}
	}
}

// expect is what every dump of the shop has.
func expect(t *testing.T, name string, got Contents) {
	t.Helper()
	if diff := cmp.Diff(shopRows, got.Rows()); diff != "" {
		t.Errorf("%s: rows (-want +got)\n%s", name, diff)
	}
	if len(got.Tables) != len(shopRows) || len(got.Made) != len(shopRows)+1 {
		t.Errorf("%s: %d tables with rows, %d made", name, len(got.Tables), len(got.Made))
	}
	if got.MigrationHead != "Migration12" || got.Encoding != "UTF8" || !strings.HasPrefix(got.ServerVersion, "1") || !strings.HasPrefix(got.DumpVersion, "1") {
		t.Errorf("%s: head %q, encoding %q, server %q, pg_dump %q", name, got.MigrationHead, got.Encoding, got.ServerVersion, got.DumpVersion)
	}
	if !slices.Contains(got.Roles, "app") || !slices.Contains(got.Roles, "ops_read") || len(got.Databases)+len(got.Outside)+len(got.EventTriggers) > 0 {
		t.Errorf("%s: roles %q, databases %q, outside %q, event triggers %q", name, got.Roles, got.Databases, got.Outside, got.EventTriggers)
	}
}

func TestDirectoryIsDecoded(t *testing.T) {
	pg := database(t, "directory")
	dir := made(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	dump(t, pg, "-Fd", "-f", filepath.Join(dir, "daily", "tree"), "directory")
	s := Shelf{Folders: shelf(dir).Folders}
	f := find(t, settledShelf(s), "latest")
	if f.Format != Directory || f.MadeFrom != FromArchive {
		t.Fatalf("%s, of the %s", f.Format, f.MadeFrom)
	}
	p, err := Pin(t.Context(), f, t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(t, p)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "directory", got)

	for _, name := range []string{"truncate", "remove"} {
		p, err := Pin(t.Context(), f, t.TempDir(), 0)
		if err != nil {
			t.Fatal(err)
		}
		victim := biggest(t, p.Path)
		if name == "remove" {
			err = os.Remove(victim)
		} else {
			err = os.Truncate(victim, 100)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decode(t, p); err == nil {
			t.Errorf("%s the rows of a table: decodes", name)
		}
	}
}

// settledShelf looks an hour later, when what was just made is finished.
func settledShelf(s Shelf) Shelf {
	s.Now = later
	return s
}

func biggest(t *testing.T, dir string) string {
	t.Helper()
	var best string
	var size int64
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if info, _ := e.Info(); info.Size() > size && e.Name() != contents {
			best, size = filepath.Join(dir, e.Name()), info.Size()
		}
	}
	return best
}

func TestRowsThatWereNotCopiedAreUnknown(t *testing.T) {
	pg := database(t, "inserts")
	for _, args := range [][]string{{"--inserts"}, {"--inserts", "-Fc"}, {"--column-inserts"}, {"--rows-per-insert=100"}} {
		got, err := decode(t, pinned(t, dump(t, pg, append(args, "inserts")...)))
		if err != nil {
			t.Errorf("%q: %v", args, err)
			continue
		}
		if len(got.Rows()) != 0 || len(got.Tables) != len(shopRows) {
			t.Errorf("%q: %d tables, rows %v", args, len(got.Tables), got.Rows())
		}
		if gone := Complete(got, []string{"public.users", "public.empty_one"}, nil); len(gone) > 0 {
			t.Errorf("%q: %q would vanish", args, gone)
		}
	}
}

// TestEachDefectIsFoundAtItsLevel has the rows of what cheap checks notice: each is found where it can be, and what can still
// be said of it below is said.
func TestEachDefectIsFoundAtItsLevel(t *testing.T) {
	pg := database(t, "defects")
	plain, custom, raw := dump(t, pg, "defects"), dump(t, pg, "-Fc", "defects"), dump(t, pg, "-Fc", "-Z0", "defects")
	whitelist := dump(t, pg, "-Fc", "-t", "users", "-t", "deposits", "defects")
	afterCopy := plain[:bytes.Index(plain, []byte("\n\\.\n"))+4]
	emptied := bytes.Clone(plain)
	from := bytes.Index(emptied, []byte("COPY public.deposits"))
	from += bytes.IndexByte(emptied[from:], '\n') + 1
	emptied = slices.Delete(emptied, from, from+bytes.Index(emptied[from:], []byte("\\.\n")))
	noise := make([]byte, 1<<20)
	rand.NewChaCha8([32]byte{}).Read(noise)
	behind := gz(slices.Concat(custom, noise))
	live := slices.Sorted(maps.Keys(shopRows))
	for _, c := range []struct {
		name     string
		good     []byte // what its manifest is of; nil: it has none
		bytes    []byte
		proven   Level
		sentence string
	}{
		{"whole, custom", nil, custom, Usual, ""},
		{"whole, plain", nil, plain, Usual, ""},
		{"-Fc cut at 60 %", nil, custom[:len(custom)*6/10], Intact, "cannot be read to its end"},
		{"-Fc last 200 bytes missing", nil, custom[:len(custom)-200], Intact, "cannot be read to its end"},
		{"-Fc one byte flipped", nil, flip(custom, len(custom)*6/10), Intact, "cannot be read to its end"},
		{"-Fc one byte flipped, with its manifest", custom, flip(custom, len(custom)*6/10), Present, "not the file that its manifest is about"},
		{"-Fc -Z0 one bit flipped in a row, with its manifest", raw, flip(raw, bytes.Index(raw, []byte("user 77\n"))), Present, "not the file that its manifest is about"},
		{"-Fc -Z0 one bit flipped in a row", nil, flip(raw, bytes.Index(raw, []byte("user 77\n"))), Usual, ""}, // nobody can see it
		{"plain cut, then gzipped", nil, gz(plain[:len(plain)/2]), Intact, "is cut"},
		{"plain cut exactly after a COPY block", nil, afterCopy, Intact, "the comment with which a dump ends is missing"},
		{"plain without its \\unrestrict", nil, plain[:bytes.LastIndex(plain, []byte("\\unrestrict"))], Intact, "is cut"},
		{"gzip stream truncated", nil, gz(plain)[:len(gz(plain))-9], Intact, "is cut: its compression ends too early"},
		{"gzip of custom truncated", nil, gz(custom)[:len(gz(custom))-9], Intact, "is cut: its compression ends too early"},
		{"gzip of custom with something behind it, truncated", nil, behind[:len(behind)-9], Intact, "is cut: its compression ends too early"},
		{"plain without its last newlines", nil, bytes.TrimRight(plain, "\n"), Usual, ""},
		{"plain in an encoding that hides backslashes", nil, bytes.Replace(plain, []byte("'UTF8'"), []byte("'SJIS'"), 1), Intact, "is no dump as pg_dump writes it: its encoding is SJIS"},
		{"gzip damaged", nil, flip(gz(plain), len(gz(plain))-6), Intact, "is damaged"},
		{"zstd of custom truncated", nil, zst(raw)[:len(zst(raw))-2], Intact, "is cut"},
		{"zstd of custom damaged", nil, flip(zst(raw), len(zst(raw))-2), Intact, "is damaged"},
		{"pg_dump failed in pg_dump | gzip", nil, gz(nil), Present - 1, "there is nothing inside"},
		{"0 bytes", nil, nil, Present - 1, "is empty"},
		{"whitelist dump", nil, whitelist, Decodes, "public.transactions"},
		{"taken after the corruption", nil, emptied, Whole, "public.deposits is empty: it has 4000 rows in the backup before"},
	} {
		level, sentence := climb(t, c.bytes, c.good, live)
		if level != c.proven || !strings.Contains(sentence, c.sentence) || c.sentence == "" && sentence != "" {
			t.Errorf("%s: %q, then %q; want %q, then %q", c.name, level, sentence, c.proven, c.sentence)
		}
	}
}

// climb goes up the ladder as far as it carries, and says what is at its end.
func climb(t *testing.T, content, good []byte, live []string) (Level, string) {
	t.Helper()
	dir := made(t)
	path := filepath.Join(dir, "daily", "backup_20261124_040000.sql.gz")
	write(t, path, content, night)
	f := list(t, Shelf{Folders: shelf(dir).Folders})[filepath.Base(path)]
	if good != nil {
		f.Manifest = &Manifest{SHA256: hashOf(good), Size: int64(len(good))}
	}
	if !f.Usable() {
		return Present - 1, f.Problem + f.Unfinished
	}
	p, err := Pin(t.Context(), f, t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Intact(); err != nil {
		return Present, err.Error()
	}
	got, err := decode(t, p)
	if err != nil {
		return Intact, err.Error()
	}
	if gone := Complete(got, live, nil); len(gone) > 0 {
		return Decodes, strings.Join(gone, ", ")
	}
	if odd := Plausible(got, shopRows, shopRows, nil, f.Size); len(odd) > 0 {
		return Whole, strings.Join(odd, "\n")
	}
	return Usual, ""
}

func flip(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

func TestANewerArchiveIsNamedSo(t *testing.T) {
	pg := database(t, "newer")
	custom := dump(t, pg, "-Fc", "newer")
	custom[6] += 10 // an archive whose header says so
	for _, b := range [][]byte{custom, gz(custom)} {
		_, err := decode(t, pinned(t, b))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Sentence, "newer PostgreSQL: archive version 1.2") || !strings.Contains(e.Hint, "install") {
			t.Errorf("%v", err)
		}
	}
}

func TestCommandsOfPsqlAreRefusedByName(t *testing.T) {
	pg := database(t, "commands")
	plain := dump(t, pg, "commands")
	at := func(s string) []byte {
		i := bytes.Index(plain, []byte("CREATE SCHEMA"))
		return slices.Concat(plain[:i], []byte(s), plain[i:])
	}
	for name, b := range map[string][]byte{
		`\!`:          at("\\! touch /tmp/x\n"),
		`\copy`:       at("SELECT 1 \\copy users to '/tmp/x'\n"),
		`\connect`:    at("\\connect other\n"),
		`\i`:          at("/* */ \\i /etc/passwd\n"),
		`\restrict`:   at("\\restrict `id`\n"),
		`\unrestrict`: at("\\unrestrict abc\n"),
		`\setenv`:     at("-- a comment ends at\r\\setenv a b\n"),
		`\o`:          at("CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1;\n\\o /tmp/x\nEND;\n"),
		`\gx`:         at("SELECT '\\' \\gx |id\n"),
		`\g`:          at("SET standard_conforming_strings = off;\nSELECT '\\' '\\g |id\n"),
		`\w`:          at("SELECT e'\\''\n'\\''\\w /tmp/x\n"),
	} {
		_, err := decode(t, pinned(t, b))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Sentence, "the psql command "+name) || e.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	created := dump(t, pg, "-C", "commands")
	if _, err := decode(t, pinned(t, created)); err == nil || !strings.Contains(err.Error(), `\connect`) {
		t.Errorf("pg_dump -C: %v", err)
	}
}

func TestWhatReachesOutsideIsNamed(t *testing.T) {
	pg := database(t, "outside")
	plain := dump(t, pg, "outside")
	i := bytes.Index(plain, []byte("CREATE SCHEMA"))
	extra := `DROP DATABASE IF EXISTS "live one"; ALTER SYSTEM SET archive_command = 'x'; CREATE ROLE evil; COPY users FROM PROGRAM 'id';
		DO $$ BEGIN END $$; CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION f(); CREATE SUBSCRIPTION sub CONNECTION 'x' PUBLICATION p;
		CREATE EXTENSION IF NOT EXISTS pg_trgm; ALTER TABLE users OWNER TO "Some One"; GRANT ALL ON users TO a, "b c" WITH GRANT OPTION;
		REVOKE ALL ON users FROM d; ALTER DEFAULT PRIVILEGES FOR ROLE e GRANT SELECT ON TABLES TO g; SET SESSION AUTHORIZATION 'h';
		CREATE POLICY p ON users TO i USING (x IN (SELECT y FROM z));`
	got, err := decode(t, pinned(t, slices.Concat(plain[:i], []byte(extra), plain[i:])))
	if err != nil {
		t.Fatal(err)
	}
	want := Contents{Databases: []string{"DROP DATABASE live one"}, Outside: []string{"ALTER SYSTEM set", "COPY … PROGRAM", "CREATE ROLE evil", "DO"},
		EventTriggers: []string{"et"}, Subscriptions: []string{"sub"}, Extensions: []string{"pg_trgm"},
		Roles: []string{"Some One", "a", "app", "b c", "d", "e", "g", "h", "i", "ops_read", "pg_database_owner"}}
	have := Contents{Databases: got.Databases, Outside: got.Outside, EventTriggers: got.EventTriggers, Subscriptions: got.Subscriptions, Extensions: got.Extensions, Roles: got.Roles}
	have.Roles = slices.DeleteFunc(slices.Clone(have.Roles), func(r string) bool { return r == "pg_database_owner" })
	want.Roles = slices.DeleteFunc(want.Roles, func(r string) bool { return r == "pg_database_owner" })
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDecodeIsCancelledInAnEndlessFile(t *testing.T) {
	// A bomb: a few MB that are gigabytes of one row.
	var bomb bytes.Buffer
	bomb.Write(zst([]byte(dumpHead + "COPY public.users (id) FROM stdin;\n")))
	frame := zst(bytes.Repeat([]byte("x"), 8<<20))
	for range 4000 {
		bomb.Write(frame)
	}
	path := filepath.Join(t.TempDir(), "bomb")
	write(t, path, bomb.Bytes(), night)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := Pinned{Path: path, Format: PlainZstd}.Open()
	if err != nil {
		t.Fatal(err)
	}
	io.CopyN(io.Discard, r, 1<<20)
	r.Close()
	cancel()
	if _, err := Decode(ctx, tools(t), Pinned{Path: path, Format: PlainZstd}, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
