package delivery_test

import (
	"bytes"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bufio"

	"github.com/google/go-cmp/cmp"

	"twokey/bot/broadcast/delivery"
	"twokey/bot/telegram"
	"twokey/bot/telegram/fakebot"
	"twokey/internal/secret"
)

var rounds = flag.Int("rounds", 1, "how often the crash tests are repeated")

// world is a Bot API server that keeps Telegram's limits, users, a ledger and a sender.
type world struct {
	t      testing.TB
	fake   *fakebot.Server
	net    *network
	path   string
	ledger *delivery.Ledger
	sender *delivery.Sender
	told   []delivery.Progress
	copies int // of the audience
}

// bubble runs a test in virtual time: the clock of the server, of the sender and of the network between them moves only when
// all of them wait. What takes no time there takes none here, so a rate is exact.
func bubble(t *testing.T, body func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		fake := fakebot.New(fakebot.Config{})
		fake.Limits(true)
		w := newWorld(t, fake, memory(t))
		w.net = &network{server: fake.Handler(), answers: 80 * time.Millisecond}
		w.sender.Client = w.client(telegram.Config{HTTP: &http.Client{Transport: w.net}})
		body(w)
	})
}

// paces runs a test in two bubbles: with a ledger that takes no time, so that every message leaves as soon as it is claimed,
// and with a slow one, where it is claimed ahead and waits for its moment.
func paces(t *testing.T, body func(t *testing.T, w *world)) {
	for say, every := range map[string]time.Duration{"a quick ledger": 0, "a slow ledger": 20 * time.Millisecond} {
		t.Run(say, func(t *testing.T) {
			bubble(t, func(w *world) {
				w.sender.Now = func() time.Time { // a turn looks at the clock before and after
					time.Sleep(every)
					return time.Now()
				}
				body(t, w)
			})
		})
	}
}

// memory is a folder that is not on a disk, if there is such a thing: in virtual time, the disk need not take any either.
func memory(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "delivery")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func newWorld(t testing.TB, fake *fakebot.Server, dir string) *world {
	t.Helper()
	w := &world{t: t, fake: fake, path: filepath.Join(dir, "notices.db")}
	w.open()
	w.sender = &delivery.Sender{Ledger: w.ledger, Report: func(err error) { t.Errorf("reported: %v", err) }}
	t.Cleanup(func() {
		if err := w.ledger.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		fake.Close()
	})
	return w
}

func (w *world) open() {
	w.t.Helper()
	var err error
	w.ledger, err = delivery.Open(w.path)
	w.must(err)
}

// reopen is the next life of the program.
func (w *world) reopen() {
	w.t.Helper()
	w.must(w.ledger.Close())
	w.open()
	w.sender.Ledger = w.ledger
	w.must(w.ledger.Recover(w.t.Context()))
}

// change does to the ledger what only a crash, or another program, could.
func (w *world) change(text string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", w.path)
	w.must(err)
	_, err = db.Exec(text)
	w.must(errors.Join(err, db.Close()))
}

func (w *world) client(cfg telegram.Config) *telegram.Client {
	w.t.Helper()
	cfg.Token = secret.New(w.fake.Token())
	c, err := telegram.New(cfg)
	w.must(err)
	return c
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) wants(what string, got, want any) {
	w.t.Helper()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(line{})); diff != "" {
		w.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// people are users 1 to n who have started the bot, of whom some speak Russian; the file is a copy of all of them.
func (w *world) people(n int) (audience string) {
	w.t.Helper()
	for id := range int64(n) {
		w.fake.AddUser(fakebot.User{ID: id + 1, Started: true})
	}
	return w.audience(1, int64(n))
}

// audience writes a copy that has the users from one to another.
func (w *world) audience(from, to int64) string {
	w.t.Helper()
	w.copies++
	path := filepath.Join(filepath.Dir(w.path), fmt.Sprint("audience", w.copies, ".db"))
	w.must(writeAudience(path, from, to))
	return path
}

func writeAudience(path string, from, to int64) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	_, err = db.Exec(`CREATE TABLE person (id INTEGER PRIMARY KEY, lang TEXT NOT NULL);
		WITH RECURSIVE n(id) AS (SELECT ?1 UNION ALL SELECT id + 1 FROM n WHERE id < ?2)
		INSERT INTO person SELECT id, CASE id % 10 WHEN 0 THEN 'ru' WHEN 1 THEN 'pt-br' WHEN 2 THEN '' ELSE 'en' END FROM n`, from, to)
	return errors.Join(err, db.Close())
}

// job is a send to an audience, by the right bot.
func (w *world) job(id uint64, audience string) delivery.Job {
	return jobOf(id, audience, w.fake.BotID())
}

func jobOf(id uint64, audience string, bot int64) delivery.Job {
	return delivery.Job{ID: id, Op: delivery.OpSend, Audience: audience, Bot: bot, Default: "en",
		Texts: map[string]string{"en": "<b>Maintenance</b> tonight", "ru": "Ночью работы", "pt": "Manutenção"}}
}

func (w *world) prepare(j delivery.Job) {
	w.t.Helper()
	_, err := w.ledger.Prepare(w.t.Context(), j)
	w.must(err)
}

// send prepares and sends a job.
func (w *world) send(j delivery.Job) error {
	w.t.Helper()
	w.prepare(j)
	return w.sender.Send(w.t.Context(), j, func(p delivery.Progress) { w.told = append(w.told, p) })
}

func (w *world) totals(id uint64) delivery.Totals {
	w.t.Helper()
	t, err := w.ledger.Totals(w.t.Context(), id)
	w.must(err)
	return t
}

// line is a recipient as List gives it.
type line struct {
	lang, state, why string
	message          int
}

func (w *world) list(id uint64) map[int64]line {
	w.t.Helper()
	var out bytes.Buffer
	w.must(w.ledger.List(w.t.Context(), id, &out))
	return w.lines(out.String())
}

func (w *world) lines(text string) map[int64]line {
	w.t.Helper()
	all := map[int64]line{}
	for row := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimSpace(row), ",", 6)
		user, err := strconv.ParseInt(f[0], 10, 64)
		if err != nil {
			continue // the heading
		}
		message, _ := strconv.Atoi(f[3])
		all[user] = line{lang: f[1], state: f[2], message: message, why: f[5]}
	}
	return all
}

// refused counts the calls that met a rate limit.
func (w *world) refused() (n int) {
	for _, c := range w.fake.Calls() {
		if c.Code == 429 {
			n++
		}
	}
	return n
}

// once holds the ledger of a send against the chats: sent is one message with that id, unknown at most one, and all others
// none.
func (w *world) once(id uint64) {
	w.t.Helper()
	for _, wrong := range w.twice(id) {
		w.t.Error(wrong)
	}
}

func (w *world) twice(id uint64) (wrong []string) {
	w.t.Helper()
	lines := w.list(id)
	for user, l := range lines {
		got := w.fake.Messages(user)
		ok := len(got) == 0
		switch l.state {
		case "sent":
			ok = len(got) == 1 && got[0].ID == l.message
		case "unknown", "sending":
			ok = len(got) <= 1
		}
		if !ok {
			wrong = append(wrong, fmt.Sprintf("user %d is %+v and has %d messages", user, l, len(got)))
		}
	}
	if diff := cmp.Diff(w.counted(id), w.totals(id)); diff != "" {
		wrong = append(wrong, "rows and totals (-rows +totals):\n"+diff)
	}
	return wrong
}

// counted is what the totals should be.
func (w *world) counted(id uint64) delivery.Totals {
	w.t.Helper()
	lines, n := w.list(id), map[string]int{}
	for _, l := range lines {
		n[l.state]++
	}
	return delivery.Totals{Total: len(lines), Queued: n["queued"], Sending: n["sending"], Sent: n["sent"], Blocked: n["blocked"], Gone: n["gone"],
		Failed: n["failed"], Late: n["late"], Unknown: n["unknown"], Skipped: n["skipped"], Cancelled: n["cancelled"], Prepared: w.totals(id).Prepared}
}

// network is the way to a server in this process. It takes no time to get there, and some until the answer is back.
type network struct {
	server  http.Handler
	answers time.Duration // up to twice that
	mu      sync.Mutex
	down    bool
}

func (n *network) cut(down bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = down
}

var errDown = errors.New("connection refused")

// RoundTrip is http.RoundTripper.
func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	down := n.down
	n.mu.Unlock()
	if down {
		return nil, errDown
	}
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil {
		trace.GotConn(httptrace.GotConnInfo{})
		trace.WroteHeaders()
	}
	a := &reply{header: http.Header{}, status: 200}
	n.server.ServeHTTP(a, r)
	select {
	case <-time.After(time.Duration((0.5 + rand.Float64()) * float64(n.answers))):
	case <-r.Context().Done():
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return a.response(r)
}

// reply is an answer on its way back.
type reply struct {
	header http.Header
	status int
	body   bytes.Buffer
	cut    bool
}

func (a *reply) Header() http.Header         { return a.header }
func (a *reply) Write(p []byte) (int, error) { return a.body.Write(p) }
func (a *reply) WriteHeader(status int)      { a.status = status }
func (a *reply) FlushError() error           { return nil }

// Hijack is how the server cuts a connection.
func (a *reply) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	a.cut = true
	one, other := net.Pipe()
	other.Close()
	return one, nil, nil
}

func (a *reply) response(r *http.Request) (*http.Response, error) {
	body := io.Reader(&a.body)
	if a.cut && a.body.Len() == 0 {
		return nil, io.EOF
	} else if a.cut {
		body = io.MultiReader(body, broken{})
	}
	return &http.Response{StatusCode: a.status, Status: fmt.Sprint(a.status), Header: a.header, Body: io.NopCloser(body), Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: -1}, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
