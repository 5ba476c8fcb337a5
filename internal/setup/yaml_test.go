package setup

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"twokey/actions/step"
	"twokey/internal/config"
)

// plenty is everything found that can be found.
func plenty() Answers {
	return Answers{
		Name: "shop", Dir: "/srv/shop", RunAs: "app", Health: "http://127.0.0.1:3000/healthz", Bot: "ops_bot", API: "http://127.0.0.1:81",
		Process:   step.ProcessConfig{Manager: "pm2", Name: "shop", Also: []string{"worker"}, PM2: step.PM2Config{Home: "/home/app/.pm2", Program: "/usr/bin/pm2"}},
		AdminChat: -100123, People: []Person{{"ann", []int64{11}}, {"bob", []int64{12, 13}}}, Zone: "Europe/Helsinki", Postgres: "/usr/lib/postgresql/15/bin",
		Folder: Folder{EnvFile: ".env", Branch: "main", Logs: "/srv/shop/logs/*.log", Backups: "/srv/shop/backups",
			Scripts: []string{"build", "test", "migration:show", "migration:revert"},
			Keys: Keys{Database: map[string]string{"host": "DB_HOST", "port": "DB_PORT", "user": "DB_USERNAME", "password": "DB_PASSWORD", "name": "DB_DATABASE"},
				Show: []string{"NODE_ENV"}, Flags: []string{"FEATURE_A", "FEATURE_B"}, Stop: []string{"JOB_A_ENABLED", "JOB_B_ENABLED"},
				Rotate: []string{"JWT_SECRET"}, Never: []string{"ENCRYPTION_KEY"}}},
	}
}

// little is as little as there may be.
func little() Answers {
	return Answers{Name: "shop", Dir: "/srv/shop", Process: step.ProcessConfig{Manager: "systemd", Name: "shop"}, AdminChat: -1,
		People: []Person{{"ann", []int64{11}}, {"bob", []int64{12}}}, Zone: "UTC", Folder: Folder{Keys: Keys{URL: "DATABASE_URL"}}}
}

func parsed(t interface{ Fatalf(string, ...any) }, a Answers, change func(string) string) config.Config {
	text, err := a.config()
	if err != nil {
		t.Fatalf("config: %v", err)
	}
	changed := change(string(text))
	c, findings := config.Parse("twokey.yaml", []byte(changed), config.World{})
	if findings.Err() != nil {
		t.Fatalf("%v in:\n%s", findings, changed)
	}
	return c
}

func asWritten(s string) string { return s }

var heldBack = regexp.MustCompile(`(?m)^( *)#([^ \n]|  )`)

// allOn takes the # away from every setting that is held back, as people will.
func allOn(s string) string { return heldBack.ReplaceAllString(s, "$1$2") }

// TestEverySettingThatIsHeldBackIsOne: a # that is taken away must not break the file.
func TestEverySettingThatIsHeldBackIsOne(t *testing.T) {
	for name, a := range map[string]Answers{"plenty": plenty(), "little": little()} {
		t.Run(name, func(t *testing.T) {
			on := parsed(t, a, allOn)
			if on.Telegram.WitnessChat == 0 || len(on.Checks) != 3 || len(on.Definitions) != 1 || on.Escalate.HTTP == "" || len(on.People) != 3 ||
				on.Service.Code.Branch != "main" || on.Service.Backups.Daily == "" || on.Rules.Named["stop"].Alone == nil {
				t.Errorf("with every # taken away something is missing: %+v", on)
			}
		})
	}
	on := parsed(t, plenty(), allOn)
	want := config.Settings{ShowValues: []string{"NODE_ENV"}, Flags: []string{"FEATURE_A", "FEATURE_B"}, Rotate: []string{"JWT_SECRET"},
		StopFlags:   map[string]string{"JOB_A_ENABLED": "false", "JOB_B_ENABLED": "false"},
		NeverRotate: map[string]string{"ENCRYPTION_KEY": "stored data would become unreadable"}}
	if diff := cmp.Diff(want, on.Service.Settings); diff != "" {
		t.Errorf("keys of the env file (-want +got):\n%s", diff)
	}
}

func TestConfigSaysWhatWasAnswered(t *testing.T) {
	a := plenty()
	c := parsed(t, a, asWritten)
	if diff := cmp.Diff(a.Process, c.Service.Site.Process); diff != "" {
		t.Errorf("process (-want +got):\n%s", diff)
	}
	if c.Service.RunAs != "app" || c.Service.Site.Health.URL != a.Health || c.Telegram.AdminChat != -100123 || len(c.People) != 2 || c.Zone.String() != "Europe/Helsinki" {
		t.Errorf("config = %+v", c)
	}
	if diff := cmp.Diff(a.Folder.Keys.Database, c.Service.Database.FromEnvFile); diff != "" {
		t.Errorf("database (-want +got):\n%s", diff)
	}
	text, _ := a.config()
	active := slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool {
		line = strings.TrimSpace(line)
		return line == "" || line[0] == '#'
	})
	if len(active) < 20 || len(active) > 40 {
		t.Errorf("the config has %d lines that count, want 20 to 40:\n%s", len(active), strings.Join(active, "\n"))
	}
}

// TestNoAnswerBreaksOutOfItsValue: whatever a folder, a package or a person is called, it is that and nothing else.
func TestNoAnswerBreaksOutOfItsValue(t *testing.T) {
	evil := rapid.OneOf(rapid.String(), rapid.StringMatching(`[\x00-\x7f]{1,20}`), rapid.SampledFrom([]string{
		"x\nadmin_chat: 5", "a: b", "# c", "x #y", `"`, `\"`, `\`, "'", "${HOME}", "$$", "$", "{a: b}", "[", "- a", "*a", "&a", "!t", "yes", "null", "~", "1", "0x1",
		"1e3", ".nan", "\u2028x", "\u0085", "\ufeffx", "a\tb", " a ", "\x00", "\xff\xfe", "%", "@x", "`", "|", ">", "? a", "---", "...", "<<", "=", "{{.Name}}"}))
	text := evil.Filter(func(s string) bool { return strings.TrimSpace(s) != "" })
	rapid.Check(t, func(t *rapid.T) {
		a := plenty()
		a.Name, a.Process.Name, a.Process.Also = text.Draw(t, "name"), text.Draw(t, "process"), []string{text.Draw(t, "also")}
		a.Dir, a.Folder.Branch = "/"+text.Draw(t, "dir"), text.Draw(t, "branch")
		for _, change := range []func(string) string{asWritten, allOn} {
			c := parsed(t, a, change)
			got := []string{c.Service.Name, c.Service.Site.Process.Name, c.Service.Site.Process.Also[0]}
			want := []string{a.Name, a.Process.Name, a.Process.Also[0]}
			for i := range want {
				if want[i] = strings.ToValidUTF8(want[i], "\uFFFD"); got[i] != want[i] {
					t.Fatalf("%q was written and %q is read", want[i], got[i])
				}
			}
			if c.Telegram.AdminChat != -100123 {
				t.Fatalf("an answer changed the admin chat to %d", c.Telegram.AdminChat)
			}
		}
	})
}
