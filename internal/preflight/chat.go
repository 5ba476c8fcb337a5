package preflight

import (
	"context"
	"fmt"
	"slices"
)

// group is what was seen of the admin chat.
type group struct {
	room     Room
	self     Member
	admins   []Member
	count    int
	here     map[int64]bool // which accounts of the config are in it
	topicErr error
}

// adminChat looks at the chat where people command.
func (s Stage) adminChat(ctx context.Context, me Account) []Result {
	g := group{here: map[int64]bool{}}
	var err error
	if g.room, err = s.Bot.Chat(ctx, s.Admin); err != nil {
		return []Result{judgeNoChat("admin chat", "telegram.admin_chat", s.Admin, me.Username, refusalOf(err))}
	}
	if g.self, err = s.Bot.Member(ctx, s.Admin, me.ID); err == nil {
		g.admins, err = s.Bot.Admins(ctx, s.Admin)
	}
	if err == nil {
		g.count, err = s.Bot.Count(ctx, s.Admin)
	}
	if err == nil && s.Topic != 0 {
		g.topicErr = s.Bot.Typing(ctx, s.Admin, s.Topic)
	}
	for _, p := range s.People {
		for _, a := range p.Accounts {
			if m, unknown := s.Bot.Member(ctx, s.Admin, a); unknown == nil {
				g.here[a] = m.Present
			}
		}
	}
	if err != nil {
		return []Result{judgeNoChat("admin chat", "telegram.admin_chat", s.Admin, me.Username, refusalOf(err))}
	}
	return s.judge(g, me)
}

func judgeNoChat(name, key string, id int64, bot string, r Refusal) Result {
	switch r.Trouble {
	case Moved:
		return warn(name, fmt.Sprintf("the %s became a supergroup: its number is %d now", name, r.MovedTo), fmt.Sprintf("write %d into %s", r.MovedTo, key))
	case Gone:
		return fail(name, fmt.Sprintf("the %s %d is not there for the bot: %s", name, id, r.Words),
			fmt.Sprintf("add @%s to the group as an administrator; /id, sent there, tells the number for %s", bot, key))
	}
	return fail(name, fmt.Sprintf("the %s %d cannot be looked at: %s", name, id, r.Words), "check again")
}

// judge says what is wrong with the admin chat and with who is in it.
func (s Stage) judge(g group, me Account) []Result {
	kind := map[string]string{"supergroup": "a supergroup", "group": "a basic group", "channel": "a channel", "private": "a private chat"}[g.room.Kind]
	list := []Result{ok("admin chat", fmt.Sprintf("the admin chat is %s, %s", named(g.room.Title), kind))}
	if g.room.Kind != "supergroup" && g.room.Kind != "group" {
		list[0] = fail("admin chat", fmt.Sprintf("the admin chat %s is %s", named(g.room.Title), kind), "name a group in telegram.admin_chat")
	}
	list = append(list, judgeBotIn(g.self, me)...)
	if s.Topic != 0 {
		list = append(list, judgeTopic(s.Topic, g.room, g.topicErr))
	}
	list = append(list, s.judgeAdmins(g.admins)...)
	return append(list, s.judgeMembers(g)...)
}

// judgeBotIn says whether the bot hears everything there, and may do what cards need.
func judgeBotIn(self Member, me Account) []Result {
	promote := fmt.Sprintf("in the group: Manage group, Administrators, add @%s with the rights to pin and to delete messages", me.Username)
	switch {
	case !self.Admin && me.ReadsAll:
		return []Result{fail("bot's rights", "the bot is no administrator of the admin chat: it cannot pin open requests, nor see who leaves", promote)}
	case !self.Admin:
		return []Result{fail("bot's rights", "the bot is no administrator of the admin chat: with privacy mode on, a plain /stop may never reach it", promote)}
	}
	var list []Result
	if !self.CanPin {
		list = append(list, warn("bot's rights", "the bot may not pin messages: open requests are easily missed", promote))
	}
	if !self.CanDelete {
		list = append(list, warn("bot's rights", "the bot may not delete messages", promote))
	}
	if len(list) == 0 {
		list = append(list, ok("bot's rights", "the bot is its administrator and may pin and delete"))
	}
	return list
}

func judgeTopic(topic int, r Room, err error) Result {
	switch {
	case err == nil:
		return ok("topic", fmt.Sprintf("topic %d is there", topic))
	case !r.Forum:
		return fail("topic", fmt.Sprintf("telegram.topic is %d, but the admin chat has no topics", topic), "remove telegram.topic, or turn topics on in the group")
	case refusalOf(err).Trouble == NoTopic:
		return fail("topic", fmt.Sprintf("topic %d is not there", topic), "the link to a message in the topic has its number: t.me/c/…/TOPIC/…")
	}
	return warn("topic", fmt.Sprintf("topic %d cannot be written to: %s", topic, refusalOf(err).Words), "see the group's settings")
}

// judgeAdmins names the administrators that are nobody in the config, and those who write as the group.
func (s Stage) judgeAdmins(admins []Member) []Result {
	var strangers, masked, known []string
	for _, a := range admins {
		p, is := s.human(a.ID)
		switch {
		case a.ID == s.BotID:
			continue
		case !is:
			strangers = append(strangers, whois(a.Account))
		default:
			known = append(known, p.Name)
		}
		if a.Anonymous {
			masked = append(masked, map[bool]string{true: p.Name, false: whois(a.Account)}[is])
		}
	}
	var list []Result
	if len(strangers) > 0 {
		list = append(list, warn("administrators", count(len(strangers), "administrator is", "administrators are")+" not in the config: "+listed(strangers, 5),
			"they can add people, delete cards and write as the group; add them to people, or take their rights away"))
	}
	if len(masked) > 0 {
		list = append(list, warn("anonymous", fmt.Sprintf("%s may write anonymously, in the name of the group: what is said so is refused", listed(masked, 5)),
			"in their administrator's rights turn off: Remain anonymous"))
	}
	if len(list) == 0 {
		sentence := "only the bot is its administrator"
		if len(known) > 0 {
			sentence = "its administrators are in the config: " + listed(known, 5)
		}
		// tdlib/telegram-bot-api#667: the list leaves out who is anonymous.
		list = append(list, ok("administrators", sentence+" (Telegram may not list anonymous ones)"))
	}
	return list
}

// judgeMembers counts who reads along. Telegram does not tell bots who they are.
func (s Stage) judgeMembers(g group) []Result {
	present := 0
	var missing []string
	for _, p := range s.People {
		if !slices.ContainsFunc(p.Accounts, func(a int64) bool { return g.here[a] }) {
			missing = append(missing, p.Name)
		}
		for _, a := range p.Accounts {
			if g.here[a] {
				present++
			}
		}
	}
	var list []Result
	if others := g.count - present - 1; others > 0 {
		list = append(list, warn("members", count(others, "member of the admin chat is", "members of the admin chat are")+" not in the config: they read every card",
			"see the group's list of members; /id tells each their number"))
	}
	if len(missing) > 0 {
		list = append(list, warn("missing", isAre(missing)+" not in the admin chat", "add them to the group"))
	}
	if len(list) == 0 {
		list = append(list, ok("members", fmt.Sprintf("all %d people of the config are in it, and nobody else", len(s.People))))
	}
	return list
}

func isAre(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return listed(names, 5) + " are"
}

func (s Stage) human(account int64) (Human, bool) {
	for _, p := range s.People {
		if slices.Contains(p.Accounts, account) {
			return p, true
		}
	}
	return Human{}, false
}

// whois is somebody by the name they gave themselves, and by their number, which they cannot choose.
func whois(a Account) string { return fmt.Sprintf("%s (%d)", named(a.Name), a.ID) }

// witness looks at the chat that keeps the journal's heads.
func (s Stage) witness(ctx context.Context, bot int64) []Result {
	if s.Witness == 0 {
		return nil
	}
	room, err := s.Bot.Chat(ctx, s.Witness)
	if err == nil && room.Kind == "channel" {
		m, err := s.Bot.Member(ctx, s.Witness, bot)
		return []Result{judgeWitness(s.Witness, room, err, err == nil && m.Admin && m.CanPost)}
	}
	if err == nil {
		err = s.Bot.Typing(ctx, s.Witness, 0)
	}
	return []Result{judgeWitness(s.Witness, room, err, err == nil)}
}

func judgeWitness(id int64, r Room, err error, may bool) Result {
	const hint = "add the bot there; in a channel, as an administrator who may post"
	switch {
	case may:
		return ok("witness chat", fmt.Sprintf("the witness chat is %s, and the bot may post there", named(r.Title)))
	case r.ID == 0 && err != nil && refusalOf(err).Trouble == Moved:
		return judgeNoChat("witness chat", "telegram.witness_chat", id, "", refusalOf(err))
	case err != nil:
		return fail("witness chat", fmt.Sprintf("the witness chat %d cannot be written to: %s", id, refusalOf(err).Words), hint)
	}
	return fail("witness chat", fmt.Sprintf("the bot may not post in the witness chat %s", named(r.Title)), hint)
}
