package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"text/tabwriter"
)

type subscribersCommand struct {
	Import subscribersImportCommand `cmd:"" help:"Add the confirmed subscribers of a CSV file with the columns email, components, kinds."`
	Export subscribersExportCommand `cmd:"" help:"Print all of them as CSV."`
}

type subscribersImportCommand struct {
	remote
	File        string `arg:"" help:"The file; - is the standard input."`
	Consent     string `required:"" help:"How they all agreed to be written to; one line for the audit log."`
	DryRun      bool   `help:"Say what would happen, and do nothing."`
	SkipInvalid bool   `help:"Take the good lines; otherwise one bad line stops all of it."`
}

// Run prints what became of the file, and each line that was not taken. A file
// that was not taken in exits 1.
func (c subscribersImportCommand) Run(ctx context.Context, s streams) error {
	file, err := readFile(c.File, 20<<20)
	if err != nil {
		return err
	}
	query := url.Values{"consent": {c.Consent}, "dry_run": {fmt.Sprint(c.DryRun)}, "skip_invalid": {fmt.Sprint(c.SkipInvalid)}}
	var report struct {
		Applied                                        bool
		Lines, Added, Known, Repeated, Passed, Invalid int
		Problems                                       []struct {
			Line              int
			Field, Kind, Text string
		}
	}
	printed, err := c.read(ctx, s, message{method: http.MethodPost, path: "/subscribers/import?" + query.Encode(), kind: "text/csv", body: file}, &report)
	if printed || err != nil {
		return err
	}
	for _, p := range report.Problems {
		fmt.Fprintf(s.err, "%s:%d: %s: %s\n", c.File, p.Line, orElse(p.Field, p.Kind), p.Text)
	}
	done := "Added"
	if !report.Applied {
		done = "Would add"
	}
	fmt.Fprintf(s.out, "%s %d of %d lines; %d known, %d repeated, %d left out, %d invalid.\n",
		done, report.Added, report.Lines, report.Known, report.Repeated, report.Passed, report.Invalid)
	if !report.Applied && !c.DryRun {
		return errors.New("nothing was added; mend the lines, or leave them out with --skip-invalid")
	}
	return nil
}

// readFile reads a file, or the standard input, of at most so many bytes.
func readFile(name string, most int64) ([]byte, error) {
	in := os.Stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	text, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	if int64(len(text)) > most {
		return nil, fmt.Errorf("%s is larger than %d MiB; send it in parts", name, most>>20)
	}
	return text, nil
}

type subscribersExportCommand struct{ remote }

// Run prints the list as it came.
func (c subscribersExportCommand) Run(ctx context.Context, s streams) error {
	text, err := c.send(ctx, message{method: http.MethodGet, path: "/subscribers/export"})
	if err != nil {
		return err
	}
	_, err = s.out.Write(text)
	return err
}

type channelCommand struct {
	List channelListCommand `cmd:"" help:"List where operators are told."`
	Test channelTestCommand `cmd:"" help:"Send a test now, and say what came back."`
}

type channelListCommand struct{ remote }

// Run prints a line for each.
func (c channelListCommand) Run(ctx context.Context, s streams) error {
	var list struct {
		Items []struct {
			ID, Type, Name string
			DisabledAt     *string `json:"disabled_at"`
			Reason         string  `json:"disabled_reason"`
		}
	}
	printed, err := c.read(ctx, s, message{method: http.MethodGet, path: "/channels"}, &list)
	if printed || err != nil {
		return err
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, channel := range list.Items {
		state := "in use"
		if channel.DisabledAt != nil {
			state = "disabled since " + *channel.DisabledAt + " " + channel.Reason
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", channel.ID, channel.Type, channel.Name, state)
	}
	return table.Flush()
}

type channelTestCommand struct {
	remote
	ID string `arg:"" help:"The channel's id, as upheld channel list names it."`
}

// Run sends a test; one that fails exits 1.
func (c channelTestCommand) Run(ctx context.Context, s streams) error {
	var answer struct{ State, Reply, Error string }
	printed, err := c.read(ctx, s, message{method: http.MethodPost, path: "/channels/" + url.PathEscape(c.ID) + "/test"}, &answer)
	if printed || err != nil {
		return err
	}
	if answer.State == "failed" {
		return fmt.Errorf("%s does not take messages: %s", c.ID, answer.Error)
	}
	_, err = fmt.Fprintf(s.out, "%s: %s %s\n", c.ID, answer.State, answer.Reply)
	return err
}

type bounceCommand struct{ remote }

// Run reads a report of a mail that came back from the standard input, as a mail
// server pipes it.
func (c bounceCommand) Run(ctx context.Context, _ streams) error {
	report, err := readFile("-", 1<<20)
	if err != nil {
		return err
	}
	if len(report) == 0 {
		return errors.New("no mail came on the standard input; pipe the report in")
	}
	_, err = c.send(ctx, message{method: http.MethodPost, path: "/bounces", kind: "message/rfc822", body: report})
	return err
}
