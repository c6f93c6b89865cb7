package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/upheld/upheld/internal/config"
)

const (
	// childFolder says to the test's binary that it is a process of
	// TestKilledWhileSending's, and where.
	childFolder = "UPHELD_TEST_CHILD"
	// childLease is how long such a process has what it claimed: so long is it
	// waited for what a killed one had claimed.
	childLease = 5 * time.Second
)

// runUntilKilled is a whole Upheld on the folder's configuration and data. It
// stops when its input ends, as it does at the latest with the test.
func runUntilKilled(folder string) int {
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	load := func() (*config.File, error) { return Check(filepath.Join(folder, "upheld.yaml")) }
	file, err := load()
	if err == nil {
		var a *App
		a, err = Start(ctx, Options{
			File: file, Load: load, Data: filepath.Join(folder, "data"), Version: "test", lease: childLease,
			Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		})
		if err == nil {
			err = a.Run(ctx)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
