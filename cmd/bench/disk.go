package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	_ "modernc.org/sqlite"
)

const (
	page = 4 << 10
	// pages are written in turn, as SQLite writes its WAL: over what is there, without growing the file.
	pages = 1024
	// rowSize is about what the entry of a request takes, in bytes.
	rowSize = 1 << 10
)

// bare is what anything durable costs on this disk, without us: one fdatasync, and one insert into SQLite as the journal
// has it set up.
type bare struct {
	file   *os.File
	db     *sql.DB
	insert *sql.Stmt
	n      int64
	syncs  times
	rows   times
}

func openBare(ctx context.Context, dir string) (*bare, error) {
	b := &bare{}
	var err error
	if b.file, err = os.Create(filepath.Join(dir, "bare.dat")); err != nil {
		return nil, err
	}
	_, err = b.file.Write(make([]byte, page*pages))
	if err = errors.Join(err, b.file.Sync(), b.openSQLite(ctx, filepath.Join(dir, "bare.db"))); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bare) openSQLite(ctx context.Context, path string) error {
	query := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(FULL)"}}
	var err error
	if b.db, err = sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()); err != nil {
		return err
	}
	b.db.SetMaxOpenConns(1)
	if _, err = b.db.ExecContext(ctx, "CREATE TABLE bare (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT"); err != nil {
		return err
	}
	b.insert, err = b.db.PrepareContext(ctx, "INSERT INTO bare (body) VALUES (?)")
	return err
}

// sample takes one of each.
func (b *bare) sample(ctx context.Context) error {
	began := time.Now()
	if _, err := b.file.WriteAt(make([]byte, page), b.n%pages*page); err != nil {
		return err
	}
	if err := syscall.Fdatasync(int(b.file.Fd())); err != nil {
		return err
	}
	b.n++
	b.syncs = append(b.syncs, time.Since(began))
	began = time.Now()
	if _, err := b.insert.ExecContext(ctx, make([]byte, rowSize)); err != nil {
		return err
	}
	b.rows = append(b.rows, time.Since(began))
	return nil
}

func (b *bare) String() string {
	return fmt.Sprintf("bare fdatasync of 4 KiB p50 %s, p99 %s; bare SQLite insert p50 %s, p99 %s",
		number(ms(b.syncs.at(50))), number(ms(b.syncs.at(99))), number(ms(b.rows.at(50))), number(ms(b.rows.at(99))))
}

func (b *bare) close() {
	if b.db != nil {
		b.db.Close()
	}
	b.file.Close()
}
