package demo

func tonight() Story {
	return Story{Name: "maintenance-tonight", Title: "Maintenance tonight", Database: true,
		Intro: "The shop moves to another machine tonight, and its customers should know. They hear it from the shop's own bot, everybody once and in their own " +
			"language, when two people have read every text.", Steps: []Step{
			{Text: "ann looks at what can be said, and to how many", Who: "ann", In: inAdmin, Say: "/notices", Then: Fact{Shows: []string{"What can be said", "maintenance.scheduled"}}},
			{Text: "ann says when, and for how long. The card says how many, and what else goes out by itself under the same approval", Who: "ann", In: inAdmin,
				Say:  "/broadcast maintenance.scheduled from=\"tomorrow 02:00\" for=1h matter=move because we move",
				Then: Fact{Shows: []string{"ann wants to tell", "pending", "maintenance finished"}}},
			{Text: "Below it stands each text, exactly as customers will see it", Then: Fact{Shows: []string{"Плановые технические работы"}}},
			{Text: "bob has read them, and agrees", Who: "bob", In: inAdmin, Tap: "Approve sending", Then: Fact{Told: "Approved"}},
			{Text: "Look at Uma's phone: she has it, once", Then: Fact{Chat: "uma", Shows: []string{"02:00", "1 h"}}},
			{Text: "The card counts: who got it, who blocked the bot, who never started it", Then: Fact{Shows: []string{"done maintenance scheduled", "sent"}}},
			{Text: "The machine is not delivered. ann calls it off: that goes to those who know of it, and the reminders will not come", Who: "ann", In: inAdmin,
				Say: "/broadcast maintenance.cancelled matter=move because it comes next week", Then: Fact{Shows: []string{"ann wants to tell", "maintenance cancelled"}}},
			{Text: "bob agrees", Who: "bob", In: inAdmin, Tap: "Approve sending", Then: Fact{Told: "Approved"}},
			{Text: "Uma has two messages now, and sleeps well", Then: Fact{Chat: "uma", Shows: []string{"cancelled"}}},
			{Text: "It is over, for everybody who knew of it", Then: Fact{Shows: []string{"done maintenance cancelled"}, Shop: "up"}},
		}}
}
