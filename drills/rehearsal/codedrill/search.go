package codedrill

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"twokey/drills"
)

const (
	// searchedUpTo is how large a tracked file may be to be searched: a config is not larger.
	searchedUpTo = 1 << 20
	// mostNamed is how many files a sentence names.
	mostNamed = 3
)

// tracked is a file of the release.
type tracked struct {
	name, object string
	link         bool
}

// search looks at the release's files before any is checked out or run: production's secrets in them would be read by what is built and
// tested, as dotenv reads .env, and a link that leads out would have it read, or write, elsewhere.
func (s *session) search(ctx context.Context, g git, commit string) (drills.Check, error) {
	check := drills.Check{Name: "files of the release", State: drills.Red}
	files, err := g.tracked(ctx, commit)
	if err != nil {
		return check, err
	}
	look := finder{d: s.Drill}
	if s.cfg.Production != nil {
		if look.p, err = s.compareWith(); err != nil {
			return check, err
		}
		look.compare = true
	}
	if err := g.contents(ctx, files, look.see); err != nil {
		return check, err
	}
	if len(look.bad) > 0 {
		check.Why = "the release has what leads to production: " + strings.Join(look.bad[:min(len(look.bad), mostNamed)], ", ")
		if n := len(look.bad) - mostNamed; n > 0 {
			check.Why += fmt.Sprintf(" and %d more", n)
		}
		return check, &failure{sentence: check.Why, hint: "take it out of the repository, and change a secret that was in it; nothing was built"}
	}
	check.State, check.Value = drills.Green, fmt.Sprintf("%d were searched", len(files))
	if !look.compare {
		check.Value = fmt.Sprintf("%d were looked at, for links only", len(files))
	}
	return check, nil
}

// tracked lists what is to be looked at.
func (g git) tracked(ctx context.Context, commit string) ([]tracked, error) {
	list, err := g.text(ctx, "ls-tree", "-r", "-z", "--long", "--full-tree", commit)
	if err != nil {
		return nil, err
	}
	var all []tracked
	for line := range strings.SplitSeq(strings.TrimSuffix(list, "\x00"), "\x00") {
		head, name, _ := strings.Cut(line, "\t")
		f := strings.Fields(head) // mode, type, object, size
		if len(f) != 4 || f[1] != "blob" {
			continue // a submodule is not checked out
		}
		if size, err := strconv.ParseInt(f[3], 10, 64); err == nil && size <= searchedUpTo {
			all = append(all, tracked{name: name, object: f[2], link: f[0] == "120000"})
		}
	}
	return all, nil
}

// contents shows each file to see. The list goes to git in a file that is only memory, since a pipe could fill.
func (g git) contents(ctx context.Context, files []tracked, see func(tracked, []byte)) error {
	fd, err := unix.MemfdCreate("list", unix.MFD_CLOEXEC)
	if err != nil {
		return unmade(err)
	}
	list := os.NewFile(uintptr(fd), "list")
	defer list.Close()
	for _, f := range files {
		fmt.Fprintln(list, f.object)
	}
	if _, err := list.Seek(0, io.SeekStart); err != nil {
		return unmade(err)
	}
	from, to := io.Pipe()
	var wait sync.WaitGroup
	var ran error
	g.in.In = list
	wait.Go(func() {
		ran = g.to(ctx, to, gitWithin, "cat-file", "--batch")
		to.Close()
	})
	err = each(bufio.NewReader(from), files, see)
	from.CloseWithError(err)
	wait.Wait()
	if ran != nil {
		return ran
	}
	return err
}

// each reads what git cat-file --batch prints.
func each(r *bufio.Reader, files []tracked, see func(tracked, []byte)) error {
	for _, f := range files {
		head, err := r.ReadString('\n')
		fields := strings.Fields(head)
		if err != nil || len(fields) != 3 || fields[0] != f.object {
			return &failure{sentence: "a file of the release cannot be read", hint: "see git fsck in the repository", cause: errors.Join(err, errors.New(f.object))}
		}
		n, err := strconv.Atoi(fields[2])
		if err != nil || n > searchedUpTo {
			return fmt.Errorf("git cat-file: %q", head)
		}
		data := make([]byte, n+1) // and a newline
		if _, err := io.ReadFull(r, data); err != nil {
			return err
		}
		see(f, data[:n])
	}
	return nil
}

// finder collects what is wrong with files.
type finder struct {
	d       *Drill
	p       production
	compare bool
	bad     []string
}

var envNamed = regexp.MustCompile(`^\.env(\..*)?$|\.env$`)

// onlyExamples are endings of env files that nothing reads.
var onlyExamples = regexp.MustCompile(`(?i)(example|sample|template|dist|defaults?)$`)

func (l *finder) see(f tracked, data []byte) {
	switch base := path.Base(f.name); {
	case f.link:
		if target := string(data); path.IsAbs(target) || !inside(f.name, target) {
			l.bad = append(l.bad, "a link out of it: "+named(f.name))
		}
	case !l.compare:
	case l.p.grave.in(string(data)):
		l.bad = append(l.bad, "a secret in "+named(f.name))
	case envNamed.MatchString(base) && !onlyExamples.MatchString(base):
		l.env(f, data)
	}
}

// env judges a file that is read as the drill's own would be.
func (l *finder) env(f tracked, data []byte) {
	env, err := parseEnv(data)
	if err != nil {
		l.bad = append(l.bad, named(f.name)+", which cannot be read")
		return
	}
	for _, why := range l.p.refused(env) {
		l.bad = append(l.bad, fmt.Sprintf("%s in %s", why, named(f.name)))
	}
}

// inside says whether a link in the release stays there.
func inside(name, target string) bool {
	at := path.Join(path.Dir(name), target)
	return at != ".." && !strings.HasPrefix(at, "../") && !slices.Contains(strings.Split(at, "/"), ".git")
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/ -]{0,99}$|^\.[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$`)

// named is the name of a file, when it can be shown.
func named(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	return "a file whose name cannot be shown"
}
