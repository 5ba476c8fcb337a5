// Command twokey is a Telegram bot for the people who run a service: nothing that changes production runs until a second
// person, looking at exactly what will happen, agrees.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the second one kills: whoever presses Ctrl-C twice means it.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// commands are what can be typed after twokey.
type commands struct {
	Run     runCommand     `cmd:"" help:"Run the bot."`
	Init    initCommand    `cmd:"" help:"Write a config: look around, ask, explain."`
	Check   checkCommand   `cmd:"" help:"Say everything that is wrong with a config, with its line, and with the world it is about."`
	Journal journalCommand `cmd:"" help:"Read the journal: verify, export, show."`
	Notices noticesCommand `cmd:"" help:"Show what the service's users can be told."`
	Drills  drillsCommand  `cmd:"" help:"Say when drills are, and show what came of them."`
	Demo    demoCommand    `cmd:"" help:"Try it: a shop, a bot and phones in your browser, on this machine only."`
	Version versionCommand `cmd:"" help:"Print the version."`

	DemoShop demoShopCommand `cmd:"" hidden:""`

	Flag kong.VersionFlag `name:"version" help:"Print the version."`
}

// output is where a command writes.
type output struct {
	out, err io.Writer
}

// exitError ends the program with a code of its own; the message was printed.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// run does one command and gives the exit code: 0 done, 1 failed or refused, 2 could not be told, or called wrongly.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var cmds commands
	code, asked := 0, false
	parser, err := kong.New(&cmds, kong.Name("twokey"), kong.Writers(stdout, stderr), kong.UsageOnError(), kong.Vars{"version": "twokey " + version},
		kong.Description("Operations from a phone, safe enough for money: two people for everything that changes production."),
		kong.Exit(func(c int) { code, asked = c, true }))
	if err != nil {
		fmt.Fprintf(stderr, "error: %v\n", err)
		return 2
	}
	parsed, err := parser.Parse(args)
	switch {
	case asked: // --help
		return code
	case err != nil:
		fmt.Fprintf(stderr, "error: %v\nhint: twokey --help\n", err)
		return 2
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	err = parsed.Run(output{stdout, stderr})
	var exit exitError
	switch {
	case errors.As(err, &exit):
		return int(exit)
	case err != nil:
		fmt.Fprintf(stderr, "error: %v\n", err)
		return 1
	}
	return 0
}

type versionCommand struct{}

func (versionCommand) Run(o output) error {
	fmt.Fprintf(o.out, "twokey %s\n", version)
	return nil
}
