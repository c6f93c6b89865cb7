package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // zones belong to rules, and must not depend on the machine

	"github.com/alecthomas/kong"
)

// commands is the command line.
type commands struct {
	Serve       serveCommand       `cmd:"" help:"Watch, and publish what is true."`
	Check       checkCommand       `cmd:"" help:"Validate a configuration: every problem with its line."`
	Probe       probeCommand       `cmd:"" help:"Look once with one monitor of the configuration and print what was seen."`
	Health      healthCommand      `cmd:"" help:"Ask a running Upheld whether it is alive; for container health checks."`
	Admin       adminCommand       `cmd:"" help:"Make an administrator, who can sign in to the console."`
	Verify      verifyCommand      `cmd:"" help:"Check that what was recorded has not been changed since."`
	Incident    incidentCommand    `cmd:"" help:"List, open, update, publish and close incidents of a running Upheld."`
	Maintenance maintenanceCommand `cmd:"" help:"Plan, announce, move, call off and finish maintenance of a running Upheld, held to what was promised."`
	Commitments commitmentsCommand `cmd:"" help:"List how the promises of a running Upheld stand."`
	Subscribers subscribersCommand `cmd:"" help:"Import and export the subscribers of a running Upheld."`
	Channel     channelCommand     `cmd:"" help:"List and test the channels of a running Upheld."`
	Bounce      bounceCommand      `cmd:"" help:"Tell a running Upheld of a mail that came back; read from the standard input."`
	Policy      policyCommand      `cmd:"" help:"List, show, check and begin documents of promises."`
	Calendar    calendarCommand    `cmd:"" help:"List, show and check business calendars and lists of holidays."`
	Rules       rulesCommand       `cmd:"" help:"Write the rules that Prometheus alerts by, out of the services and promises of a configuration."`
	Dashboards  dashboardsCommand  `cmd:"" help:"List the dashboards for Grafana, or write them into a folder."`
	Schema      schemaCommand      `cmd:"" help:"Print the JSON Schema of the configuration, for editors."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

// streams are where a command prints.
type streams struct{ out, err io.Writer }

// exit is a wish of the command line's parser to end with a code, after help.
type exit int

// understood is the command that a line which cannot be understood began with,
// whose help tells how to write it: "upheld" if not even that was clear.
func understood(err error) string {
	var failed *kong.ParseError
	if errors.As(err, &failed) && failed.Context != nil {
		if command := failed.Context.Selected(); command != nil {
			return command.FullPath()
		}
	}
	return "upheld"
}

// run runs one command and returns the exit code: 0 done, 1 failed, 2 the
// command line cannot be understood.
func run(args []string, out, errors io.Writer) (code int) {
	defer func() {
		switch end := recover().(type) {
		case nil:
		case exit:
			code = int(end)
		default:
			panic(end)
		}
	}()
	var c commands
	parser, err := kong.New(&c,
		kong.Name("upheld"),
		kong.Description("The status page and uptime monitor that holds a company to what it promised."),
		kong.UsageOnError(), kong.Writers(out, errors),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return complain(errors, err)
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(errors, "upheld: %s; see %s --help\n", err, understood(err))
		return 2
	}
	ctx, stop := interruptible()
	defer stop()
	command.BindTo(ctx, (*context.Context)(nil))
	command.Bind(streams{out, errors})
	if err := command.Run(); err != nil {
		return complain(errors, err)
	}
	return 0
}

// interruptible ends its context with the first signal; the second one ends
// the process.
func interruptible() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// silent is an error that was printed already.
var errReported = errors.New("reported")

// complain prints an error as one line, or as the lines that it has.
func complain(w io.Writer, err error) int {
	if !errors.Is(err, errReported) {
		fmt.Fprintf(w, "upheld: %v\n", err)
	}
	return 1
}
