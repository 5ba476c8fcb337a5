package metrics

import (
	"context"
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// What is printed. A name without a unit counts.
var (
	requests  = describe("twokey_requests", "Requests that are not over, by status.", "status")
	ended     = describe("twokey_requests_total", "Requests that are over, by action and outcome, since the journal began.", "action", "outcome")
	seq       = describe("twokey_journal_seq", "Number of the newest entry in the journal.")
	owed      = describe("twokey_journal_owed", "Entries that could not be written yet.")
	connected = describe("twokey_telegram_up", "1 when updates arrive from Telegram.")
	contact   = describe("twokey_telegram_seconds_since_contact", "Seconds since Telegram last answered; absent before the first answer.")
	reviews   = describe("twokey_open_reviews", "Reviews that wait for somebody.")
	lockdown  = describe("twokey_lockdown", "1 while nothing may start the service.")
	service   = describe("twokey_service_up", "1 when every part of the service runs; absent when that is not known.")
	bad       = describe("twokey_last_check_bad", "Checks that were not good when they ran last; absent before the first run.")
	passed    = describe("twokey_drill_last_success_timestamp_seconds", "When a drill passed last, in seconds since 1970; absent when it never did.", "drill")
	took      = describe("twokey_drill_duration_seconds", "How long it took when it passed last, until what was lost was proven back.", "drill")
	rpo       = describe("twokey_drill_rpo_seconds", "How old the newest row was that came back when it passed last; absent when that was not measured.", "drill")
	overdue   = describe("twokey_drill_overdue", "1 when a period ended without a result of the drill.", "drill")
	findings  = describe("twokey_drill_open_findings", "What drills found and nobody has settled.", "drill")
	build     = describe("twokey_build_info", "Always 1: the version that runs.", "version", "go")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// exposition has a registry of its own, so that two can live in one process, and nothing a library registers gets in.
func exposition(version string, look func(context.Context) Snapshot) http.Handler {
	process := prometheus.NewRegistry()
	process.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), lookWithin)
		defer cancel()
		own := prometheus.NewRegistry()
		c := collector{version: version, Snapshot: look(ctx)}
		if c.Service != nil {
			c.up = c.Service(ctx)
		}
		own.MustRegister(c)
		promhttp.HandlerFor(prometheus.Gatherers{own, process}, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	})
}

// collector prints one snapshot.
type collector struct {
	version string
	Snapshot
	up *bool // what Service said
}

// Describe says nothing on purpose: which requests there are changes.
func (c collector) Describe(chan<- *prometheus.Desc) {}

func (c collector) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(build, 1, c.version, runtime.Version())
	for status, n := range c.Requests {
		gauge(requests, float64(n), status)
	}
	for o, n := range c.Ended {
		out <- prometheus.MustNewConstMetric(ended, prometheus.CounterValue, float64(n), o.Action, o.Status)
	}
	gauge(seq, float64(c.Seq))
	gauge(owed, float64(c.Owed))
	gauge(connected, number(c.TelegramUp))
	if c.Contact >= 0 {
		gauge(contact, c.Contact.Seconds())
	}
	gauge(reviews, float64(c.OpenReviews))
	gauge(lockdown, number(c.Lockdown))
	if c.up != nil {
		gauge(service, number(*c.up))
	}
	if c.BadChecks != nil {
		gauge(bad, float64(*c.BadChecks))
	}
	for _, d := range c.Drills {
		c.drill(d, gauge)
	}
}

func (c collector) drill(d Drill, gauge func(*prometheus.Desc, float64, ...string)) {
	gauge(overdue, number(d.Overdue), d.Name)
	gauge(findings, float64(d.Findings), d.Name)
	if d.Passed.IsZero() {
		return
	}
	gauge(passed, float64(d.Passed.Unix()), d.Name)
	gauge(took, d.Took.Seconds(), d.Name)
	if d.Lost != nil {
		gauge(rpo, d.Lost.Seconds(), d.Name)
	}
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
