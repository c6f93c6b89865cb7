package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/upheld/upheld/internal/app"
	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

// recordPlace says where everything is kept.
type recordPlace struct {
	Data     string `env:"UPHELD_DATA" default:"upheld-data" placeholder:"DIR" help:"Where the embedded database lives; made if missing."`
	Database string `env:"UPHELD_DATABASE" placeholder:"ADDRESS" help:"sqlite, or postgres://user@host/db; before the configuration's."`
}

// desk opens the record that serve would open with the same flags.
func (p recordPlace) desk(ctx context.Context, c configFile) (*app.Desk, error) {
	file := &config.File{Database: "sqlite"}
	if c.Config != "" || exists(usualFile) {
		var err error
		if file, err = app.Check(c.path()); err != nil {
			return nil, err
		}
	}
	if p.Database != "" {
		if err := file.Override(config.Override{Database: p.Database}); err != nil {
			return nil, err
		}
	}
	return app.OpenDesk(ctx, file, p.Data)
}

type adminCommand struct {
	Create adminCreateCommand `cmd:"" help:"Make an administrator. The password is asked for, or read from the standard input."`
	Token  adminTokenCommand  `cmd:"" help:"Make an API token of somebody's, and print it."`
}

type adminCreateCommand struct {
	configFile
	recordPlace
	Name string `required:"" help:"What they sign in with."`
}

// Run makes an administrator, beside a running Upheld or before its first start.
func (c adminCreateCommand) Run(ctx context.Context, s streams) (err error) {
	password, err := askPassword(os.Stdin, s.err)
	if err != nil {
		return err
	}
	desk, err := c.desk(ctx, c.configFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, desk.Close()) }()
	user, err := desk.CreateAdmin(ctx, c.Name, password)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s is an administrator now, and signs in at /console.\n", user.Name)
	return nil
}

type adminTokenCommand struct {
	configFile
	recordPlace
	Owner string `required:"" help:"The name of the person whose token it is: it ends with them."`
	Name  string `default:"command line" help:"What it is for."`
	Role  string `default:"publisher" enum:"viewer,responder,publisher,admin" help:"What it may: viewer, responder, publisher or admin; never more than its owner."`
	Days  int    `default:"90" help:"How long it is good; at most 365."`
}

// Run prints the token alone, so that a script can take it.
func (c adminTokenCommand) Run(ctx context.Context, s streams) (err error) {
	role, err := uptime.ParseRole(c.Role)
	if err != nil {
		return err
	}
	desk, err := c.desk(ctx, c.configFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, desk.Close()) }()
	secret, err := desk.CreateToken(ctx, c.Owner, c.Name, role, time.Duration(c.Days)*24*time.Hour)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, secret)
	return nil
}

// askPassword asks twice where somebody types, and reads a line where not.
func askPassword(in *os.File, prompt io.Writer) (string, error) {
	if !term.IsTerminal(int(in.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("the password cannot be read from the standard input: %w", err)
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", errors.New("no password came on the standard input; pipe one in, or run this in a terminal")
		}
		return line, nil
	}
	ask := func(question string) (string, error) {
		fmt.Fprint(prompt, question)
		typed, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(prompt)
		return string(typed), err
	}
	first, err := ask("Password: ")
	if err != nil {
		return "", fmt.Errorf("the password cannot be read: %w", err)
	}
	again, err := ask("Once more: ")
	if err != nil {
		return "", fmt.Errorf("the password cannot be read: %w", err)
	}
	if first != again {
		return "", errors.New("the two passwords differ; try again")
	}
	return first, nil
}

type verifyCommand struct {
	Audit verifyAuditCommand `cmd:"" help:"Check the chain of the audit log."`
}

type verifyAuditCommand struct {
	configFile
	recordPlace
}

// Run prints the number of entries and the hash of the last one, which can be
// compared with one that was noted earlier.
func (c verifyAuditCommand) Run(ctx context.Context, s streams) (err error) {
	desk, err := c.desk(ctx, c.configFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, desk.Close()) }()
	check, err := desk.VerifyAudit(ctx)
	if err != nil {
		return err
	}
	if check.Broken != 0 {
		return fmt.Errorf("the audit log was changed: entry %d: %s; the %d entries before it are whole", check.Broken, check.Problem, check.Broken-1)
	}
	fmt.Fprintf(s.out, "The audit log is whole: %d entries, the last one %s.\n", check.Entries, cmp.Or(check.Head, "none"))
	return nil
}
