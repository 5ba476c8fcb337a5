package config

// oneProcess is the end of base, and withDatabase the same with a database.
const (
	oneProcess   = "process: {manager: pm2, name: shop}}"
	withDatabase = "process: {manager: pm2, name: shop}, database: {url_file: secrets/db.url, read_url_file: secrets/read.url}}"
)

// mistakes are base with one thing wrong, and exactly what is said about it: a line for each finding, its hint after " | ".
var mistakes = []struct {
	why, old, new, add string
	want               []string
}{
	{why: "an unknown key at the top", add: "telegramm: 1\n", want: []string{
		"twokey.yaml:6:1: telegramm: is not a key that is known here | did you mean telegram?",
	}},
	{why: "an unknown key in a section", old: "admin_chat: -100", new: "admin_chat: -100, stale_afterr: 1m", want: []string{
		"twokey.yaml:1:61: telegram.stale_afterr: is not a key that is known here | did you mean stale_after?",
	}},
	{why: "an unknown key that resembles nothing", old: "admin_chat: -100", new: "admin_chat: -100, zzzzzz: 1m", want: []string{
		"twokey.yaml:1:61: telegram.zzzzzz: is not a key that is known here | there are admin_chat, api, stale_after, token, token_file, topic, witness_chat",
	}},
	{why: "a Redis that is none", old: "dir: /srv/shop,", new: "dir: /srv/shop, queues: {redis_url_file: secrets/other.url},", want: []string{
		"twokey.yaml:5:48: service.queues.redis_url_file: is not the address of a Redis | write one such as redis://:password@127.0.0.1:6379/0; in a password, %, @, / and : are written as %25, %40, %2F and %3A",
	}},
	{why: "queues without a Redis", old: "dir: /srv/shop,", new: "dir: /srv/shop, queues: {pattern: \"bull:*:wait\"},", want: []string{
		"twokey.yaml:5:39: service.queues.redis_url_file: is missing | the file with redis's URL, such as secrets/redis.url",
	}},
	{why: "a key twice", add: "state: a.db\nstate: b.db\n", want: []string{
		"twokey.yaml:7:1: state: is there twice | the first is in line 6",
	}},
	{why: "a required key is missing", old: "admin_chat: -100", new: "topic: 1", want: []string{
		"twokey.yaml:1:1: telegram.admin_chat: is missing | the group's id, such as -1001234567890",
	}},
	{why: "a required section is missing", old: "telegram: {token_file: secrets/bot.token, admin_chat: -100}\n", want: []string{
		"twokey.yaml:1:1: telegram: is missing | the bot's token and the admin chat",
	}},
	{why: "a section is a text", old: "{token_file: secrets/bot.token, admin_chat: -100}", new: "hello", want: []string{
		"twokey.yaml:1:1: telegram: is a text: a mapping is expected | write keys and values",
	}},
	{why: "a number where a text belongs", old: "name: shop, dir", new: "name: 5, dir", want: []string{
		`twokey.yaml:5:11: service.name: is a number: a text is expected | put it in quotes: "5"`,
	}},
	{why: "a text where a number belongs", old: "admin_chat: -100", new: "admin_chat: home", want: []string{
		"twokey.yaml:1:43: telegram.admin_chat: is a text: a whole number is expected",
	}},
	{why: "a fraction where a whole number belongs", old: "admin_chat: -100", new: "admin_chat: -1.5", want: []string{
		"twokey.yaml:1:43: telegram.admin_chat: is -1.5: a whole number is expected",
	}},
	{why: "a number out of range", old: "admin_chat: -100", new: "admin_chat: 99999999999999999999", want: []string{
		"twokey.yaml:1:43: telegram.admin_chat: is a text: a whole number is expected",
	}},
	{why: "the admin chat is a person", old: "admin_chat: -100", new: "admin_chat: 100", want: []string{
		"twokey.yaml:1:43: telegram.admin_chat: is 100, a person's chat | a group's id is negative, such as -1001234567890",
	}},
	{why: "the admin chat is nothing", old: "admin_chat: -100", new: "admin_chat: 0", want: []string{
		"twokey.yaml:1:43: telegram.admin_chat: is 0 | a group's id is negative, such as -1001234567890",
	}},
	{why: "the witness chat is the admin chat", old: "admin_chat: -100", new: "admin_chat: -100, witness_chat: -100", want: []string{
		"twokey.yaml:1:61: telegram.witness_chat: is the admin chat | a witness is a chat that others hold",
	}},
	{why: "a key without a value", old: "admin_chat: -100", new: "admin_chat: -100, api:", want: []string{
		"twokey.yaml:1:61: telegram.api: has no value | write one, or remove the key",
	}},
	{why: "the program that calls somebody is found by luck", add: "escalate: {exec: [page]}\n", want: []string{
		"twokey.yaml:6:12: escalate.exec: names the program \"page\" | write its whole path, such as /usr/local/bin/page",
	}},
	{why: "the second call comes before the first", add: "escalate: {after: [3m, 1m]}\n", want: []string{
		"twokey.yaml:6:24: escalate.after[2]: is 1m0s, which is not after the one before",
	}},
	{why: "an old command may be a day old", old: "admin_chat: -100", new: "admin_chat: -100, stale_after: 1d", want: []string{
		"twokey.yaml:1:61: telegram.stale_after: is 24h0m0s: it must be at most 1h0m0s | an old command must not run; people can ask again with one tap",
	}},
	{why: "a span without a unit", old: "admin_chat: -100", new: "admin_chat: -100, stale_after: 60", want: []string{
		"twokey.yaml:1:61: telegram.stale_after: is 60 without a unit | write 60s, 60m, 60h or 60d",
	}},
	{why: "a span that is nothing", old: "admin_chat: -100", new: "admin_chat: -100, stale_after: 0s", want: []string{
		"twokey.yaml:1:61: telegram.stale_after: is 0s: it must be more than nothing | write a span such as 90s, 10m, 26h or 7d",
	}},
	{why: "a span that is below nothing", old: "admin_chat: -100", new: "admin_chat: -100, stale_after: -5s", want: []string{
		"twokey.yaml:1:61: telegram.stale_after: is -5s: it must be more than nothing | write a span such as 90s, 10m, 26h or 7d",
	}},
	{why: "a span that is no span", old: "admin_chat: -100", new: "admin_chat: -100, stale_after: soon", want: []string{
		`twokey.yaml:1:61: telegram.stale_after: "soon" is not a span of time of at most 3650 days | write a span such as 90s, 10m, 26h or 7d`,
	}},
	{why: "the bot API over http to another machine", old: "admin_chat: -100", new: "admin_chat: -100, api: http://api.example.org", want: []string{
		"twokey.yaml:1:61: telegram.api: is http to another machine, and what is sent there is secret | write https://",
	}},
	{why: "a token written into the file", old: "token_file: secrets/bot.token", new: "token: 1234:verysecretvalue", want: []string{
		"twokey.yaml:1:12: telegram.token: is a secret written into the config | put it into a file that only the bot can read, and name it: token_file: secrets/token",
	}},
	{why: "a token from the environment is fine", old: "telegram: {token_file: secrets/bot.token,", new: `telegram: {token: "${TOKEN}",`},
	{why: "a token from a variable that is not there", old: "telegram: {token_file: secrets/bot.token,", new: `telegram: {token: "${TOKENN}",`, want: []string{
		"twokey.yaml:1:12: telegram.token: the environment has no TOKENN | set it, or write $${TOKENN} for the text itself",
	}},
	{why: "a token from a variable that is empty", old: "telegram: {token_file: secrets/bot.token,", new: `telegram: {token: "${EMPTY}",`, want: []string{
		"twokey.yaml:1:12: telegram.token: is empty in the environment | set EMPTY",
	}},
	{why: "a token twice", old: "token_file: secrets/bot.token", new: `token_file: secrets/bot.token, token: "${TOKEN}"`, want: []string{
		"twokey.yaml:1:12: telegram.token_file: is there beside token | keep one of them",
	}},
	{why: "no token", old: "token_file: secrets/bot.token, ", want: []string{
		"twokey.yaml:1:1: telegram.token_file: is missing | the file with the token that @BotFather gave, such as secrets/bot.token",
	}},
	{why: "the token's file is gone", old: "secrets/bot.token", new: "secrets/gone.token", want: []string{
		"twokey.yaml:1:12: telegram.token_file: secrets/gone.token is not there | put the secret into it, alone on one line, and: chmod 600 secrets/gone.token",
	}},
	{why: "the token's file is open to others", old: "secrets/bot.token", new: "secrets/open.token", want: []string{
		"twokey.yaml:1:12: telegram.token_file: secrets/open.token is readable by others (mode 0644) | chmod 600 secrets/open.token",
	}},
	{why: "the token's file holds something else", old: "secrets/bot.token", new: "secrets/no.token", want: []string{
		"twokey.yaml:1:12: telegram.token_file: is not a bot's token | a token is a number, a colon and a key, alone on one line",
	}},
	{why: "a chat from the environment is a number", old: "admin_chat: -100", new: `admin_chat: "${CHAT}"`},
	{why: "a variable that is not there", old: "name: shop, dir", new: `name: "x ${NOPE}", dir`, want: []string{
		"twokey.yaml:5:11: service.name: the environment has no NOPE | set it, or write $${NOPE} for the text itself",
	}},
	{why: "a variable without an end", old: "name: shop, dir", new: `name: "x ${NOPE", dir`, want: []string{
		`twokey.yaml:5:11: service.name: "${NOPE" is not the name of a variable | write ${NAME}, or $$ for a dollar sign`,
	}},
	{why: "the state is in PostgreSQL", add: "state: postgres://u:p@db/x\n", want: []string{
		"twokey.yaml:6:1: state: is postgres://…, and this version keeps its state in a file only | name a file, such as state/twokey.db",
	}},
	{why: "a zone that does not exist", add: "timezone: Europe/Helsinkii\n", want: []string{
		`twokey.yaml:6:1: timezone: "Europe/Helsinkii" is not a time zone | write a name such as Europe/Helsinki or UTC`,
	}},
	{why: "a zone of the backups that does not exist", old: "process: {manager: pm2, name: shop}}", new: "process: {manager: pm2, name: shop}, backups: {daily: b, timezone: Mars}}", want: []string{
		`twokey.yaml:5:96: service.backups.timezone: "Mars" is not a time zone | write a name such as Europe/Helsinki or UTC`,
	}},
	{why: "the machine's zone", add: "timezone: Local\n", want: []string{
		`twokey.yaml:6:1: timezone: "Local" is not a time zone | write a name such as Europe/Helsinki or UTC`,
	}},
	{why: "an anchor", old: "admin_chat: -100", new: "admin_chat: &a -100", want: []string{
		"twokey.yaml:1:43: telegram.admin_chat: is an anchor or an alias, and they are not used here | write the value out; a text that begins with & or * needs quotes",
	}},
	{why: "an alias", add: "state: *x\n", want: []string{
		"twokey.yaml:6:1: state: is an anchor or an alias, and they are not used here | write the value out; a text that begins with & or * needs quotes",
	}},
	{why: "a tag", add: "state: !!str x\n", want: []string{
		"twokey.yaml:6:1: state: has a tag, and tags are not used here | write the value alone; a text that begins with ! needs quotes",
	}},
	{why: "a merge key", old: "admin_chat: -100", new: "admin_chat: -100, <<: {topic: 1}", want: []string{
		"twokey.yaml:1:61: telegram: has a key that is not a plain word",
	}},
	{why: "a second document", add: "---\nstate: x\n", want: []string{
		"twokey.yaml:7:1: is a second document | remove the line --- above it",
	}},
	{why: "one person", old: "  - {name: bob, telegram: [12], roles: [admin]}\n", want: []string{
		"twokey.yaml:2:1: people: has 1 of them: what one person asks for, another must approve | add a second person",
	}},
	{why: "a person's key is unknown", old: "name: bob, telegram", new: "name: bob, telegran", want: []string{
		"twokey.yaml:4:5: people[2].telegram: is missing | the ids of their accounts: [123456789]",
		"twokey.yaml:4:17: people[2].telegran: is not a key that is known here | did you mean telegram?",
	}},
	{why: "an account is two people's", old: "telegram: [12]", new: "telegram: [11]", want: []string{
		"twokey.yaml:4:5: people[2]: person bob: account 11 is already ann's",
	}},
	{why: "a name is two people's", old: "name: bob", new: "name: ann", want: []string{
		"twokey.yaml:4:5: people[2]: person ann: is there twice",
	}},
	{why: "a name of two words", old: "name: bob", new: "name: bob the builder", want: []string{
		`twokey.yaml:4:6: people[2].name: "bob the builder" is not one word of letters, digits, dots and dashes`,
	}},
	{why: "Telegram's own account", old: "telegram: [12]", new: "telegram: [1087968824]", want: []string{
		"twokey.yaml:4:5: people[2]: person bob: account 1087968824 belongs to Telegram and stands for many people",
	}},
	{why: "no account", old: "telegram: [12]", new: "telegram: []", want: []string{
		"twokey.yaml:4:17: people[2].telegram: is empty | write the ids of their accounts: [123456789]",
	}},
	{why: "an account that is a name", old: "telegram: [12]", new: `telegram: ["@bob"]`, want: []string{
		"twokey.yaml:4:28: people[2].telegram[1]: is a text: a whole number is expected",
	}},
	{why: "away without an end", old: "roles: [admin]}\n  - {name: bob", new: "roles: [admin], away: [2026-12-20]}\n  - {name: bob", want: []string{
		"twokey.yaml:3:49: people[1].away: has 1 dates | write the first and the last day: [2026-12-20, 2027-01-06]",
	}},
	{why: "away backwards", old: "roles: [admin]}\n  - {name: bob", new: "roles: [admin], away: [2026-12-20, 2026-12-19]}\n  - {name: bob", want: []string{
		"twokey.yaml:3:49: people[1].away: ends before it begins",
	}},
	{why: "the default rule is not whole", add: "rules:\n  default: {approvals: 1, may_ask: [admin], may_approve: [admin], ask_within: 1m}\n", want: []string{
		"twokey.yaml:7:3: rules.default.start_within: is missing | default names everything, for rules that do not",
	}},
	{why: "no approvals", add: "rules:\n  stop: {approvals: 0}\n", want: []string{
		"twokey.yaml:7:10: rules.stop.approvals: is 0: at least 1 other person must agree | alone: true is what lets one person act, where it may",
	}},
	{why: "approvals below zero in the default", add: "rules:\n  default: {approvals: -1, ask_within: 10m, start_within: 5m, may_ask: [admin], may_approve: [admin]}\n", want: []string{
		"twokey.yaml:7:13: rules.default.approvals: is -1: at least 1 other person must agree | alone: true is what lets one person act, where it may",
	}},
	{why: "the default says alone", add: "rules:\n  default: {alone: true, approvals: 1, ask_within: 10m, start_within: 5m, may_ask: [admin], may_approve: [admin]}\n", want: []string{
		"twokey.yaml:7:13: rules.default.alone: cannot be the default | write it in the rule of the action that one person may run",
	}},
	{why: "a rule nobody can satisfy", add: "rules:\n  stop: {approvals: 2}\n", want: []string{
		"twokey.yaml:7:3: rules.stop: nobody could ever get it approved: it needs 2 other people who may approve",
	}},
	{why: "a default nobody can satisfy", add: "rules:\n  default: {approvals: 3, ask_within: 10m, start_within: 5m, may_ask: [admin], may_approve: [admin]}\n", want: []string{
		"twokey.yaml:7:3: rules.default: nobody could ever get it approved: it needs 3 other people who may approve",
	}},
	{why: "a role nobody has", add: "rules:\n  start: {may_approve: [admim]}\n", want: []string{
		`twokey.yaml:7:25: rules.start.may_approve[1]: nobody has the role "admim" | did you mean admin?`,
	}},
	{why: "a rule that nobody may ask under", add: "rules:\n  start: {may_ask: []}\n", want: []string{
		"twokey.yaml:7:11: rules.start.may_ask: is empty: nobody could | write a role that somebody has",
	}},
	{why: "starting alone", add: "rules:\n  start: {alone: true}\n", want: []string{
		"twokey.yaml:7:11: rules.start.alone: is only for read, protect and stop; its effect is change",
	}},
	{why: "stopping alone is fine", add: "rules:\n  stop: {alone: true}\n"},
	{why: "a rule for nothing", add: "rules:\n  stpo: {alone: true}\n", want: []string{
		"twokey.yaml:7:3: rules.stpo: there is no such action | did you mean stop?",
	}},
	{why: "a rule for what comes later", add: "rules:\n  deploy: {approvals: 1}\n", want: []string{
		"twokey.yaml:7:3: warning: rules.deploy: is read and checked, but this version does not have the action deploy yet",
	}},
	{why: "an action's name is taken", add: "actions:\n  stop: {summary: Stop, steps: [{exec: {run: [/bin/true]}}]}\n", want: []string{
		"twokey.yaml:7:3: actions.stop: the name is taken by a built-in one | choose another name",
	}},
	{why: "an action's name is a command", add: "actions:\n  help: {summary: Help, steps: [{exec: {run: [/bin/true]}}]}\n", want: []string{
		"twokey.yaml:7:3: actions.help: the name is taken by a built-in one | choose another name",
	}},
	{why: "an action's name is not a word", add: "actions:\n  Warm-Up: {summary: Help, steps: [{exec: {run: [/bin/true]}}]}\n", want: []string{
		"twokey.yaml:7:3: actions.Warm-Up: a name is a small letter, then at most 31 small letters, digits and _",
	}},
	{why: "an action without steps", add: "actions:\n  warm: {summary: Warm}\n", want: []string{
		"twokey.yaml:7:3: actions.warm.steps: is missing | what is done: [{exec: {run: [/usr/bin/true]}}]",
	}},
	{why: "an action with an unknown key", add: "actions:\n  warm: {summary: Warm, sumary: x, steps: [{exec: {run: [/bin/true]}}]}\n", want: []string{
		"twokey.yaml:7:25: actions.warm.sumary: is not a key that is known here | did you mean summary?",
	}},
	{why: "a step of no kind", add: `actions:
  warm: {summary: Warm, steps: [{shell: "rm -rf /"}]}
`, want: []string{
		`twokey.yaml:7:33: actions.warm.steps[1]: unknown kind of step "shell"`,
	}},
	{why: "a step with an unknown key", add: "actions:\n  warm:\n    summary: Warm\n    steps:\n      - exec:\n          run: [/bin/true]\n          cwd: /tmp\n", want: []string{
		`twokey.yaml:12:11: actions.warm.steps[1]: unknown field "cwd"`,
	}},
	{why: "a step of two kinds", add: "actions:\n  warm: {summary: Warm, steps: [{exec: {run: [/bin/true]}, process: {do: stop}}]}\n", want: []string{
		"twokey.yaml:7:33: actions.warm.steps[1]: a step has one key, its kind of work, such as exec: {run: [/usr/bin/true]}",
	}},
	{why: "a program that is not there", add: "actions:\n  warm: {summary: Warm, steps: [{exec: {run: [missing]}}]}\n", want: []string{
		"twokey.yaml:7:33: actions.warm.steps[1]: program missing: not found",
	}},
	{why: "a parameter nobody declared", add: `actions:
  warm: {summary: Warm, steps: [{exec: {run: [warm, "{region}"]}}]}
`, want: []string{
		"twokey.yaml:7:33: actions.warm.steps[1]: parameter region: has no value",
	}},
	{why: "a choice without values", add: `actions:
  warm: {summary: Warm, params: {region: {type: choice}}, steps: [{exec: {run: [warm, "{region}"]}}]}
`, want: []string{
		"twokey.yaml:7:34: actions.warm.params.region: a choice needs values",
	}},
	{why: "a default that is not a value", add: `actions:
  warm: {summary: Warm, params: {n: {type: integer, min: 2, default: 1}}, steps: [{exec: {run: [warm, "{n}"]}}]}
`, want: []string{
		"twokey.yaml:7:34: actions.warm.params.n: is at least 2",
	}},
	{why: "an effect that is none", add: "actions:\n  warm: {summary: Warm, effect: chang, steps: [{exec: {run: [warm]}}]}\n", want: []string{
		`twokey.yaml:7:25: actions.warm.effect: "chang" is not one of them | did you mean change?`,
	}},
	{why: "an undo that is none", add: "actions:\n  warm:\n    summary: Warm\n    undo: cool\n    steps: [{exec: {run: [warm]}}]\n", want: []string{
		`twokey.yaml:9:5: actions.warm.undo: there is no action "cool"`,
	}},
	{why: "a touch that is none", add: "actions:\n  warm: {summary: Warm, touches: [ap], steps: [{exec: {run: [warm]}}]}\n", want: []string{
		`twokey.yaml:7:35: actions.warm.touches[1]: "ap" is not one of them | did you mean app?`,
	}},
	{why: "a secret in an action", add: `actions:
  warm: {summary: Warm, steps: [{exec: {run: [warm, "--key=${API_TOKEN}"]}}]}
`, want: []string{
		"twokey.yaml:7:53: actions.warm.steps[1].exec.run[2]: API_TOKEN looks like a secret, and what an action does is printed and kept | let the program read it from a file",
	}},
	{why: "a process manager that is none", old: "manager: pm2", new: "manager: systmd", want: []string{
		`twokey.yaml:5:49: service.process.manager: "systmd" is not one of them | did you mean systemd?`,
	}},
	{why: "no name for the process", old: "manager: pm2, name: shop", new: "manager: pm2", want: []string{
		"twokey.yaml:5:39: service.process.name: is missing | what the manager calls it",
	}},
	{why: "another manager's settings", old: "manager: pm2,", new: "manager: pm2, systemd: {program: x},", want: []string{
		"twokey.yaml:5:63: service.process.systemd: is for another manager: this one is pm2 | remove it, or write manager: systemd",
	}},
	{why: "a custom manager without programs", old: "manager: pm2,", new: "manager: custom,", want: []string{
		"twokey.yaml:5:39: service.process.custom: is missing | its programs: {start: […], stop: […], status: […]}",
	}},
	{why: "a custom manager with a shell's words", old: "manager: pm2,", new: `manager: custom, custom: {start: "ctl start", stop: [ctl, stop], status: [ctl]},`, want: []string{
		"twokey.yaml:5:75: service.process.custom.start: is a text: a list is expected, because there is no shell to take it apart | write each argument on its own: [/usr/bin/myctl, start]",
	}},
	{why: "a process name that is an option", old: "name: shop}}", new: "name: -all}}", want: []string{
		`twokey.yaml:5:63: service.process.name: "-all": use letters, digits and _ @ : . - /`,
	}},
	{why: "a user who is not there", old: "dir: /srv/shop", new: "run_as: nobodyhere, dir: /srv/shop", want: []string{
		`twokey.yaml:5:23: service.run_as: there is no Unix user "nobodyhere" | correct the name, or make the user`,
	}},
	{why: "a user's name that cannot be", old: "dir: /srv/shop", new: `run_as: "a b", dir: /srv/shop`, want: []string{
		`twokey.yaml:5:23: service.run_as: "a b" is not the name of a Unix user`,
	}},
	{why: "a health URL that is none", old: "dir: /srv/shop", new: `health: {url: "localhost:3000"}, dir: /srv/shop`, want: []string{
		"twokey.yaml:5:32: service.health.url: is not an http or https address | write one such as http://127.0.0.1:3000/healthz",
	}},
	{why: "a check that looks at nothing", add: "checks:\n  - {name: a}\n", want: []string{
		"twokey.yaml:7:5: checks[1]: looks at nothing | write sql, http, log or ask",
	}},
	{why: "a query without a database", add: "checks:\n  - {name: a, sql: SELECT 1}\n", want: []string{
		"twokey.yaml:7:15: checks[1].sql: needs a role that reads the database | name a file with its URL: service: {database: {read_url_file: secrets/ops-read.url}}",
	}},
	{why: "a line without logs", add: "checks:\n  - {name: a, log: x, within: 5m}\n", want: []string{
		"twokey.yaml:7:15: checks[1].log: needs the service's log files | name them: service: {logs: {files: [logs/*.log]}}",
	}},
	{why: "an address with a password", add: "checks:\n  - {name: a, http: \"https://u:p@example.com/\"}\n", want: []string{
		"twokey.yaml:7:15: checks[1].http: has a password in it, and an address is written into the journal | write one such as http://127.0.0.1:3000/admin",
	}},
	{why: "an address without encryption", add: "checks:\n  - {name: a, http: \"http://example.com/\"}\n", want: []string{
		"twokey.yaml:7:15: checks[1].http: leaves this machine without encryption: write https | write one such as http://127.0.0.1:3000/admin",
	}},
	{why: "a check with a name that is taken", add: "checks:\n  - {name: Process, ask: Well?}\n", want: []string{
		`twokey.yaml:7:6: checks[1].name: "Process" has a meaning of its own | choose another name`,
	}},
	{why: "a check whose name cannot be accepted", add: "checks:\n  - {name: \"a, b\", ask: Well?}\n", want: []string{
		"twokey.yaml:7:6: checks[1].name: has a comma, and in accept=… that is between two names | leave it out",
	}},
	{why: "a statement without the service's database", add: "actions:\n  a: {summary: A, steps: [{sql: {run: DELETE FROM a}}]}\n", want: []string{
		"twokey.yaml:7:27: actions.a.steps[1]: needs the service's database | write service: {database: {from_env_file: {…}}}, or name a file with its URL: url_file",
	}},
	{why: "a statement that reads, without its role", old: oneProcess, new: withDatabase, add: "actions:\n  a: {summary: A, steps: [{sql: {run: SELECT 1, effect: read}}]}\n", want: nil},
	{why: "a database's address that is none", old: oneProcess, new: "process: {manager: pm2, name: shop}, database: {url_file: secrets/no.token}}", want: []string{
		"twokey.yaml:5:87: service.database.url_file: is not the address of a database | " +
			"write one such as postgres://role:password@127.0.0.1:5432/name; in a password, %, @, / and : are written as %25, %40, %2F and %3A",
	}},
	{why: "the env file's keys without the env file", old: oneProcess,
		new: "process: {manager: pm2, name: shop}, database: {from_env_file: {host: H, port: P, user: U, password: W, name: N}}}", want: []string{
			"twokey.yaml:5:87: service.database.from_env_file: needs the env file | name it: service: {env_file: .env}",
		}},
	{why: "a check with an expectation that is none", old: oneProcess, new: withDatabase, add: "checks:\n  - {name: a, sql: SELECT 1, expect: many}\n", want: []string{
		`twokey.yaml:7:30: checks[1].expect: "many" is not a comparison with a number | write one such as "> 0"; there are = != < <= > >=`,
	}},
	{why: "a log check with an expectation", old: oneProcess, new: "process: {manager: pm2, name: shop}, logs: {files: [a.log]}}", add: `checks:
  - {name: a, log: x, within: 5m, expect: "> 0"}
`, want: []string{
		"twokey.yaml:7:35: checks[1].expect: is for a check with sql only | remove it",
	}},
	{why: "two checks of one name", add: "checks:\n  - {name: a, ask: Well?}\n  - {name: A, ask: Well?}\n", want: []string{
		`twokey.yaml:8:6: checks[2].name: "A" is there twice | the first is in line 7`,
	}},
	{why: "a schedule that never comes", add: `drills:
  d: {schedule: "0 10 30 2 *", type: code, target: 5m, owners: [ann]}
`, want: []string{
		`twokey.yaml:7:7: drills.d.schedule: "0 10 30 2 *" never comes | write five fields, minute hour day month weekday, such as "0 4 * * *"`,
	}},
	{why: "a schedule with two kinds of days", add: `drills:
  d: {schedule: "0 10 1-7 * 2", type: code, target: 5m, owners: [ann]}
`, want: []string{
		`twokey.yaml:7:7: drills.d.schedule: has a day of the month and a day of the week, and cron would take either: write "first tue of month 10:00" | write five fields, minute hour day month weekday, such as "0 4 * * *"`,
	}},
	{why: "a schedule with a zone that panics", add: `drills:
  d: {schedule: "CRON_TZ=X", type: code, target: 5m, owners: [ann]}
`, want: []string{
		`twokey.yaml:7:7: drills.d.schedule: "CRON_TZ=X" has a zone or a word with @, which are not used here | write five fields, minute hour day month weekday, such as "0 4 * * *"`,
	}},
	{why: "a schedule at each restart", add: `drills:
  d: {schedule: "@every 720h", type: code, target: 5m, owners: [ann]}
`, want: []string{
		`twokey.yaml:7:7: drills.d.schedule: "@every 720h" has a zone or a word with @, which are not used here | write five fields, minute hour day month weekday, such as "0 4 * * *"`,
	}},
	{why: "a fifth Tuesday", add: `drills:
  d: {schedule: "fifth tue of month 10:00", type: code, target: 5m, owners: [ann]}
`, want: []string{
		"twokey.yaml:7:7: warning: drills.d.schedule: it does not come every month: 50 times in 12 years, from 63 to 119 days apart",
	}},
	{why: "an hour that is none", add: `drills:
  d: {schedule: "first tue of month 25:00", type: code, target: 5m, owners: [ann]}
`, want: []string{
		`twokey.yaml:7:7: drills.d.schedule: "25:00" is not a time of day | write it as "second tue of month 10:00", "last business day of quarter 10:00" or "third tue of january 10:00"`,
	}},
	{why: "an owner who is nobody", add: `drills:
  d: {schedule: "first tue of month 10:00", type: code, target: 5m, owners: [anne]}
`, want: []string{
		`twokey.yaml:7:78: drills.d.owners[1]: "anne" is nobody in people | did you mean ann?`,
	}},
	{why: "a schedule in the hour that clocks change", add: `timezone: Europe/Helsinki
drills:
  d: {schedule: "30 3 28 3 *", type: code, target: 5m, owners: [ann]}
`, want: []string{
		"twokey.yaml:8:7: warning: drills.d.schedule: on 2027-03-28 the clocks go over 03:30: it comes at 04:00",
	}},
	{why: "a drill every day", add: `drills:
  d: {schedule: "30 5 * * *", type: code, target: 5m, owners: [ann]}
`, want: []string{
		`twokey.yaml:7:7: drills.d.schedule: comes more than once a week: nobody can hold that many | write "first tue of month 10:00"`,
	}},
	{why: "two drills on one day", add: `drills:
  d: {schedule: "first tue of month 10:00", type: code, target: 5m, owners: [ann]}
  e: {schedule: "first tue of quarter 16:00", type: database, target: 5m, owners: [ann]}
`, want: []string{
		"twokey.yaml:8:7: warning: drills.e.schedule: is on the day of d, 2027-01-05, at 10:00 and 16:00 | give one another day",
	}},
	{why: "a drill with production's values", old: oneProcess, new: "env_file: .env, process: {manager: pm2, name: shop}}", add: `drills:
  d: {schedule: "first tue of month 10:00", type: code, target: 5m, owners: [ann], env_file: /srv/shop/.env}
`, want: []string{
		"twokey.yaml:7:84: drills.d.env_file: is the service's own: a drill does not start anything with production's values | write another one, with the values of a test system",
	}},
	{why: "a release that is started without values", add: `drills:
  d: {schedule: "first tue of month 10:00", type: code, target: 5m, owners: [ann], start: [/usr/bin/node, x.js]}
`, want: []string{
		"twokey.yaml:7:84: drills.d.start: needs env_file: nothing is started with production's values",
	}},
	{why: "what is for another type of drill", add: `drills:
  d: {schedule: "first tue of month 10:00", type: code, target: 5m, owners: [ann], fresh: SELECT now()}
`, want: []string{
		"twokey.yaml:7:84: drills.d.fresh: is for a drill of type database | remove it",
	}}, {why: "the notices bot is the admin bot", add: "notices: {token_file: secrets/bot.token, audience: SELECT 1}\n", want: []string{
		"twokey.yaml:6:11: notices.token_file: is the admin bot's | users hear from the service's own bot: name its token",
	}},
	{why: "a link with a path", add: `notices: {token_file: secrets/shop-bot.token, audience: SELECT 1, links: ["https://x.example/a"]}
`, want: []string{
		`twokey.yaml:6:75: notices.links[1]: "https://x.example/a" is not a host | write only the host, such as status.example.com`,
	}},
	{why: "more than Telegram takes", add: "notices: {token_file: secrets/shop-bot.token, audience: SELECT 1, rate: {service_up: 31}}\n", want: []string{
		"twokey.yaml:6:74: notices.rate.service_up: is 31: Telegram takes at most 30 a second",
	}},
	{why: "an automatic notice that is none", add: "notices: {token_file: secrets/shop-bot.token, audience: SELECT 1, auto: [{when: down_longer 60s, send: a.b}]}\n", want: []string{
		`twokey.yaml:6:75: notices.auto[1].when: "down_longer" is not known | there are checks_green, down_longer_than, lockdown, overdue`,
	}},
	{why: "a share that is none", add: "watch: {disk_free: 10}\n", want: []string{
		"twokey.yaml:6:1: warning: watch: is read and checked, but this version does not watch the service yet",
		"twokey.yaml:6:9: watch.disk_free: 10 is not a share from 1% to 99% | write one such as 10%",
	}},
	{why: "a holiday that is no date", add: "holidays: [2026-02-30]\n", want: []string{
		`twokey.yaml:6:12: holidays[1]: "2026-02-30" is not a date | write one such as "2026-12-24"`,
	}},
	{why: "a secret that is shown", old: "name: shop, dir", new: "config: {show_values: [K], rotate: [K]}, name: shop, dir", want: []string{
		"twokey.yaml:5:11: warning: service.config: is read and checked, but this version does not touch the env file yet",
		"twokey.yaml:5:34: service.config.show_values[1]: K is in rotate, so it is a secret, and a secret is not shown | remove it from show_values",
	}},
	{why: "quiet hours without an end", add: `quiet_hours: {from: "22:00"}
`, want: []string{
		`twokey.yaml:6:1: quiet_hours.to: is missing | when they end, such as "07:00"`,
	}},
	{why: "a console for nobody", add: "console: {socket: s, people: {root: carl}}\n", want: []string{
		"twokey.yaml:6:1: warning: console: is read and checked, but this version does not listen to the console yet",
		`twokey.yaml:6:31: console.people.root: "carl" is nobody in people | there are ann, bob`,
	}},
	{why: "an address without a port", add: "listen: localhost\n", want: []string{
		`twokey.yaml:6:1: listen: "localhost" is not an address to listen on | write host:port, such as 127.0.0.1:9464`,
	}},
	{why: "an address that others reach", add: `listen: ":9464"
`, want: []string{
		`twokey.yaml:6:1: warning: listen: ":9464" is read by everybody who reaches it: there is no password | write 127.0.0.1:9464, or keep others away`,
	}},
	{why: "an address of the machine's own", add: `listen: "[::1]:9464"
`},
	{why: "an empty address is off", add: `listen: ""
`},
	{why: "hooks without a secret", add: `hooks: {listen: "127.0.0.1:1"}
`, want: []string{
		"twokey.yaml:6:1: warning: hooks: is read and checked, but this version does not take alerts yet",
		"twokey.yaml:6:1: hooks.secret_file: is missing | the file with what other programs prove themselves with",
	}},
	{why: "hooks that are off need no secret", add: `hooks: {listen: "", secret_file: secrets/gone.token}
`},
	{why: "what comes later may have a secret that is not there", add: `hooks: {listen: "127.0.0.1:1", secret_file: secrets/gone.token}
`, want: []string{
		"twokey.yaml:6:1: warning: hooks: is read and checked, but this version does not take alerts yet",
		"twokey.yaml:6:32: warning: hooks.secret_file: secrets/gone.token is not there",
	}},
	{why: "the journal's key is not there", add: "signing_key_file: secrets/gone.token\n", want: []string{
		"twokey.yaml:6:1: signing_key_file: secrets/gone.token is not there | make one: twokey journal key --new secrets/gone.token",
	}},
	{why: "the journal's key is another secret", add: "signing_key_file: secrets/no.token\n", want: []string{
		"twokey.yaml:6:1: signing_key_file: is not a key that signs heads | make one: twokey journal key --new secrets/journal.key",
	}},
	{why: "the journal's key is no key, from the environment", add: "signing_key: ${TOKEN}\n", want: []string{
		"twokey.yaml:6:1: signing_key: is not a key that signs heads | make one: twokey journal key --new secrets/journal.key",
	}},
	{why: "no YAML", add: "a: [1\n", want: []string{
		"twokey.yaml:6:4: sequence end token ']' not found",
	}},
}
