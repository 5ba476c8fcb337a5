package demo

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"twokey/internal/heads"
)

// config is what twokey.yaml says: admin chat, api, program and folder thrice, port, database, checks, notices.
const config = `# The demo's. It is removed with its folder.
telegram:
  token_file: secrets/ops-bot.token
  admin_chat: %[1]d
  api: %[2]s
state: state/twokey.db
signing_key_file: secrets/journal.key
people:
  - {name: ann, telegram: [%[3]d], roles: [admin]}
  - {name: bob, telegram: [%[4]d], roles: [admin]}
  - {name: cid, telegram: [%[5]d], roles: [admin]}
service:
  name: shop
  dir: shop
  process:
    manager: custom
    name: shop
    settle: 300ms
    custom:
      start: [%[6]s, demo-shop, start, %[7]s]
      stop: [%[6]s, demo-shop, stop, %[7]s]
      status: [%[6]s, demo-shop, status, %[7]s]
  health: {url: "http://127.0.0.1:%[8]d/healthz", within: 20s}
  logs: {files: [shop/logs/*.log]}
%[9]srules:
  panic: {alone: true, review: 1}
checks:
%[10]s  - {name: orders, log: " paid", within: 1h}
  - {name: front page, ask: "Does the shop's front page open?"}
listen: ""
%[11]s%[12]s`

// drillsPart is what the team practises: half a year from now, so that no reminder of it comes between the stories.
const drillsPart = `drills:
  database_rollback: {schedule: "first tue of %[1]s 10:00", type: database, target: 4m, owners: [ann, bob]}
`

// noticesPart is how the shop's users are told something, through its own bot.
const noticesPart = `notices:
  token_file: secrets/shop-bot.token
  audience: "SELECT telegram_id, language FROM users"
  api: %[1]s
`

// databasePart is the service's database: the folder of PostgreSQL's programs, the program and the folder of the shop twice. The
// bot does not look at new backups by itself: stories would have its cards between theirs.
const databasePart = `  database: {url_file: secrets/app.url, read_url_file: secrets/read.url, admin_url_file: secrets/admin.url, load_url_file: secrets/load.url, tools: %[1]s}
  backups: {daily: backups/daily, safety: backups/safety, max_age: 36h, verify: {decode: never, restore: never}}
  migrations: {show: [%[2]s, demo-shop, migrations, %[3]s], revert: [%[2]s, demo-shop, revert, %[3]s]}
  before_switch: ["UPDATE banner SET text = 'Missing an order? Write to us, we have it.'"]
`

const databaseChecks = `  - {name: paid twice, sql: "SELECT count(*) - count(DISTINCT order_id) FROM payments", expect: "= 0"}
  - {name: orders of nothing, sql: "SELECT count(*) FROM orders WHERE amount = 0", expect: "= 0"}
  - {name: paid as ordered, sql: "SELECT count(*) FROM orders o JOIN payments p ON p.order_id = o.id WHERE p.amount <> o.amount", expect: "= 0"}
  - {name: orders last minute, sql: "SELECT count(*) FROM orders WHERE created_at > now() - interval '1 minute'"}
  - {name: orders by state, sql: "SELECT status, count(*), sum(amount) FROM orders GROUP BY 1 ORDER BY 1", private: true}
`

func (r *round) writeConfig(port int) error {
	var base, checks, notices, drills string
	if r.cluster != nil {
		notices = fmt.Sprintf(noticesPart, r.service.URL())
		base = fmt.Sprintf(databasePart, strconv.Quote(r.cluster.Bin()), strconv.Quote(r.cfg.Program), strconv.Quote(string(r.shop())))
		checks = databaseChecks
		drills = fmt.Sprintf(drillsPart, strings.ToLower(time.Now().AddDate(0, 6, 0).Month().String()))
	}
	return os.WriteFile(r.path("twokey.yaml"), fmt.Appendf(nil, config, adminChat, r.admin.URL(), ann, bob, cid,
		strconv.Quote(r.cfg.Program), strconv.Quote(string(r.shop())), port, base, checks, notices, drills), 0o600)
}

func (r *round) writeSecrets() error {
	_, err := heads.NewKey(r.path("secrets", "journal.key"))
	err = errors.Join(err, r.secret("ops-bot.token", r.admin.Token()), r.secret("shop-bot.token", r.service.Token()))
	if r.cluster != nil {
		err = errors.Join(err, r.secret("app.url", r.cluster.URL("app", "shop")), r.secret("read.url", r.cluster.URL("ops_read", "shop")),
			r.secret("admin.url", r.cluster.URL("ops_restore", "postgres")), r.secret("load.url", r.cluster.URL("ops_load", "postgres")))
	}
	return err
}

func (r *round) secret(name, value string) error {
	return os.WriteFile(r.path("secrets", name), []byte(value+"\n"), 0o600)
}
