package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"twokey/actions"
	"twokey/bot/text"
	"twokey/internal/backup"
	"twokey/internal/journal"
)

// shelf is the backups as the chat sees them: files, with what the journal knows of them.
type shelf struct {
	files  backup.Shelf
	maxAge time.Duration
	log    *journal.Log
	state  *actions.State
	redact func(string) string
}

// view lists them, newest first.
func (s shelf) view(ctx context.Context) text.BackupsView {
	v := text.BackupsView{Now: time.Now(), MaxAge: s.maxAge, Off: len(s.files.Folders) == 0}
	files, err := s.files.List(ctx)
	if err != nil {
		v.Err = s.redact(firstSentence(err))
	}
	s.log.View(func(journal.Now) {
		for _, f := range files {
			v.All = append(v.All, s.line(f))
		}
	})
	return v
}

// firstSentence is what people read of an error.
func firstSentence(err error) string {
	var e *backup.Error
	if errors.As(err, &e) {
		return e.Sentence
	}
	return err.Error()
}

// line is one backup with what is proven of it. It is called under the journal's lock.
func (s shelf) line(f backup.File) text.BackupView {
	b := text.BackupView{ID: f.ID, Made: f.Made, Size: f.Size, Format: string(f.Format), Folder: f.Folder, Seen: f.Seen, Problem: s.redact(f.Problem)}
	if f.Problem == "" && f.Unfinished != "" {
		b.Problem = "may not be finished: " + f.Unfinished
	}
	hash := ""
	if m := f.Manifest; m != nil {
		b.By, b.Holds, hash = m.By, fmt.Sprintf("%d tables", len(m.Rows)), m.SHA256
	} else if f.Server != "" {
		b.Holds = "PostgreSQL " + f.Server
	}
	p, known := s.state.Proof(hash, f.Folder, f.Name, f.Size)
	if !known {
		return b
	}
	b.Level, b.Proven, b.Took, b.Wrong = backup.Level(p.Level).String(), p.At, p.Took, p.Wrong
	if p.Tables > 0 {
		b.Holds = fmt.Sprintf("%d tables, %d rows", p.Tables, p.Rows)
	}
	if f.Foreign() {
		b.Seen = p.First
	}
	return b
}
