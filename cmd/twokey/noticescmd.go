package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"twokey/bot/broadcast/notice"
	"twokey/internal/config"
)

type noticesCommand struct {
	List   noticesListCommand   `cmd:"" help:"List the notices there are, and their variables."`
	Render noticesRenderCommand `cmd:"" help:"Show a notice as users would get it, in every language: twokey notices render maintenance.starting for=15m."`
}

type noticesListCommand struct {
	Config string `short:"c" default:"twokey.yaml" help:"The config." type:"path"`
}

func (c noticesListCommand) Run(_ context.Context, o output) error {
	set, err := noticesOf(c.Config, o.err)
	if err != nil {
		return err
	}
	for _, t := range set.All() {
		fmt.Fprintf(o.out, "%s (%s)\n    %s\n", t.Name, strings.Join(slices.Sorted(maps.Keys(t.Texts)), ", "), t.Summary)
		for _, v := range t.Vars {
			fmt.Fprintf(o.out, "    %s: %s, %s\n", v.Name, v.Kind, given(v))
		}
	}
	return nil
}

func given(v notice.Var) string {
	if v.Default == "" {
		return "must be given"
	}
	return "otherwise " + v.Default
}

type noticesRenderCommand struct {
	Config string   `short:"c" default:"twokey.yaml" help:"The config." type:"path"`
	Name   string   `arg:"" help:"The notice, such as maintenance.starting."`
	Values []string `arg:"" optional:"" help:"Its variables, as name=value."`
}

func (c noticesRenderCommand) Run(_ context.Context, o output) error {
	set, err := noticesOf(c.Config, o.err)
	if err != nil {
		return err
	}
	t, ok := set.Get(c.Name)
	if !ok {
		return fmt.Errorf("there is no notice %q: see twokey notices list", c.Name)
	}
	typed := map[string]string{}
	for _, v := range c.Values {
		name, value, named := strings.Cut(v, "=")
		if !named {
			return fmt.Errorf("%q is not of the form name=value", v)
		}
		typed[name] = value
	}
	return show(o.out, t, typed)
}

// show prints a notice in every language.
func show(out io.Writer, t *notice.Template, typed map[string]string) error {
	v, err := t.Bind(typed, time.Now())
	if err != nil {
		return hinted(err)
	}
	r, err := t.Render(v)
	if err != nil {
		return hinted(err)
	}
	for _, lang := range slices.Sorted(maps.Keys(r.Texts)) {
		fmt.Fprintf(out, "--- %s\n%s\n", lang, strings.TrimRight(r.Texts[lang], "\n"))
	}
	return nil
}

func hinted(err error) error {
	var e *notice.Error
	if errors.As(err, &e) && e.Hint != "" {
		return fmt.Errorf("%s\n    hint: %s", e.Sentence, e.Hint)
	}
	return err
}

// noticesOf reads the notices of a config.
func noticesOf(file string, stderr io.Writer) (notice.Set, error) {
	cfg, err := load(file, stderr)
	if err != nil {
		return notice.Set{}, err
	}
	return templates(cfg)
}

// checkNotices renders every notice, and says all that is wrong with them.
func checkNotices(cfg config.Config, out io.Writer) bool {
	if cfg.Notices.Token.IsZero() {
		return true
	}
	set, err := templates(cfg)
	if err != nil {
		fmt.Fprintf(out, "notices: %v\n", err)
		return false
	}
	good := true
	for _, t := range set.All() {
		if _, _, err := t.Sample(time.Now()); err != nil {
			fmt.Fprintf(out, "notices: %s: %v\n", t.Name, hinted(err))
			good = false
		}
	}
	if cfg.Service.Database.ReadURL.IsZero() {
		fmt.Fprintf(out, "warning: notices: nobody can be told: the users are found as the role that reads\n    hint: service: {database: {read_url_file: …}}\n")
	}
	if good {
		fmt.Fprintf(out, "%d notices are good; see them with: twokey notices render NAME\n", len(set.All()))
	}
	return good
}
