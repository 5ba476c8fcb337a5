package text

import (
	"strings"
	"time"

	"twokey/auth"
	"twokey/drills"
)

// DrillNo is a no about a drill, with what its sentence needs.
type DrillNo struct {
	drills.Refusal
	Drill  drills.Name   // of the exercise; of NoSuchDrill: what was typed
	Others []auth.Name   // who can do it instead
	Names  []drills.Name // the drills there are
	Open   []int         // the findings that nobody settled
	At     time.Time     // of the exercise
}

// DrillRefusal is the no as an answer to what was typed.
func (w Words) DrillRefusal(r DrillNo) Card {
	p := page{words: w}
	p.add(w.drillRefusal(r))
	if r.Reason == drills.NoSuchDrill {
		for _, n := range r.Names[:min(len(r.Names), maxChoices)] {
			p.row(do(w.say("Start %s", string(n)), "/drill start "+string(n)))
		}
	}
	return p.card()
}

// DrillRefusalLine is the no as an answer to a press.
func (w Words) DrillRefusalLine(r DrillNo) string { return plain(w.drillRefusal(r)) }

// drillRefusal is what is wrong, who can help, and what to type.
func (w Words) drillRefusal(r DrillNo) html {
	id, who := tag(r.ID), w.whoever(r.Who)
	line := func(rest string) html { return typed("/drill " + rest) }
	num := unspaced(r.ID)
	switch r.Reason {
	case drills.NoSuchExercise:
		if r.ID == 0 {
			return w.say("No drill is meant, or several could be: name its number. %s lists them.", typed("/drills"))
		}
		return w.say("There is no drill %s. %s lists them.", id, typed("/drills"))
	case drills.NoSuchDrill:
		return w.say("There is no drill \"%s\". There is: %s. Type %s", string(r.Drill), w.drillNames(r.Names), line("start NAME"))
	case drills.AlreadyOver:
		return w.say("%s is over: it is %s. The next one comes by itself; %s begins one now.", id, w.overWord(r.Status), line("start "+w.drillOr(r)))
	case drills.AlreadyRunning:
		return w.say("%s goes on: %s started it. See it with %s", id, who, line(""))
	case drills.AlreadyTaken:
		return w.say("%s accepted %s already. Two people can move or skip it: %s", who, id, line("move "+num+" DATE because …"))
	case drills.NotRunning:
		return w.say("%s does not go on: it is %s. To begin: %s", id, w.overWord(r.Status), line("start "+w.drillOr(r)))
	case drills.NotOwner:
		return w.notTheirs(r, who)
	case drills.NeedsTwo:
		return w.say("That takes two people: ask with %s, and another person approves.", line("move "+num+" DATE because …"))
	case drills.NoReason:
		return w.say("Say why: the same again, with because and the reason at its end, such as %s", line("abort "+num+" because …"))
	}
	return w.drillRefusalMore(r, who)
}

func (w Words) drillRefusalMore(r DrillNo, who html) html {
	id, num := tag(r.ID), unspaced(r.ID)
	line := func(rest string) html { return typed("/drill " + rest) }
	switch r.Reason {
	case drills.BadTime:
		return w.badTime(r)
	case drills.BadResult:
		return w.say("Its steps say what came of it: %s presses Done, Failed or Skip step on its card. To give it up: %s", who, line("abort "+num+" because …"))
	case drills.ClockBehind:
		return w.say("The host's clock went back: nothing about drills is decided until it is right. Somebody has to look on the host; then try again. See %s", typed("/status"))
	case drills.OtherRuns:
		return w.say("%s goes on, and one drill does at a time: %s holds it. Wait for its end, or %s", id, who, line("abort "+num+" because …"))
	case drills.StillDirty:
		return w.say("What the last try of %s made is not proven gone yet: I am cleaning up. Try again in a minute: %s. When it stays so, an admin looks at my log on the host.", id, line("start "+w.drillOr(r)))
	case drills.NotYourStep:
		return w.say("This step of %s is mine: it ends by itself. To give it up: %s", id, line("abort "+num+" because …"))
	case drills.OldStep:
		return w.say("%s has moved on since that card. Look at it as it is now, and press there: %s", id, line(""))
	case drills.OwnExercise:
		return w.say("You held it: %s must sign. You can add what you found: %s", w.somebody(r.Others), line("finding "+num+" …"))
	case drills.NotDone:
		return w.say("%s is not done, it is %s: there is nothing to sign yet. See %s", id, w.drillState(r.Status), line(""))
	case drills.AlreadySigned:
		return w.say("%s signed %s: nothing is added to it any more. To settle a finding: %s", who, id, line("close "+num+" N because …"))
	case drills.NoSuchFinding:
		if len(r.Open) == 0 {
			return w.say("%s has no finding that is open. See %s", id, line("report "+num))
		}
		return w.say("%s has no such open finding. Open: %s. Type %s", id, w.numbers(r.Open), line("close "+num+" N because …"))
	}
	return w.say("This cannot be done (%s). See %s", string(r.Reason), typed("/drills"))
}

// notTheirs says whose it is, and what others can do.
func (w Words) notTheirs(r DrillNo, who html) html {
	num := unspaced(r.ID)
	if r.Status == drills.Running {
		return w.say("%s holds %s: the steps are theirs. You can note something, or give it up: %s", who, tag(r.ID), typed("/drill abort "+num+" because …"))
	}
	return w.say("%s accepted %s: only they start it. When they cannot, two people move or skip it: %s", who, tag(r.ID), typed("/drill skip "+num+" because …"))
}

func (w Words) badTime(r DrillNo) html {
	example := typed("/drill move " + unspaced(r.ID) + " " + w.soon(r.At).Format("2006-01-02T15:04") + " because …")
	if r.Until.IsZero() {
		return w.say("That is no time to come. Type a day, such as %s", typed("until="+w.soon(r.At).Format(time.DateOnly)))
	}
	return w.say("It can be any other time from now until %s. Type %s", w.on(r.Until), example)
}

// soon is a time for an example: the day after.
func (w Words) soon(at time.Time) time.Time { return at.In(w.zone()).AddDate(0, 0, 1) }

// overWord is how it stands, as a word.
func (w Words) overWord(s drills.Status) html { return w.drillState(s) }

func (w Words) drillOr(r DrillNo) string {
	if r.Drill == "" {
		return "NAME"
	}
	return string(r.Drill)
}

// whoever is a person, or that nobody is.
func (w Words) whoever(n auth.Name) html {
	if n == "" {
		return w.say("nobody")
	}
	return name(n)
}

func (w Words) drillNames(names []drills.Name) html {
	var list []string
	for _, n := range names {
		list = append(list, string(n))
	}
	if len(list) == 0 {
		return w.say("none")
	}
	return w.listed(list)
}

func (w Words) numbers(list []int) html {
	var all []string
	for _, n := range list {
		all = append(all, unspaced(uint64(max(0, n))))
	}
	return w.listed(all)
}

// DrillUsages are the words after /drill, and how they are typed.
func DrillUsages() map[string]string {
	return map[string]string{
		"start": "/drill start NAME", "report": "/drill report 1287", "trend": "/drill trend NAME", "pack": "/drill pack 2026",
		"finding": "/drill finding 1287 what is to be done owner=bob until=2026-12-20", "close": "/drill close 1287 1 because it is mended",
		"note": "/drill note 1287 what was seen", "abort": "/drill abort 1287 because …",
		"move": "/drill move 1287 2026-12-21T10:00 because …", "skip": "/drill skip 1287 because …",
	}
}

// drillWords is the order in which they are told.
var drillWords = []string{"start", "report", "trend", "pack", "finding", "close", "note", "abort", "move", "skip"}

// DrillUsage refuses what is not understood after /drill, and says what there is.
func (w Words) DrillUsage(word string) Card {
	p := page{words: w}
	all := DrillUsages()
	if how, known := all[strings.ToLower(word)]; known {
		p.add(w.say("Type: %s", typed(how)))
		return p.card()
	}
	p.add(w.say("There is no %s. There is:", typed("/drill "+word)))
	for _, s := range drillWords {
		p.list(ifSteps, typed(all[s]))
	}
	p.add(w.say("%s alone shows the one that goes on, %s all of them.", typed("/drill"), typed("/drills")))
	return p.card()
}

// NoTrend answers when a drill was held too seldom for a picture.
func (w Words) NoTrend(n drills.Name) Card {
	p := page{words: w}
	p.add(w.say("%s: too few results for a picture. Two are needed; %s begins one.", w.drill(n), typed("/drill start "+string(n))))
	return p.card()
}

// DrillFailed answers when what is known about a drill could not be read, or looked at.
func (w Words) DrillFailed(why string) Card {
	p := page{words: w}
	p.add(w.say("🧪 that did not work: %s", sentence(why, maxWhy)))
	p.add(w.say("Try again; when it stays so, an admin looks at my log on the host."))
	return p.card()
}

// NotAnApprover answers a press of I am here by somebody whom an approvers drill does not wait for.
func (w Words) NotAnApprover() string {
	return plain(w.say("You are not asked: the drill is about those who approve."))
}

// DrillEvidence stands over the documents about an exercise.
func (w Words) DrillEvidence(x *drills.Exercise) string {
	return string(w.say("🧪 evidence of %s, %s: %s", tag(x.ID), w.drill(x.Drill), w.cameOf(x)))
}

// DrillPack is the caption of a year of drills in one file.
func (w Words) DrillPack(year int) string {
	return string(w.say("🧪 all drills of %s, for whoever asks: begin with index.html. On the host, %s says whether it was changed.", unspaced(uint64(max(0, year))),
		typed("twokey drills verify")))
}

// DrillPackTooLarge says where a year is that a chat does not take.
func (w Words) DrillPackTooLarge(year int, size int64) Card {
	p := page{words: w}
	p.add(w.say("🧪 the drills of %s are %s, more than a chat takes.", unspaced(uint64(max(0, year))), html(megabytes(size))))
	p.add(w.say("On the host: %s", typed("twokey drills pack "+unspaced(uint64(max(0, year))))))
	return p.card()
}

// cameOf is what came of an exercise, or how it stands.
func (w Words) cameOf(x *drills.Exercise) html {
	if x.Status == drills.Done {
		return w.result(x.Result)
	}
	return w.drillState(x.Status)
}

// DrillTold answers a command about a drill that worked and that no card shows at once.
func (w Words) DrillTold(what string, id uint64) Card {
	p := page{words: w}
	switch what {
	case "note":
		p.add(w.say("🧪 noted for %s.", tag(id)))
	case "finding":
		p.add(w.say("🧪 written down for %s; its card lists it.", tag(id)))
	case "close":
		p.add(w.say("🧪 settled; the card of %s says so.", tag(id)))
	default:
		p.add(w.say("🧪 done: see the card of %s.", tag(id)))
	}
	return p.card()
}
