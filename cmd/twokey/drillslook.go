package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"twokey/actions"
	"twokey/bot/broadcast"
	"twokey/drills"
	"twokey/internal/config"
	"twokey/internal/journal"
)

// trouble is what is really going on that ends any drill: a lockdown, or a service that is down. It is called under the journal's lock.
func (p practice) trouble() string {
	if l, locked := p.acts.Lockdown(); locked {
		return fmt.Sprintf("the service is locked, %s pressed panic", l.Person)
	}
	if o, down := p.acts.Outage(); down {
		return fmt.Sprintf("the service is down since %s (#%d)", o.Since.In(p.cfg.Zone).Format("15:04"), o.By)
	}
	return ""
}

// around looks both ways: whatever the drill, nobody practises beside something real.
func (p practice) around() []drills.Look {
	var all []drills.Look
	look := func(name, bad, good, hint string) {
		l := drills.Look{Name: name, State: drills.Green, Text: good}
		if bad != "" {
			l.State, l.Text, l.Hint = drills.Red, bad, hint
		}
		all = append(all, l)
	}
	p.log.View(func(now journal.Now) {
		look("incident", p.trouble(), "nothing is wrong with the service", "wait until it is over")
		look("runs", p.busy(), "nothing changes production just now", "see /pending")
		look("broadcast", p.telling(), "no notice is on its way", "see /notices")
		clock := ""
		if now.Behind > 0 {
			clock = fmt.Sprintf("the clock is %s behind the journal", now.Behind.Round(time.Second))
		}
		look("clock", clock, "the clock is right", "see the host's clock")
	})
	return all
}

// busy is what changes production now, or broke while it did.
func (p practice) busy() string {
	for _, r := range p.acts.Live() {
		switch {
		case r.Action().Effect != actions.Change:
		case r.Status == actions.Running:
			return fmt.Sprintf("/%s is running (#%d)", r.Action().Name, r.ID)
		case r.Unsettled():
			return fmt.Sprintf("/%s was interrupted and is not settled (#%d)", r.Action().Name, r.ID)
		}
	}
	return ""
}

func (p practice) telling() string {
	for _, b := range p.told.All() {
		if b.Status == broadcast.Running {
			return fmt.Sprintf("users are being told something (#%d)", b.ID)
		}
	}
	return ""
}

// Opening finds out what an exercise consists of, and looks both ways.
func (p practice) Opening(ctx context.Context, x *drills.Exercise) (drills.Opening, error) {
	d, ok := p.plan(x.Drill)
	if !ok {
		return drills.Opening{}, fmt.Errorf("the config has no drill %s any more", x.Drill)
	}
	o := p.about(d)
	o.Looks = p.around()
	if x.Type == drills.Approvers {
		o.Script = p.reaching()
		return o, nil
	}
	kind := p.kinds[x.Drill]
	var err error
	if o.Script, err = kind.Script(ctx); err != nil {
		return o, err
	}
	o.Looks = append(o.Looks, kind.Look(ctx)...)
	for i := range o.Looks {
		o.Looks[i].Text = p.redact.String(o.Looks[i].Text)
	}
	return o, nil
}

// reaching is the script of an approvers drill.
func (p practice) reaching() []drills.Step {
	var names []string
	for _, n := range approvers(p.cfg) {
		names = append(names, string(n))
	}
	return []drills.Step{{Key: drills.AnswersKey, Title: "reach everybody who approves", Proves: true,
		Ask: "Each of them gets a message in private: " + strings.Join(names, ", ") + ". Nothing is to be done but to tap it."}}
}

// objectives are what drills are for, and what counts as a success: fixed before they start.
var objectives = map[string]struct {
	scenario, objective string
	criteria            []string
}{
	drills.Database: {"the database is lost or wrong, and goes back to the newest backup", "the newest backup can be restored, whole and recent, within the target",
		[]string{"the newest backup is read to its end", "what is restored has its rows, keys and sequences, and passes the config's checks", "its newest row is recent",
			"within the target, from the start until that is proven", "nothing of it is left"}},
	drills.Code: {"a release is bad, and the one before comes back", "the release before can be built and passes its tests, within the target",
		[]string{"the commit before is checked out beside, built and tested", "production's checkout stays as it is", "within the target, from the start until the tests passed", "nothing of it is left"}},
	drills.Emergency: {"the whole procedure: stop, restore, verify, unlock, with the team at the table", "everybody knows what to press, and it works from the panic until the service is up",
		[]string{"each event is answered as the runbook says", "panic, restore, verify and unlock come to their end on a stage of their own", "within the target"}},
	drills.Approvers: {"it is night, and something has to be approved", "each of those who approve is reached within the target",
		[]string{"everybody who is not away answers", "those who answer are enough for every rule"}},
}

func (p practice) about(d config.Drill) drills.Opening {
	words := objectives[d.Type]
	return drills.Opening{Scenario: words.scenario, Objective: words.objective, Criteria: words.criteria, Revision: p.cfg.Revision, Runbook: runbook(d.Runbook)}
}

// maxRunbook is more than any runbook has, in bytes.
const maxRunbook = 16 << 20

// runbook is a document as it is now; one that cannot be read, or is on the web, has no hash.
func runbook(path string) *drills.Document {
	if path == "" {
		return nil
	}
	doc := &drills.Document{Path: path}
	if strings.Contains(path, "://") {
		return doc
	}
	f, err := os.Open(path)
	if err != nil {
		return doc
	}
	defer f.Close()
	sum := sha256.New()
	if n, err := io.Copy(sum, io.LimitReader(f, maxRunbook+1)); err == nil && n <= maxRunbook {
		doc.SHA256 = hex.EncodeToString(sum.Sum(nil))
	}
	return doc
}
