package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/auth"
	"twokey/internal/proc"
	"twokey/internal/secret"
)

// here is a world in which every program and the users shop and app are there, and every secret file but gone.token.
func here() World {
	env := map[string]string{"LOAD_URL": "postgres://load@db/x", "HOME_OF_SHOP": "/home/shop: # [x]", "TOKEN": "4711:fromenv", "CHAT": "-5",
		"EMPTY": "", "DOLLAR": "a${B}$$"}
	return World{
		Now:    func() time.Time { return time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC) },
		Getenv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Secret: func(path string) (secret.Value, error) {
			switch filepath.Base(path) {
			case "gone.token":
				return secret.Value{}, &Problem{Sentence: "gone", Cause: os.ErrNotExist}
			case "open.token":
				return secret.Value{}, &Problem{Sentence: path + " is readable by others (mode 0644)", Hint: "chmod 600 " + path}
			case "shop-bot.token":
				return secret.New("2:shop"), nil
			case "no.token":
				return secret.New("hunter2"), nil
			case "admin.url", "db.url", "read.url":
				return secret.New("postgres://ops:p%40ss%2Fword@db/shop"), nil
			case "redis.url":
				return secret.New("redis://:r%3Adis-4711-long@db:6379/1"), nil
			case "journal.key":
				return secret.New(testKey()), nil
			}
			return secret.New("1:" + strings.ReplaceAll(filepath.Base(path), ".", "-")), nil
		},
		Catalogue: func(src actions.Source) (actions.Catalogue, error) {
			src.Site.LookPath = func(name string) (string, error) {
				if strings.Contains(name, "missing") {
					return "", errors.New("not found")
				}
				return filepath.Join("/usr/bin", filepath.Base(name)), nil
			}
			src.Site.LookupUser = func(name string) (*proc.User, error) {
				if name != "shop" && name != "app" {
					return nil, &proc.Error{Sentence: `there is no Unix user "` + name + `"`}
				}
				return &proc.User{Name: name, Home: "/home/" + name}, nil
			}
			return actions.NewCatalogue(src)
		},
		Reserved: []actions.Name{"help", "status"},
	}
}

// testKey is a key that signs heads, and always the same one.
func testKey() string {
	private, _, err := note.GenerateKey(strings.NewReader(strings.Repeat("x", 64)), "twokey")
	if err != nil {
		panic(err)
	}
	return private
}

func readTestdata(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestSmallConfigHasDefaults(t *testing.T) {
	text := readTestdata(t, "small.yaml")
	if lines := strings.Count(text, "\n"); lines > 22 {
		t.Errorf("small.yaml has %d lines; a config that works has about twenty", lines)
	}
	c, findings := Parse("/etc/twokey/twokey.yaml", []byte(text), here())
	if len(findings) > 0 {
		t.Fatalf("findings:\n%s", findings)
	}
	if c.State != "/etc/twokey/state/twokey.db" || c.Listen != "127.0.0.1:9464" || c.Zone.String() != "Europe/Helsinki" {
		t.Errorf("state %q, listen %q, zone %q", c.State, c.Listen, c.Zone)
	}
	if c.Telegram.API != "https://api.telegram.org" || c.Telegram.StaleAfter != time.Minute || c.Telegram.Token.Reveal() != "1:bot-token" {
		t.Errorf("telegram: %+v", c.Telegram)
	}
	if diff := cmp.Diff(standardRule(), c.Rules.Default); diff != "" {
		t.Errorf("default rule (-want +got):\n%s", diff)
	}
	stop, ok := c.Catalogue.Get("stop")
	if !ok || stop.Rule.Alone || stop.Rule.Approvals != 1 {
		t.Errorf("stop: %v, %+v", ok, stop.Rule)
	}
	if len(c.Revision) != 64 {
		t.Errorf("revision %q", c.Revision)
	}
	if diff := cmp.Diff(Escalate{After: []time.Duration{time.Minute, 3 * time.Minute, 6 * time.Minute}}, c.Escalate); diff != "" {
		t.Errorf("escalate (-want +got):\n%s", diff)
	}
	if c.Watch.Every != 15*time.Second || c.Watch.DiskFree != 10 {
		t.Errorf("watch %+v", c.Watch)
	}
}

func TestFullConfigWarnsOfWhatIsNotThereYetOnly(t *testing.T) {
	_, findings := Parse("/etc/twokey/twokey.yaml", []byte(readTestdata(t, "full.yaml")), here())
	if err := findings.Err(); err != nil {
		t.Fatalf("errors:\n%v", err)
	}
	var got []string
	for _, f := range findings {
		got = append(got, f.Path)
	}
	want := strings.Fields(`console contacts
		service.logs.attack_patterns service.code service.config service.sessions watch incidents hooks`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s\n%s", diff, findings)
	}
}

func TestFullConfigIsDecoded(t *testing.T) {
	c, _ := Parse("/etc/twokey/twokey.yaml", []byte(readTestdata(t, "full.yaml")), here())
	if diff := cmp.Diff(Telegram{AdminChat: -1001234567890, WitnessChat: -1009876543210, Topic: 7, API: "http://127.0.0.1:8081", StaleAfter: 45 * time.Second},
		c.Telegram, cmp.Comparer(func(a, b secret.Value) bool { return true })); diff != "" {
		t.Errorf("telegram (-want +got):\n%s", diff)
	}
	want := step.ProcessConfig{Manager: "pm2", Name: "shop-web", Also: []string{"shop-worker"}, Settle: 5 * time.Second,
		PM2: step.PM2Config{Home: "/home/shop/.pm2", Program: "/usr/bin/pm2", Node: "/usr/bin/node"}}
	if diff := cmp.Diff(want, c.Service.Site.Process); diff != "" {
		t.Errorf("process (-want +got):\n%s", diff)
	}
	if c.Service.EnvFile != "/srv/shop/.env" || c.Service.Settings.StopFlags["JOBS_ENABLED"] != "false" || c.Service.Backups.MaxAge != 30*time.Hour || c.Service.Backups.Clock.String() != "Asia/Tokyo" {
		t.Errorf("service: %+v", c.Service)
	}
	wantEscalate := Escalate{After: []time.Duration{2 * time.Minute, 5 * time.Minute}, HTTP: "https://pager.example/hook",
		Exec: []string{"/usr/bin/page", "--request={request}"}}
	if diff := cmp.Diff(wantEscalate, c.Escalate); diff != "" {
		t.Errorf("escalate (-want +got):\n%s", diff)
	}
	wantPeople := []Person{
		{Person: auth.Person{Name: "dora", Accounts: []auth.Account{21}, Roles: []auth.Role{"admin", "dba"}}, Phone: "+1 555 0100"},
		{Person: auth.Person{Name: "eve", Accounts: []auth.Account{22, 23}, Roles: []auth.Role{"admin"}}, Away: Away{Date{2026, 12, 20}, Date{2027, 1, 6}}},
		{Person: auth.Person{Name: "finn", Accounts: []auth.Account{24}, Roles: []auth.Role{"admin"}}},
	}
	if diff := cmp.Diff(wantPeople, c.People); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
	if d := c.Drills[1]; d.Schedule.Next(time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)).UTC().Format(time.RFC3339) != "2027-01-20T14:30:00Z" || d.Name != "full_emergency" {
		t.Errorf("drill %+v", d)
	}
	if diff := cmp.Diff([]Auto{{When: "down_longer_than", Longer: 90 * time.Second, Send: "maintenance.starting"}, {When: "checks_green", Send: "maintenance.finished"}}, c.Notices.Auto); diff != "" {
		t.Errorf("auto (-want +got):\n%s", diff)
	}
	if len(c.Secrets) != 12 {
		t.Errorf("%d secrets are known, want 12: two tokens, key and its seed, three URLs, two passwords in them, redis and its password, hook", len(c.Secrets))
	}
	if got := secret.NewRedactor(c.Secrets...).String("AUTH r:dis-4711-long"); got != "AUTH "+secret.Mark {
		t.Errorf("the password of Redis is told: %s", got)
	}
	if want := (step.QueueConfig{Pattern: "bull:*:active", Bot: true}); c.Service.Site.Queues != want {
		t.Errorf("steps are loaded with queues %+v, want %+v", c.Service.Site.Queues, want)
	}
	if got := secret.NewRedactor(c.Secrets...).String("the password p@ss/word"); got != "the password "+secret.Mark {
		t.Errorf("a URL's password is told: %s", got)
	}
	if s := c.Service.Site; !cmp.Equal(s.Checks, c.Checks) || len(s.Checks) != 5 || !cmp.Equal(s.Logs, []string{"/srv/shop/logs/*.log"}) || s.Zone != "America/New_York" {
		t.Errorf("steps are loaded with checks %+v, logs %q, zone %q", s.Checks, s.Logs, s.Zone)
	}
	stop, _ := c.Catalogue.Get("stop")
	warm, _ := c.Catalogue.Get("warm")
	last := warm.Steps[len(warm.Steps)-1]
	if last.Kind != "verify" || !strings.Contains(string(last.Body), `"name":"front desk","http":"http://127.0.0.1:3000/desk"`) {
		t.Errorf("warm's last step: %s %s", last.Kind, last.Body)
	}
	if !stop.Rule.Alone || stop.Rule.AskWithin != 20*time.Minute || warm.Rule.Approvals != 1 || warm.Undo != "chill" || !warm.Destructive {
		t.Errorf("stop %+v\nwarm %+v", stop.Rule, warm)
	}
	if body := string(warm.Steps[0].Body); !strings.Contains(body, `"--home=/home/shop: # [x]","$5"`) || !strings.Contains(body, `"timeout":120000000000`) {
		t.Errorf("warm's first step: %s", body)
	}
}

// base is a config without a mistake. The table below breaks it, one line at a time.
const base = `telegram: {token_file: secrets/bot.token, admin_chat: -100}
people:
  - {name: ann, telegram: [11], roles: [admin]}
  - {name: bob, telegram: [12], roles: [admin]}
service: {name: shop, dir: /srv/shop, process: {manager: pm2, name: shop}}
`

func TestBaseIsFine(t *testing.T) {
	if _, findings := Parse("twokey.yaml", []byte(base), here()); len(findings) > 0 {
		t.Fatal(findings)
	}
}

func parseLines(t *testing.T, text string) []string {
	t.Helper()
	_, findings := Parse("twokey.yaml", []byte(text), here())
	if len(findings) == 0 {
		return nil
	}
	return strings.Split(strings.ReplaceAll(findings.String(), "\n    hint: ", " | "), "\n")
}

func TestOneMistakeIsOneFinding(t *testing.T) {
	for _, tt := range mistakes {
		t.Run(tt.why, func(t *testing.T) {
			text := base + tt.add
			if tt.old != "" {
				if !strings.Contains(base, tt.old) {
					t.Fatalf("base has no %q", tt.old)
				}
				text = strings.Replace(base, tt.old, tt.new, 1) + tt.add
			}
			if diff := cmp.Diff(tt.want, parseLines(t, text)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
