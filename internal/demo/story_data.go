package demo

import (
	"strings"
	"time"

	"twokey/internal/demo/shop"
)

// backups are the names that twokey gives the shop's own backups.
func (r *round) backups() *strings.Replacer {
	id := func(at time.Duration) string { return strings.ToLower(r.night.Add(at).Format("2Jan-1504")) }
	return strings.NewReplacer("{whole}", id(shop.WholeAt), "{cut}", id(shop.CutAt))
}

func corruptedTable() Story {
	return Story{Name: "corrupted-table", Title: "A corrupted table", Database: true,
		Intro: "An import went wrong: half of the orders are of 0 €, and three customers are gone. The database goes back to a backup. It is loaded " +
			"beside the one in use while people decide; what they approve is the switch.", Steps: []Step{
			{Text: "It is an evening like any other. ann makes a backup: it only adds, so nobody has to agree", Who: "ann", In: inAdmin, Say: "/backup",
				Then: Fact{Shows: []string{"succeeded /backup", "intact"}}},
			{Text: "The shop goes on selling: what comes in now is not in that backup", Then: Fact{Shop: selling}},
			{Text: "Corrupt a table. Every rule of the database holds, and the health page stays green", Shop: shop.Corrupt, Then: Fact{Shop: corrupted}},
			{Text: "ann looks whether all is well: a check that counts orders of nothing is red", Who: "ann", In: inAdmin, Say: "/verify because amounts look wrong",
				Then: Fact{Shows: []string{"not green", "✗ orders of nothing"}}},
			{Text: "ann wants the database back. Without saying which backup, there is a choice", Who: "ann", In: inAdmin, Say: "/restore",
				Then: Fact{Shows: []string{"Which backup?"}}},
			{Text: "ann takes the one on top, her own", Who: "ann", In: inAdmin, Tap: "intact",
				Then: Fact{Shows: []string{"ann asks /restore", "pending", "rows lost"}}},
			{Text: "Watch the card: the copy is loaded and compared row by row, and nothing has changed for the shop yet",
				Then: Fact{Shows: []string{"/restore", "Row by row", "back"}, Shop: corrupted}},
			{Text: "bob taps Approve. What is lost is told in the answer, which nobody can edit afterwards", Who: "bob", In: inAdmin, Tap: "Approve restore",
				Then: Fact{Told: "Tap again"}},
			{Text: "bob has read it and taps again: now it counts", Who: "bob", In: inAdmin, Tap: "Approve restore", Then: Fact{Told: "Approved"}},
			{Text: "Watch the card: stop, switch, start, and the checks once more. It says for how long nobody could use the database",
				Then: Fact{Shows: []string{"succeeded /restore", "ann asked, bob approved", "service up"}, Shop: "up"}},
			{Text: "Look at the shop: the amounts are right, and a banner hangs there that the config's before_switch put into the copy", Then: Fact{Shop: mended}},
			{Text: "The database from before is kept. ann asks what is in it: Undo would be the same switch back, for two people again", Who: "ann",
				In: inAdmin, Say: "/before", Then: Fact{Shows: []string{"1 database from before a switch is kept"}}},
		}}
}

func failedMigration() Story {
	return Story{Name: "failed-migration", Title: "A failed migration", Database: true,
		Intro: "A release changed the database in a way that the shop cannot live with. The change is taken back, and the shop stays stopped until people " +
			"say that the code fits.", Steps: []Step{
			{Text: "A bad migration: a column that nobody fills. Orders fail, and the health page turns red", Shop: shop.Migrate, Then: Fact{Shop: shop.Failing}},
			{Text: "ann looks at what changed last", Who: "ann", In: inAdmin, Say: "/migrations",
				Then: Fact{Shows: []string{"3 migrations", "AddDiscounts"}}},
			{Text: "ann wants the last one taken back", Who: "ann", In: inAdmin, Say: "/migration_revert because orders fail",
				Then: Fact{Shows: []string{"ann asks /migration_revert", "pending", "takes back: AddDiscounts", "stays stopped"}}},
			{Text: "bob taps Approve, and reads what it takes", Who: "bob", In: inAdmin, Tap: "Approve migration_revert", Then: Fact{Told: "Tap again"}},
			{Text: "bob taps again", Who: "bob", In: inAdmin, Tap: "Approve migration_revert", Then: Fact{Told: "Approved"}},
			{Text: "Watch the card: first a safety copy, which nobody can switch off from the chat; then the shop's own program takes the migration back",
				Then: Fact{Shows: []string{"succeeded /migration_revert", "service down"}, Shop: "down"}},
			{Text: "The shop stays down: code that has the migration would apply it again at its start. ann knows that this code has not, and asks to start it",
				Who: "ann", In: inAdmin, Say: "/start_service because the release from before is in place",
				Then: Fact{Shows: []string{"ann asks /start", "pending"}}},
			{Text: "bob agrees", Who: "bob", In: inAdmin, Tap: "Approve start", Then: Fact{Shows: []string{"succeeded /start"}, Shop: "up"}},
			{Text: "Orders come in again", Then: Fact{Shop: selling}},
		}}
}

func wrongBackup() Story {
	return Story{Name: "wrong-backup", Title: "The wrong backup", Database: true,
		Intro: "Somebody changed the nightly script. What it wrote since looks like a backup, by name and by date. It is found out here before anybody needs it.",
		Steps: []Step{
			{Text: "Let the script write two more files: one of 04:00, when the disk was full, and one of 05:00, with some of the tables", Shop: shop.Spoil,
				Then: Fact{Shop: shop.Spoiled}},
			{Text: "ann looks at the backups, the newest first: what each is, by its first bytes, and how far it is proven. Not at all, so far", Who: "ann", In: inAdmin,
				Say: "/backups", Then: Fact{Shows: []string{"The latest backup is", "not proven", "foreign"}}},
			{Text: "ann has the newest proven: it is read to its end, and compared with the database", Who: "ann", In: inAdmin,
				Say: "/verify_backup latest because it is new", Then: Fact{Shows: []string{"failed /verify_backup", "public.payments", "would vanish"}}},
			{Text: "And the one of 04:00", Who: "ann", In: inAdmin, Say: "/verify_backup {cut} because it is small",
				Then: Fact{Shows: []string{"failed /verify_backup", "is cut"}}},
			{Text: "ann asks for the newest all the same. The plan refuses it by name, before anybody is asked to agree", Who: "ann", In: inAdmin,
				Say: "/restore latest because it is the newest", Then: Fact{Shows: []string{"refused /restore", "would vanish"}}},
			{Text: "The choice has only what can be restored", Who: "ann", In: inAdmin, Say: "/restore", Then: Fact{Shows: []string{"Which backup?"}}},
			{Text: "ann takes it, and the card says what would be lost", Who: "ann", In: inAdmin, Tap: "03:00",
				Then: Fact{Shows: []string{"ann asks /restore", "pending", "it decodes to its end"}}},
			{Text: "Nothing is wrong with the shop. bob says no, and the copy that was loaded meanwhile is thrown away", Who: "bob", In: inAdmin, Tap: "Deny",
				Then: Fact{Shows: []string{"denied /restore", "nothing was done"}}},
			{Text: "What ann wants to know takes no second person: a dry run restores it beside, looks at it, and throws it away", Who: "ann", In: inAdmin,
				Say: "/dry_run {whole}", Then: Fact{Shows: []string{"succeeded /dry_run"}, Shop: "up"}},
		}}
}
