package step

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"twokey/internal/queues"
)

// Plan tells what waits. What cannot be seen is told, too, and is no reason against a restore that leaves it as it is.
func (q Queue) Plan(ctx context.Context, env Env) ([]Fact, error) {
	if q.With == withPause && !queues.Pausable(q.Config.Pattern) {
		return nil, &Failure{Sentence: "the config names no queues that can be paused", Hint: "ask with queues=keep or queues=drop, or end service.queues.pattern in :wait"}
	}
	jobs, jobsErr := q.jobs(ctx, env)
	commands, commandsErr := q.commands(ctx, env)
	if err := errors.Join(jobsErr, commandsErr); err != nil && q.moves() {
		return nil, &Failure{Sentence: neitherSeen(jobsErr, commandsErr), Hint: "ask again when they can be, or with queues=keep: then nothing is done with them"}
	}
	return queueFacts(append(append(jobs, notSeen(jobsErr, "queues")...), append(commands, notSeen(commandsErr, "users' commands")...)...)), nil
}

// moves says whether something would be done with what waits.
func (q Queue) moves() bool { return q.With == withPause || q.With == withDrop }

// Probe says what waits now: whether it was done is in the names.
func (q Queue) Probe(ctx context.Context, env Env) (string, error) {
	jobs, err := q.jobs(ctx, env)
	return strings.Join(jobs, "; "), err
}

func queueFacts(lines []string) []Fact {
	var facts []Fact
	for _, l := range lines {
		facts = append(facts, Fact{Name: l, Kind: Shown})
	}
	return facts
}

func notSeen(err error, what string) []string {
	if err == nil {
		return nil
	}
	return []string{fmt.Sprintf("the %s cannot be seen: %s", what, err)}
}

func neitherSeen(jobs, commands error) string {
	return strings.Join(append(notSeen(jobs, "queues"), notSeen(commands, "users' commands")...), "; ")
}

func (q Queue) redis(env Env) queues.Redis { return queues.Redis{URL: env.Waiting.Redis} }

// jobs tells of the jobs in the service's queues, and of those that were put aside earlier.
func (q Queue) jobs(ctx context.Context, env Env) ([]string, error) {
	if q.Config.Pattern == "" {
		return nil, nil
	}
	lists, err := q.redis(env).Look(ctx, q.Config.Pattern)
	if err != nil {
		return nil, err
	}
	aside, err := q.redis(env).LookAside(ctx, q.Config.Pattern)
	if err != nil {
		return nil, err
	}
	if len(lists) == 0 {
		return append([]string{"no jobs wait in " + q.Config.Pattern}, queueLines(aside)...), nil
	}
	return append(queueLines(lists), queueLines(aside)...), nil
}

// maxQueues is how many lists are told one by one.
const maxQueues = 8

// queueLines is a line for each list, the longest first, and one for all that are too many.
func queueLines(lists []queues.List) []string {
	slices.SortStableFunc(lists, func(a, b queues.List) int { return b.Jobs - a.Jobs })
	var lines []string
	for i, l := range lists {
		if i == maxQueues && len(lists) > maxQueues+1 {
			return append(lines, moreQueues(lists[i:]))
		}
		lines = append(lines, queueLine(l))
	}
	return lines
}

func moreQueues(lists []queues.List) string {
	n := 0
	for _, l := range lists {
		n += l.Jobs
	}
	return fmt.Sprintf("%s in %d more lists", counted(n, "job"), len(lists))
}

// jobsDo is what jobs do, by the last part of their list's name.
var jobsDo = map[string][2]string{"active": {"was at work, and will be again,", "were at work, and will be again,"},
	"delayed": {"is for later", "are for later"}}

func queueLine(l queues.List) string {
	does, known := jobsDo[l.State()]
	switch {
	case l.Aside():
		does = [2]string{"is put aside", "are put aside"}
	case !known:
		does = [2]string{"waits", "wait"}
	}
	return fmt.Sprintf("%s %s in %s", counted(l.Jobs, "job"), does[min(l.Jobs, 2)-1], l.Key)
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// commands tells how many commands of users wait at Telegram.
func (q Queue) commands(ctx context.Context, env Env) ([]string, error) {
	if !q.Config.Bot || env.Waiting.Commands == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, commandsWithin)
	defer cancel()
	c, err := env.Waiting.Commands(ctx)
	if err != nil {
		return nil, errors.New("telegram does not say how many wait")
	}
	said := counted(c.Number, "command") + " of users wait at Telegram"
	switch {
	case c.Number == 0:
		said = "no command of a user waits at Telegram"
	case c.Number == 1:
		said = "1 command of a user waits at Telegram"
	}
	if c.Webhook && q.With == withDrop {
		said += ", and will not be dropped: the bot's webhook would go with them"
	}
	return []string{said}, nil
}
