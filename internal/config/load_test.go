package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// twelve has twelve mistakes, one in each line that has a number at its end.
const twelve = `telegram:
  token_file: secrets/gone.token # 1
  admin_chat: 100 # 2
  topik: 1 # 3
timezone: Mars/Olympus # 4
people:
  - {name: ann, telegram: [11], roles: [admin]}
  - {name: bob, telegram: [12], roles: admin} # 5
service:
  name: 5 # 6
  dir: "${NOPE}" # 7
  process: {manager: pm3, name: shop} # 8
rules:
  stop: {approvals: 0} # 9
  strat: {approvals: 1} # 10
checks:
  - {name: a, sql: SELECT 1, expect: lots} # 11
watch: {every: 15} # 12
`

func TestTwelveMistakesAreToldAtOnce(t *testing.T) {
	_, findings := Parse("twokey.yaml", []byte(twelve), here())
	var got, want []int
	for _, f := range findings {
		if f.Severity == Error {
			got = append(got, f.Line)
		}
	}
	for i, line := range strings.Split(twelve, "\n") {
		if strings.Contains(line, " # ") {
			want = append(want, i+1)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) != 12 {
		t.Errorf("lines with errors (-want +got):\n%s\n%s", diff, findings)
	}
	if err := findings.Err(); err == nil || strings.Count(err.Error(), "twokey.yaml:") != 12 {
		t.Errorf("Err() = %v, want all twelve", err)
	}
}

func TestVariablesAreReplacedInValuesOnly(t *testing.T) {
	w := here()
	w.Getenv = func(name string) (string, bool) {
		v, ok := map[string]string{"EVIL": "x, admin_chat: 5}\nlisten: :1\n# ", "KEY": "name", "DOLLAR": "a${B}$$"}[name]
		return v, ok
	}
	for _, tt := range []struct{ why, written, want string }{
		{"what looks like YAML stays a text", `"${EVIL}"`, "x, admin_chat: 5}\nlisten: :1\n# "},
		{"a value is not expanded a second time", `"${DOLLAR}"`, "a${B}$$"},
		{"two dollars are one", `"$$5 and $${KEY}"`, "$5 and ${KEY}"},
		{"one dollar stays", `"^a$ $1"`, "^a$ $1"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			c, findings := Parse("twokey.yaml", []byte(strings.Replace(base, "name: shop, dir", "name: "+tt.written+", dir", 1)), w)
			if findings.Err() != nil || c.Service.Name != tt.want {
				t.Errorf("name %q, want %q; %s", c.Service.Name, tt.want, findings)
			}
		})
	}
	action := "actions:\n  warm: {summary: \"$${KEY}\", steps: [{exec: {run: [warm, \"$${KEY}\"]}}]}\n"
	c, findings := Parse("twokey.yaml", []byte(base+action), w)
	if warm, _ := c.Catalogue.Get("warm"); findings.Err() != nil || warm.Summary != "${KEY}" {
		t.Errorf("an action's summary is %q, want it expanded once; %s", warm.Summary, findings)
	}
	_, findings = Parse("twokey.yaml", []byte(base+`"${KEY}": x`+"\n"), w)
	if err := findings.Err(); err == nil || !strings.Contains(err.Error(), "${KEY}: is not a key") {
		t.Errorf("a variable in a key: %v, want an unknown key", err)
	}
}

// install writes small.yaml with its secret and a pm2 that is found, and returns the config's path.
func install(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"etc", "etc/secrets", "bin"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name, text string, mode fs.FileMode) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write("etc/twokey.yaml", readTestdata(t, "small.yaml"), 0o644)
	write("etc/secrets/bot.token", "4711:token\n", 0o600)
	write("bin/pm2", "", 0o755)
	t.Setenv("PATH", filepath.Join(dir, "bin"))
	return filepath.Join(dir, "etc", "twokey.yaml")
}

func none(string) (string, bool) { return "", false }

func TestLoadReadsFiles(t *testing.T) {
	path := install(t)
	c, findings := Load(path, none, nil)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	if c.Telegram.Token.Reveal() != "4711:token" || c.File != path || c.State != filepath.Join(filepath.Dir(path), "state/twokey.db") {
		t.Errorf("token read: %v, file %q, state %q", c.Telegram.Token.Reveal() == "4711:token", c.File, c.State)
	}
	if len(c.Catalogue.All()) == 0 || c.Revision == "" {
		t.Errorf("catalogue has %d actions, revision %q", len(c.Catalogue.All()), c.Revision)
	}
}

func TestFilesThatOthersCouldChangeAreRefused(t *testing.T) {
	chmod := func(name string, mode fs.FileMode) func(t *testing.T, etc string) {
		return func(t *testing.T, etc string) {
			if err := os.Chmod(filepath.Join(etc, name), mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	must := func(t *testing.T, err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		why   string
		spoil func(t *testing.T, etc string)
		want  []string // ETC is the config's folder
	}{
		{"the config", chmod("twokey.yaml", 0o666), []string{"ETC/twokey.yaml: ETC/twokey.yaml is writable by others (mode 0666) | chmod go-w ETC/twokey.yaml"}},
		{"the config, by its group", chmod("twokey.yaml", 0o664), []string{"ETC/twokey.yaml: ETC/twokey.yaml is writable by others (mode 0664) | chmod go-w ETC/twokey.yaml"}},
		{"the config's folder, which is said once", chmod("", 0o777), []string{"ETC/twokey.yaml: ETC, on the way to ETC/twokey.yaml, is writable by others (mode 0777) | chmod go-w ETC"}},
		{"a secret", chmod("secrets/bot.token", 0o644), []string{"ETC/twokey.yaml:3:3: telegram.token_file: ETC/secrets/bot.token is readable by others (mode 0644) | chmod 600 ETC/secrets/bot.token"}},
		{"a secret, by its group", chmod("secrets/bot.token", 0o640), []string{"ETC/twokey.yaml:3:3: telegram.token_file: ETC/secrets/bot.token is readable by others (mode 0640) | chmod 600 ETC/secrets/bot.token"}},
		{"a secret's folder", chmod("secrets", 0o775), []string{"ETC/twokey.yaml:3:3: telegram.token_file: ETC/secrets, on the way to ETC/secrets/bot.token, is writable by others (mode 0775) | chmod go-w ETC/secrets"}},
		{"no secret", func(t *testing.T, etc string) { must(t, os.Remove(filepath.Join(etc, "secrets/bot.token"))) },
			[]string{"ETC/twokey.yaml:3:3: telegram.token_file: ETC/secrets/bot.token is not there | put the secret into it, alone on one line, and: chmod 600 ETC/secrets/bot.token"}},
		{"the state's folder", func(t *testing.T, etc string) {
			must(t, os.Mkdir(filepath.Join(etc, "state"), 0o700))
			must(t, os.Chmod(filepath.Join(etc, "state"), 0o757))
		}, []string{"ETC/twokey.yaml:1:1: state: ETC/state, on the way to ETC/state/twokey.db, is writable by others (mode 0757) | chmod go-w ETC/state"}},
		{"no config", func(t *testing.T, etc string) { must(t, os.Remove(filepath.Join(etc, "twokey.yaml"))) },
			[]string{"ETC/twokey.yaml: cannot be read: no such file or directory | name another file with -c, or write one: twokey init"}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			path := install(t)
			etc := filepath.Dir(path)
			tt.spoil(t, etc)
			_, findings := Load(path, none, nil)
			text := strings.ReplaceAll(strings.ReplaceAll(findings.String(), etc, "ETC"), "\n    hint: ", " | ")
			if diff := cmp.Diff(tt.want, strings.Split(text, "\n")); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGuardFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"open", "safe"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, name string) {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	link("safe/b", "a")
	link("../open/c", "safe/b")
	link("../safe", "open/c")
	link("round", "round")
	if err := os.Chmod(filepath.Join(dir, "open"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ why, path, want string }{
		{"a folder in the middle of a chain of links", "a/file", "open, on the way to"},
		{"a circle", "round", "leads in a circle"},
		{"a file that is not there, in a folder of ours", "safe/none/none", ""},
	} {
		t.Run(tt.why, func(t *testing.T) {
			err := newGuard(os.Geteuid()).check(filepath.Join(dir, tt.path))
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("check(%s) = %v, want %q", tt.path, err, tt.want)
			}
		})
	}
}

func TestGuardRefusesAnotherOwner(t *testing.T) {
	const stranger = 4242
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// Root gives the file away; anybody else is the stranger.
	me := os.Geteuid()
	if me == 0 {
		if err := os.Chown(path, stranger, -1); err != nil {
			t.Fatal(err)
		}
	} else {
		me = stranger
	}
	if err := newGuard(me).check(path); err == nil || !strings.Contains(err.Error(), path+" belongs to user ") {
		t.Errorf("check = %v, want that it belongs to somebody else", err)
	}
}

func TestGuardRefusesAFileThatEverybodyMayMake(t *testing.T) {
	shared := filepath.Join(t.TempDir(), "shared")
	if err := errors.Join(os.Mkdir(shared, 0o700), os.Chmod(shared, 0o777|os.ModeSticky)); err != nil {
		t.Fatal(err)
	}
	if err := newGuard(os.Geteuid()).check(filepath.Join(shared, "new.db")); err == nil {
		t.Error("check allows a file that anybody could make first")
	}
}

func TestNoSecretIsPrinted(t *testing.T) {
	const hidden = "verysecretvalue"
	for _, text := range []string{
		strings.Replace(base, "token_file: secrets/bot.token", "token: 1234:"+hidden, 1),
		strings.Replace(base, "token_file: secrets/bot.token", `token: "1234:`+hidden+`${X}"`, 1),
		strings.Replace(base, "token_file: secrets/bot.token", "token: ["+hidden+"]", 1),
		base + "state: postgres://u:" + hidden + "@db/x\n",
	} {
		_, findings := Parse("twokey.yaml", []byte(text), here())
		if findings.Err() == nil || strings.Contains(findings.String(), hidden) {
			t.Errorf("findings: %s", findings)
		}
	}
}

func TestEveryKeyOfTheFullConfigIsNeeded(t *testing.T) {
	// A key that nothing reads would not be missed when it is misspelt.
	text := readTestdata(t, "full.yaml")
	for _, at := range regexp.MustCompile(`(?m)[{ \n]([a-z_]+): `).FindAllStringSubmatchIndex(text, -1) {
		spoilt := text[:at[2]] + "zz" + text[at[2]:]
		if _, findings := Parse("twokey.yaml", []byte(spoilt), here()); findings.Err() == nil && !slices.Contains(own, text[at[2]:at[3]]) {
			line := strings.Count(text[:at[2]], "\n") + 1
			t.Errorf("line %d: zz%s is no error", line, text[at[2]:at[3]])
		}
	}
}

// own are the keys of full.yaml that are the user's own names.
var own = strings.Fields("root eve warm chill region rounds note buyers orders code_rollback full_emergency restore customers")

func TestBombsAreRefused(t *testing.T) {
	for _, tt := range []struct{ why, text string }{
		{"brackets", "a: " + strings.Repeat("[", 1<<17)},
		{"sequences on one line", "a:\n" + strings.Repeat("- ", maxLine/2-1)},
		{"keys of keys", strings.Repeat("? ", maxLine/2-1)},
		{"braces", strings.Repeat("{a: ", maxLine/4-1)},
		{"brackets within the limit", "a: " + strings.Repeat("[", maxOpen)},
		{"a long line", "a: " + strings.Repeat("- ", maxLine)},
		{"aliases", "a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"},
		{"too many bytes", base + "#" + strings.Repeat("x", maxSize)},
	} {
		t.Run(tt.why, func(t *testing.T) {
			if _, findings := Parse("twokey.yaml", []byte(tt.text), World{}); findings.Err() == nil {
				t.Error("is not refused")
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"small.yaml", "full.yaml"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(base))
	f.Add([]byte(twelve))
	for _, m := range mistakes {
		f.Add([]byte(strings.Replace(base, m.old, m.new, 1) + m.add))
	}
	w := here()
	f.Fuzz(func(t *testing.T, data []byte) {
		c, findings := Parse("twokey.yaml", data, w)
		for _, one := range findings {
			if one.Message == "" || one.Line < 0 {
				t.Errorf("finding %+v", one)
			}
		}
		if findings.Err() != nil {
			return
		}
		if len(c.People) < 2 || c.Telegram.Token.IsZero() || c.Telegram.AdminChat >= 0 || c.Rules.Default.Approvals < 1 || len(c.Revision) != 64 {
			t.Errorf("accepted: %+v", c)
		}
		for _, a := range c.Catalogue.All() {
			if err := errors.Join(a.Rule.Check(c.Directory)); err != nil {
				t.Errorf("accepted action %s: %v", a.Name, err)
			}
		}
	})
}
