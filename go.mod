module twokey

go 1.26.0

require (
	github.com/alecthomas/kong v1.17.0 // the command line: commands, flags and help from structs
	github.com/go-telegram-bot-api/telegram-bot-api/v5 v5.5.1 // given; only MakeRequest and UploadFiles are used, see bot/telegram
	github.com/goccy/go-yaml v1.19.2 // YAML as a tree with lines, so that every error names its own
	github.com/gomodule/redigo v1.9.3 // the service's queues in Redis: small, no dependencies, each command with a deadline
	github.com/jackc/pgx/v5 v5.12.0 // given; PostgreSQL: checks and statements, one session each, by pgconn
	github.com/joho/godotenv v1.5.1 // reads the service's env file as the service does; never writes it
	github.com/klauspost/compress v1.20.3 // zstd, which makes a backup five times faster than gzip; reads gzip faster, too
	github.com/prometheus/client_golang v1.25.0 // /metrics, with what Go and the kernel know about us
	github.com/robfig/cron/v3 v3.0.1 // given; parses schedules and gives the next time, nothing else
	github.com/rs/zerolog v1.35.1 // given; the operator's log
	golang.org/x/mod v0.42.0 // sumdb/note: signed heads that anybody can check without us
	golang.org/x/sys v0.49.0 // pidfd and waitid: proof that a process is gone
	golang.org/x/text v0.43.0 // NFC, for text from outside
	golang.org/x/time v0.16.0 // rate: the pace Telegram asks for
	modernc.org/sqlite v1.62.0 // the journal's file, without cgo: one static binary
)

// For tests.
require (
	github.com/chromedp/cdproto v0.159.3 // the browser's own words, for chromedp
	github.com/chromedp/chromedp v0.23.0 // the demo's page in a headless Chromium
	github.com/google/go-cmp v0.7.0 // differences that can be read
	github.com/rogpeppe/go-internal v1.16.0 // testscript: whole stories as transcripts
	go.uber.org/goleak v1.3.0 // what was started has ended
	pgregory.net/rapid v1.3.0 // whatever happens, in whatever order
)

require (
	github.com/BurntSushi/toml v1.4.1-0.20240526193622-a339e1f7089c // indirect
	github.com/beorn7/perks v1.0.1 // indirect
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/dustin/go-humanize v1.1.0 // indirect
	github.com/go-analyze/bulk v0.1.6 // indirect
	github.com/go-analyze/charts v0.6.4 // indirect
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
	github.com/golang/freetype v0.0.0-20170609003504-e2365dfdc4a0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/mattn/go-colorable v0.1.14 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/munnerz/goautoneg v0.0.0-20191010083416-a7dc8b61c822 // indirect
	github.com/ncruces/go-strftime v1.1.0 // indirect
	github.com/prometheus/client_model v0.6.3 // indirect
	github.com/prometheus/common v0.72.0 // indirect
	github.com/prometheus/procfs v0.22.0 // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	golang.org/x/exp/typeparams v0.0.0-20231108232855-2478ac86f678 // indirect
	golang.org/x/image v0.45.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/tools v0.52.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
	honnef.co/go/tools v0.8.2 // indirect
	modernc.org/libc v1.80.1 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
)

tool honnef.co/go/tools/cmd/staticcheck
