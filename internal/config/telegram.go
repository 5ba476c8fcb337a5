package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"twokey/internal/secret"
)

// Telegram is the admin bot: the one that people command.
type Telegram struct {
	Token       secret.Value
	AdminChat   int64         // negative: a group
	WitnessChat int64         // 0: none
	Topic       int           // forum topic of the admin chat; 0 is General
	API         string        // URL of the Bot API server, without a slash at its end
	StaleAfter  time.Duration // an older command is refused
}

const (
	defaultAPI        = "https://api.telegram.org"
	defaultStaleAfter = time.Minute
	// maxStaleAfter: Telegram itself keeps what a bot did not fetch for 24 hours, and nobody means the command of yesterday.
	maxStaleAfter = time.Hour
)

// botToken is the bot's id, a colon and the key.
var botToken = regexp.MustCompile(`^[0-9]+:[A-Za-z0-9_-]+$`)

func (n *node) telegram() Telegram {
	defer n.close()
	t := Telegram{
		Token:       n.token(),
		AdminChat:   n.need("admin_chat", "the group's id, such as -1001234567890").group(),
		WitnessChat: n.get("witness_chat").group(),
		Topic:       n.get("topic").count(0, 0),
		API:         strings.TrimRight(n.get("api").address(defaultAPI), "/"),
		StaleAfter:  n.get("stale_after").duration(defaultStaleAfter),
	}
	if stale := n.get("stale_after"); t.StaleAfter > maxStaleAfter {
		stale.wrong(fmt.Sprintf("is %s: it must be at most %s", t.StaleAfter, maxStaleAfter), "an old command must not run; people can ask again with one tap")
	}
	if t.WitnessChat != 0 && t.WitnessChat == t.AdminChat {
		n.get("witness_chat").wrong("is the admin chat", "a witness is a chat that others hold")
	}
	return t
}

// token reads a bot's token, which must be there.
func (n *node) token() secret.Value {
	token, given := n.secret("token", false)
	if !given && n.kind == mapping {
		n.get("token_file").wrong("is missing", "the file with the token that @BotFather gave, such as secrets/bot.token")
	}
	n.checkToken(token)
	return token
}

func (n *node) checkToken(token secret.Value) {
	if token.IsZero() || botToken.MatchString(token.Reveal()) {
		return
	}
	const message, hint = "is not a bot's token", "a token is a number, a colon and a key, alone on one line"
	if file := n.get("token_file"); file.present() {
		file.wrong(message, hint)
		return
	}
	n.get("token").wrong(message, hint)
}

// botID is the part of a token that stays the same when the token is renewed.
func botID(token secret.Value) string {
	id, _, _ := strings.Cut(token.Reveal(), ":")
	return id
}

// group reads the id of a group's chat; 0 when it is absent.
func (n *node) group() int64 {
	id := n.integer(0)
	if id > 0 {
		n.wrong(fmt.Sprintf("is %d, a person's chat", id), "a group's id is negative, such as -1001234567890")
		return 0
	}
	if id == 0 && n.present() && strings.HasSuffix(n.path, "admin_chat") {
		n.wrong("is 0", "a group's id is negative, such as -1001234567890")
	}
	return id
}

// address reads the URL of a server we send secrets to: https, or http on this machine.
func (n *node) address(fallback string) string {
	s := n.str(fallback)
	if !n.present() || s == "" {
		return fallback
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		n.wrong("is not a URL", "write one such as https://example.org/path")
		return fallback
	case u.Scheme == "http" && !loopback(u.Hostname()):
		n.wrong("is http to another machine, and what is sent there is secret", "write https://")
		return fallback
	}
	return s
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// hostPort reads an address to listen on; empty is off.
func (n *node) hostPort(fallback string) string {
	s := n.str(fallback)
	if s == "" || !n.present() {
		return s
	}
	_, port, err := net.SplitHostPort(s)
	if number, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || number == 0 {
		n.wrong(fmt.Sprintf("%q is not an address to listen on", s), "write host:port, such as 127.0.0.1:9464")
		return fallback
	}
	return s
}
