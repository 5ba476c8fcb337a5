package codedrill

import (
	"regexp"
	"slices"
	"strings"
)

// harmlessWords are values that say nothing of production, whatever their key.
var harmlessWords = []string{"", "true", "false", "yes", "no", "on", "off", "null", "none", "nil", "undefined", "default", "auto", "enabled", "disabled", "production",
	"prod", "development", "dev", "test", "testing", "staging", "local", "debug", "info", "warn", "warning", "error", "trace", "silent", "verbose", "json", "text",
	"utc", "utf8", "utf-8", "require", "disable", "prefer", "strict", "lax"}

var shortNumber = regexp.MustCompile(`^[+-]?[0-9]{1,5}(\.[0-9]{1,3})?(ms|s|m|h|d)?$`)

func harmless(v string) bool {
	return slices.Contains(harmlessWords, strings.ToLower(v)) || shortNumber.MatchString(v)
}

// graveWords are of keys whose values are secrets.
var graveWords = []string{"TOKEN", "TOKENS", "SECRET", "SECRETS", "PASSWORD", "PASSWORDS", "PASSWD", "PASS", "PWD", "PASSPHRASE", "KEY", "KEYS", "PRIVATE", "MNEMONIC",
	"SEED", "SALT", "PEPPER", "CREDENTIAL", "CREDENTIALS", "SIGNING", "COOKIE", "JWT", "HMAC", "PIN", "OTP", "TOTP", "ENCRYPTION", "CRYPT"}

// publicWords make them less: a public key, the address of a token's contract.
var publicWords = []string{"PUBLIC", "PUBLISHABLE", "PUB", "CONTRACT", "ADDRESS", "ID", "NAME", "FILE", "PATH"}

// peopleWords are of keys whose values lead to people, to money, or to what production writes to.
var peopleWords = []string{"AUTH", "DSN", "SIGNATURE", "CERT", "CERTIFICATE", "SESSION", "WEBHOOK", "WEBHOOKS", "WALLET", "WALLETS", "ACCOUNT", "CHAT", "CHATS", "CHANNEL", "CHANNELS",
	"GROUP", "ADMIN", "ADMINS", "OWNER", "EMAIL", "MAIL", "PHONE", "RECIPIENT", "RECIPIENTS"}

// within a word without separators: PGPASSWORD, apikey.
var secretPart = regexp.MustCompile(`PASSWORD|PASSWD|SECRET|TOKEN|APIKEY|PRIVATEKEY|MNEMONIC|CREDENTIAL|PASSPHRASE`)

// settingWords end keys that only say how something is done.
var settingWords = []string{"TTL", "TIMEOUT", "INTERVAL", "ENABLED", "DISABLED", "EXPIRES", "EXPIRY", "EXPIRATION", "EXPIRES_IN", "IN", "AGE", "MAX", "MIN", "LIMIT", "SIZE", "COUNT",
	"LEVEL", "FORMAT", "MODE", "VERSION", "PREFIX", "ALGORITHM", "ALG", "ROUNDS", "LENGTH", "LANG", "LOCALE", "TZ", "TIMEZONE", "ZONE", "OPTIONS", "OPTS", "ARGS", "ENV", "DAYS", "HOURS",
	"MINUTES", "SECONDS", "MS", "RETRIES", "ATTEMPTS", "DELAY", "CONCURRENCY", "WORKERS", "CRON", "SCHEDULE"}

// nameWords end keys whose values are names, and may be what somebody took for a password as well.
var nameWords = []string{"USER", "USERNAME", "LOGIN", "ROLE", "NAME", "DATABASE", "DB", "HOST"}

var camel = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// wordsOf takes a key apart: dbPassword and DB_PASSWORD are DB and PASSWORD.
func wordsOf(key string) []string {
	key = strings.ToUpper(camel.ReplaceAllString(key, "${1}_$2"))
	return strings.FieldsFunc(key, func(r rune) bool { return r == '_' || r == '-' || r == '.' })
}

var (
	botToken = regexp.MustCompile(`[0-9]{6,}:[A-Za-z0-9_-]{30,}`)
	letter   = regexp.MustCompile(`[A-Za-z]`)
	digit    = regexp.MustCompile(`[0-9]`)
)

// weight is how much of a secret a value of production's is.
type weight int

const (
	none   weight = iota
	counts        // must not be in the drill's env file
	grave         // must not be in the release's files either: who has it can act as production
)

// weigh says how much of a secret a value of production's environment is.
func weigh(key, value string) weight {
	if harmless(value) {
		return none
	}
	if botToken.MatchString(value) || strings.Contains(value, "-----BEGIN ") {
		return grave
	}
	words := wordsOf(key)
	has := func(list []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
	}
	part := slices.ContainsFunc(words, secretPart.MatchString)
	named := part || has(graveWords) || has(peopleWords)
	_, host := hostKey(key)
	setting := len(words) > 0 && slices.Contains(settingWords, words[len(words)-1])
	switch {
	case setting && (!named || len(value) < 20), host && !named:
		return none
	case (part || has(graveWords)) && !has(publicWords) && !setting && !strings.Contains(value, "://"):
		return grave
	case named || len(value) >= 16 && !strings.ContainsAny(value, " \t\n") && letter.MatchString(value) && digit.MatchString(value):
		return counts
	}
	return none
}

var hostWords = []string{"HOST", "HOSTS", "HOSTNAME", "HOSTADDR", "SERVER", "SERVERS", "ADDR", "ADDRESS", "ADDRESSES", "IP", "ENDPOINT", "ENDPOINTS", "BROKER", "BROKERS", "DOMAIN", "NODES"}

// hostKey says whether a key's value is a host, and which key has its port.
func hostKey(key string) (port string, is bool) {
	up := strings.ToUpper(key)
	words := wordsOf(key)
	if len(words) == 0 {
		return "", false
	}
	last := words[len(words)-1]
	for _, w := range hostWords {
		if last == w || (w == "HOST" || w == "HOSTADDR") && strings.HasSuffix(last, w) {
			return strings.TrimSuffix(up, w) + "PORT", true
		}
	}
	return "", false
}

var databaseKeyed = regexp.MustCompile(`(^|_)(DATABASE|DATABASES|DB|DBNAME|DATABASE_NAME|DB_NAME|PGDATABASE|DATNAME|BUCKET|BUCKET_NAME|KEYSPACE)$|DATABASE$|DBNAME$`)

func databaseKey(key string) bool { return databaseKeyed.MatchString(strings.Join(wordsOf(key), "_")) }

// implied are the ports that are meant when a key such as DB_HOST has none beside it.
func implied(key string) []string {
	key = strings.ToUpper(key)
	for _, i := range []struct {
		word  string
		ports []string
	}{{"REDIS", []string{"6379"}}, {"MYSQL", []string{"3306"}}, {"MARIA", []string{"3306"}}, {"MONGO", []string{"27017"}}, {"RABBIT", []string{"5672"}}, {"AMQP", []string{"5672"}},
		{"KAFKA", []string{"9092"}}, {"ELASTIC", []string{"9200"}}, {"MEMCACHE", []string{"11211"}}, {"SMTP", []string{"25", "465", "587"}}, {"MAIL", []string{"25", "465", "587"}},
		{"PG", []string{"5432"}}, {"POSTGRES", []string{"5432"}}, {"DB", []string{"5432", "3306"}}, {"DATABASE", []string{"5432", "3306"}}, {"CACHE", []string{"6379"}}, {"QUEUE", []string{"6379", "5672"}}} {
		if strings.Contains(key, i.word) {
			return i.ports
		}
	}
	return nil
}
