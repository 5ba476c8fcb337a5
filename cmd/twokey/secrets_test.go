package main

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// noSecretOut looks for every secret the program knows in everything it said: its logs, its journal, its files, and all
// that any chat ever showed.
func (s *stage) noSecretOut() error {
	for where, text := range s.everythingSaid() {
		for _, secret := range s.secret {
			for _, form := range []string{secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret))} {
				if strings.Contains(text, strings.TrimRight(form, "=")) {
					return fmt.Errorf("a secret is in %s", where)
				}
			}
		}
	}
	return nil
}

func (s *stage) everythingSaid() map[string]string {
	said := map[string]string{}
	for i, p := range s.lives {
		said[fmt.Sprintf("the log of life %d", i+1)] = p.log.String()
	}
	if _, err := os.Stat(s.journal()); err == nil {
		said["the journal's export"], _ = s.run("journal", "export", "-c", s.config())
		said["the journal as people read it"], _ = s.run("journal", "show", "-c", s.config())
	}
	for _, account := range accounts {
		said[fmt.Sprintf("the chat with %d", account)] = s.chatSaid(account)
	}
	said["the admin chat"] = s.chatSaid(s.admin)
	for i, a := range s.tg.Answers() {
		said[fmt.Sprintf("answer %d", i)] = a.Text
	}
	_ = filepath.WalkDir(filepath.Join(s.dir, "state"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			data, _ := os.ReadFile(path)
			said[path] = string(data)
		}
		return nil
	})
	return said
}

func (s *stage) chatSaid(chat int64) string {
	var b strings.Builder
	for _, m := range s.tg.Messages(chat) {
		b.WriteString(strings.Join(append(m.History, m.Text, m.HTML), "\n"))
		for _, row := range m.Buttons {
			for _, x := range row {
				b.WriteString("\n" + x.Text + " " + x.Data)
			}
		}
		if m.Document != nil {
			b.Write(m.Document.Bytes)
		}
	}
	return b.String()
}
