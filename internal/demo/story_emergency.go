package demo

import "twokey/internal/demo/shop"

// The moments of the whole procedure that are measured; whoever rehearses it reads them.
const (
	markPanic   = "panic"   // everything is stopped
	markRestore = "restore" // the database is back; nothing has started
	markUnlock  = "unlock"  // two people have lifted the lock
	markStart   = "start"   // the shop is up again
	markVerify  = "verify"  // a second person has confirmed that all is well
)

func fullEmergency() Story {
	return Story{Name: "full-emergency", Title: "The whole procedure", Database: true,
		Intro: "Payments are taken twice since a release. Everything that a team needs in such a night, in its order: stop, tell the users, look, go back, look " +
			"again. This is what the yearly drill rehearses.", Steps: []Step{
			{Text: "It is an evening like any other. ann makes a backup", Who: "ann", In: inAdmin, Say: "/backup",
				Then: Fact{Shows: []string{"succeeded /backup", "intact"}}},
			{Text: "A release takes every payment twice. The health page stays green", Shop: shop.Break, Then: Fact{Shop: shop.Broken}},
			{Text: "ann presses panic: the shop is stopped and locked, at once and by her alone", Who: "ann", In: inAdmin, Say: "/panic double payments",
				Then: Fact{Chat: "admin", Shows: []string{"ann pressed panic", "service down"}, Shop: "down"}, Mark: markPanic},
			{Text: "ann wants the customers to know", Who: "ann", In: inAdmin, Say: "/broadcast maintenance.starting for=1h matter=payments because the shop is down",
				Then: Fact{Chat: "bob", Shows: []string{"ann wants to tell", "pending"}}},
			{Text: "bob has read it, and agrees, in private", Who: "bob", In: inPrivate, Tap: "Approve sending", Then: Fact{Told: "Approved"}},
			{Text: "Look at Uma's phone: she knows", Then: Fact{Chat: "uma", Shows: []string{"Maintenance is in progress"}}},
			{Text: "bob asks to lift the lock. It is refused: a check is red, and it is the right one", Who: "bob", In: inAdmin, Say: "/unlock because it was the release",
				Then: Fact{Shows: []string{"refused /unlock", "paid twice"}}},
			{Text: "bob asks for the backup. Nothing may start, so it leaves the shop stopped", Who: "bob", In: inAdmin, Say: "/restore latest because payments doubled",
				Then: Fact{Chat: "ann", Shows: []string{"bob asks /restore", "pending", "Row by row", "then: stopped"}}},
			{Text: "ann taps Approve, and reads what is lost", Who: "ann", In: inPrivate, Tap: "Approve restore", Then: Fact{Told: "Tap again"}},
			{Text: "ann taps again: now it counts", Who: "ann", In: inPrivate, Tap: "Approve restore", Then: Fact{Told: "Approved"}},
			{Text: "Watch the card: the switch, and every check of the database once more",
				Then: Fact{Shows: []string{"succeeded /restore", "bob asked, ann approved", "service down"}, Shop: "down"}, Mark: markRestore},
			{Text: "Nobody has paid twice any more, and the release from before is put in place", Shop: shop.RollBack, Then: Fact{Shop: mended}},
			{Text: "bob asks to lift the lock. Every check is green now", Who: "bob", In: inAdmin, Say: "/unlock because the database and the release are back",
				Then: Fact{Chat: "ann", Shows: []string{"bob asks /unlock", "pending"}}},
			{Text: "ann agrees, in private. Nothing starts by that", Who: "ann", In: inPrivate, Tap: "Approve unlock",
				Then: Fact{Shows: []string{"succeeded /unlock"}, Shop: "down"}, Mark: markUnlock},
			{Text: "Starting takes two, as well: bob asks", Who: "bob", In: inAdmin, Say: "/start_service because it is put right",
				Then: Fact{Chat: "ann", Shows: []string{"bob asks /start", "pending"}}},
			{Text: "ann agrees: the shop starts, and every check is looked at once more", Who: "ann", In: inPrivate, Tap: "Approve start",
				Then: Fact{Shows: []string{"succeeded /start", "service up"}, Shop: "up"}, Mark: markStart},
			{Text: "bob wants it on record that all is well", Who: "bob", In: inPrivate, Say: "/verify because the shop is up again",
				Then: Fact{Chat: "bob", Shows: []string{"/verify", "not confirmed", "up again"}}},
			{Text: "bob looks at the front page himself, and says so", Who: "bob", In: inPrivate, Tap: "✓ front page", Then: Fact{Told: "Noted: done"}},
			{Text: "ann confirms it, in private: now it counts", Who: "ann", In: inPrivate, Tap: "Confirm", Then: Fact{Told: "Confirmed. It counts."}, Mark: markVerify},
			{Text: "ann wants those who know of it to know that it is over. That would be refused while a check is red", Who: "ann", In: inAdmin,
				Say:  "/broadcast maintenance.finished matter=payments because all is well",
				Then: Fact{Chat: "bob", Shows: []string{"ann wants to tell", "maintenance finished"}}},
			{Text: "bob agrees", Who: "bob", In: inPrivate, Tap: "Approve sending", Then: Fact{Told: "Approved"}},
			{Text: "Uma knows, and orders come in", Then: Fact{Chat: "uma", Shows: []string{"Maintenance is finished"}, Shop: selling}},
		}}
}
