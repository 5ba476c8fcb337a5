package demo

import "twokey/internal/demo/shop"

func restart() Story {
	return Story{Name: "restart", Title: "Orders hang", Intro: "The shop takes no orders any more. Restarting helps, and takes two people.", Steps: []Step{
		{Text: "Let the orders hang: the shop's health turns red", Shop: shop.Hang, Then: Fact{Shop: shop.Hanging}},
		{Text: "ann asks for a restart", Who: "ann", In: inAdmin, Say: "/restart because orders hang",
			Then: Fact{Chat: "admin", Shows: []string{"ann asks /restart", "pending", "orders hang"}}},
		{Text: "bob looks at what exactly would run", Who: "bob", In: inAdmin, Tap: "Details",
			Then: Fact{Chat: "admin", Shows: []string{"/restart", "Rule: one other must agree"}}},
		{Text: "bob agrees", Who: "bob", In: inAdmin, Tap: "Approve restart", Then: Fact{Told: "Approved"}},
		{Text: "Watch the card: it is edited in place until the shop is proven to be well",
			Then: Fact{Chat: "admin", Shows: []string{"succeeded /restart", "ann asked, bob approved"}, Shop: "up"}},
	}}
}

func doublePayments() Story {
	return Story{Name: "double-payments", Title: "Double payments",
		Intro: "Customers pay twice, and the health page is green. One person may stop everything at once; starting again takes two.", Steps: []Step{
			{Text: "Break the shop: every payment is taken twice", Shop: shop.Break, Then: Fact{Shop: shop.Broken}},
			{Text: "ann presses panic", Who: "ann", In: inAdmin, Say: "/panic double payments",
				Then: Fact{Chat: "admin", Shows: []string{"ann pressed panic", "service down", "double payments"}, Shop: "down"}},
			{Text: "bob has it in private, too, and opens the review there", Who: "bob", In: inPrivate, Tap: "Review",
				Then: Fact{Chat: "bob", Shows: []string{"ann did this alone"}}},
			{Text: "bob says that it was right", Who: "bob", In: inPrivate, Tap: "It was right",
				Then: Fact{Chat: "admin", Shows: []string{"bob reviewed it", "it was right"}}},
			{Text: "Nothing starts now, whoever asks", Who: "bob", In: inAdmin, Say: "/start_service",
				Then: Fact{Shows: []string{"Locked since", "/unlock"}}},
			{Text: "Mend the shop, and pay back what was taken twice", Shop: shop.Mend, Then: Fact{Shop: mended}},
			{Text: "bob asks to lift the lock, and says why", Who: "bob", In: inAdmin, Say: "/unlock because the queue is fixed and all is paid back",
				Then: Fact{Shows: []string{"bob asks /unlock", "pending"}}},
			{Text: "ann agrees", Who: "ann", In: inAdmin, Tap: "Approve unlock", Then: Fact{Shows: []string{"succeeded /unlock"}}},
			{Text: "ann asks to start the shop", Who: "ann", In: inAdmin, Say: "/start_service because it is fixed",
				Then: Fact{Shows: []string{"ann asks /start", "pending"}}},
			{Text: "bob agrees, and it is up", Who: "bob", In: inAdmin, Tap: "Approve start",
				Then: Fact{Shows: []string{"succeeded /start"}, Shop: "up"}},
			{Text: "bob wants to know whether all is well", Who: "bob", In: inAdmin, Say: "/verify because of the double payments",
				Then: Fact{Shows: []string{"/verify", "not confirmed", "of the double payments"}}},
			{Text: "bob looks at the front page himself, and says so", Who: "bob", In: inAdmin, Tap: "✓ front page",
				Then: Fact{Told: "Noted: done"}},
			{Text: "ann confirms it: now it counts", Who: "ann", In: inAdmin, Tap: "Confirm",
				Then: Fact{Told: "Confirmed. It counts."}},
		}}
}

func deny() Story {
	return Story{Name: "deny", Title: "No", Intro: "Nobody approves what they asked for themselves, and one no ends it.", Steps: []Step{
		{Text: "ann asks for a restart", Who: "ann", In: inAdmin, Say: "/restart because the page is slow",
			Then: Fact{Chat: "admin", Shows: []string{"ann asks /restart", "pending", "the page is slow"}}},
		{Text: "ann tries to approve it herself", Who: "ann", In: inAdmin, Tap: "Approve restart", Then: Fact{Told: "You asked for this"}},
		{Text: "bob says no", Who: "bob", In: inAdmin, Tap: "Deny",
			Then: Fact{Chat: "admin", Shows: []string{"denied /restart", "bob denied it", "the page is slow"}}},
		{Text: "bob thinks again: one tap asks anew, in his own name", Who: "bob", In: inAdmin, Tap: "Ask again",
			Then: Fact{Chat: "admin", Shows: []string{"bob asks /restart", "pending", "the page is slow"}}},
		{Text: "ann agrees", Who: "ann", In: inAdmin, Tap: "Approve restart",
			Then: Fact{Chat: "admin", Shows: []string{"succeeded /restart", "bob asked, ann approved", "the page is slow"}, Shop: "up"}},
	}}
}

func verify() Story {
	return Story{Name: "verify", Title: "Is all well?", Intro: "Looking is for one person; that it counts takes a second one.", Steps: []Step{
		{Text: "ann looks whether the shop is well", Who: "ann", In: inAdmin, Say: "/verify because of the evening",
			Then: Fact{Chat: "admin", Shows: []string{"/verify", "not confirmed", "of the evening", "✓ process"}}},
		{Text: "One thing only people can see: ann opens the front page and says that it works", Who: "ann", In: inAdmin, Tap: "✓ front page",
			Then: Fact{Chat: "admin", Shows: []string{"✓ front page: done, ann", "of the evening"}}},
		{Text: "bob confirms it, in private", Who: "bob", In: inPrivate, Tap: "Confirm",
			Then: Fact{Chat: "admin", Shows: []string{"confirmed · bob", "of the evening"}}},
		{Text: "bob wants to see the rows: they come in private, as a document", Who: "bob", In: inPrivate, Tap: "Rows (private)", Database: true,
			Then: Fact{Chat: "bob", Shows: []string{"status,count,sum"}}},
	}}
}
