package setup

import (
	"bytes"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

//go:embed twokey.yaml.tmpl
var form string

// config is the text of the config.
func (a Answers) config() ([]byte, error) {
	t, err := template.New("twokey.yaml").Option("missingkey=error").Funcs(template.FuncMap{
		"q": quoted, "list": listed, "ids": ids, "has": slices.Contains[[]string],
	}).Parse(form)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, a)
	return b.Bytes(), err
}

var (
	plainWord = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9/._@-]*$`)
	// yamlWords mean something else without quotes, to one YAML or another.
	yamlWords = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null|nan|inf)$`)
)

// quoted is a text as a YAML value that reads back as exactly this text, by config's rules: $$ is one dollar.
func quoted(s string) string {
	if plainWord.MatchString(s) && !yamlWords.MatchString(s) {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "$", "$$") {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func listed(texts []string) string {
	all := make([]string, len(texts))
	for i, s := range texts {
		all[i] = quoted(s)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

func ids(numbers []int64) string {
	all := make([]string, len(numbers))
	for i, n := range numbers {
		all[i] = strconv.FormatInt(n, 10)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// Files and Daily are for the form: what was found, whole paths, or an example.

// Files are the service's log files.
func (a Answers) Files() []string { return []string{a.Folder.Logs} }

// Daily is where the service's daily backups are.
func (a Answers) Daily() string {
	if a.Folder.Backups == "" {
		return "/srv/app/backups/daily"
	}
	return a.Folder.Backups + "/daily"
}
