// Package rules writes a rule file for Prometheus: how fast the error budget of
// each promised service burns, by the same table as the page's own burn rules
// (availability.BurnRules), and alerts on what the metrics of Upheld tell of its
// components, its promises and itself. It is pure: the catalogue and the time
// are handed in, and the same of both gives the same file.
//
// docs/design/rules.md says why the rules are as they are, docs/alerting.md what
// to do when an alert fires.
package rules

import (
	"fmt"
	"net/url"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// What stands in a file unless something else is asked for.
const (
	DefaultJob = "upheld"
	// DefaultInterval is shorter than the shortest outage that has to page at
	// 99.9 % (52 s) and lets no single sample page; at 99.95 % one sample is that
	// outage (26 s).
	DefaultInterval = 30 * time.Second
)

// The shortest and the longest interval. The rules of tickets are evaluated at
// four times the interval, which must stay within the five minutes for which
// Prometheus takes a sample as the present one.
const (
	ShortestInterval = time.Second
	LongestInterval  = time.Minute
)

// Options are what a file is made with. The zero value is the usual one.
type Options struct {
	// Job is the name that Prometheus scrapes Upheld under; empty: DefaultJob.
	Job string
	// Interval is how often the rules are evaluated, ShortestInterval to
	// LongestInterval in whole seconds; zero: DefaultInterval. Every wait (for:) is
	// a number of evaluations, so that a file that is evaluated more often waits as
	// much less. The burn windows stay as long as they are.
	Interval time.Duration
	// Runbooks is the address of docs/alerting.md or of your own; each alert links
	// to its name there. Empty: no links.
	Runbooks string
}

// File is a rule file.
type File struct {
	Head   []string // comment lines
	Groups []Group
}

// Group is a group of rules that are evaluated one after the other, at one time.
type Group struct {
	Name     string
	Comment  []string
	Interval time.Duration
	Rules    []Rule
}

// Rule is one rule: a series that is recorded, or an alert.
type Rule struct {
	Comment     []string
	Record      string // name of the series; empty: an alert
	Alert       string // its name; empty: a recording rule
	Expr        string // PromQL, of one or more lines
	For         time.Duration
	Labels      []Pair // values of an alert's labels are templates
	Annotations []Pair // of an alert; values are templates
}

// Pair is a label or an annotation.
type Pair struct{ Name, Value string }

// Of is the file for the services of a catalogue and the promises that are in
// force at now. Its error says which option cannot be.
func Of(catalogue uptime.Catalogue, now time.Time, o Options) (File, error) {
	o, err := o.complete()
	if err != nil {
		return File{}, err
	}
	promises, beside := promisesOf(catalogue, now)
	w := writer{Options: o, page: catalogue.Page.URL}
	file := File{Head: head(catalogue, now, o)}
	if len(promises) > 0 {
		file.Groups = append(file.Groups, w.fast(promises, beside), w.slow())
	} else {
		file.Head = append(file.Head, "")
		file.Head = append(file.Head, "No service has a target that burn rules could hold it to, so there are none.")
		file.Head = append(file.Head, beside...)
	}
	file.Groups = append(file.Groups, w.symptoms(), w.itself())
	return file, nil
}

// writer makes rules with the options of a file.
type writer struct {
	Options
	page string // of the public page, without a slash at the end; may be empty
}

// complete fills in what was not given.
func (o Options) complete() (Options, error) {
	if o.Job == "" {
		o.Job = DefaultJob
	}
	if o.Interval == 0 {
		o.Interval = DefaultInterval
	}
	if o.Interval < ShortestInterval || o.Interval > LongestInterval || o.Interval%time.Second != 0 {
		return o, fmt.Errorf("the interval %s cannot be: give whole seconds, %s to %s", o.Interval, span(ShortestInterval), span(LongestInterval))
	}
	if base, err := url.Parse(o.Runbooks); err != nil || o.Runbooks != "" && (base.Host == "" || base.Fragment != "") {
		return o, fmt.Errorf("the runbooks' address %q cannot be: give a whole address without a #, such as https://example.org/alerting", o.Runbooks)
	}
	return o, nil
}

// head says what the file is, what it was made of and when to make it anew.
func head(catalogue uptime.Catalogue, now time.Time, o Options) []string {
	lines := []string{
		"Rules for Prometheus, written by `upheld rules`. Write the file anew when services,",
		"targets or promises change; what is changed here by hand is lost then.",
		"Needs Prometheus 2.42 or newer, the job " + quote(o.Job) + " scraped at least every " + span(o.Interval) + ".",
		"",
		"Page: " + quote(catalogue.Page.Name),
	}
	for _, p := range catalogue.Policies {
		state := "in force"
		if p.EffectiveFrom.After(now) {
			state = "not in force before " + p.EffectiveFrom.UTC().Format(time.RFC3339) + "; write the file anew then"
		}
		lines = append(lines, fmt.Sprintf("Promises: %s, version %s (%s)", quote(string(p.ID)), quote(p.Number), state))
	}
	return lines
}
