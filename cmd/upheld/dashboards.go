package main

import (
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/upheld/upheld/prometheus"
)

type dashboardsCommand struct {
	Out string `placeholder:"FOLDER" help:"Where to write them, one file each; it is made if it is missing. They are only listed unless given."`
}

// Run lists the dashboards, or writes them and prints each file's name.
func (c dashboardsCommand) Run(s streams) error {
	all, err := prometheus.Dashboards()
	if err != nil {
		return err
	}
	if c.Out == "" {
		table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		for _, d := range all {
			title, says, err := d.About()
			if err != nil {
				return err
			}
			fmt.Fprintf(table, "%s\t%s\t%s\n", d.Name, title, says)
		}
		return table.Flush()
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil { //nolint:gosec // dashboards are no secret, and Grafana reads them as another user
		return fmt.Errorf("--out: %w", err)
	}
	for _, d := range all {
		file := filepath.Join(c.Out, d.Name)
		if err := replace(file, d.JSON); err != nil { // Grafana reads whenever it likes
			return fmt.Errorf("--out: %w", err)
		}
		fmt.Fprintln(s.out, file)
	}
	return nil
}
