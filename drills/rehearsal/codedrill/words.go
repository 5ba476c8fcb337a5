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

// secretWords are of keys whose values are secrets, or lead to people.
var secretWords = []string{"TOKEN", "TOKENS", "SECRET", "SECRETS", "PASSWORD", "PASSWORDS", "PASSWD", "PASS", "PWD", "PASSPHRASE", "KEY", "KEYS", "PRIVATE", "MNEMONIC",
	"SEED", "SALT", "PEPPER", "CREDENTIAL", "CREDENTIALS", "AUTH", "DSN", "SIGNATURE", "SIGNING", "CERT", "CERTIFICATE", "COOKIE", "SESSION", "WEBHOOK", "WEBHOOKS", "JWT",
	"HMAC", "PIN", "OTP", "TOTP", "ENCRYPTION", "CRYPT", "WALLET", "WALLETS", "ACCOUNT", "CHAT", "CHATS", "CHANNEL", "CHANNELS", "GROUP", "ADMIN", "ADMINS", "OWNER", "EMAIL",
	"MAIL", "PHONE", "RECIPIENT", "RECIPIENTS"}

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

// counts says whether a value of production's environment is a secret.
func counts(key, value string) bool {
	if harmless(value) {
		return false
	}
	words := wordsOf(key)
	setting := len(words) > 0 && slices.Contains(settingWords, words[len(words)-1])
	named := slices.ContainsFunc(words, func(w string) bool { return slices.Contains(secretWords, w) || secretPart.MatchString(w) })
	looks := botToken.MatchString(value) || strings.Contains(value, "-----BEGIN ")
	if _, host := hostKey(key); host && !named {
		return looks // it is an address
	}
	if setting {
		return looks || named && len(value) >= 20
	}
	return named || looks || len(value) >= 16 && !strings.ContainsAny(value, " \t\n") && letter.MatchString(value) && digit.MatchString(value)
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
