package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/upheld/upheld/internal/app"
	"github.com/upheld/upheld/prometheus/rules"
)

type rulesCommand struct {
	configFile
	Out      string        `short:"o" placeholder:"FILE" help:"Write the rules there, all at once, instead of printing them."`
	Job      string        `default:"upheld" help:"The job's name that Prometheus scrapes Upheld under."`
	Interval time.Duration `default:"30s" help:"How often Prometheus evaluates the rules, 1s to 1m."`
	Runbooks string        `placeholder:"URL" help:"Where your copy of docs/alerting.md stands; each alert links to its name there."`
}

// Help says what to do with the file.
func (rulesCommand) Help() string {
	return `Name the file under rule_files in prometheus.yml, let promtool check it, and have
Prometheus reload:

    upheld rules --config upheld.yaml --out /etc/prometheus/rules/upheld.yml
    promtool check rules /etc/prometheus/rules/upheld.yml
    systemctl reload prometheus

Write it anew whenever services, targets or promises change. docs/alerting.md says
what each alert means and what to do.`
}

// Run prints or writes the rule file.
func (c rulesCommand) Run(s streams) error {
	catalogue, err := app.Catalogue(c.path())
	if err != nil {
		return reported(s, err)
	}
	file, err := rules.Of(catalogue, time.Now(), rules.Options{Job: c.Job, Interval: c.Interval, Runbooks: c.Runbooks})
	if err != nil {
		return err
	}
	text, err := file.Bytes()
	if err != nil {
		return err
	}
	if c.Out == "" {
		_, err = s.out.Write(text)
		return err
	}
	if err := replace(c.Out, text); err != nil {
		return fmt.Errorf("the rules could not be written to %s, which is as it was: %w", c.Out, err)
	}
	return nil
}

// replace puts a text in a file's place at once, so that no reader sees half of
// it. Everybody may read a new file, as Prometheus runs as somebody else; one that
// is there keeps its permissions. A link goes on leading where it does, and what is
// no file, as /dev/stdout, is written to.
func replace(path string, text []byte) (err error) {
	readable := fs.FileMode(0o644)
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	switch old, err := os.Stat(path); {
	case err != nil: // there is none
	case old.IsDir():
		return errors.New("it is a folder; name a file in it")
	case !old.Mode().IsRegular():
		return pourInto(path, text)
	default:
		readable = old.Mode().Perm()
	}
	folder := filepath.Dir(path)
	draft, err := os.CreateTemp(folder, "."+filepath.Base(path)+".*")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no folder %s; make it first", folder)
	case err != nil:
		return err
	}
	defer func() {
		if err != nil {
			_ = draft.Close()
			_ = os.Remove(draft.Name())
		}
	}()
	if _, err = draft.Write(text); err != nil {
		return err
	}
	if err = draft.Chmod(readable); err != nil {
		return err
	}
	if err = draft.Sync(); err != nil {
		return err
	}
	if err = draft.Close(); err != nil {
		return err
	}
	return os.Rename(draft.Name(), path)
}

// pourInto writes to a pipe or a device, which nothing can be put in the place of.
func pourInto(path string, text []byte) error {
	device, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = device.Write(text)
	return errors.Join(err, device.Close())
}
