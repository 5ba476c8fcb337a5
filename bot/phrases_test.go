package bot_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"twokey/actions"
	"twokey/bot"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// phrases are what users can be told in these tests: some templates, and what was sent as a test.
type phrases struct {
	mu        sync.Mutex
	tests     map[int64][]bot.NoticeTexts
	unstarted bool // the service's bot may not write to anybody
	own       bool // there is no maintenance.starting
}

var both = []string{"en", "ru"}

func (p *phrases) Templates() []bot.NoticeTemplate {
	from := text.NoticeVar{Name: "from", Kind: "time", Default: "now", Presets: []text.NoticeChoice{{Label: "now", Value: "now"}}}
	lasts := text.NoticeVar{Name: "for", Kind: "duration", Presets: []text.NoticeChoice{{Label: "15 min", Value: "15m"}, {Label: "an hour", Value: "1h"}}}
	all := []bot.NoticeTemplate{
		{Name: "maintenance.scheduled", Summary: "it is planned", Languages: both, Vars: []text.NoticeVar{from, lasts}},
		{Name: "maintenance.starting", Summary: "it begins", Languages: both, Vars: []text.NoticeVar{from, lasts}},
		{Name: "maintenance.finished", Summary: "it is over", Languages: both, Closes: true},
		{Name: "service_update", Summary: "something was wrong", Languages: both, Vars: []text.NoticeVar{from, {Name: "impact", Kind: "text", Summary: "what was affected"}}},
	}
	return slices.DeleteFunc(all, func(t bot.NoticeTemplate) bool { return p.own && t.Name == "maintenance.starting" })
}

func (p *phrases) Bind(template string, typed map[string]string, now time.Time) (string, error) {
	i := slices.IndexFunc(p.Templates(), func(t bot.NoticeTemplate) bool { return t.Name == template })
	values, left := map[string]string{}, maps.Clone(typed)
	for _, v := range p.Templates()[i].Vars {
		value, given := typed[v.Name]
		if !given {
			value = v.Default
		}
		if delete(left, v.Name); value == "" {
			return "", &bot.NoticeError{Var: v.Name, Sentence: v.Name + " is missing"}
		}
		value, err := bound(v, value, now)
		if err != nil {
			return "", err
		}
		values[v.Name] = value
	}
	for name := range left {
		return "", &bot.NoticeError{Var: name, Sentence: template + " has no such variable"}
	}
	var line []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		line = append(line, name+"="+strconv.Quote(values[name]))
	}
	return strings.Join(line, " "), nil
}

func bound(v text.NoticeVar, value string, now time.Time) (string, error) {
	switch v.Kind {
	case "time":
		if value == "now" {
			return now.UTC().Truncate(time.Minute).Format(time.RFC3339), nil
		}
		if _, err := time.Parse(time.RFC3339, value); err != nil {
			return "", &bot.NoticeError{Var: v.Name, Sentence: strconv.Quote(value) + " is no time", Hint: "type now"}
		}
	case "duration":
		d, err := time.ParseDuration(value)
		if err != nil {
			return "", &bot.NoticeError{Var: v.Name, Sentence: strconv.Quote(value) + " is no duration", Hint: "type 15m"}
		}
		return d.String(), nil
	default:
		if strings.Contains(value, "://") {
			return "", &bot.NoticeError{Var: v.Name, Sentence: "has a link", Hint: "say it without one"}
		}
	}
	return value, nil
}

func (p *phrases) Render(template, values string) (bot.NoticeTexts, error) {
	if values == "" && template != "maintenance.finished" {
		return bot.NoticeTexts{}, errors.New("no values")
	}
	texts := map[string]string{}
	for _, l := range both {
		texts[l] = fmt.Sprintf("🔧 <b>%s</b> %s %s", l, template, strings.ReplaceAll(values, `"`, "&quot;"))
	}
	return bot.NoticeTexts{Template: template, Texts: texts, Default: "ru"}, nil
}

func (p *phrases) SendTest(_ context.Context, account int64, t bot.NoticeTexts) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.unstarted {
		return &telegram.Error{Method: "sendMessage", Class: telegram.ClassChatGone}
	}
	if p.tests == nil {
		p.tests = map[int64][]bot.NoticeTexts{}
	}
	p.tests[account] = append(p.tests[account], t)
	return nil
}

func (p *phrases) testsTo(account int64) []bot.NoticeTexts {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tests[account]
}

// tellingYAML are the actions about notices, where they are not built in.
const tellingYAML = `
broadcast:
  summary: Tell the users
  params: {template: {type: text}, values: {type: text, default: none}, to: {type: text, default: none}, affected: {type: text, default: none}, matter: {type: text, default: none}, audience: {type: choice, values: [none, accept], default: none}}
  steps: [notice: {do: tell, template: "{template}", values: "{values}", to: "{to}", affected: "{affected}", matter: "{matter}", audience: "{audience}"}]
broadcast_edit: {summary: Correct, params: {broadcast: {type: integer}, values: {type: text, default: none}}, steps: [notice: {do: edit, broadcast: "{broadcast}", values: "{values}"}]}
broadcast_resume: {summary: Go on, params: {broadcast: {type: integer}}, steps: [notice: {do: resume, broadcast: "{broadcast}"}]}
`

// tellingCatalogue has the actions about notices, built in or of our own.
func tellingCatalogue(t *testing.T) actions.Catalogue {
	t.Helper()
	site := noService
	site.Notices = true
	defs, err := actions.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	if _, there := defs["broadcast"]; there {
		return load(t, catalogue, site)
	}
	return load(t, catalogue+tellingYAML, site)
}

// wire gives a bot what it needs to tell users something.
func (p *phrases) wire(n *night, b *bot.Bot) {
	b.Catalogue, b.Notices, b.Broadcasts, b.Drafts = tellingCatalogue(n.t), p, n.told, bot.NewDrafts()
	b.Look.Notices = func(context.Context) text.NoticesView {
		now := time.Now()
		return text.NoticesView{Templates: p.Templates(), Users: 48210, At: now.Add(-time.Minute), Now: now}
	}
	b.Look.Audiences = func() text.Audiences {
		return text.Audiences{Segments: []string{"with_deposits"}, Hits: []text.Hit{{Run: 12, Action: "restore", At: time.Now().Add(-time.Hour)}}}
	}
	b.Look.BroadcastList = func(_ context.Context, id uint64) (string, []byte, error) {
		return fmt.Sprintf("broadcast-%d.csv", id), []byte("id,state\n4711,sent\n"), nil
	}
	b.Look.BroadcastRate = func(context.Context, uint64) ([]byte, error) { return []byte("PNG"), nil }
}

// press presses a button of the newest message in a chat that has it, and gives what was answered.
func (n *night) press(user, chat int64, label string) string {
	n.t.Helper()
	list := n.Messages(chat)
	for _, m := range slices.Backward(list) {
		if !m.Deleted && hasButton(m, label) {
			id, err := n.PressButton(user, chat, m.ID, label)
			if err != nil {
				n.t.Fatal(err)
			}
			n.pass(2 * time.Second)
			a, _ := n.AnswerTo(id)
			return a.Text
		}
	}
	var all []string
	for _, m := range list {
		all = append(all, m.Text+fmt.Sprint(m.Buttons))
	}
	n.end() // or the bubble says that, and not this
	n.Close()
	n.t.Fatalf("no message has a button %q; the chat has:\n%s", label, strings.Join(all, "\n---\n"))
	return ""
}

// only is the one request there is that is not over.
func (n *night) only() *actions.Request {
	n.t.Helper()
	var list []*actions.Request
	n.log.View(func(journal.Now) {
		for _, r := range n.state.Live() {
			list = append(list, r.Clone())
		}
	})
	if len(list) != 1 {
		n.end()
		n.Close()
		n.t.Fatalf("%d requests are live, want one", len(list))
	}
	return list[0]
}
