package demo

func quarterlyDrill() Story {
	return Story{Name: "quarterly-drill", Title: "The quarterly drill", Database: true,
		Intro: "Once a quarter the team proves that the newest backup can be restored, against the clock. The program does what can be done without people; " +
			"nothing of the shop is touched, and its customers hear nothing.", Steps: []Step{
			{Text: "ann looks at what has to be practised", Who: "ann", In: inAdmin, Say: "/drills", Then: Fact{Shows: []string{"database_rollback", "never held"}}},
			{Text: "None is due for months. She holds one now: first it is looked both ways", Who: "ann", In: inAdmin, Say: "/drill start database_rollback",
				Then: Fact{Shows: []string{"running database_rollback drill", "target until"}}},
			{Text: "The newest backup is read to its end, loaded into a scratch database, proven, and thrown away again. Then it is a person's turn",
				Then: Fact{Shows: []string{"running database_rollback drill", "Gone:", "read the runbook"}}},
			{Text: "bob replies to the card: what he notices is evidence", Who: "bob", In: inAdmin, Reply: "running database_rollback drill", Say: "the phone number in the runbook is old",
				Then: Fact{Shows: []string{"running database_rollback drill", "1 note"}}},
			{Text: "ann has read the runbook against what just happened", Who: "ann", In: inAdmin, Tap: "Done", Then: Fact{Shows: []string{"running database_rollback drill", "✓ 6."}}},
			{Text: "And who would have approved it at three at night?", Who: "ann", In: inAdmin, Tap: "Done", Then: Fact{Shows: []string{"passed database_rollback drill", "of 4 min"}}},
			{Text: "What bob noticed becomes a finding, with his name and a date", Who: "ann", In: inAdmin, Say: "/drill finding the phone number in the runbook is old owner=bob",
				Then: Fact{Shows: []string{"passed database_rollback drill", "bob, until"}}},
			{Text: "One person says how it went, a second one signs", Who: "bob", In: inAdmin, Tap: "Sign off", Then: Fact{Shows: []string{"passed database_rollback drill", "Signed by bob"}}},
			{Text: "This is for whoever asks next year: the record, to read, to print and to check", Who: "ann", In: inAdmin, Say: "/drill report", Then: Fact{Shows: []string{"evidence of"}}},
			{Text: "And /status says when a restore was proven last", Who: "bob", In: inAdmin, Say: "/status", Then: Fact{Shows: []string{"Last full proof"}, Shop: "up"}},
		}}
}
