package delivery_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"twokey/bot/broadcast/delivery"
	"twokey/bot/telegram"
	"twokey/bot/telegram/fakebot"
	"twokey/internal/secret"
)

// fast is a clock that runs many times as fast as the real one.
type fast struct {
	since time.Time
	by    int
}

func (f fast) now() time.Time                         { return f.since.Add(time.Since(f.since) * time.Duration(f.by)) }
func (f fast) after(d time.Duration) <-chan time.Time { return time.After(d / time.Duration(f.by)) }
func (f fast) sender(l *delivery.Ledger) *delivery.Sender {
	return &delivery.Sender{Ledger: l, Now: f.now, After: f.after}
}

const times = 50

// lifeEnv says to be a program that sends one job, and not a test: ledger, audience, server, token.
var lifeEnv = []string{"LIFE_LEDGER", "LIFE_AUDIENCE", "LIFE_API", "LIFE_TOKEN"}

func TestMain(m *testing.M) {
	if os.Getenv(lifeEnv[0]) == "" {
		os.Exit(m.Run())
	}
	if err := live(context.Background(), os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// live is one life of the program.
func live(ctx context.Context, env func(string) string) error {
	l, err := delivery.Open(env(lifeEnv[0]))
	if err != nil {
		return err
	}
	if err := l.Recover(ctx); err != nil {
		return err
	}
	c, err := telegram.New(telegram.Config{Token: secret.New(env(lifeEnv[3])), API: env(lifeEnv[2])})
	if err != nil {
		return err
	}
	j := jobOf(1, env(lifeEnv[1]), c.BotID())
	if _, err := l.Prepare(ctx, j); err != nil {
		return err
	}
	s := fast{time.Now(), times}.sender(l)
	s.Client, s.Report = c, func(err error) { fmt.Fprintln(os.Stderr, err) }
	if err := s.Send(ctx, j, nil); err != nil {
		return err
	}
	return l.Close()
}

// process is one life, running.
type process struct {
	cmd  *exec.Cmd
	said bytes.Buffer
	done chan struct{} // closed when it has ended
}

func (w *world) live(audience string) *process {
	w.t.Helper()
	p := &process{cmd: exec.Command(os.Args[0]), done: make(chan struct{})}
	for i, v := range []string{w.path, audience, w.fake.URL(), w.fake.Token()} {
		p.cmd.Env = append(p.cmd.Env, lifeEnv[i]+"="+v)
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.said, &p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // Pdeathsig fires when the thread ends that forked
		defer runtime.UnlockOSThread()
		defer close(p.done)
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // its state says how it went
		}
	}()
	w.must(<-started)
	return p
}

// killed ends a life by SIGKILL: at a message, or some time after it began. It says whether there was anything to kill.
func (w *world) killed(p *process) bool {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	go func() { // whoever waits, waits no longer when it has ended
		<-p.done
		cancel()
	}()
	if rand.IntN(4) == 0 {
		select {
		case <-time.After(time.Duration(rand.IntN(100)) * time.Millisecond):
		case <-p.done:
		}
	} else {
		at := len(w.fake.Calls()) + rand.IntN(600)
		_ = w.fake.Wait(ctx, func() bool { return len(w.fake.CallsAfter(at)) > 0 })
	}
	_ = p.cmd.Process.Kill()
	<-p.done
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !p.cmd.ProcessState.Success() && !(ok && status.Signal() == syscall.SIGKILL) {
		w.t.Fatalf("it ended by itself (%s): %s", p.cmd.ProcessState, &p.said)
	}
	return ok && status.Signaled()
}

// lost is how many were under way at the kills so far. It reads what a next life would.
func (w *world) lost() int {
	w.t.Helper()
	w.open()
	defer func() { w.must(w.ledger.Close()) }()
	t := w.totals(1)
	return t.Sending + t.Unknown
}

// TestKill kills the real program by SIGKILL at random moments of 2 000 deliveries and starts it again. Nobody gets it twice;
// who may have missed it is listed as unknown, and that is no more than what was under way at the kills.
func TestKill(t *testing.T) {
	for round := range *rounds {
		t.Run(fmt.Sprint("round ", round+1), func(t *testing.T) {
			t.Parallel()
			clock := fast{time.Now(), times}
			fake := fakebot.Start(fakebot.Config{Now: clock.now})
			fake.Limits(true)
			w := newWorld(t, fake, t.TempDir())
			w.must(w.ledger.Close()) // it is the others'
			killedOften(w)
			w.open() // to be closed
		})
	}
}

func killedOften(w *world) {
	const all, blocked, gone = 2000, 100, 40
	people := w.people(all)
	for id := range int64(blocked) {
		w.fake.Block(20*id + 1)
	}
	for id := range int64(gone) {
		w.fake.Deactivate(50*id + 10)
	}
	inFlight, kills := 0, 0
	for range 4 {
		if !w.killed(w.live(people)) {
			continue
		}
		n := w.lost()
		if n-inFlight > 32 {
			w.t.Errorf("%d were under way, with 32 workers", n-inFlight)
		}
		inFlight = n
		kills++
	}
	last := w.live(people)
	<-last.done
	if !last.cmd.ProcessState.Success() {
		w.t.Fatalf("the last life (%s): %s", last.cmd.ProcessState, &last.said)
	}
	w.open()
	defer func() { w.must(w.ledger.Close()) }()
	w.once(1)
	got, missed := w.totals(1), 0
	for user, l := range w.list(1) {
		if n := len(w.fake.Messages(user)); n == 0 && l.state == "unknown" && user%20 != 1 && user%50 != 10 {
			missed++
		}
	}
	if !got.Over() || got.Total != all || got.Unknown != inFlight || got.Sent+got.Unknown+got.Blocked+got.Gone != all {
		w.t.Errorf("after %d kills with %d under way: %+v", kills, inFlight, got)
	}
	w.t.Logf("%d kills, %d under way at them: %d of these missed it, %d got it and are unknown; %d rate limits", kills, inFlight, missed, got.Unknown-missed, w.refused())
}

// TestChaosHundredThousand sends to 100 000 in virtual time: an hour in which no limit is met and nobody is left out.
func TestChaosHundredThousand(t *testing.T) {
	if *rounds < 2 {
		t.Skip("takes a minute and more: for make chaos")
	}
	bubble(t, func(w *world) {
		began := time.Now()
		w.must(w.send(w.job(1, w.people(100_000))))
		w.wants("totals", w.totals(1), delivery.Totals{Total: 100_000, Sent: 100_000, Prepared: true})
		w.once(1)
		w.wants("rate limits met", w.refused(), 0)
		if perSecond := 100_000 / time.Since(began).Seconds(); perSecond < 28.5 {
			t.Errorf("%.1f a second", perSecond)
		}
	})
}

// TestChaosFiftyTimesAsFast sends to 100 000 over real connections, with the limits, the clock and the rate times fifty. What
// is a moment for the machine is a second for the limits then, so some are met: a storm that ends well.
func TestChaosFiftyTimesAsFast(t *testing.T) {
	if *rounds < 2 {
		t.Skip("takes a minute and more: for make chaos")
	}
	clock := fast{time.Now(), times}
	fake := fakebot.Start(fakebot.Config{Now: clock.now})
	fake.Limits(true)
	w := newWorld(t, fake, t.TempDir())
	w.sender = clock.sender(w.ledger)
	w.sender.Client = w.client(telegram.Config{API: fake.URL()})
	w.must(w.send(w.job(1, w.people(100_000))))
	w.wants("totals", w.totals(1), delivery.Totals{Total: 100_000, Sent: 100_000, Prepared: true})
	w.once(1)
	t.Logf("%d rate limits met", w.refused())
}

// TestInRealTime sends to 1 500 as fast as they may be sent to, over real connections, with the real clock.
func TestInRealTime(t *testing.T) {
	t.Parallel()
	const all, blocked, gone = 1500, 75, 30
	fake := fakebot.Start(fakebot.Config{})
	fake.Limits(true)
	w := newWorld(t, fake, t.TempDir())
	w.sender.Client = w.client(telegram.Config{API: fake.URL()})
	people := w.people(all)
	for id := range int64(blocked) {
		fake.Block(20*id + 1)
	}
	for id := range int64(gone) {
		fake.Deactivate(50*id + 10)
	}
	stalls := watch()
	w.must(w.send(w.job(1, people)))
	w.wants("totals", w.totals(1), delivery.Totals{Total: all, Sent: all - blocked - gone, Blocked: blocked, Gone: gone, Prepared: true})
	w.once(1)
	worst := stalls()
	t.Logf("%d rate limits met; the machine stood still for %s at most", w.refused(), worst)
	if n := w.refused(); n > 0 && worst < 5*time.Millisecond {
		t.Errorf("%d rate limits met", n)
	}
}

// watch measures how long the machine lets nobody run, which no sender can make up for: messages that were held up together
// arrive together.
func watch() (worst func() time.Duration) {
	stop, result := make(chan struct{}), make(chan time.Duration)
	go func() {
		const step = time.Millisecond
		tick := time.NewTicker(step)
		defer tick.Stop()
		var longest time.Duration
		for last := time.Now(); ; {
			select {
			case <-tick.C:
				longest, last = max(longest, time.Since(last)-step), time.Now()
			case <-stop:
				result <- longest
				return
			}
		}
	}()
	return func() time.Duration {
		close(stop)
		return <-result
	}
}
