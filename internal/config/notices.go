package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"twokey/internal/secret"
)

// Notices are what the service's users are told, through the service's own bot.
type Notices struct {
	Token    secret.Value
	Audience string            // SQL: ids and languages
	Segments map[string]string // name → SQL: ids
	Affected map[string]string // table → the column that names the user
	// AffectedUsers is SQL: $1 are the values of those columns, and it gives the users' Telegram ids.
	AffectedUsers string
	API           string
	CopyEvery     time.Duration
	Rate          Rate
	Links         []string // hosts a notice may link to
	PerDay        int
	Templates     string // a folder; empty: only the built-in ones
	Auto          []Auto
}

// Rate is messages a second, while the service is down and while it is up and needs its share.
type Rate struct{ ServiceDown, ServiceUp int }

// Auto is a notice that is sent by itself once two people have agreed to it, for good.
type Auto struct {
	When   string        // down_longer_than, overdue, lockdown or checks_green
	Longer time.Duration // of down_longer_than
	Send   string        // template.variant
}

// defaultAffectedUsers fits the tables of the document this grew out of.
const defaultAffectedUsers = "SELECT telegram_id FROM users WHERE id::text = ANY($1::text[])"

const (
	defaultCopyEvery = time.Hour
	defaultPerDay    = 4
	// maxRate: "the API will not allow bulk notifications to more than ~30 users per second",
	// https://core.telegram.org/bots/faq#broadcasting-to-users
	maxRate         = 30
	defaultRateDown = 29
	defaultRateUp   = 20
)

func (n *node) notices() Notices {
	defer n.close()
	s := Notices{
		Token:         n.token(),
		Audience:      n.need("audience", "SQL that gives the users' Telegram ids and languages").filled(""),
		Segments:      n.get("segments").table(),
		Affected:      n.get("affected").table(),
		AffectedUsers: n.get("affected_users").str(defaultAffectedUsers),
		API:           strings.TrimRight(n.get("api").address(n.doc.config.Telegram.API), "/"),
		CopyEvery:     n.get("copy_every").duration(defaultCopyEvery),
		Rate:          n.get("rate").section().rate(),
		PerDay:        n.get("per_day").count(defaultPerDay, 1),
		Templates:     n.get("templates").file(""),
	}
	if templates := n.get("templates"); templates.present() {
		templates.guarded(n.doc.shown(templates.text))
	}
	n.otherBot(s.Token)
	for _, item := range n.get("links").list() {
		s.Links = append(s.Links, item.host())
	}
	for _, item := range n.get("auto").list() {
		s.Auto = append(s.Auto, item.section().auto())
	}
	return s
}

// otherBot refuses the admin bot: it may only write to users who started it, and they have not.
func (n *node) otherBot(token secret.Value) {
	admin := n.doc.config.Telegram.Token
	if token.IsZero() || admin.IsZero() || botID(token) != botID(admin) {
		return
	}
	at := n.get("token_file")
	if !at.present() {
		at = n.get("token")
	}
	at.wrong("is the admin bot's", "users hear from the service's own bot: name its token")
}

func (n *node) rate() Rate {
	defer n.close()
	return Rate{ServiceDown: n.get("service_down").perSecond(defaultRateDown), ServiceUp: n.get("service_up").perSecond(defaultRateUp)}
}

func (n *node) perSecond(fallback int64) int {
	i := n.count(fallback, 1)
	if n.present() && i > maxRate {
		n.wrong(fmt.Sprintf("is %d: Telegram takes at most %d a second", i, maxRate), "")
		return int(fallback)
	}
	return i
}

func (n *node) host() string {
	s := n.filled("")
	if u, err := url.Parse("https://" + s); n.present() && (err != nil || u.Host != s || strings.ContainsAny(s, "@ ")) {
		n.wrong(fmt.Sprintf("%q is not a host", s), "write only the host, such as status.example.com")
	}
	return strings.ToLower(s)
}

var (
	autoWords    = []string{"down_longer_than", "overdue", "lockdown", "checks_green"}
	templateName = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$`)
)

func (n *node) auto() Auto {
	defer n.close()
	when, send := n.need("when", "one of "+strings.Join(autoWords, ", ")), n.need("send", "a template, such as maintenance.starting")
	a := Auto{Send: send.filled("")}
	if send.present() && !templateName.MatchString(a.Send) {
		send.wrong(fmt.Sprintf("%q is not the name of a template", a.Send), "write one such as maintenance.starting")
	}
	word, span, _ := strings.Cut(when.filled(""), " ")
	a.When = word
	if !when.present() {
		return a
	}
	var err error
	switch {
	case !contains(autoWords, word):
		when.wrong(fmt.Sprintf("%q is not known", word), didYouMean(word, autoWords))
	case word == "down_longer_than":
		if a.Longer, err = parseDuration(span); err != nil {
			when.wrong("needs a span of time", "write one such as down_longer_than 60s")
		}
	case span != "":
		when.wrong(fmt.Sprintf("%s takes nothing after it", word), "")
	}
	return a
}

func (n *node) hooks() Hooks {
	defer n.close()
	h := Hooks{Listen: n.get("listen").hostPort("")}
	if h.Listen == "" {
		// Off: the secret need not be there.
		n.get("secret").word()
		n.get("secret_file").filled("")
		return h
	}
	_, given := n.secret("secret", true)
	if !given {
		n.get("secret_file").wrong("is missing", "the file with what other programs prove themselves with")
	}
	n.later("take alerts")
	return h
}
