package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"twokey/internal/secret"
)

func (d *document) add(f Finding) {
	f.File = d.file
	d.findings = append(d.findings, f)
}

// addAt writes an error down at a path, or at the nearest place above it that is in the file.
func (d *document) addAt(path, message, hint string) {
	at := d.nearest(path)
	d.add(Finding{Line: at.line, Column: at.column, Path: path, Message: message, Hint: hint})
}

func (d *document) nearest(path string) position {
	for path != "" {
		if at, known := d.where[path]; known {
			return at
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return d.where[""]
}

// addError writes down every error that is joined in err.
func (d *document) addError(path string, err error) {
	for _, one := range leaves(err) {
		message, hint := words(one)
		if path == "" {
			d.add(Finding{Message: message, Hint: hint})
			continue
		}
		d.addAt(path, message, hint)
	}
}

// words are what an error says and, when it is one that has a hint for people, that hint.
func words(err error) (message, hint string) {
	var p *Problem
	if errors.As(err, &p) {
		hint = p.Hint
	}
	return err.Error(), hint
}

// leaves takes joined errors apart; each keeps what was written before the join.
func leaves(err error) []error {
	switch e := err.(type) {
	case nil:
		return nil
	case interface{ Unwrap() []error }:
		var all []error
		for _, one := range e.Unwrap() {
			all = append(all, leaves(one)...)
		}
		return all
	case interface{ Unwrap() error }:
		prefix, whole := strings.CutSuffix(err.Error(), fmt.Sprint(e.Unwrap()))
		inner := leaves(e.Unwrap())
		if !whole || len(inner) < 2 {
			return []error{err}
		}
		for i := range inner {
			inner[i] = fmt.Errorf("%s%w", prefix, inner[i])
		}
		return inner
	}
	return []error{err}
}

// file reads a path and makes it absolute.
func (n *node) file(fallback string) string {
	s := n.filled(fallback)
	if s == "" {
		return ""
	}
	return n.doc.absolute(s)
}

func (d *document) absolute(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(d.dir, path)
}

// shown is the path as a person would type it where twokey was started.
func (d *document) shown(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(filepath.Dir(d.file), path)
}

// guarded reports when others could write the file.
func (n *node) guarded(path string) {
	if path != "" && n.kind != broken && n.doc.world.Guard != nil {
		n.doc.addError(n.path, n.doc.world.Guard(path))
	}
}

// secret reads a secret: KEY_file names a file that only we can read; KEY itself may only be ${NAME}. given says whether
// either is there. A secret that nothing uses yet (later) may be missing.
func (n *node) secret(key string, later bool) (value secret.Value, given bool) {
	literal, file := n.get(key), n.get(key+"_file")
	switch {
	case literal.present() && file.present():
		file.wrong("is there beside "+key, "keep one of them")
	case literal.present():
		value = literal.secretEnv(key)
	case file.present():
		value = file.secretFile(later)
	default:
		file.scalar()
		literal.scalar()
	}
	if !value.IsZero() {
		n.doc.config.Secrets = append(n.doc.config.Secrets, value)
	}
	return value, literal.kind != absent || file.kind != absent
}

func (n *node) secretEnv(key string) secret.Value {
	if n.kind != text || !variableName.MatchString(n.text) {
		n.wrong("is a secret written into the config", "put it into a file that only the bot can read, and name it: "+key+"_file: secrets/"+key)
		return secret.Value{}
	}
	name := strings.Trim(n.text, "${}")
	s := n.str("")
	if s == "" && n.present() {
		n.wrong("is empty in the environment", "set "+name)
	}
	return secret.New(s)
}

func (n *node) secretFile(later bool) secret.Value {
	s := n.filled("")
	if n.kind == broken || n.doc.world.Secret == nil {
		return secret.Value{}
	}
	value, err := n.doc.world.Secret(n.doc.shown(s))
	if errors.Is(err, fs.ErrNotExist) {
		if later {
			n.warn(n.doc.shown(s)+" is not there", "")
			return secret.Value{}
		}
		n.wrong(n.doc.shown(s)+" is not there", n.howToHave(n.doc.shown(s)))
		return secret.Value{}
	}
	n.doc.addError(n.path, err)
	if err != nil {
		n.kind = broken
	}
	return value
}

// howToHave says how to have a secret's file.
func (n *node) howToHave(file string) string {
	if n.path == "signing_key_file" {
		return makeKey + file
	}
	return "put the secret into it, alone on one line, and: chmod 600 " + file
}

// later warns that what is here is read and checked, but has no effect in this version.
func (n *node) later(what string) {
	if n.present() {
		n.warn("is read and checked, but this version does not "+what+" yet", "")
	}
}

// laterMany is later for several of a kind.
func (n *node) laterMany(count int, one, many, what string) {
	switch {
	case count == 1:
		n.warn("1 "+one+" is read and checked, but this version does not "+what+" it yet", "")
	case count > 1:
		n.warn(fmt.Sprintf("%d %s are read and checked, but this version does not %s them yet", count, many, what), "")
	}
}
