package codedrill

import (
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// here is this machine, whatever it was called.
const here = "this machine"

// address is where something listens. The port is "" when it is not known.
type address struct{ host, port string }

// found is what a value has in it.
type found struct {
	addresses []address
	databases []string
	passwords []string
}

// usual are the ports that a scheme stands for.
var usual = map[string]string{"postgres": "5432", "postgresql": "5432", "cockroachdb": "26257", "mysql": "3306", "mariadb": "3306", "mongodb": "27017", "redis": "6379", "rediss": "6379",
	"amqp": "5672", "amqps": "5671", "http": "80", "https": "443", "ws": "80", "wss": "443", "mqtt": "1883", "nats": "4222", "smtp": "25", "smtps": "465", "clickhouse": "9000",
	"sqlserver": "1433", "mssql": "1433", "ftp": "21", "ssh": "22", "memcached": "11211"}

// databases are the schemes whose path is the name of a database.
var databases = regexp.MustCompile(`^(?:jdbc:)?(postgres|postgresql|cockroachdb|mysql|mysql2|mariadb|mongodb|mongodb\+srv|sqlserver|mssql|clickhouse)(\+.*)?$`)

var (
	urls     = regexp.MustCompile(`(?i)([a-z][a-z0-9+.:-]*)://([^\s"'<>]*)`)
	keyword  = regexp.MustCompile(`(?i)\b(host|hostaddr|server|data source|addr|address|port|dbname|database|initial catalog|password|pwd)\s*=\s*([^\s;&]+)`)
	hostPort = regexp.MustCompile(`(\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})(?:[^0-9A-Za-z]|$)`)
	clock    = regexp.MustCompile(`^[0-9]+$`) // 10:30 is no address
)

// parts finds the addresses, databases and passwords in a value. env are the values beside it.
func parts(key, value string, env map[string]string) (f found) {
	for _, m := range urls.FindAllStringSubmatch(value, -1) {
		f.url(strings.ToLower(m[1]), m[2])
	}
	f.keywords(value)
	for _, m := range hostPort.FindAllStringSubmatch(value, -1) {
		if !clock.MatchString(m[1]) {
			f.addresses = append(f.addresses, address{hostName(m[1]), strings.TrimLeft(m[2], "0")})
		}
	}
	whole := !strings.Contains(value, "://") && !strings.ContainsAny(value, "= \t\n")
	if portKey, is := hostKey(key); is && whole {
		for h := range strings.SplitSeq(value, ",") {
			a := splitAddress(h)
			if a.port == "" {
				a.port = beside(env, portKey)
			}
			f.addresses = append(f.addresses, a)
			if a.port == "" {
				for _, port := range implied(key) {
					f.addresses = append(f.addresses, address{a.host, port})
				}
			}
		}
	}
	if databaseKey(key) && whole {
		f.databases = append(f.databases, strings.TrimSpace(value))
	}
	return f
}

// beside finds another key of an environment, whatever its case.
func beside(env map[string]string, key string) string {
	for k, v := range env {
		if strings.EqualFold(k, key) || strings.EqualFold(strings.Join(wordsOf(k), "_"), key) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// url takes one apart by hand: drivers take more than the standard does, such as several hosts.
func (f *found) url(scheme, rest string) {
	main, query, _ := strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(main, "/")
	at := strings.LastIndexByte(authority, '@')
	if at >= 0 {
		if _, password, has := strings.Cut(authority[:at], ":"); has {
			f.passwords = append(f.passwords, unescaped(password)...)
		}
	}
	name := scheme[strings.LastIndexByte(scheme, ':')+1:] // jdbc:postgresql
	base, _, _ := strings.Cut(name, "+")
	for h := range strings.SplitSeq(authority[at+1:], ",") {
		a := splitAddress(h)
		a.port = orElse(a.port, usual[base])
		if a.host == "" && databases.MatchString(scheme) {
			a.host = here
		}
		f.addresses = append(f.addresses, a)
	}
	isDB := databases.MatchString(scheme)
	if name, _, _ := strings.Cut(path, "/"); isDB && name != "" {
		f.databases = append(f.databases, unescaped(name)...)
	}
	values, _ := url.ParseQuery(query)
	for k, all := range values {
		for _, v := range all {
			f.pair(k, v, values.Get("port"), isDB)
		}
	}
}

func (f *found) keywords(text string) {
	port := ""
	all := keyword.FindAllStringSubmatch(text, -1)
	for _, m := range all {
		if strings.EqualFold(m[1], "port") {
			port = strings.Trim(m[2], `'"`)
		}
	}
	for _, m := range all {
		f.pair(m[1], strings.Trim(m[2], `'"`), port, true)
	}
}

// pair is one of name=value.
func (f *found) pair(name, value, port string, isDB bool) {
	switch name = strings.ToLower(name); {
	case name == "host" || name == "hostaddr" || name == "server" || name == "data source" || name == "addr" || name == "address":
		for h := range strings.SplitSeq(strings.TrimPrefix(strings.ToLower(value), "tcp:"), ",") {
			a := splitAddress(h)
			a.port = orElse(a.port, port)
			f.addresses = append(f.addresses, a)
		}
	case isDB && (name == "dbname" || name == "database" || name == "initial catalog"):
		f.databases = append(f.databases, value)
	case weigh(name, value) != none:
		f.passwords = append(f.passwords, value)
	}
}

func unescaped(s string) []string {
	all := []string{s}
	if u, err := url.PathUnescape(s); err == nil && u != s {
		all = append(all, u)
	}
	if u, err := url.QueryUnescape(s); err == nil && u != all[len(all)-1] && u != s {
		all = append(all, u)
	}
	return all
}

// splitAddress reads host:port, [host]:port, or a host alone.
func splitAddress(s string) address {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "[") {
		host, port, _ := strings.Cut(s[1:], "]")
		return address{hostName(host), strings.TrimLeft(strings.TrimPrefix(port, ":"), "0")}
	}
	if host, port, has := strings.Cut(s, ":"); has && digits.MatchString(port) {
		return address{hostName(host), strings.TrimLeft(port, "0")}
	}
	return address{host: hostName(s)}
}

// hostName gives the many names of one host one form.
func hostName(s string) string {
	s = strings.TrimSuffix(strings.ToLower(strings.Trim(strings.TrimSpace(s), "[]")), ".")
	s, _, _ = strings.Cut(s, "%") // a zone
	switch own, _ := os.Hostname(); {
	case s == "":
		return ""
	case strings.HasPrefix(s, "/"), s == "localhost", strings.HasSuffix(s, ".localhost"), s == "localhost.localdomain", s == "ip6-localhost", s == "ip6-loopback",
		s == "host.docker.internal", own != "" && s == strings.ToLower(own):
		return here
	}
	ip, err := netip.ParseAddr(s)
	if err != nil {
		var ok bool
		if ip, ok = oldAddress(s); !ok {
			return s
		}
	}
	if ip = ip.Unmap(); ip.IsLoopback() || ip.IsUnspecified() {
		return here
	}
	return ip.String()
}

// oldAddress reads what inet_aton(3) still does, and so most programs: 127.1, 0x7f000001, 2130706433.
func oldAddress(s string) (netip.Addr, bool) {
	fields := strings.Split(s, ".")
	if len(fields) > 4 {
		return netip.Addr{}, false
	}
	var n uint64
	for i, f := range fields {
		v, err := strconv.ParseUint(f, 0, 32)
		last := i == len(fields)-1
		switch {
		case err != nil || strings.ContainsRune(f, '_') || !last && v > 255:
			return netip.Addr{}, false
		case last:
			n = n<<(8*(5-len(fields))) | v // the last one is all the rest
		default:
			n = n<<8 | v
		}
	}
	if n > 0xffffffff {
		return netip.Addr{}, false
	}
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}), true
}
