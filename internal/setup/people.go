package setup

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"twokey/internal/secret"
)

// Person is somebody who may ask and approve.
type Person struct {
	Name     string
	Accounts []int64
}

// tokenShape is what @BotFather gives.
var tokenShape = regexp.MustCompile(`^[1-9][0-9]{0,15}:[A-Za-z0-9_-]{30,80}$`)

// askToken gets the admin bot's token: the one in its file, the flag's, or one that is typed unseen.
func (s *Setup) askToken(ctx context.Context, a *Answers) (secret.Value, Bot, error) {
	for {
		token, typed, err := s.token(ctx)
		if err != nil {
			return token, nil, err
		}
		if !tokenShape.MatchString(token.Reveal()) {
			err = errors.New("a token is a number, a colon and a key, as @BotFather gives it")
		}
		var bot Bot
		if err == nil {
			bot, err = s.meet(ctx, token, a)
		}
		switch {
		case err == nil:
			return token, bot, nil
		case !typed:
			return token, nil, fmt.Errorf("the bot's token: %w", err)
		}
		s.Talk.say("   %v", err)
	}
}

func (s *Setup) token(ctx context.Context) (token secret.Value, typed bool, err error) {
	there, err := secret.ReadFile(s.path(tokenFile))
	switch {
	case err == nil:
		s.Talk.say("The bot's token is there already, in %s.", s.path(tokenFile))
		return there, false, nil
	case exists(s.path(tokenFile)):
		return there, false, err
	case !s.Given.Token.IsZero():
		return s.Given.Token, false, nil
	case s.Talk.Yes:
		return there, false, errors.New("is missing: --token-file names a file with it")
	}
	line, err := s.Talk.secret(ctx, "The admin bot's token from @BotFather (it is not shown)")
	return secret.New(line), true, err
}

// meet asks Telegram who the bot is. That Telegram is away is no reason to stop: ids can be typed.
func (s *Setup) meet(ctx context.Context, token secret.Value, a *Answers) (Bot, error) {
	if s.Bot == nil {
		return nil, nil
	}
	bot, err := s.Bot(token)
	if err != nil {
		return nil, err
	}
	name, err := bot.Name(ctx)
	switch {
	case errors.Is(err, ErrToken):
		return nil, err
	case err != nil:
		s.Talk.say("   Telegram cannot be asked now (%s); ids have to be typed.", shown(err.Error()))
		return nil, nil
	}
	if botName.MatchString(name) {
		a.Bot = name
	}
	s.Talk.say("   This is @%s.", shown(name))
	return bot, nil
}

var botName = regexp.MustCompile(`^[A-Za-z0-9_]{1,64}$`)

// askPeople finds the admin chat and who is in it: through the bot, or as they are typed.
func (s *Setup) askPeople(ctx context.Context, bot Bot, a *Answers) error {
	var heard []Heard
	given := s.Given.AdminChat
	if bot != nil && given == "" && !s.Talk.Yes {
		words := fmt.Sprintf("Add @%s to the admin group, make it an administrator, and have everybody send /id there.\n"+
			"   Then press Enter, or type the group's id", shown(a.Bot))
		typed, err := s.Talk.ask(ctx, question{words: words, fallback: "listen", check: isGroupOr("listen")})
		if err != nil {
			return err
		}
		if given = typed; typed == "listen" {
			given = ""
			if heard, err = s.listen(ctx, bot); err != nil {
				return err
			}
		}
	}
	chat, err := s.Talk.ask(ctx, question{words: "Id of the admin group, such as -1001234567890", flag: "--admin-chat", given: given,
		fallback: onlyGroup(heard), check: isGroupOr("")})
	if err != nil {
		return err
	}
	a.AdminChat, _ = strconv.ParseInt(chat, 10, 64)
	line, err := s.Talk.ask(ctx, question{words: "Who may ask and approve, such as ann=11 bob=12,13 (two accounts of one person)", flag: "--person",
		given: strings.Join(s.Given.People, " "), fallback: offered(heard, a.AdminChat), check: arePeople})
	if err != nil {
		return err
	}
	a.People, err = parsePeople(line)
	return err
}

const (
	// listenFor is how long we wait for people to write.
	listenFor = 2 * time.Minute
	// listenEvery: nothing is confirmed, so Telegram answers at once with the same as before.
	listenEvery = 2 * time.Second
)

// listen shows who writes where the bot is, until Enter or for two minutes. What was heard stays with Telegram.
func (s *Setup) listen(ctx context.Context, bot Bot) ([]Heard, error) {
	s.Talk.say("   Listening for two minutes; press Enter when everybody has written.")
	over := time.NewTimer(listenFor)
	defer over.Stop()
	var heard []Heard
	for {
		now, err := bot.Heard(ctx)
		if err != nil && ctx.Err() == nil {
			s.Talk.say("   Telegram cannot be asked now (%s).", shown(err.Error()))
			return heard, nil
		}
		for _, h := range now {
			if !slices.Contains(heard, h) {
				heard = append(heard, h)
				s.Talk.say("   %s", h)
			}
		}
		again := time.NewTimer(listenEvery)
		select {
		case <-again.C:
		case <-over.C:
			again.Stop()
			return heard, nil
		case <-s.Talk.Lines: // Enter, or nobody is there any more, which the next question says
			again.Stop()
			return heard, nil
		case <-ctx.Done():
			again.Stop()
			return heard, ctx.Err()
		}
	}
}

func (h Heard) String() string {
	group := fmt.Sprintf("%s (%d)", shown(h.Title), h.Chat)
	switch {
	case h.Anonymous:
		return group + ": somebody wrote as the group; an administrator who stays anonymous cannot approve"
	case h.User == 0:
		return group + ": the bot is in it"
	}
	return fmt.Sprintf("%s: %s (%d) wrote", group, shown(h.Name), h.User)
}

// onlyGroup is the group that was heard from. Anybody may add a bot to a group: of several, people choose.
func onlyGroup(heard []Heard) string {
	if len(heard) == 0 || slices.ContainsFunc(heard, func(h Heard) bool { return h.Chat != heard[0].Chat }) {
		return ""
	}
	return strconv.FormatInt(heard[0].Chat, 10)
}

// offered are those who wrote in the group, each under a name of one word.
func offered(heard []Heard, chat int64) string {
	var all, taken []string
	for _, h := range heard {
		if h.Chat != chat || h.User == 0 || h.Anonymous {
			continue
		}
		name := oneWord(h.Name)
		if name == "" || slices.Contains(taken, name) {
			name = fmt.Sprintf("%s%d", name, h.User)
		}
		taken = append(taken, name)
		all = append(all, fmt.Sprintf("%s=%d", name, h.User))
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}

// oneWord makes a name that can be typed behind a command.
func oneWord(name string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	kept := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, first)
	if runes := []rune(kept); len(runes) > 16 {
		return string(runes[:16])
	}
	return kept
}

func isGroupOr(word string) func(string) error {
	return func(answer string) error {
		id, err := strconv.ParseInt(answer, 10, 64)
		if answer == word && word != "" || err == nil && id < 0 {
			return nil
		}
		return errors.New("a group's id is a negative number, such as -1001234567890; send /id to the running bot there, if nothing else tells")
	}
}

func arePeople(line string) error {
	_, err := parsePeople(line)
	return err
}

var personWord = regexp.MustCompile(`^[\pL\pN][\pL\pN._-]{0,31}$`)

// parsePeople reads ann=11 cid=13,14.
func parsePeople(line string) ([]Person, error) {
	var people []Person
	names, accounts := map[string]bool{}, map[int64]bool{}
	for _, word := range strings.Fields(line) {
		name, ids, _ := strings.Cut(word, "=")
		if !personWord.MatchString(name) || names[name] {
			return nil, fmt.Errorf("%q is not name=id with a name of its own, such as ann=123456789", word)
		}
		p := Person{Name: name}
		for _, text := range strings.Split(ids, ",") {
			id, err := strconv.ParseInt(text, 10, 64)
			if err != nil || id <= 0 || accounts[id] {
				return nil, fmt.Errorf("%q is not name=id with an id of its own, such as ann=123456789", word)
			}
			accounts[id] = true
			p.Accounts = append(p.Accounts, id)
		}
		names[name] = true
		people = append(people, p)
	}
	if len(people) < 2 {
		return nil, errors.New("at least two people are needed: what one asks for, another must approve")
	}
	return people, nil
}
