package codedrill

import (
	"regexp"
	"slices"
	"strings"

	"twokey/internal/secret"
)

// Forbidden is what is production's. It is compared with, and never shown.
type Forbidden struct {
	// Values are the secrets that are known: tokens, passwords, keys, whole addresses of databases. All of them count.
	Values []secret.Value
	// Env is what else production has in its environment, key by key. Which of it counts is decided here, as with the files.
	Env map[string]secret.Value
	// Files are production's env files, absolute. They are read when they are compared with, and have to be readable then.
	Files []string
	// Addresses are host:port, or only a host, of what production talks to.
	Addresses []string
	// Databases are names.
	Databases []string
}

func (f Forbidden) empty() bool {
	return len(f.Values)+len(f.Env)+len(f.Files)+len(f.Addresses)+len(f.Databases) == 0
}

// judge says whether a value is production's.
//
// Of production counts, and is refused in the drill's env file:
//
//   - every known secret, and every value of a key that has a word such as TOKEN, PASSWORD, KEY, DSN, ADMIN or CHAT in it, or that looks
//     like a secret itself (16 bytes without blanks, letters and digits), unless the key ends like a setting (TTL, LEVEL, ENABLED): see weigh.
//     It is refused wherever it is part of a value. One that is short or a plain word ("postgres") would be part of harmless ones: it
//     is refused as a whole value (but of a key such as DB_USER or NODE_ENV), as a password in an address, and after a colon;
//   - every address: of URLs, of host=… port=…, of keys such as DB_HOST with DB_PORT beside it, and of host:port in any text. This
//     machine has many names (localhost, 127.1, ::1, its own name): they are one, and a port decides; without one, nobody can say, so it
//     is refused. Of any other host, the host is enough;
//   - every name of a database: the path of a database's URL, dbname=…, and keys such as DB_NAME, PGDATABASE, S3_BUCKET. It is refused in
//     those places, on whatever server; in others, such as APP_NAME, it is a name like any;
//   - whatever leads to production's files: a path into the service's directory, or to one of the env files, also through a link, and
//     to any file that has one of production's secrets in it.
//
// What is refused is looked for in a value as it is, and URL-, base64- and hex-decoded, three times over, and without regard of case
// where it is long.
//
// Harmless is what is empty, a number of up to five digits, or a word such as true, production or debug: of those only a known secret
// counts. What counts in nothing of this, such as DB_USER, may be the same.
//
// In the release's own files only grave secrets are looked for: an address or somebody's e-mail may well stand there. Its env files,
// such as .env.test, are refused as the drill's own is.
type judge struct {
	all   needles
	grave needles
	weak  map[string]bool // short or plain ones
	hosts map[string]bool // not this machine
	ports map[string]bool // on this machine; "" is one that is not known
	dbs   map[string]bool // in lower case
	leads func(value string) bool
}

// needles are secrets that are found wherever they are.
type needles struct {
	values []secret.Value
	found  *secret.Redactor
	folded []string // long ones, in lower case
}

func (n *needles) add(s string) {
	n.values = append(n.values, secret.New(s))
	if len(s) >= foldFrom {
		n.folded = append(n.folded, strings.ToLower(s))
	}
}

// in says whether one is part of a text, as it is or encoded.
func (n *needles) in(text string) bool {
	low := strings.ToLower(text)
	return n.found.String(text) != text || slices.ContainsFunc(n.folded, func(s string) bool { return strings.Contains(low, s) })
}

// Why a value is refused: it is, or has within it, one of these.
const (
	isSecret   = "a secret"
	isAddress  = "an address"
	isDatabase = "a database"
	isFile     = "a file of production"
	isUnclear  = "too much to compare"
)

// strongFrom is the length from which a secret is looked for within other values; a plain word has to be longer.
const (
	strongFrom = 6
	wordFrom   = 12
	foldFrom   = 8
	rawFrom    = 16
)

// newJudge takes production's values apart. envs are what its env files say.
func newJudge(f Forbidden, envs []map[string]string, leads func(string) bool) *judge {
	j := &judge{weak: map[string]bool{}, hosts: map[string]bool{}, ports: map[string]bool{}, dbs: map[string]bool{}, leads: leads}
	for _, v := range f.Values {
		s := strings.TrimSpace(v.Reveal())
		j.add(s, grave)
		j.place(parts("", s, nil))
	}
	for _, env := range append(slices.Clone(envs), revealed(f.Env)) {
		for k, v := range env {
			v = strings.TrimSpace(v)
			if w := weigh(k, v); w != none {
				j.add(v, w)
			}
			j.place(parts(k, v, env))
		}
	}
	for _, a := range f.Addresses {
		j.place(found{addresses: []address{splitAddress(a)}})
	}
	j.place(found{databases: f.Databases})
	j.all.found, j.grave.found = secret.NewRedactor(j.all.values...), secret.NewRedactor(j.grave.values...)
	return j
}

// add remembers a secret, what it stands for, and what is in it when it is a list.
func (j *judge) add(value string, w weight) {
	for _, s := range append(raw(value), listed(value)...) {
		switch {
		case s == "":
		case len(s) < strongFrom || len(s) < wordFrom && plainWord.MatchString(s):
			j.weak[s] = true
		default:
			j.all.add(s)
			if w == grave {
				j.grave.add(s)
			}
		}
	}
}

// listed gives a value, and when it is a list what is in it: whom an administrator's number names is one person of several.
func listed(v string) []string {
	all := []string{v}
	if strings.Contains(v, "://") || !strings.ContainsAny(v, ",;") {
		return all
	}
	for _, one := range strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(`,; []"`, r) }) {
		if !harmless(one) {
			all = append(all, one)
		}
	}
	return all
}

func revealed(values map[string]secret.Value) map[string]string {
	env := map[string]string{}
	for k, v := range values {
		env[k] = v.Reveal()
	}
	return env
}

// place remembers what was found in a value of production's.
func (j *judge) place(f found) {
	for _, p := range f.passwords {
		if !harmless(p) {
			j.add(p, grave)
		}
	}
	for _, a := range f.addresses {
		switch {
		case a.host == "":
		case a.host == here:
			j.ports[a.port] = true
		default:
			j.hosts[a.host] = true
		}
	}
	for _, d := range f.databases {
		if d = strings.ToLower(d); d != "" && !digits.MatchString(d) {
			j.dbs[d] = true
		}
	}
}

// refuses says what of production a value of the drill is, "" when it is nothing of it.
func (j *judge) refuses(key, value string, env map[string]string) string {
	forms, all := formsOf(value)
	if !all || len(value) > maxValue {
		return isUnclear
	}
	for _, v := range forms {
		f := parts(key, v, env)
		switch {
		case j.secret(key, v, f):
			return isSecret
		case j.leads(v):
			return isFile
		case j.address(v, f):
			return isAddress
		case slices.ContainsFunc(f.databases, func(d string) bool { return j.dbs[strings.ToLower(d)] }):
			return isDatabase
		}
	}
	return ""
}

// secret says whether a text has a secret in it. A weak one, such as "postgres", may be somebody's name or a mode as well.
func (j *judge) secret(key, v string, f found) bool {
	if j.all.in(v) {
		return true
	}
	candidates := f.passwords
	if words := wordsOf(key); len(words) == 0 || !slices.Contains(nameWords, words[len(words)-1]) && !slices.Contains(settingWords, words[len(words)-1]) {
		candidates = append(candidates, v, strings.TrimSpace(v), v[strings.LastIndexByte(v, ':')+1:])
	}
	return slices.ContainsFunc(candidates, func(s string) bool { return j.weak[s] })
}

var hostToken = regexp.MustCompile(`[a-z0-9_-]+(?:\.[a-z0-9_-]+)+|[0-9a-f]*:[0-9a-f:]+`)

// address says whether a text has an address in it.
func (j *judge) address(v string, f found) bool {
	for _, a := range f.addresses {
		if a.host == here && (j.ports[a.port] || a.port == "" && len(j.ports) > 0) || j.hosts[a.host] {
			return true
		}
	}
	return slices.ContainsFunc(hostToken.FindAllString(strings.ToLower(v), -1), func(h string) bool { return j.hosts[hostName(h)] })
}
