package main

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"twokey/bot/telegram/fakebot"
	"twokey/internal/pgtest"
)

// TestStories plays the transcripts in testdata: the real program, a real service, and a chat with people in it. What the
// words mean is in the tables below. Every story that has a chat ends with the same questions, see stage.end.
func TestStories(t *testing.T) {
	t.Setenv("GOTMPDIR", t.TempDir()) // testscript leaves its folder behind when only some stories are played
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               func(env *testscript.Env) error { return setUp(t, env) },
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"chat":       opening,
			"config":     sentence(aboutConfig),
			"ann":        person("ann"),
			"bob":        person("bob"),
			"cid":        person("cid"),
			"cid2":       person("cid2"),
			"eve":        person("eve"),
			"bot":        sentence(aboutBot),
			"card":       sentence(aboutCard),
			"service":    sentence(aboutService),
			"ran":        sentence(aboutRuns),
			"nothing":    sentence(aboutNothing),
			"journal":    sentence(aboutJournal),
			"database":   sentence(aboutDatabase),
			"disk":       sentence(aboutDisk),
			"redis":      sentence(aboutRedis),
			"users":      sentence(append(aboutUsers, aboutCrowd...)),
			"user":       sentence(aboutTold),
			"picture":    draw,
			"exits":      exits,
			"telegram":   sentence(aboutTelegram),
			"menu":       sentence(aboutMenu),
			"monitoring": sentence(aboutMonitoring),
		},
	})
}

// scene is what a running script keeps: its stage, once there is one.
type scene struct {
	*stage
	t testing.TB // of all stories
}

func setUp(t *testing.T, env *testscript.Env) error {
	bins, err := programs()
	if err != nil {
		return err
	}
	env.Setenv("PATH", filepath.Dir(bins.twokey)+":"+env.Getenv("PATH"))
	env.Setenv("GORACE", "atexit_sleep_ms=0")
	env.Setenv("TOMORROW", time.Now().Add(20*time.Hour).Format("2006-01-02T15:04")) // as people type it behind at=
	sc := &scene{t: t}
	env.Values["scene"] = sc
	name := filepath.Base(env.WorkDir)
	env.Defer(func() {
		if sc.stage == nil {
			return
		}
		if err := sc.end(); err != nil {
			t.Errorf("%s, at its end: %v", name, err)
		}
	})
	return nil
}

func on(ts *testscript.TestScript) *stage {
	sc, _ := ts.Value("scene").(*scene)
	if sc == nil || sc.stage == nil {
		ts.Fatalf("a story begins with: chat")
	}
	return sc.stage
}

// postgres is the cluster of the stories that have a database.
var postgres pgtest.Shared

// withDatabase gives the service of a story a database of its own, made by its file schema.sql.
func (s *stage) withDatabase(t testing.TB, schema string) error {
	pg := postgres.Get(t)
	name := pg.Database(t, fmt.Sprintf("story_%d", s.shop.port))
	pg.Exec(t, "app", name, schema)
	s.sql = func(text string) { pg.Exec(t, "app", name, text) }
	s.secret = append(s.secret, pg.Password())
	s.database = "\n  database: {url_file: secrets/app.url, read_url_file: secrets/read.url}"
	secrets := filepath.Join(s.dir, "secrets")
	return errors.Join(
		os.WriteFile(filepath.Join(secrets, "app.url"), []byte(pg.URL("app", name)), 0o600),
		os.WriteFile(filepath.Join(secrets, "read.url"), []byte(pg.URL("ops_read", name)), 0o600))
}

// withBackups gives it a place for backups, too, and the roles that make and load them.
func (s *stage) withBackups(t testing.TB, schema string) error {
	if err := s.withDatabase(t, schema); err != nil {
		return err
	}
	pg := postgres.Get(t)
	name := fmt.Sprintf("story_%d", s.shop.port)
	pg.Roles(t, name)
	s.superSQL = func(text string) { pg.Exec(t, "postgres", name, text) }
	s.ask = func(query string) string { return pg.Query(t, name, query) }
	s.dump = func(file string, args ...string) error {
		return pgDump(pg, name, filepath.Join(s.shop.dir, "backups", "daily", file), args)
	}
	t.Cleanup(func() { dropBeside(t, pg, name) })
	s.move = func() error {
		other := pg.Database(t, name+"_moved")
		pg.Exec(t, "app", other, schema)
		pg.Roles(t, other)
		return errors.Join(os.WriteFile(filepath.Join(s.dir, "secrets", "read.url"), []byte(pg.URL("ops_read", other)), 0o600),
			os.WriteFile(filepath.Join(s.dir, "secrets", "app.url"), []byte(pg.URL("app", other)), 0o600))
	}
	return s.reaches(pg, name)
}

// reaches has the config say how the service, the roles that make and load backups, and the one that reads reach a database.
func (s *stage) reaches(pg *pgtest.Server, name string) error {
	s.secret = append(s.secret, pg.Password())
	s.database = fmt.Sprintf("\n  database: {url_file: secrets/app.url, read_url_file: secrets/read.url, admin_url_file: secrets/admin.url, load_url_file: secrets/load.url, tools: %s}"+
		"\n  backups: {daily: shop/backups/daily, safety: shop/backups/safety, max_age: 3650d, verify: {decode: never, restore: never}}", pg.Bin())
	secrets := filepath.Join(s.dir, "secrets")
	return errors.Join(
		os.MkdirAll(filepath.Join(s.shop.dir, "backups", "daily"), 0o700), os.MkdirAll(filepath.Join(s.shop.dir, "backups", "safety"), 0o700),
		os.WriteFile(filepath.Join(secrets, "app.url"), []byte(pg.URL("app", name)), 0o600),
		os.WriteFile(filepath.Join(secrets, "read.url"), []byte(pg.URL("ops_read", name)), 0o600),
		os.WriteFile(filepath.Join(secrets, "admin.url"), []byte(pg.URL("ops_restore", "postgres")), 0o600),
		os.WriteFile(filepath.Join(secrets, "load.url"), []byte(pg.URL("ops_load", "postgres")), 0o600))
}

// pgDump is a backup that somebody else makes.
func pgDump(pg *pgtest.Server, name, file string, args []string) error {
	c := exec.Command(filepath.Join(pg.Bin(), "pg_dump"), append(args, "-d", pg.URL("postgres", name), "-f", file)...)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("pg_dump: %w: %s", err, out)
	}
	made := time.Now().Add(-time.Hour) // one that was written to a moment ago may not be finished
	return os.Chtimes(file, made, made)
}

// dropBeside drops what a story left beside its database.
func dropBeside(t testing.TB, pg *pgtest.Server, name string) {
	for {
		left := pg.Query(t, "postgres", fmt.Sprintf("SELECT coalesce(min(datname), '') FROM pg_database WHERE datname ~ '^%s__'", name))
		if left == "" {
			return
		}
		pg.Exec(t, "postgres", "postgres", "DROP DATABASE "+left+" WITH (FORCE)")
	}
}

// aboutDatabase is what the service's database is told behind our back.
var aboutDatabase = []phrase{
	{words: "runs", do: func(s *stage, rest []string) error { s.sql(rest[0]); return nil }},
	{words: "superuser runs", do: func(s *stage, rest []string) error { s.superSQL(rest[0]); return nil }},
	// gives QUERY VALUE
	{words: "gives", do: func(s *stage, rest []string) error {
		if got := s.ask(rest[0]); got != rest[1] {
			return fmt.Errorf("%s gives %q, want %q", rest[0], got, rest[1])
		}
		return nil
	}},
	// moves: the service's address leads to another one from now on; whoever reads addresses at the start only starts again
	{words: "moves", do: func(s *stage, _ []string) error { return errors.Join(s.stop(), s.move(), s.start()) }},
	// is dumped into FILE [pg_dump's arguments]: by somebody else
	{words: "is dumped into", do: func(s *stage, rest []string) error { return s.dump(rest[0], rest[1:]...) }},
}

// opening is: chat, or: chat in a basic group, in a topic, with a database, with backups, with queues. What the story's file config.yaml says is added to the config.
func opening(ts *testscript.TestScript, neg bool, args []string) {
	admin := adminChat
	if strings.Join(args, " ") == "in a basic group" {
		admin = basicChat
	}
	s, err := newStage(ts.Getenv("WORK"), admin)
	ts.Check(err)
	if strings.Join(args, " ") == "in a topic" {
		s.topic = homeTopic
		s.tg.AddTopic(admin, homeTopic)
		ts.Check(s.writeConfig())
	}
	sc, _ := ts.Value("scene").(*scene)
	sc.stage = s
	if strings.Join(args, " ") == "with a database and backups" { // and without the roles that make and load copies
		ts.Check(s.withBackups(sc.t, ts.ReadFile("schema.sql")))
		s.database = strings.Replace(s.database, ", admin_url_file: secrets/admin.url, load_url_file: secrets/load.url", "", 1)
		ts.Check(s.writeConfig())
	}
	if how := strings.Join(args, " "); how == "with backups" || how == "with queues" {
		ts.Check(s.withBackups(sc.t, ts.ReadFile("schema.sql")))
		if how == "with queues" {
			ts.Check(s.withQueues(sc.t))
		}
		if _, err := os.Stat(ts.MkAbs("service.yaml")); err == nil { // more of the config's service
			s.database += "\n" + strings.TrimSuffix(ts.ReadFile("service.yaml"), "\n")
		}
		ts.Check(s.writeConfig())
	}
	if strings.Join(args, " ") == "with code" {
		s.database = "\n" + strings.TrimSuffix(ts.ReadFile("service.yaml"), "\n")
		ts.Check(s.writeConfig())
	}
	if strings.Join(args, " ") == "with users" {
		ts.Check(s.withBackups(sc.t, ts.ReadFile("schema.sql")))
		more := ""
		if _, err := os.Stat(ts.MkAbs("notices.yaml")); err == nil {
			more = ts.ReadFile("notices.yaml")
		}
		ts.Check(s.withUsers(sc.t, more))
		ts.Check(s.writeConfig())
	}
	if strings.Join(args, " ") == "with a database" {
		ts.Check(s.withDatabase(sc.t, ts.ReadFile("schema.sql")))
		ts.Check(s.writeConfig())
	}
	ts.Setenv("KEY", s.secret[2])
	if _, err := os.Stat(ts.MkAbs("config.yaml")); err == nil {
		s.extra = ts.ReadFile("config.yaml")
		ts.Check(s.writeConfig())
	}
}

// exits runs a program and wants an exit code of it: exits 1 twokey check -c broken.yaml. What it printed can be looked at
// with stdout and stderr.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if want, err := strconv.Atoi(args[0]); err != nil || code != want {
		ts.Fatalf("it ended with %d, not %s", code, args[0])
	}
}

// phrase is one way a sentence may go on: words that must stand there, and what they do with the rest.
type phrase struct {
	words string
	do    func(s *stage, rest []string) error
	not   func(s *stage, rest []string) error // what it does behind a "!"; nil: it cannot stand there
}

// sentence is a command whose lines begin with the words of one of the table's; the longest wins.
func sentence(table []phrase) func(*testscript.TestScript, bool, []string) {
	slices.SortFunc(table, func(a, b phrase) int { return len(b.words) - len(a.words) })
	return func(ts *testscript.TestScript, neg bool, args []string) {
		s := on(ts)
		for _, l := range table {
			words := strings.Fields(l.words)
			if len(args) < len(words) || !slices.Equal(words, args[:len(words)]) {
				continue
			}
			do := l.do
			if neg {
				do = l.not
			}
			if do == nil {
				ts.Fatalf("%q cannot be said with or without a !", l.words)
			}
			ts.Check(do(s, args[len(words):]))
			return
		}
		ts.Fatalf("what is %q?", args)
	}
}

// person is what people do.
func person(who string) func(*testscript.TestScript, bool, []string) {
	return sentence([]phrase{
		{words: "says", do: func(s *stage, rest []string) error { s.says(who, rest); return nil }},
		{words: "taps", do: func(s *stage, rest []string) error { return s.tapBy(s.admin, rest[0], who) }},
		{words: "taps twice", do: func(s *stage, rest []string) error { return s.tapBy(s.admin, rest[0], who, who) }},
		{words: "and bob tap at once", do: func(s *stage, rest []string) error { return s.tapBy(s.admin, rest[0], who, "bob") }},
		{words: "and cid tap at once", do: func(s *stage, rest []string) error { return s.tapBy(s.admin, rest[0], who, "cid") }},
		{words: "taps privately", do: func(s *stage, rest []string) error { return s.tapBy(accounts[who], rest[0], who) }},
		// The button as it was when it was last pressed, on a card that may not have it any more.
		{words: "taps the old button", do: func(s *stage, rest []string) error { s.presses(who, s.last); return nil }},
		// A strange client can send what no button says.
		{words: "sends made-up data", do: func(s *stage, rest []string) error {
			shown := s.tg.Messages(s.admin)
			s.presses(who, tap{s.admin, shown[len(shown)-1].ID, rest[0]})
			return nil
		}},
		{words: "chats", do: func(s *stage, rest []string) error { return s.chats(who, rest) }},
		{words: "has pinned", do: func(s *stage, rest []string) error { return s.hasPinned(who, rest...) }},
		{words: "has nothing pinned", do: func(s *stage, _ []string) error { return s.hasNothingPinned(who) }},
		{words: "keeps what is pinned in", do: func(s *stage, rest []string) error { return s.keepPinned(who, rest[0]) }},
		{words: "pins", do: func(s *stage, rest []string) error { s.pinsOwn(who, rest[0]); return nil }},
		// A reply to the newest message of the admin chat that has the first text: ann replies 'pressed panic' 'double payments'.
		{words: "replies to", do: func(s *stage, rest []string) error { return s.replies(who, rest[0], rest[1]) }},
		{words: "blocks the bot", do: func(s *stage, _ []string) error { s.tg.Block(accounts[who]); return nil }},
		{words: "unblocks the bot", do: func(s *stage, _ []string) error { s.tg.Unblock(accounts[who]); return nil }},
		{words: "becomes an administrator", do: func(s *stage, _ []string) error { s.tg.SetMember(s.admin, accounts[who], "administrator"); return nil }},
		{words: "leaves", do: func(s *stage, _ []string) error { s.tg.SetMember(s.admin, accounts[who], "left"); return nil }},
		{words: "is told", do: func(s *stage, rest []string) error { return s.told(who, rest[0]) }},
		{words: "is told nothing", do: func(s *stage, rest []string) error { return s.told(who, "") }},
	})
}

func (s *stage) tapBy(chat int64, label string, who ...string) error {
	t, err := s.button(chat, label)
	if err != nil {
		return err
	}
	for _, w := range who {
		s.presses(w, t)
	}
	return nil
}

// aboutBot is what the program does, as a process and in the chat.
var aboutBot = append(toPeople(), []phrase{
	{words: "starts", do: func(s *stage, _ []string) error { return s.start() }},
	{words: "stops", do: func(s *stage, _ []string) error { return s.stop() }},
	{words: "starts and is killed after entry", do: func(s *stage, rest []string) error { return s.start("TWOKEY_CRASH=after:" + rest[0]) }},
	// starts later 17m: its clock is ahead by that, as after a night without it
	{words: "starts later", do: func(s *stage, rest []string) error { return s.start("TWOKEY_CLOCK=" + rest[0]) }},
	{words: "has died", do: func(s *stage, _ []string) error { return s.bot.ended() }},
	{words: "starts and accepts the fork", do: func(s *stage, _ []string) error { return s.startAccepting() }},
	{words: "is told to stop", do: func(s *stage, _ []string) error { return s.bot.signal(syscall.SIGTERM) }},
	{words: "has stopped", do: func(s *stage, _ []string) error { return s.stopped() }},
	{words: "is killed", do: func(s *stage, _ []string) error { return s.kill() }},
	{words: "logs", do: func(s *stage, rest []string) error { return s.bot.logs(rest[0]) },
		not: func(s *stage, rest []string) error {
			if _, has := s.bot.log.look(rest[0]); has {
				return fmt.Errorf("the log has it:\n%s", s.bot.log)
			}
			return nil
		}},
	// The first life goes on, and the second one must say why there is none.
	{words: "cannot start again", do: func(s *stage, rest []string) error {
		out, code := s.run("run", "-c", s.config())
		if code != 1 || !containsAll(out, rest) {
			return fmt.Errorf("it ended with %d: %s", code, out)
		}
		return nil
	}},
	{words: "has heard everybody", do: func(s *stage, _ []string) error { return s.heard() }},
	{words: "tells", do: func(s *stage, rest []string) error { return s.tells(s.admin, rest...) },
		not: func(s *stage, rest []string) error {
			if s.shows(s.admin, rest...) {
				return fmt.Errorf("it does:\n%s", s.show(s.admin))
			}
			return nil
		}},
	{words: "sends ann a document", do: func(s *stage, rest []string) error { return s.document(accounts["ann"], rest) }},
	{words: "sends bob a document", do: func(s *stage, rest []string) error { return s.document(accounts["bob"], rest) }},
	{words: "shows a picture", do: func(s *stage, rest []string) error { return s.showsPicture(rest[0]) }},
	{words: "sends a document", do: func(s *stage, rest []string) error { return s.document(s.admin, rest) },
		not: func(s *stage, rest []string) error {
			if s.hasDocument(s.admin, rest) {
				return fmt.Errorf("a document contains %q", rest)
			}
			return nil
		}},
	{words: "is silent", do: func(s *stage, _ []string) error { return s.silent(s.admin) }},
	{words: "is silent to eve", do: func(s *stage, _ []string) error { return s.silent(accounts["eve"]) }},
}...)

// document waits for a document in a chat that contains all the texts.
func (s *stage) document(chat int64, texts []string) error {
	return s.wait(fmt.Sprintf("no document contains %q", texts), func() bool { return s.hasDocument(chat, texts) })
}

func (s *stage) hasDocument(chat int64, texts []string) bool {
	return slices.ContainsFunc(s.tg.Messages(chat), func(m fakebot.Message) bool {
		return m.Document != nil && containsAll(string(m.Document.Bytes), texts)
	})
}

// silent says that a chat shows nothing of the bot's, once it is through with all it heard. What it answers goes out in
// the order it came, a few at a time: so somebody else's answer has to be there.
func (s *stage) silent(chat int64) error {
	s.says("cid", []string{"privately", "/id"})
	err := errors.Join(s.heard(), s.tells(accounts["cid"], "You are cid"))
	if err == nil && len(s.tg.Messages(chat)) > 0 {
		err = fmt.Errorf("it said:\n%s", s.show(chat))
	}
	return err
}

var aboutCard = append(aboutPins(), []phrase{
	{words: "went", do: func(s *stage, rest []string) error { return s.went(rest...) }},
}...)

// aboutService is what the service does, seen from outside, and how it behaves.
var aboutService = []phrase{
	{words: "is up", do: func(s *stage, _ []string) error { return until("the service is up", s.shop.up) }},
	{words: "is down", do: func(s *stage, _ []string) error {
		return until("the service is down", func() bool { return !s.shop.up() })
	}},
	{words: "hangs at", do: func(s *stage, rest []string) error { return s.shop.set("hold-" + rest[0]) }},
	{words: "goes on", do: func(s *stage, _ []string) error {
		return errors.Join(s.shop.unset("hold-stop"), s.shop.unset("hold-start"))
	}},
	// deaf: see testdata/svc.
	{words: "is", do: func(s *stage, rest []string) error { return s.shop.set(rest[0]) }},
	{words: "is restarted by hand", do: func(s *stage, rest []string) error { s.shop.end(); return s.shop.begin() }},
	{words: "has begun to", do: func(s *stage, rest []string) error {
		return until("the service has begun to "+rest[0], func() bool { return s.shop.count(rest[0]) > 0 })
	}},
}

// aboutRuns compares what was asked of the service so far, in order.
var aboutRuns = []phrase{
	{words: "", do: func(s *stage, rest []string) error {
		if got := s.shop.ran(); !slices.Equal(got, rest) {
			return fmt.Errorf("ran %v, not %v", got, rest)
		}
		return nil
	}},
}

var aboutNothing = []phrase{
	{words: "ran", do: func(s *stage, _ []string) error {
		if got := s.shop.ran(); len(got) > 0 {
			return fmt.Errorf("ran: %v", got)
		}
		return nil
	}},
	{words: "is left running", do: func(s *stage, _ []string) error { return s.shop.nothingLeft() }},
}

// aboutConfig changes the config: it says what the stories' always says, and a file of the story.
var aboutConfig = []phrase{
	{words: "also says", do: func(s *stage, rest []string) error {
		more, err := os.ReadFile(filepath.Join(s.dir, rest[0]))
		s.extra = string(more)
		return errors.Join(err, s.writeConfig())
	}},
}

var aboutJournal = []phrase{
	{words: "verifies", do: func(s *stage, _ []string) error {
		out, code := s.run("journal", "verify", "-c", s.config())
		if code != 0 || !strings.HasPrefix(out, "whole: ") {
			return fmt.Errorf("it ended with %d: %s", code, out)
		}
		return nil
	}},
	{words: "shows", do: func(s *stage, rest []string) error {
		return until(fmt.Sprintf("the journal shows %q", rest), func() bool { return s.journalShows(rest) })
	}, not: func(s *stage, rest []string) error {
		if s.journalShows(rest) {
			return errors.New("it does")
		}
		return nil
	}},
	// While the bot does not run.
	{words: "is put aside", do: func(s *stage, _ []string) error { return s.putAside() }},
	{words: "is put back", do: func(s *stage, _ []string) error { return s.putBack() }},
	// A copy that somebody with a database tool has been at.
	{words: "is copied to", do: func(s *stage, rest []string) error {
		return forge(s.journal(), filepath.Join(s.dir, rest[0]), rest[len(rest)-1])
	}},
	// Another program keeps the file locked, so nothing can be appended, until it lets go.
	{words: "is locked by another program", do: func(s *stage, _ []string) error { return s.shop.lockJournal(s.journal()) }},
	{words: "is free again", do: func(s *stage, _ []string) error { return s.shop.unlock() }},
}

// journalShows says whether an entry of that kind has all the texts.
func (s *stage) journalShows(want []string) bool {
	out, code := s.run("journal", "show", "-c", s.config(), "--kind", want[0])
	return code == 0 && slices.ContainsFunc(strings.Split(out, "\n"), func(l string) bool { return l != "" && containsAll(l, want[1:]) })
}

// forge copies a journal, takes off what keeps accidents away, and changes the copy.
func forge(from, to, change string) error {
	db, err := sql.Open("sqlite", "file:"+from)
	if err != nil {
		return err
	}
	_, err = db.Exec("VACUUM INTO ?", to)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	db, err = sql.Open("sqlite", "file:"+to)
	if err != nil {
		return err
	}
	_, err = db.Exec("DROP TRIGGER entry_stays; DROP TRIGGER entry_remains; DROP TRIGGER entry_follows; " + change)
	return errors.Join(err, db.Close())
}

func (s *shop) lockJournal(path string) error {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	s.unlock = db.Close
	_, err = db.Exec("BEGIN IMMEDIATE")
	return err
}

// aboutDisk fills the disk: no file of the program can grow. (A real small file system would need more rights than tests have.)
var aboutDisk = []phrase{
	{words: "is full", do: func(s *stage, _ []string) error { return s.mayGrowTo(4096) }},
	{words: "has room", do: func(s *stage, _ []string) error { return s.mayGrowTo(unix.RLIM_INFINITY) }},
}

func (s *stage) mayGrowTo(size uint64) error {
	return unix.Prlimit(s.bot.cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}, nil)
}

var aboutTelegram = []phrase{
	{words: "does not say what is pinned", do: func(s *stage, _ []string) error {
		s.hush = s.tg.Fail(fakebot.Fault{Method: "getChat", Kind: fakebot.Hang, N: -1})
		return nil
	}},
	{words: "says what is pinned again", do: func(s *stage, _ []string) error { s.hush(); return nil }},
	{words: "does not let the shop in", do: func(s *stage, _ []string) error { return s.letsShopIn(false) }},
	{words: "lets the shop in", do: func(s *stage, _ []string) error { return s.letsShopIn(true) }},
	{words: "goes down", do: func(s *stage, _ []string) error { s.tg.Down(); return nil }},
	{words: "comes back", do: func(s *stage, _ []string) error { return s.tg.Up() }},
	{words: "deletes topic", do: func(s *stage, rest []string) error {
		topic, err := strconv.Atoi(rest[0])
		s.tg.DeleteTopic(s.admin, topic)
		return err
	}},
	{words: "makes the group a supergroup", do: func(s *stage, _ []string) error {
		s.tg.Upgrade(basicChat, adminChat)
		s.admin = adminChat
		return nil
	}},
	{words: "is polled by another program", do: func(s *stage, _ []string) error {
		if err := s.wait("the bot does not poll", s.tg.Polling); err != nil {
			return err
		}
		resp, err := http.Get(s.tg.URL() + "/bot" + s.tg.Token() + "/getUpdates?timeout=0&offset=" + strconv.FormatInt(s.tg.Offset(), 10))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}},
}
