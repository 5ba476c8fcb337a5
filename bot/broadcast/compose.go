package broadcast

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"time"

	"twokey/actions/step"
	"twokey/bot/broadcast/notice"
)

// Composer makes notices of templates.
type Composer struct {
	Set  notice.Set
	Zone *time.Location
}

// Source is the digest of a template's source, which decides what users see, and of those that follow it.
func (c Composer) Source(name string) (string, bool) {
	t, ok := c.Set.Get(name)
	if !ok {
		return "", false
	}
	return c.source(t), true
}

func (c Composer) source(t *notice.Template) string {
	names := []string{t.Reminder}
	for _, f := range t.Follow {
		names = append(names, f.Send)
	}
	all := t.Digest
	for _, name := range names {
		if f, ok := c.Set.Get(name); ok {
			all += "\x00" + f.Digest
		}
	}
	if all == t.Digest {
		return all
	}
	sum := sha256.Sum256([]byte(all))
	return hex.EncodeToString(sum[:])
}

// Event composes a notice with what an event gives; a variable that the template does not have is left out.
func (c Composer) Event(name string, event map[string]string, now time.Time) (step.Telling, error) {
	t, ok := c.Set.Get(name)
	if !ok {
		return step.Telling{}, noTemplate(name)
	}
	v, err := t.Bind(taken(t, event), now)
	if err != nil {
		return step.Telling{}, err
	}
	return c.compose(t, v)
}

// Values composes a notice with values in their canonical form.
func (c Composer) Values(name, values string) (step.Telling, error) {
	t, ok := c.Set.Get(name)
	if !ok {
		return step.Telling{}, noTemplate(name)
	}
	v, err := notice.ParseValues(values)
	if err != nil {
		return step.Telling{}, err
	}
	if v, err = t.Bind(v, time.Time{}); err != nil {
		return step.Telling{}, err
	}
	return c.compose(t, v)
}

func noTemplate(name string) error {
	return &step.Failure{Sentence: "there is no notice " + name, Hint: "see /notices"}
}

// taken are the values whose variables the template has.
func taken(t *notice.Template, values map[string]string) map[string]string {
	kept := map[string]string{}
	for _, v := range t.Vars {
		if x, there := values[v.Name]; there {
			kept[v.Name] = x
		}
	}
	return kept
}

func (c Composer) compose(t *notice.Template, v notice.Values) (step.Telling, error) {
	r, err := t.Render(v)
	if err != nil {
		return step.Telling{}, err
	}
	told := step.Telling{Do: step.NoticeTell, Template: t.Name, Source: c.source(t), Values: v.String(), Texts: maps.Clone(r.Texts), Default: r.Default,
		Silent: t.Silent, Resend: t.Resend, Closes: t.Closes, Until: promise(v)}
	if r.Picture != nil {
		told.Picture = hashed(r.Picture)
	}
	told.Follow, err = c.followers(t, v)
	return told, err
}

// promise is when the values say that it is over; zero when they do not.
func promise(v notice.Values) time.Time {
	if at, err := time.Parse(time.RFC3339, v["until"]); err == nil {
		return at
	}
	from, err := time.Parse(time.RFC3339, v["from"])
	takes, long := time.ParseDuration(v["for"])
	if err != nil || long != nil {
		return time.Time{}
	}
	return from.Add(takes)
}

// followers are the notices that one approval of this one covers: reminders of what begins later, its beginning, its end.
func (c Composer) followers(t *notice.Template, v notice.Values) ([]step.FollowNotice, error) {
	var list []step.FollowNotice
	from, _ := time.Parse(time.RFC3339, v["from"])
	for _, before := range t.Reminders {
		f, err := c.follower(t, t.Reminder, v, from.Add(-before))
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	for _, x := range t.Follow {
		f, err := c.follower(t, x.Send, v, time.Time{})
		if err != nil {
			return nil, err
		}
		if f.When = x.When; x.When == "" {
			if f.At, err = time.Parse(time.RFC3339, v[x.At]); err != nil {
				return nil, fmt.Errorf("notice %s: %s follows at %q, which is no time: %w", t.Name, x.Send, x.At, err)
			}
		} else {
			f.Values = "" // its times are known when it comes
		}
		list = append(list, f)
	}
	return list, nil
}

func (c Composer) follower(before *notice.Template, name string, v notice.Values, at time.Time) (step.FollowNotice, error) {
	t, ok := c.Set.Get(name)
	if !ok {
		return step.FollowNotice{}, noTemplate(name)
	}
	bound, err := t.Bind(before.Passed(v, t), time.Time{})
	if err != nil && len(t.Unfilled()) == 0 {
		return step.FollowNotice{}, err
	}
	return step.FollowNotice{Template: name, Source: c.source(t), Values: bound.String(), At: at}, nil
}

// picture is the template's, when it is still the one that was approved.
func (c Composer) picture(t step.Telling) (*notice.Picture, error) {
	if t.Picture == "" {
		return nil, nil
	}
	tpl, ok := c.Set.Get(t.Template)
	if !ok || tpl.Picture == nil || hashed(tpl.Picture) != t.Picture {
		return nil, &step.Failure{Sentence: "the picture of " + t.Template + " is not the one that was agreed to"}
	}
	return tpl.Picture, nil
}

func hashed(p *notice.Picture) string {
	sum := sha256.Sum256(p.Bytes)
	return hex.EncodeToString(sum[:])
}
