package fakebot

// Ids of Telegram's own accounts, the same for everybody.
const (
	anonymousAdminID = 1087968824 // GroupAnonymousBot: all anonymous administrators of all groups
	channelBotID     = 136817688  // Channel_Bot: whoever writes as a channel
	telegramID       = 777000     // forwards a linked channel's posts into its group
)

// User is an account.
type User struct {
	ID        int64
	FirstName string
	Username  string // without @
	Language  string // IETF tag, "" for none
	Bot       bool
	Started   bool // wrote to the bot before; otherwise the bot may not write first
}

// Group is a group with the bot in it. Ids below -1000000000000 are supergroups, others basic groups.
type Group struct {
	ID        int64
	Title     string
	Forum     bool
	BotStatus string   // administrator, member (the default; privacy mode then hides most messages), restricted, left, kicked
	Lacks     []string // rights the administrator bot was not given, e.g. can_pin_messages
}

// AddUser adds an account, or replaces it.
func (s *Server) AddUser(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[u.ID] = &user{User: u}
	if s.chats[u.ID] == nil {
		s.chats[u.ID] = &chat{id: u.ID, topics: map[int]bool{}}
	}
	s.touch()
}

// AddGroup adds a group with members; statuses other than member are set with [Server.SetMember].
func (s *Server) AddGroup(g Group, members ...int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g.BotStatus == "" {
		g.BotStatus = "member"
	}
	c := &chat{
		id: g.ID, title: g.Title, forum: g.Forum, botStatus: g.BotStatus, lacks: g.Lacks,
		members: map[int64]string{}, topics: map[int]bool{},
	}
	for _, id := range members {
		s.mustUser(id)
		c.members[id] = "member"
	}
	s.chats[g.ID] = c
	s.touch()
}

// AddTopic opens a topic of a forum under the thread id given.
func (s *Server) AddTopic(chatID int64, threadID int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustChat(chatID).topics[threadID] = true
	s.touch()
}

// DeleteTopic deletes a topic with its messages; bots are not told.
func (s *Server) DeleteTopic(chatID int64, threadID int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.mustChat(chatID)
	c.topics[threadID] = false
	for _, m := range c.messages {
		m.Deleted = m.Deleted || m.ThreadID == threadID
	}
	s.touch()
}

// Block makes a user block the bot, Unblock lets it in again; the bot is told with my_chat_member.
func (s *Server) Block(userID int64) { s.setBlocked(userID, true) }

// Unblock is the opposite of Block.
func (s *Server) Unblock(userID int64) { s.setBlocked(userID, false) }

func (s *Server) setBlocked(userID int64, blocked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.mustUser(userID)
	u.blocked, u.Started = blocked, true
	before, after := "member", "kicked"
	if !blocked {
		before, after = after, before
	}
	s.push("my_chat_member", s.memberChange(s.chats[userID], u, s.self(), before, after))
	s.touch()
}

// Deactivate deletes a user's account; bots are not told.
func (s *Server) Deactivate(userID int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustUser(userID).deactivated = true
	s.touch()
}

// Kick removes the bot from a group; byUser is who did it.
func (s *Server) Kick(chatID, byUser int64) { s.SetBotStatus(chatID, "kicked", byUser) }

// SetBotStatus changes what the bot is in a group and tells it so; byUser is who did it. lacks names the rights an
// administrator is not given.
func (s *Server) SetBotStatus(chatID int64, status string, byUser int64, lacks ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.mustChat(chatID)
	before := c.botStatus
	c.botStatus, c.lacks = status, lacks
	s.push("my_chat_member", s.memberChange(c, s.mustUser(byUser), s.self(), before, status))
	s.showMember(c, s.userJSON(s.mustUser(byUser)), s.self(), before, status)
	s.touch()
}

// SetMember changes what a user is in a group: creator, administrator, member, restricted, left, kicked. An
// administrator bot that asked for chat_member is told.
func (s *Server) SetMember(chatID, userID int64, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, u := s.mustChat(chatID), s.mustUser(userID)
	before := c.status(userID)
	c.members[userID] = status
	s.showMember(c, s.userJSON(u), s.userJSON(u), before, status)
	if c.botStatus == "administrator" {
		s.push("chat_member", s.memberChange(c, u, s.userJSON(u), before, status))
	}
	s.touch()
}

// Upgrade turns a basic group into a supergroup: a service message in each, and every call to the old chat is refused
// with the new id from then on.
func (s *Server) Upgrade(oldChat, newChat int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.mustChat(oldChat)
	now := *old
	now.id, now.messages, now.lastID, now.topics = newChat, nil, 0, map[int]bool{}
	s.chats[newChat] = &now
	s.tellUpgraded(old, "migrate_to_chat_id", newChat)
	s.tellUpgraded(&now, "migrate_from_chat_id", oldChat)
	old.migrated = newChat
	s.touch()
}

func anonymousAdmin() object {
	return object{"id": int64(anonymousAdminID), "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot"}
}
