// Command bench measures Upheld beside the least that could do the same work:
// a bare loop that looks at the same addresses on the same schedule, and a bare
// handler that serves the same page. It prints markdown. Everything it talks to
// is on loopback, every wait has an end, and it needs Linux's /proc.
//
//	go run ./internal/bench            the whole table, about a quarter of an hour
//	go run ./internal/bench -short     1,000 monitors and the page once, about three minutes
//
// Machines are shared: each figure is the median of runs that took turns, and
// only the ratio of two medians says something about the program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// roles are the parts that the runner starts as processes of their own, so that
// the cost of one is not counted as another's.
var roles = map[string]func(ctx context.Context, args []string) error{
	"target": target,
	"floor":  floor,
	"page":   page,
}

func main() {
	if err := start(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// start plays the role that the first argument names, or runs the measurements.
func start(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(args) > 0 {
		if role, found := roles[args[0]]; found {
			return role(ctx, args[1:])
		}
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	short := flags.Bool("short", false, "1,000 monitors and the smaller page only, once")
	only := flags.String("only", "", "one part: checks, slow or page")
	turns := flags.Int("turns", 3, "runs of each program, in turn")
	binary := flags.String("upheld", "", "an upheld binary; default: build ./cmd/upheld")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return run(ctx, plan(*short, *only, *turns), *binary)
}
