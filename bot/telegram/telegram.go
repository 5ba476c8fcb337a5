// Package telegram is a thin layer over go-telegram-bot-api: what that library
// cannot do, done once. Every call takes a context and has a deadline; every
// failure has a Class that says what may be done next, above all whether the
// call may have happened; no error holds the token; updates are confirmed
// after they are handled (Poller); what is sent waits for its turn within
// Telegram's limits, the urgent first (Lanes).
//
// The library models the Bot API of 2021. Its MakeRequest and UploadFiles are
// used, with our own parameters and our own types, and nothing else of it: see
// the sources of v5.5.1 for why its GetUpdatesChan loses updates, its errors
// hold the token, and its types hide forwards.
package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"twokey/internal/secret"
)

// DefaultAPI is where Telegram's own Bot API is.
const DefaultAPI = "https://api.telegram.org"

// Deadlines of one call. A caller's shorter deadline wins.
const (
	// sendTimeout: the Bot API server itself waits up to 8 s in a flood before
	// it answers 429 (tdlib/td NetQueryCreator), so a good send may take 15 s.
	sendTimeout   = 30 * time.Second
	uploadTimeout = 60 * time.Second
	// answerTimeout: a button press can be answered for about 15 s.
	answerTimeout = 15 * time.Second
	// pollSlack is what getUpdates gets beyond its own waiting time; with
	// equal values a quiet chat is a stream of timeouts.
	pollSlack = 15 * time.Second
)

// Config is what a Client needs.
type Config struct {
	Token secret.Value
	API   string           // base URL of the Bot API server; "" is DefaultAPI
	HTTP  *http.Client     // nil is a client of our own; its Timeout and CheckRedirect are not used
	Now   func() time.Time // nil is time.Now
}

// Client calls the Bot API as one bot. It may be used by many goroutines.
type Client struct {
	token    secret.Value
	endpoint string
	id       int64
	http     *http.Client
	hide     *secret.Redactor
	clock    clock
}

// tokenShape is what the Bot API server accepts (telegram-bot-api
// ClientManager): anything else would fail as 404, or leak in an error about
// the URL it was put in.
var tokenShape = regexp.MustCompile(`^([1-9][0-9]{0,15}):([A-Za-z0-9_-]{30,80})$`)

// New checks cfg and returns a Client. It does not use the network: a bot must
// start while Telegram is down.
func New(cfg Config) (*Client, error) {
	parts := tokenShape.FindStringSubmatch(cfg.Token.Reveal())
	if parts == nil {
		return nil, fmt.Errorf("telegram token: not of the form 123456:ABC… that @BotFather gives")
	}
	id, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("telegram token: the number before the colon is too large")
	}
	base, err := baseURL(cfg.API)
	if err != nil {
		return nil, err
	}
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	return &Client{
		token:    cfg.Token,
		endpoint: base + "/bot%s/%s",
		id:       id,
		http:     httpClient(cfg.HTTP),
		hide:     secret.NewRedactor(cfg.Token, secret.New(parts[2])),
		clock:    clock{now: now},
	}, nil
}

// baseURL checks the address of the server. A % in it would be a verb in the
// library's format string.
func baseURL(api string) (string, error) {
	if api == "" {
		return DefaultAPI, nil
	}
	u, err := url.Parse(api)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return "", fmt.Errorf("telegram api: not a URL like %s", DefaultAPI)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Contains(api, "%") {
		return "", fmt.Errorf("telegram api: only scheme, host and path, without %%, as in %s", DefaultAPI)
	}
	return strings.TrimRight(api, "/"), nil
}

// BotID is the bot's own user id. It is part of the token, so it is known
// before Telegram was ever reached.
func (c *Client) BotID() int64 { return c.id }

// call makes one request and decodes its result into out, unless out is nil.
func (c *Client) call(ctx context.Context, timeout time.Duration, method string, p params, out any) error {
	return c.do(ctx, timeout, method, out, func(b *tgbotapi.BotAPI) (*tgbotapi.APIResponse, error) {
		return b.MakeRequest(method, tgbotapi.Params(p))
	})
}

func (c *Client) do(ctx context.Context, timeout time.Duration, method string, out any,
	request func(*tgbotapi.BotAPI) (*tgbotapi.APIResponse, error)) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	try := &attempt{ctx: ctx, http: c.http}
	b := tgbotapi.BotAPI{Token: c.token.Reveal(), Client: try}
	b.SetAPIEndpoint(c.endpoint)
	resp, err := request(&b)
	if e := c.classify(method, try, resp, err); e != nil {
		return e
	}
	c.clock.set(try.date)
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(resp.Result, out); err != nil {
		return c.fail(&Error{Method: method, Class: ClassUnknown, Description: "done, but the answer is not as documented"}, err)
	}
	return nil
}

// params are the parameters of a call. Empty and zero ones are left out: the
// server takes null for a value.
type params map[string]string

func (p params) text(key, v string) params {
	if v != "" {
		p[key] = v
	}
	return p
}

func (p params) number(key string, v int64) params {
	if v != 0 {
		p[key] = strconv.FormatInt(v, 10)
	}
	return p
}

func (p params) flag(key string, v bool) params {
	if v {
		p[key] = "true"
	}
	return p
}

// json adds v, which must be of our own plain types.
func (p params) json(key string, v any) params {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("telegram: parameter %s: %v", key, err))
	}
	p[key] = string(b)
	return p
}
