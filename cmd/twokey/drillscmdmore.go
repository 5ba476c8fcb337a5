package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"twokey/actions"
	"twokey/bot"
	"twokey/bot/broadcast"
	"twokey/drills"
	"twokey/drills/evidence"
	"twokey/internal/heads"
	"twokey/internal/journal"
	"twokey/internal/secret"
)

// past is the drills of a journal that is only read: also while the bot runs.
type past struct {
	practice
	close func() error
}

// readDrills folds the journal of a config.
func readDrills(ctx context.Context, path string, o output) (past, error) {
	cfg, err := load(path, o.err)
	if err != nil {
		return past{}, err
	}
	store, err := journal.OpenReader(ctx, cfg.State)
	if err != nil {
		return past{}, err
	}
	p := practice{cfg: cfg, state: drills.NewState(), acts: actions.NewState(), redact: secret.NewRedactor(cfg.Secrets...), dir: filepath.Join(filepath.Dir(cfg.State), "drills")}
	p.log, err = journal.Open(ctx, store, time.Now, p.acts, bot.NewCards(), bot.NewHeads(), broadcast.NewState(), p.state)
	if err != nil {
		return past{}, errors.Join(err, store.Close())
	}
	return past{p, store.Close}, nil
}

type drillsReportCommand struct {
	Config string `short:"c" default:"twokey.yaml" help:"The config." type:"path"`
	ID     uint64 `arg:"" help:"The exercise, as on its card."`
	Out    string `short:"o" default:"." help:"The folder that the files are written to." type:"existingdir"`
}

// Run writes the record of one exercise.
func (c drillsReportCommand) Run(ctx context.Context, o output) error {
	p, err := readDrills(ctx, c.Config, o)
	if err != nil {
		return err
	}
	defer p.close()
	files, err := p.Evidence(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(c.Out, f.Name)
		if err := os.WriteFile(path, f.Bytes, 0o600); err != nil {
			return err
		}
		fmt.Fprintln(o.out, path)
	}
	return nil
}

type drillsPackCommand struct {
	Config string `short:"c" default:"twokey.yaml" help:"The config." type:"path"`
	Year   int    `arg:"" help:"Which year."`
	Out    string `short:"o" help:"The file; drills-YEAR.zip otherwise." type:"path"`
}

// Run writes a year into one file.
func (c drillsPackCommand) Run(ctx context.Context, o output) error {
	p, err := readDrills(ctx, c.Config, o)
	if err != nil {
		return err
	}
	defer p.close()
	pack, err := p.Year(ctx, c.Year)
	if err != nil {
		return err
	}
	out := c.Out
	if out == "" {
		out = pack.Name
	}
	if err := os.WriteFile(out, pack.Bytes, 0o600); err != nil {
		return err
	}
	fmt.Fprintln(o.out, out)
	return nil
}

// photos are the pictures that are evidence, as the notes of exercises name them.
func (p practice) photos(all []*drills.Exercise) (files []evidence.File) {
	for _, x := range all {
		for _, n := range x.Notes {
			if n.Photo == nil {
				continue
			}
			name := filepath.Base(n.Photo.Name)
			if data, err := os.ReadFile(filepath.Join(p.folder(x.ID), name)); err == nil {
				files = append(files, evidence.File{Name: fmt.Sprintf("photos/%d/%s", x.ID, name), Data: data})
			}
		}
	}
	return files
}

type drillsBadgeCommand struct {
	Config string `short:"c" default:"twokey.yaml" help:"The config." type:"path"`
	Type   string `default:"database" help:"Which type of drill: database, code, emergency or approvers."`
}

// Run prints an SVG that says when it was proven last.
func (c drillsBadgeCommand) Run(ctx context.Context, o output) error {
	p, err := readDrills(ctx, c.Config, o)
	if err != nil {
		return err
	}
	defer p.close()
	all, _ := p.exercises()
	standing, _ := evidence.Last(all, c.Type, time.Now())
	_, err = o.out.Write(evidence.Badge(standing))
	return err
}

type drillsVerifyCommand struct {
	Record string `arg:"" help:"The record, drill-ID.json; or a year's pack, drills-YEAR.zip." type:"existingfile"`
	Note   string `arg:"" optional:"" help:"The record's signature: drill-ID.note. A pack has its own within." type:"existingfile"`
	Key    string `help:"The public key, as twokey journal key prints it; the config's otherwise."`
	Config string `short:"c" default:"twokey.yaml" help:"The config whose key is meant." type:"path"`
}

// Run says whether a record, or a year of them, is what was signed. It needs no journal.
func (c drillsVerifyCommand) Run(o output) error {
	public := c.Key
	if public == "" {
		key, err := signingKey(c.Config)
		if err != nil {
			return err
		}
		public = key.Public()
	}
	by, err := note.NewVerifier(public)
	if err != nil {
		return fmt.Errorf("--key: is not a public key\nhint: twokey journal key prints it")
	}
	record, err := os.ReadFile(c.Record)
	if err != nil {
		return err
	}
	verify := func(text string) (string, error) { return heads.OpenRecord(text, by) }
	if c.Note == "" {
		return c.pack(o, record, verify)
	}
	signature, err := os.ReadFile(c.Note)
	if err != nil {
		return err
	}
	if err := evidence.Check(record, string(signature), verify); err != nil {
		return err
	}
	fmt.Fprintf(o.out, "%s is the record that was signed.\n", c.Record)
	return nil
}

// pack says it of a whole year.
func (c drillsVerifyCommand) pack(o output, data []byte, verify evidence.Verifier) error {
	if !bytes.HasPrefix(data, []byte("PK")) {
		return fmt.Errorf("%s is no pack\nhint: a record is checked together with its signature: twokey drills verify drill-ID.json drill-ID.note", c.Record)
	}
	is, err := evidence.CheckPack(data, verify)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.out, "%s is the pack of %d that was signed %s UTC: %d files, journal %s up to #%d.\n", c.Record, is.Year,
		is.Made.Format("2006-01-02 15:04:05"), is.Files, is.Journal, is.Seq)
	return nil
}
