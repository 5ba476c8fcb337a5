package demo

import "twokey/internal/demo/shop"

func night() Story {
	return Story{Name: "night", Title: "In the night", Intro: "What is approved in the evening can start in the night, unless somebody changes their mind.", Steps: []Step{
		{Text: "ann asks for a restart at three in the night", Who: "ann", In: inAdmin, Say: "/restart at=03:00 because it is quiet then",
			Then: Fact{Chat: "admin", Shows: []string{"ann asks /restart", "not before", "quiet then"}}},
		{Text: "bob agrees now, and can sleep", Who: "bob", In: inAdmin, Tap: "Approve restart",
			Then: Fact{Chat: "admin", Shows: []string{"approved /restart", "quiet then"}}},
		{Text: "Who comes on duty sees what is open", Who: "bob", In: inPrivate, Say: "/who", Then: Fact{Chat: "bob", Shows: []string{"/restart", "ann"}}},
		{Text: "ann has thought again, and takes it back", Who: "ann", In: inAdmin, Say: "/cancel",
			Then: Fact{Chat: "admin", Shows: []string{"cancelled /restart", "quiet then"}}},
	}}
}

func killed() Story {
	return Story{Name: "killed", Title: "The bot is killed", Intro: "In the middle of a restart the bot itself dies. It does not guess: it says what is known, and asks.", Steps: []Step{
		{Text: "Make the shop slow to stop", Shop: shop.Drag, Then: Fact{Shop: shop.Slow}},
		{Text: "ann asks for a restart", Who: "ann", In: inAdmin, Say: "/restart because of the new certificate",
			Then: Fact{Chat: "admin", Shows: []string{"ann asks /restart", "pending", "new certificate"}}},
		{Text: "bob agrees, and the shop takes its time", Who: "bob", In: inAdmin, Tap: "Approve restart",
			Then: Fact{Chat: "admin", Shows: []string{"running /restart", "new certificate"}}},
		{Text: "Kill the bot (within 20 seconds)", Shop: killBot,
			Then: Fact{Chat: "admin", Shows: []string{"interrupted /restart", "The bot was killed", "new certificate"}}},
		{Text: "ann wants it resumed", Who: "ann", In: inAdmin, Tap: "Resume", Then: Fact{Chat: "admin", Shows: []string{"ann asks /resume", "pending"}}},
		{Text: "bob agrees, and it goes on", Who: "bob", In: inAdmin, Tap: "Approve resume",
			Then: Fact{Chat: "admin", Shows: []string{"succeeded /resume"}, Shop: "up"}},
	}}
}
