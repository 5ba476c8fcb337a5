package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/bot"
	"twokey/bot/broadcast"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/drills"
	"twokey/internal/backup"
	"twokey/internal/config"
	"twokey/internal/heads"
	"twokey/internal/journal"
	"twokey/internal/logfile"
	"twokey/internal/metrics"
	"twokey/internal/secret"
)

type runCommand struct {
	Config     string `short:"c" default:"twokey.yaml" help:"The config." type:"path"`
	AcceptFork string `placeholder:"ID" help:"Take the journal as it is, although a head that people keep pinned is not in it; the bot says the ID."`
}

// gcPercent is how much the heap may grow between two collections; Go's own default is 100.
const gcPercent = 50

// stepGrace is how long a running step may take to finish after SIGTERM.
const stepGrace = 60 * time.Second

func (c runCommand) Run(ctx context.Context, o output) error {
	cfg, err := load(c.Config, o.err)
	if err != nil {
		return err
	}
	redact := secret.NewRedactor(cfg.Secrets...)
	logs := redact.Writer(o.err)
	defer logs.Close()
	// The redactor's writer is for one goroutine at a time, and many log.
	logger := zerolog.New(zerolog.SyncWriter(logs)).With().Timestamp().Logger()
	store, err := journal.OpenSQLite(ctx, cfg.State)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := ownTemp(filepath.Dir(cfg.State)); err != nil {
		return err
	}
	svc, err := wire(ctx, cfg, hookStore(store), redact, logger)
	if err != nil {
		return err
	}
	if err := acceptFork(ctx, svc, c.AcceptFork); err != nil {
		return err
	}
	// Little memory is worth more here than the little time it costs: we live beside the service, on its machine.
	debug.SetGCPercent(gcPercent)
	debug.FreeOSMemory()
	logger.Info().Str("version", version).Str("config", cfg.File).Uint64("entries", svc.log.Head().Seq).Msg("started")
	err = svc.run(ctx)
	logger.Info().Msg("stopped")
	return err
}

// services is everything that runs, wired.
type services struct {
	log       *journal.Log
	state     *actions.State
	gate      *gate
	keeper    *bot.Keeper // nil without a key
	clock     *actions.Clock
	runner    *actions.Runner
	poller    *telegram.Poller
	presenter *bot.Presenter
	aside     *bot.Lane
	urgent    *bot.Lane
	menus     *bot.Menus
	who       *identity
	arrivals  arrivals
	tidy      tidy
	notices   notices
	practice  practice
	herald    *bot.Herald  // nil without notices
	proctor   *bot.Proctor // nil without drills
	alarm     func(ctx context.Context, line string)
	metrics   *metrics.Server // nil: nobody listens
	logger    zerolog.Logger
}

// wire builds everything from the config, by hand, and makes the journal know the people and the catalogue.
func wire(ctx context.Context, cfg config.Config, store journal.Store, redact *secret.Redactor, logger zerolog.Logger) (*services, error) {
	state, cards, signed, board, told := actions.NewState(), bot.NewCards(), bot.NewHeads(), actions.NewBoard(), broadcast.NewState()
	practised := drills.NewState()
	log, err := journal.Open(ctx, store, hookClock(), state, cards, signed, told, practised)
	if err != nil {
		return nil, err
	}
	if err := loadPolicy(ctx, log, state, cfg); err != nil {
		return nil, err
	}
	client, err := telegram.New(telegram.Config{Token: cfg.Telegram.Token, API: cfg.Telegram.API})
	if err != nil {
		return nil, err
	}
	outside, err := newWorld(cfg, redact)
	if err != nil {
		return nil, err
	}
	report := func(err error) { logger.Error().Msg(err.Error()) }
	place := bot.Place{AdminChat: cfg.Telegram.AdminChat, Topic: cfg.Telegram.Topic, StaleAfter: cfg.Telegram.StaleAfter}
	words := text.Words{Zone: cfg.Zone, Service: cfg.Service.Name, Tells: !cfg.Notices.Token.IsZero(), Practises: len(cfg.Drills) > 0}
	caller, err := newEscalation(cfg, logger)
	if err != nil {
		return nil, err
	}
	seen, traffic := bot.NewSeen(), bot.NewTraffic()
	s := &services{log: log, state: state, logger: logger, who: &identity{client: client, logger: logger}}
	if s.notices, err = newNotices(cfg, log, told, state, report); err != nil {
		return nil, err
	}
	s.notices.give(&outside, cfg)
	s.practice = newPractice(cfg, log, practised, state, told, redact, report)
	if s.practice.on() {
		outside.drills = s.practice
	}
	s.clock = &actions.Clock{Log: log, State: state, Report: report}
	if s.clock.Scheduled, err = schedules(cfg); err != nil {
		return nil, err
	}
	around := outside.actions()
	if s.notices.on {
		around.Tell = s.notices.tell
	}
	s.runner = &actions.Runner{Log: log, State: state, Board: board, World: around, Grace: stepGrace, Report: report}
	s.aside = bot.NewLane(asideRoom, 4, asideWithin, func() { logger.Warn().Msg("too much to answer at once: one answer is dropped") })
	s.urgent = bot.NewLane(asideRoom, 4, urgentWithin, func() { logger.Error().Msg("too many emergencies at once: one is dropped") })
	b := &bot.Bot{Log: log, State: state, Cards: cards, Catalogue: cfg.Catalogue, Revision: cfg.Revision, Words: words,
		Chat: bot.Room{Messenger: client, Traffic: traffic}, Seen: seen, Traffic: traffic, Taps: bot.NewTaps(), Nudge: cfg.Escalate.After,
		Quiet: quietHours(cfg).Holds, Aside: s.aside, Urgent: s.urgent, Place: place, BotID: client.BotID(), Name: s.who.name, Emergency: s.runner.Emergency,
		Redact: redact.String, Report: report}
	link := &link{logger: logger}
	files := logs{reader: logfile.Reader{Zone: cfg.Zone}, files: cfg.Service.Logs.Files, dir: cfg.Service.Dir, redact: redact}
	s.gate = newGate(log, state, store, client, logger)
	verify, _ := cfg.Catalogue.Get("verify_backup")
	discard, _ := cfg.Catalogue.Get("discard")
	s.arrivals = arrivals{shelf: outside.shelf, maxAge: cfg.Service.Backups.MaxAge, decodes: cfg.Service.Backups.Decode == "on_arrival",
		ask: asks(verify, actions.Args{"backup": "latest", "how": "decode"}, cfg), discard: asks(discard, nil, cfg), log: log, state: state, logger: logger}
	s.tidy = tidy{world: outside, db: cfg.Service.Site.Database, log: log, state: state, logger: logger}
	looking := looks{held: s.practice, reach: newReach(cfg, client), state: state, log: log, store: store, world: outside, link: link, logs: files, gate: s.gate,
		shelf: shelf{files: outside.shelf, maxAge: cfg.Service.Backups.MaxAge, log: log, state: state, redact: redact.String},
		db:    beside{world: outside, site: cfg.Service.Site, keep: cfg.Service.Backups.KeepBefore, log: log, state: state}}
	b.Look = looking.look()
	checks, err := newPreflights(cfg, client, outside)
	if err != nil {
		return nil, err
	}
	b.Look.Preflight = checks.view
	back := &bot.Away{Tell: b.Summary}
	lanes := telegram.NewLanes(client, func(from, to int64) {
		s.urgent.Do(func(ctx context.Context) { b.Migrated(ctx, from, to) })
	})
	s.presenter = &bot.Presenter{Log: log, State: state, Cards: cards, Board: board, Seen: seen, Traffic: traffic, Words: words, Chat: client,
		Lanes: lanes, Place: place, Phones: phones(cfg), Quiet: quietHours(cfg).Holds, Escalate: caller, Report: report}
	if s.notices.on {
		s.herald = &bot.Herald{Log: log, State: state, Broadcasts: told, Board: s.notices.runner.Board, Cards: cards, Words: words, Chat: client, Lanes: lanes,
			Place: place, Ties: ties(cfg), PerDay: cfg.Notices.PerDay, Quiet: quietHours(cfg).Holds, Report: report}
		s.notices.answers(b, s.presenter, client)
	}
	if s.practice.on() {
		s.proctor = &bot.Proctor{Log: log, State: state, Drills: practised, World: s.practice.world, Cards: cards, Board: s.practice.runner.Board, Words: words,
			Chat: client, Lanes: lanes, Place: place, Quiet: quietHours(cfg).Holds, Report: report}
		s.practice.answers(b, client)
		s.presenter.Proven = s.practice.proven
	}
	s.menus = &bot.Menus{Log: log, State: state, Cards: cards, Catalogue: cfg.Catalogue, Words: words, Chat: client, Place: place, Report: report}
	if !cfg.SigningKey.IsZero() {
		key, err := heads.ParseKey(cfg.SigningKey)
		if err != nil {
			return nil, fmt.Errorf("signing_key: %w", err)
		}
		s.keeper = &bot.Keeper{Log: log, State: state, Heads: signed, Cards: cards, Sign: signer(key, state.Genesis()), Status: looking.status,
			Words: words, Chat: client, Lanes: lanes, Place: place, Witness: cfg.Telegram.WitnessChat, Quiet: quietHours(cfg),
			Compared: s.gate.compared, Report: report}
		s.gate.guard(key, s.keeper.Adopt, func(ctx context.Context, f actions.Fork) { s.say(ctx, client, cfg, words.ForkFound(f)) })
	}
	s.poller = &telegram.Poller{Client: client, Handle: b.Handle, OnState: func(st telegram.State) { link.set(st); back.Link(st) },
		OnPoison: func(r telegram.Raw, err error) { report(fmt.Errorf("update %d: passed over: %w", r.ID, err)) }}
	s.alarm = alarm(client, cfg.Telegram.AdminChat, report)
	m := &meter{held: s.practice, state: state, log: log, world: outside, link: link, client: client, known: names(cfg.Catalogue)}
	if s.metrics, err = m.listen(cfg.Listen); err != nil {
		return nil, err
	}
	return s, nil
}

// alarm says a line in the admin chat, whatever else is going on.
func alarm(client *telegram.Client, chat int64, report func(error)) func(context.Context, string) {
	return func(ctx context.Context, line string) {
		_, err := client.Send(ctx, telegram.Out{ChatID: chat, HTML: text.Show(line, 200), Protect: true, Again: telegram.AgainResend})
		if err != nil {
			report(err)
		}
	}
}

const (
	asideRoom    = 256
	asideWithin  = time.Minute
	urgentWithin = 5 * time.Minute
)

// loadPolicy makes the people and the catalogue of the config the ones that count from here on.
func loadPolicy(ctx context.Context, log *journal.Log, state *actions.State, cfg config.Config) error {
	_, err := log.Update(ctx, "", func(journal.Now) (journal.Draft, error) {
		return state.Policy(cfg.Revision, cfg.Directory.People()), nil
	})
	if err != nil {
		return fmt.Errorf("config: could not be noted in the journal: %w", err)
	}
	return nil
}

// diskFloor is how many bytes stay free on every disk that backups are copied to: what else lives there needs room, too.
const diskFloor = 256 << 20

func newWorld(cfg config.Config, redact *secret.Redactor) (world, error) {
	db, beside := cfg.Service.Database, filepath.Dir(cfg.State)
	w := world{dir: filepath.Join(beside, "runs"), redact: redact, readURL: db.ReadURL, serviceURL: cfg.Service.DatabaseURL,
		base:  step.Base{Admin: db.AdminURL, Load: db.LoadURL, Scratch: filepath.Join(beside, "pins"), Floor: diskFloor, Held: new(step.Held), Passed: hookSwitch()},
		shelf: backup.Shelf{Folders: cfg.Service.Site.Database.Folders, Zone: cfg.Zone, Clock: cfg.Service.Backups.Clock}}
	var err error
	if w.waiting, err = waiting(cfg); err != nil {
		return w, err
	}
	loaded, err := step.Process{Do: "stop"}.Load(cfg.Service.Site)
	if err != nil {
		return w, err
	}
	p, ok := loaded.(*step.Process)
	if !ok {
		return w, errors.New("service: what it does cannot be asked")
	}
	w.process, w.known = *p, true
	return w, nil
}
