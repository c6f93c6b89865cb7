package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/app"
	"github.com/upheld/upheld/internal/config"
)

// configFile is the --config of every command that needs one.
type configFile struct {
	Config string `short:"c" env:"UPHELD_CONFIG" placeholder:"FILE" help:"The configuration; upheld.yaml in this folder unless given."`
}

const usualFile = "upheld.yaml"

// path is the file that is meant, whether it exists or not.
func (c configFile) path() string {
	if c.Config == "" {
		return usualFile
	}
	return c.Config
}

type checkCommand struct {
	configFile
	File string `arg:"" optional:"" help:"The configuration, as a shorter way to say --config."`
}

// Run prints every problem with its line, or the ids of components and their
// monitors, and what is refused or worth knowing.
func (c checkCommand) Run(s streams) error {
	if c.File != "" {
		c.Config = c.File
	}
	file, err := app.Check(c.path())
	if err != nil {
		fmt.Fprintln(s.err, err)
		return errReported
	}
	fmt.Fprintf(s.out, "%s: in order\n", file)
	for _, component := range file.Components {
		ids := make([]string, len(component.Monitors))
		for i, monitor := range component.Monitors {
			ids[i] = monitor.ID
		}
		fmt.Fprintf(s.out, "  %s: %s\n", component.ID, strings.Join(ids, ", "))
	}
	warnings, err := app.Warnings(file)
	if err != nil {
		return err
	}
	for _, problem := range warnings {
		fmt.Fprintf(s.out, "  warning: %s\n", problem)
	}
	remarks, err := app.Remarks(file, time.Now())
	if err != nil {
		return err
	}
	printRemarks(s.out, remarks)
	return nil
}

type probeCommand struct {
	configFile
	Monitor string `arg:"" help:"The monitor's id, as upheld check and the metrics name it."`
}

// Run looks once and prints the observation; a look that did not pass exits 1.
func (c probeCommand) Run(ctx context.Context, s streams) error {
	observation, err := app.LookOnce(ctx, c.path(), c.Monitor)
	if err != nil {
		return err
	}
	if !printObservation(s.out, observation) {
		return errReported
	}
	return nil
}

type healthCommand struct {
	configFile
	Address string `env:"UPHELD_OPS" placeholder:"HOST:PORT" help:"The operators' listener; that of the configuration unless given."`
}

// Run asks /healthz and prints the answer.
func (c healthCommand) Run(ctx context.Context, s streams) error {
	address := c.Address
	if address == "" {
		address = config.DefaultOps
		if file, err := app.Check(c.path()); err == nil {
			address = file.Listen.Ops
		} else if c.Config != "" {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(address)+"/healthz", nil)
	if err != nil {
		return fmt.Errorf("--address %s: %w", address, err)
	}
	answer, err := (&http.Client{Transport: &http.Transport{}}).Do(request)
	if err != nil {
		return fmt.Errorf("no answer from %s; is Upheld running, and is this its operators' listener? (%w)", address, err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(s.out, io.LimitReader(answer.Body, 64<<10))
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", address, answer.Status)
	}
	return nil
}

// reachable turns an address to listen on into one to connect to.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

type schemaCommand struct{}

// Run prints the schema that editors complete and check with.
func (schemaCommand) Run(s streams) error {
	schema, err := app.Schema()
	if err != nil {
		return err
	}
	_, err = s.out.Write(append(schema, '\n'))
	return err
}

type versionCommand struct{}

// Run prints the version, its commit and the Go that built it.
func (versionCommand) Run(s streams) error {
	_, err := fmt.Fprintf(s.out, "upheld %s\n", version())
	return err
}

// release is set by the build of a release: -ldflags "-X main.release=v1.2.3".
var release string

// version is the release, or else the commit that was built.
func version() string {
	info, known := debug.ReadBuildInfo()
	if release != "" {
		return release
	}
	if !known {
		return "unknown"
	}
	revision, dirty := "", ""
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			revision = setting.Value[:min(len(setting.Value), 12)]
		case setting.Key == "vcs.modified" && setting.Value == "true":
			dirty = ", modified"
		}
	}
	if revision == "" {
		return "development (" + info.GoVersion + ")"
	}
	return "development (" + revision + dirty + ", " + info.GoVersion + ")"
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
