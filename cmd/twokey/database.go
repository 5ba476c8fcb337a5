package main

import (
	"context"
	"io"
	"strings"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/bot/text"
	"twokey/internal/journal"
	"twokey/internal/restore"
)

// beside is what the chat sees of the server: the databases that were kept, and the migrations.
type beside struct {
	world world
	site  step.Site
	keep  time.Duration
	log   *journal.Log
	state *actions.State
}

// lookWithin is how long the server may take to say what is there.
const lookWithin = 20 * time.Second

func (b beside) env() step.Env { return b.world.env("look", io.Discard, func(string) {}) }

// kept lists the databases from before a switch.
func (b beside) kept(ctx context.Context) text.KeptView {
	v := text.KeptView{Now: time.Now(), Off: b.site.Lacks([]string{step.NeedAdmin, step.NeedRead})}
	if v.Off != "" {
		return v
	}
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	all, err := step.Kept(ctx, b.env(), b.site.Database)
	if err != nil {
		v.Err = b.sentence(err)
		return v
	}
	b.log.View(func(journal.Now) {
		for _, k := range all {
			v.All = append(v.All, b.line(k))
		}
	})
	return v
}

// line joins what the server and the journal know. It is called under the journal's lock.
func (b beside) line(k restore.KeptDatabase) text.KeptDatabase {
	one := text.KeptDatabase{Name: k.Name, Run: k.Run, Size: k.Size, Lost: -1, Half: k.Half}
	if k.Copy {
		return b.copied(one)
	}
	for _, s := range b.state.Switches() {
		if s.Name == k.Name {
			one.Since = s.Since
		}
	}
	if !one.Since.IsZero() && b.keep > 0 {
		one.Until = one.Since.Add(b.keep)
	}
	if r, ok := b.state.Request(actions.ID(k.Run)); ok && r.Status == actions.Succeeded {
		if rows := r.Rows(); rows != nil {
			one.Lost, _, _ = rows.Total()
		}
	}
	return one
}

// copied is what the journal knows of a copy.
func (b beside) copied(one text.KeptDatabase) text.KeptDatabase {
	one.Copy = true
	for _, c := range b.state.Copies() {
		if c.Name == one.Name {
			one.Since, one.Until = c.Since, c.Since.Add(actions.KeepCopies)
		}
	}
	r, ok := b.state.Request(actions.ID(one.Run))
	one.Used = ok && !r.Over()
	return one
}

// migrations lists the database's changes of shape.
func (b beside) migrations(ctx context.Context) text.MigrationsView {
	v := text.MigrationsView{Off: b.site.Lacks([]string{step.NeedRead})}
	if v.Off != "" || b.site.Database.Migrations == "" {
		return v
	}
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	list, err := step.Migrations(ctx, b.env(), b.site.Database.Migrations)
	if err != nil {
		v.Err = b.sentence(err)
	}
	v.Names = list
	return v
}

func (b beside) sentence(err error) string {
	sentence, _, _ := strings.Cut(err.Error(), ": SQLSTATE")
	return b.world.redact.String(sentence)
}
