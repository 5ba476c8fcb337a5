package codedrill

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"twokey/internal/secret"
)

// TestJudge: what is refused, and the neighbours of it that are not.
func TestJudge(t *testing.T) {
	const token = "123456789:AAprodprodprodprodprodprodprodprod_-x"
	cases := []struct {
		why   string
		prod  string // lines of its env file
		drill string
		want  string // key: why
	}{
		{"harmless words and numbers are everybody's", "A=true\nPORT=3000\nNODE_ENV=production\nLOG_LEVEL=info\nE=\nTOKEN_TTL=3600\n", "A=true\nPORT=3000\nNODE_ENV=production\nLOG_LEVEL=info\nE=\nTOKEN_TTL=3600\n", ""},
		{"harmless under a key of secrets", "API_KEY=test\nSESSION_SECRET=\nPIN=1234", "API_KEY=test\nSESSION_SECRET=\nX=1234", ""},
		{"a setting that names a token", "TOKEN_TTL_MS=86400000\nSESSION_MAX_AGE=2592000000", "TOKEN_TTL_MS=86400000\nSESSION_MAX_AGE=2592000000", ""},
		{"a number that is somebody", "ADMIN_ID=123456", "X=123456", "X: a secret"},
		{"one of a list of people", "ADMIN_IDS=[123456, 654321]", "X=654321", "X: a secret"},
		{"a neighbour of them", "ADMIN_IDS=123456,654321", "X=12345\nY=65432", ""},
		{"a time is no address", "REPORT_AT=09:30", "REPORT_AT=09:30", ""},
		{"the name of the service is no database elsewhere", "DB_NAME=shop", "APP_NAME=shop\nDB_USER=shop", ""},
		{"the name of a database in such a key", "DB_NAME=shop", "PGDATABASE=Shop", "PGDATABASE: a database"},
		{"a longer name", "DB_NAME=shop", "DB_NAME=shop_drill", ""},
		{"the number of a Redis database", "REDIS_DB=0", "REDIS_DB=0", ""},
		{"a bucket", "S3_BUCKET=shop-files", "S3_BUCKET=shop-files", "S3_BUCKET: a database"},
		{"the database of a JDBC address", "URL=jdbc:postgresql://db.a:5432/shop", "DB=shop", "DB: a database"},
		{"the database in words", "DSN='host=db.a dbname=shop user=x'", "DATABASE=shop", "DATABASE: a database"},
		{"another port of this machine", "DB_HOST=localhost\nDB_PORT=5432", "DB_HOST=localhost\nDB_PORT=5433", ""},
		{"the same port", "DB_HOST=localhost\nDB_PORT=5432", "DB_HOST=127.0.0.1\nDB_PORT=5432", "DB_HOST: an address"},
		{"no port in production", "DB_HOST=localhost", "DB_HOST=127.0.0.1\nDB_PORT=5432", "DB_HOST: an address"},
		{"no port in production, and another port", "DB_HOST=localhost", "DB_HOST=127.0.0.1\nDB_PORT=5433", ""},
		{"where production listens", "METRICS_HOST=127.0.0.1\nHOST=0.0.0.0\nPORT=3000", "DB_HOST=127.0.0.1\nDB_PORT=5433\nHOST=0.0.0.0\nPORT=3001", ""},
		{"the same place to listen", "HOST=0.0.0.0\nPORT=3000", "HOST=127.0.0.1\nPORT=3000", "HOST: an address"},
		{"no port", "DB_HOST=localhost\nDB_PORT=5432", "DB_HOST=127.0.0.1", "DB_HOST: an address"},
		{"a port without a host", "DB_HOST=localhost\nDB_PORT=5432", "DB_PORT=5432", ""},
		{"the port under another host", "DB_HOST=localhost\nDB_PORT=5432", "DB_HOST=db.drill\nDB_PORT=5432", ""},
		{"the usual port of a scheme", "A=postgres://u:v@localhost/x", "B=postgresql://w:z@[::1]:5432/y", "B: an address"},
		{"the usual port of another scheme", "A=postgres://u:v@localhost/x", "B=redis://127.0.0.1/1", ""},
		{"this machine, in old numbers", "A=redis://localhost:6379", "B=redis://127.1:6379\nC=redis://0x7f000001:6379\nD=redis://2130706433:6379\nE=redis://[::ffff:127.0.0.1]:6379\nF=redis://0.0.0.0:6379",
			"B: an address, C: an address, D: an address, E: an address, F: an address"},
		{"this machine in a text", "A=redis://localhost:6379", "B='connect to 127.0.0.1:6379, please'", "B: an address"},
		{"this machine's neighbour in a text", "A=redis://localhost:6379", "B='connect to 127.0.0.1:63790, please'", ""},
		{"a host, whatever its port", "DB_HOST=db.internal\nDB_PORT=5432", "X=DB.INTERNAL:1", "X: an address"},
		{"a host in a text", "DB_HOST=db.internal", "X='see db.internal.'", "X: an address"},
		{"a host of the same domain", "DB_HOST=db.internal", "X=drill.db.internal\nY=xdb.internal\nZ=db.internal.example", ""},
		{"a host without a dot, as a host", "DB_HOST=db", "DB_HOST=DB\nX=postgres://a:b@db/x", "DB_HOST: an address, X: an address"},
		{"a host without a dot, as a word", "DB_HOST=db", "TYPE=db\nX=mydb:x", ""},
		{"one of several hosts", "BROKERS=a.example:9092,b.example:9092", "KAFKA_BROKERS=c.example:9092,b.example:9092", "KAFKA_BROKERS: an address"},
		{"several hosts of an address", "U=mongodb://u:v@a.example,b.example:27018/x", "X=b.example", "X: an address"},
		{"an IPv6 address, otherwise written", "DB_HOST=2001:db8:0:0::1", "X=http://[2001:DB8::1]:80/", "X: an address"},
		{"a weak password as a password", "DB_PASSWORD=postgres", "A=postgres://x:postgres@db.drill/drill", "A: a secret"},
		{"a weak password as a whole", "DB_PASSWORD=postgres", "SECRET=postgres", "SECRET: a secret"},
		{"a weak password that is a name", "DB_PASSWORD=postgres", "DB_USER=postgres\nA=postgres://postgres:other@db.drill/drill", ""},
		{"a weak password, packed", "DB_PASSWORD=postgres", "BASIC=eDpwb3N0Z3Jlcw==", "BASIC: a secret"}, // x:postgres
		{"a token", "BOT_TOKEN=" + token, "X=" + token, "X: a secret"},
		{"half of a token", "BOT_TOKEN=" + token, "X=" + token[:20], ""},
		{"a token in a key that is none", "BOT=" + token, "X=" + token, "X: a secret"},
		{"what looks like a secret", "FOO=a1b2c3d4e5f6a7b8", "X=xa1b2c3d4e5f6a7b8x", "X: a secret"},
		{"a password of an address", "A=amqp://u:pa55word%21@q.a/", "X=pa55word!", "X: a secret"},
		{"a password in a query", "A=https://q.a/?api_key=abcdef0", "X=abcdef0", "X: a secret"},
		{"dollars are as they are", "API_KEY=a$b$HOME$c1", "X=a$b$HOME$c1\nY=a$b$HOME$c2", "X: a secret"},
		{"too much", "API_KEY=abcdef1", "X=" + strings.Repeat("abcdef ", 12000), "X: too much to compare"},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			prod, err := parseEnv([]byte(c.prod))
			must(t, err)
			drill, err := parseEnv([]byte(c.drill))
			must(t, err)
			p := production{judge: newJudge(Forbidden{}, []map[string]string{prod}, func(string) bool { return false })}
			got := strings.NewReplacer(" (", ": ", ")", "").Replace(strings.Join(p.refused(drill), ", "))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestJudgeOfWhatIsKnown: what the config knows counts, be it ever so harmless to look at.
func TestJudgeOfWhatIsKnown(t *testing.T) {
	f := Forbidden{Values: []secret.Value{secret.New("abc"), secret.New("postgres://u:kn0wn-pass@db.a:5432/shop")}, Addresses: []string{"cache.a:6379", "localhost:8080"},
		Databases: []string{"other"}, Env: map[string]secret.Value{"JWT_KEY": secret.New("e1e2e3e4")}}
	p := production{judge: newJudge(f, nil, func(string) bool { return false })}
	got := p.refused(map[string]string{"A": "abc", "B": "abcd", "C": "x-kn0wn-pass-x", "D": "db.a", "E": "Cache.A", "F": "127.0.0.1:8080", "G": "127.0.0.1:8081", "DB_NAME": "shop", "DB": "OTHER",
		"H": "E1E2E3E4"})
	want := []string{"A (a secret)", "C (a secret)", "D (an address)", "DB (a database)", "DB_NAME (a database)", "E (an address)", "F (an address)", "H (a secret)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestGrave: what must not be in the release's files, and what may well be there.
func TestGrave(t *testing.T) {
	const wallet = "0x55d398326f99059ff775485246999027b3197955"
	cases := []struct {
		why, line string
		grave     bool
	}{
		{"a password", "DB_PASSWORD=of-production", true},
		{"a password in an address", "DATABASE_URL=postgres://u:of-production@db.a/x", true},
		{"a private key", "PAYOUT_WALLET_PRIVATE_KEY=of-production", true},
		{"a key without separators", "apikey=of-production", true},
		{"a token, whatever its key", "FOO=123456789:of-production-of-production-of-pro", true},
		{"the address of a wallet", "WALLET_ADDRESS=" + wallet, false},
		{"the contract of a token", "USDT_TOKEN_CONTRACT=" + wallet, false},
		{"a public key", "PUBLIC_KEY=of-production", false},
		{"somebody's e-mail", "SUPPORT_EMAIL=of-production@example.com", false},
		{"a public address", "RPC_URL=https://of-production1.example.com/", false},
		{"a plain word", "DB_PASSWORD=production", false},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			env, err := parseEnv([]byte(c.line))
			must(t, err)
			j := newJudge(Forbidden{}, []map[string]string{env}, nil)
			if got := j.grave.in("in a file: of-production, 123456789:of-production-of-production-of-pro, " + wallet + " https://of-production1.example.com/"); got != c.grave {
				t.Errorf("grave: %v", got)
			}
		})
	}
}

// TestJudgeFindsEncoded: any secret, however often encoded up to three times, with anything around it.
func TestJudgeFindsEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[A-Za-z0-9!@#%&*+/=?_:-]{12,40}[0-9]`).Draw(t, "secret")
		p := production{judge: newJudge(Forbidden{Values: []secret.Value{secret.New(s)}}, nil, func(string) bool { return false })}
		v := rapid.StringMatching(`[a-z]{0,5}`).Draw(t, "before") + s
		for range rapid.IntRange(0, 3).Draw(t, "times") {
			v = rapid.SampledFrom(encoders).Draw(t, "encoding")(v)
		}
		if got := p.refuses("X", v, nil); got == "" {
			t.Fatalf("%q is not found", v)
		}
	})
}

func TestHostName(t *testing.T) {
	for in, want := range map[string]string{"LocalHost.": here, "127.0.0.1": here, "127.255.1.2": here, "::1": here, "[::1]": here, "0": here, "0.0.0.0": here, "::": here, "/tmp/x": here, "127.1": here,
		"0177.0.0.1": here, "0x7f.1": here, "app.localhost": here, "10.0.0.1": "10.0.0.1", "10.1": "10.0.0.1", "128.0.0.1": "128.0.0.1", "A.B": "a.b", "": "", "1.2.3.4.5": "1.2.3.4.5",
		"localhost.example": "localhost.example", "256.1.1.1": "256.1.1.1", "fe80::1%eth0": "fe80::1"} {
		if got := hostName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
