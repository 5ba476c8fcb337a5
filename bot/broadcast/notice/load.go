package notice

import (
	"cmp"
	"embed"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

//go:embed builtin/*.yaml
var builtin embed.FS

// Options say where own templates are, and what they may do.
type Options struct {
	Dir   string         // a folder of *.yaml; "" for the built-in ones alone
	Links []string       // hosts that may be linked to, exactly
	Zone  *time.Location // of times as they are typed; nil is UTC
}

// loader collects the templates, and everything that is wrong with them.
type loader struct {
	Options
	files  []*file
	drafts []*draft
	errs   []error // about no file
}

// draft is a template with the places of its file.
type draft struct {
	*Template
	at   *node
	file *file
	own  bool
}

var fileForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// Load reads the built-in templates and those of the folder. It reports every mistake at once, joined, each a *[Mistake]
// with its file and line; then there is no set.
func Load(o Options) (Set, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	l := &loader{Options: o}
	l.Links, l.errs = linkHosts(o.Links)
	l.builtin()
	if o.Dir != "" {
		l.folder()
	}
	set := l.set()
	if err := errors.Join(l.inOrder()...); err != nil {
		return Set{}, err
	}
	return set, nil
}

func (l *loader) builtin() {
	names, err := fs.Glob(builtin, "builtin/*.yaml")
	l.fail(err)
	for _, name := range names {
		data, err := builtin.ReadFile(name)
		l.fail(err)
		l.read(l.file("built-in "+path.Base(name)), strings.TrimSuffix(path.Base(name), ".yaml"), data, false)
	}
}

func (l *loader) fail(err error) {
	if err != nil {
		l.errs = append(l.errs, err)
	}
}

func (l *loader) folder() {
	entries, err := os.ReadDir(l.Dir)
	if err != nil {
		l.fail(&Mistake{File: l.Dir, Sentence: "the folder of templates cannot be read: " + cause(err).Error(), Hint: "make it, or remove notices.templates from the configuration"})
		return
	}
	for _, e := range entries {
		f := l.file(filepath.Join(l.Dir, e.Name()))
		family, ending := strings.TrimSuffix(e.Name(), filepath.Ext(e.Name())), filepath.Ext(e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case ending == ".yml":
			f.add(0, "the file is not read: its name ends in .yml", "name it "+family+".yaml")
		case ending != ".yaml":
		case !fileForm.MatchString(family):
			f.add(0, "the file's name cannot be a notice's", "use small letters, digits and _, as in weekly_report.yaml")
		default:
			l.own(f, family)
		}
	}
}

func (l *loader) file(name string) *file {
	f := &file{name: name}
	l.files = append(l.files, f)
	return f
}

func (l *loader) own(f *file, family string) {
	data, err := readGuarded(f.name, maxFile)
	if err != nil {
		f.add(0, "the file "+err.Error(), hintOf(err))
		return
	}
	l.read(f, family, data, true)
}

// read makes the drafts of one file.
func (l *loader) read(f *file, family string, data []byte, own bool) {
	root := f.tree(data)
	if root == nil {
		return
	}
	for _, d := range decode(f, root, family, l.Options) {
		d.own = own
		l.drafts = append(l.drafts, d)
	}
	root.close()
}

// set checks what templates say of each other, and puts them together.
func (l *loader) set() Set {
	var s Set
	for _, d := range l.drafts {
		if first, is := s.Get(d.Name); is {
			d.file.add(d.at.line, d.Name+" is there already", l.taken(first))
			continue
		}
		s.templates = append(s.templates, d.Template)
	}
	for _, d := range l.drafts {
		d.related(s)
	}
	if len(l.inOrder()) == 0 {
		for _, d := range l.drafts {
			d.trySample()
		}
	}
	return s
}

func (l *loader) taken(first *Template) string {
	i := slices.IndexFunc(l.drafts, func(d *draft) bool { return d.Template == first })
	if !l.drafts[i].own {
		return "it is built in, and cannot be replaced: choose another name"
	}
	return "it is in " + l.drafts[i].file.name
}

// inOrder gives every mistake once, by file and line.
func (l *loader) inOrder() []error {
	all := l.errs
	for _, f := range l.files {
		all = append(all, f.mistakes...)
	}
	place := func(err error) Mistake {
		var m *Mistake
		if errors.As(err, &m) {
			return *m
		}
		return Mistake{Sentence: err.Error()}
	}
	slices.SortStableFunc(all, func(a, b error) int {
		x, y := place(a), place(b)
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line))
	})
	return slices.CompactFunc(all, func(a, b error) bool { return place(a) == place(b) })
}
