package demo

// Story is something that happens to people who run a service, step by step.
type Story struct {
	Name, Title, Intro string
	Steps              []Step
	Database           bool // there is no such story without one
}

// Step is what one person does, and what comes of it. A step without an action is one to watch.
type Step struct {
	Text     string // what to do, for whoever plays it
	Who      string // ann, bob or uma
	In       string // "admin" or "private"
	Say      string // what they type; {whole} and {cut} are backups of the shop's, see round.backups
	Tap      string // the label of the button they tap: on the newest message that has it
	Reply    string // a text of the message they reply to
	Shop     string // what is done to the shop, or to the bot; by nobody in particular
	Then     Fact
	Database bool   // there is no such step without one
	Mark     string // what is measured by it, for whoever plays it by a program; see measured
}

// Fact is what can be seen when a step has come true. All that is set must be.
type Fact struct {
	Chat  string   // "admin", or whose private chat; empty: any of the bot's, because a group takes twenty messages a minute
	Shows []string // what one message there says
	Told  string   // what a press is answered with
	Shop  string   // up, down, broken, mended, once, hanging, slow, corrupted, failing, spoiled or selling
}

const (
	inAdmin   = "admin"
	inPrivate = "private"
)

// stories are those of what there is; each begins and ends with a shop that is up and not locked.
func stories() []Story {
	return []Story{restart(), doublePayments(), deny(), verify(), corruptedTable(), failedMigration(), wrongBackup(), tonight(), night(), killed(), fullEmergency(), quarterlyDrill()}
}
