package setup

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNamesInAnEnvFileTellAndNothingElseIsKept(t *testing.T) {
	got := keysOf(`# DB_HOST=commented
export DB_HOST=10.0.0.1
DB_PORT = 5432
DB_USERNAME='u'
DB_PASSWORD="p=w"
DB_DATABASE=d
DATABASE_URL=postgres://u:hunter2@h/d
NODE_ENV=production
JOB_PAYMENT_PROCESSOR_ENABLED=true
JOB_LIMIT=5
FEATURE_DEPOSITS_ENABLED=true
JWT_SECRET=abc
ENCRYPTION_KEY=def
STRANGE_THING=ghi
PRIVATE_KEY="-----BEGIN KEY-----
FEATURE_INSIDE_A_VALUE=
-----END KEY-----"
FEATURE_AFTER=1
FEATURE_AFTER=2
not a line
`)
	want := Keys{
		Database: map[string]string{"host": "DB_HOST", "port": "DB_PORT", "user": "DB_USERNAME", "password": "DB_PASSWORD", "name": "DB_DATABASE"},
		URL:      "DATABASE_URL", Show: []string{"NODE_ENV"}, Flags: []string{"FEATURE_DEPOSITS_ENABLED", "FEATURE_AFTER"},
		Stop: []string{"JOB_PAYMENT_PROCESSOR_ENABLED"}, Rotate: []string{"JWT_SECRET"}, Never: []string{"ENCRYPTION_KEY"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keysOf (-want +got):\n%s", diff)
	}
	if got := keysOf("PGHOST=h\nPGPORT=1\nPGUSER=u\nPGDATABASE=d\n"); got.Database != nil {
		t.Errorf("a database without a password was taken for whole: %v", got.Database)
	}
}

func TestFolderIsLookedInto(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, map[string]string{
		"package.json":       `{"name": "@acme/shop", "scripts": {"build": "b", "migration:show": "m", "lint": "l"}}`,
		".git/HEAD":          "ref: refs/heads/release\n",
		"logs/app.log":       "",
		"backups/daily/a.gz": "",
		"compose.yaml":       "name: x\nservices:\n  web:\n    image: i\n    ports:\n      - 1\n  # no\n  db:\nvolumes:\n  data:\n",
	})
	got := lookInto(dir)
	want := Folder{Owner: ownerOf(dir), Package: "shop", Scripts: []string{"build", "migration:show"}, Branch: "release", Compose: "compose.yaml",
		Units: []string{"web", "db"}, Logs: filepath.Join(dir, "logs/*.log"), Backups: filepath.Join(dir, "backups")}
	if diff := cmp.Diff(want, got); diff != "" || got.Owner == "" {
		t.Errorf("lookInto (-want +got):\n%s", diff)
	}
	put(t, dir, map[string]string{".git/HEAD": "root:$6$hash\n", "package.json": "{"})
	if got := lookInto(dir); got.Branch != "" || got.Package != "" {
		t.Errorf("what is not a branch or a package was taken for one: %q %q", got.Branch, got.Package)
	}
}

func TestZoneAndPostgres(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, map[string]string{"timezone": "Europe/Helsinki\n", "wrong": "Mars/Olympus\n", "pg/9/bin/x": "", "pg/15/bin/x": "", "pg/old/bin/x": ""})
	if err := os.Symlink("/usr/share/zoneinfo/Asia/Tokyo", filepath.Join(dir, "localtime")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ timezone, want string }{{"timezone", "Europe/Helsinki"}, {"wrong", "Asia/Tokyo"}, {"gone", "Asia/Tokyo"}} {
		p := Places{Timezone: filepath.Join(dir, tt.timezone), Localtime: filepath.Join(dir, "localtime")}
		if got := p.zone(); got != tt.want {
			t.Errorf("zone with %s = %s, want %s", tt.timezone, got, tt.want)
		}
	}
	if got := (Places{}).zone(); got != "UTC" {
		t.Errorf("zone of a machine that does not say = %s, want UTC", got)
	}
	p := Places{Postgres: filepath.Join(dir, "pg/*/bin")}
	if got := p.postgres(); got != filepath.Join(dir, "pg/15/bin") {
		t.Errorf("postgres() = %s, want the newest", got)
	}
}

// TestSystemdUnits asks a stand-in that prints as systemd 252 does: no systemd runs where tests do.
func TestSystemdUnits(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, map[string]string{"systemctl": `#!/bin/sh
case "$1" in
list-units) printf 'shop.service loaded active running The shop\ncron.service loaded active running Cron\n' ;;
show) [ "$6" = cron.service ] && printf 'Id=shop.service\nWorkingDirectory=/srv/shop\nUser=app\n\nId=cron.service\nWorkingDirectory=\nUser=\n' ;;
esac
`})
	got := systemdUnits(t.Context(), filepath.Join(dir, "systemctl"))
	want := []unit{{Name: "shop", Dir: "/srv/shop", User: "app"}, {Name: "cron"}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("systemdUnits() = %v, want %v", got, want)
	}
	m := managers{systemd: got}
	if best, ok := firstOf(got, "/srv/shop", "other"); m.likely("/srv/shop", Folder{}) != "systemd" || !ok || best.Name != "shop" {
		t.Errorf("the unit in the directory is not the likely one: %v", best)
	}
}

func TestWhoeverHasAUnitInTheDirectoryIsLikely(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "current")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	here, there := []unit{{Name: "a", Dir: "/other"}, {Name: "b", Dir: link}}, []unit{{Name: "a", Dir: "/other"}}
	for _, tt := range []struct {
		why  string
		m    managers
		f    Folder
		want string
	}{
		{"pm2 has it there, through a link", managers{pm2: here, systemd: there, docker: true}, Folder{Compose: "compose.yaml"}, "pm2"},
		{"systemd has it there, pm2 something else", managers{pm2: there, systemd: here}, Folder{}, "systemd"},
		{"a compose file, and docker", managers{pm2: there, docker: true}, Folder{Compose: "compose.yaml"}, "compose"},
		{"a compose file without docker", managers{pm2: there}, Folder{Compose: "compose.yaml"}, "pm2"},
		{"nothing", managers{}, Folder{}, "custom"},
	} {
		if got := tt.m.likely(dir, tt.f); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.why, got, tt.want)
		}
	}
	if got, _ := firstOf(here, dir, "shop"); got.Name != "b" {
		t.Errorf("the likely unit is %s, want the one in the directory", got.Name)
	}
	if got := managers.likelyDir(managers{pm2: here[:1]}); got != "/other" {
		t.Errorf("the likely directory is %q, want that of the only service", got)
	}
}

func TestACustomServiceGetsANameThatStepsTake(t *testing.T) {
	for name, want := range map[string]string{"shop": "shop", "My shop!": "My-shop", "магазин": "service", "--x": "x"} {
		if got := oneProcess(name); got != want || isProcess(got) != nil {
			t.Errorf("oneProcess(%q) = %q, want %q", name, got, want)
		}
	}
}
