package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"twokey/bot"
	"twokey/drills"
	"twokey/drills/evidence"
	"twokey/internal/heads"
	"twokey/internal/journal"
)

// records makes the records of what the journal says about drills. Key is zero when there is none: then nothing is signed.
type records struct {
	about  evidence.About // without what is read with each record
	key    *heads.Key
	redact func(string) string
}

// record is one exercise's files: what people read, what programs read, a page to print, and a signature of the second.
func (a records) record(x *drills.Exercise, all []*drills.Exercise, head journal.Head) ([]bot.File, error) {
	about, err := a.at(head)
	if err != nil {
		return nil, err
	}
	about.Before = evidence.Before(all, x)
	r := evidence.Of(x, about)
	json, note, err := evidence.Sign(r, a.sign())
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("drill-%d", x.ID)
	files := []bot.File{{Name: name + ".md", Bytes: r.Markdown()}, {Name: name + ".json", Bytes: json}, {Name: name + ".html", Bytes: r.Page()}}
	if note != "" {
		files = append(files, bot.File{Name: name + ".note", Bytes: []byte(note)})
	}
	return files, nil
}

// at is what records of this moment are made with: the journal's head, signed when there is a key.
func (a records) at(head journal.Head) (about evidence.About, err error) {
	about = a.about
	about.Seq, about.Hash, about.Made = head.Seq, head.Hash.String(), time.Now()
	if a.key != nil {
		about.SignedHead, err = signer(*a.key, about.Journal)(head, about.Made)
	}
	return about, err
}

func (a records) sign() evidence.Signer {
	if a.key == nil {
		return nil
	}
	return a.key.SignRecord
}

// records is what records are made with.
func (p practice) records() (records, error) {
	a := records{about: evidence.About{Service: p.cfg.Service.Name, Zone: p.cfg.Zone, Version: version, Journal: p.acts.Genesis()}, redact: p.redact.String}
	if p.cfg.SigningKey.IsZero() {
		return a, nil
	}
	key, err := heads.ParseKey(p.cfg.SigningKey)
	if err != nil {
		return a, fmt.Errorf("signing_key: %w", err)
	}
	a.key, a.about.PublicKey = &key, key.Public()
	return a, nil
}

// exercises are copies of all there are, and the head they are of.
func (p practice) exercises() (all []*drills.Exercise, head journal.Head) {
	head = p.log.View(func(journal.Now) {
		for _, x := range p.state.All() {
			all = append(all, x.Clone())
		}
	})
	return all, head
}

// Evidence gives the record of an exercise.
func (p practice) Evidence(_ context.Context, id uint64) ([]bot.File, error) {
	a, err := p.records()
	if err != nil {
		return nil, err
	}
	all, head := p.exercises()
	for _, x := range all {
		if x.ID == id {
			return a.record(x, all, head)
		}
	}
	return nil, fmt.Errorf("there is no exercise #%d", id)
}

// Year packs a year's records, with what was shown as evidence, into one file.
func (p practice) Year(_ context.Context, year int) (bot.File, error) {
	a, err := p.records()
	if err != nil {
		return bot.File{}, err
	}
	all, head := p.exercises()
	about, err := a.at(head)
	if err != nil {
		return bot.File{}, err
	}
	var pack bytes.Buffer
	err = evidence.Pack(&pack, year, all, about, p.photos(all), a.sign())
	return bot.File{Name: fmt.Sprintf("drills-%d.zip", year), Bytes: pack.Bytes()}, err
}

// Trend is a picture of the last twelve of a drill; nil when there are too few.
func (p practice) Trend(_ context.Context, name drills.Name) ([]byte, error) {
	all, _ := p.exercises()
	var own []*drills.Exercise
	for _, x := range all {
		if x.Drill == name {
			own = append(own, x)
		}
	}
	return evidence.Trend(string(name), own, p.cfg.Zone)
}

// mostPhotos is how many photos one exercise keeps.
const mostPhotos = 50

// Keep keeps a photo as evidence: its name is ours, whatever it was called.
func (p practice) Keep(_ context.Context, id uint64, name string, data []byte) (drills.Photo, error) {
	sum := sha256.Sum256(data)
	photo := drills.Photo{Name: "photo-" + hex.EncodeToString(sum[:8]) + extension(data), SHA256: hex.EncodeToString(sum[:]), Bytes: len(data)}
	folder := p.folder(id)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return photo, err
	}
	if there, err := filepath.Glob(filepath.Join(folder, "photo-*")); err == nil && len(there) >= mostPhotos {
		return photo, errors.New("there are enough photos of this exercise")
	}
	file := filepath.Join(folder, photo.Name)
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return photo, nil // the same picture again
	}
	if err != nil {
		return photo, err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return photo, errors.Join(err, os.Remove(file))
	}
	return photo, nil
}

func extension(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return ".jpg"
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n")):
		return ".png"
	}
	return ".bin"
}
