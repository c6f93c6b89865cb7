package subscribers

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Import says how a file is taken in.
type Import struct {
	// Consent is how everybody in the file agreed to be written to: one line,
	// which stands in the audit log beside the name of who imports.
	Consent     string
	DryRun      bool // read and compare everything, change nothing
	SkipInvalid bool // take the good lines; otherwise one bad line stops all of it
}

// Report is what an import came to, or, of a dry run, what it would come to.
type Report struct {
	DryRun  bool
	Applied bool // whether the file was taken in
	Lines   int  // below the header
	// Refused: the file as a whole cannot be taken in, and the one problem says
	// why. Otherwise every line is counted once in what follows.
	Refused  bool
	Fresh    int // can be added, those included who were asked to confirm and have not
	Known    int // are on the list already, and stay as they are
	Repeated int // stand further up in the file, and only the first counts
	Passed   int // are no confirmed subscribers by mail, and are left out
	Invalid  int
	// Added is how many were added, or would be: all of Fresh, or none if lines
	// are invalid and not to be skipped.
	Added    int
	Problems []Problem // the first ProblemsTold, by line
	Ignored  []string  // names of columns that were not read
}

// ProblemsTold is how many problems a report tells; it counts them all.
const ProblemsTold = 1000

// Problem is why a line is not added.
type Problem struct {
	Line   int    // in the file, from 1
	Column int    // byte in the line where the field begins, from 1
	Field  string // name of the column, as in the header; empty: the whole line
	Kind   ProblemKind
	Text   string // a sentence without a full stop, and without the address
}

// ProblemKind sorts problems.
type ProblemKind string

// The kinds of problem.
const (
	LineInvalid  ProblemKind = "invalid"
	LineKnown    ProblemKind = "known"
	LineRepeated ProblemKind = "repeated"
	LinePassed   ProblemKind = "passed" // left out on purpose
	FileRefused  ProblemKind = "refused"
)

// Import puts the confirmed subscribers of a CSV file on the list, all in one
// transaction; they are sent nothing for it. The file is UTF-8 with a header
// line, of which `email` is needed and `components`, `kinds`, `state`,
// `confirmed_at` and `time_zone` are read; it has at most LinesMost lines. What is wrong with
// the file is in the report; the error is an *Invalid for a missing statement
// of consent, or a fault of reading or storing.
func (s *Service) Import(ctx context.Context, by uptime.Actor, file io.Reader, how Import) (Report, error) {
	if err := alsoConsent(nil, how.Consent); err != nil {
		return Report{}, err
	}
	if !s.Offers(uptime.ToMail) {
		return Report{}, &Invalid{Fields: []Field{{"address", "no mail is sent here; configure mail first"}}}
	}
	sheet, err := s.read(file)
	if err != nil {
		return Report{}, fmt.Errorf("reading the file: %w", err)
	}
	var report Report
	err = s.decide(ctx, func() error {
		changes, outcome, err := s.plan(ctx, sheet)
		if err != nil {
			return err
		}
		report = outcome
		report.DryRun = how.DryRun
		if report.Refused || report.Invalid > 0 && !how.SkipInvalid {
			return nil
		}
		report.Added = report.Fresh
		if how.DryRun {
			return nil
		}
		report.Applied = true
		return s.Store.Apply(ctx, uptime.Changes{
			Subscribers: changes,
			Audit: entry(s.now(), by, "subscriber.import", "",
				fmt.Sprintf("%d added, %d were known, %d invalid; consent: %s", report.Added, report.Known, report.Invalid, how.Consent)),
		})
	})
	if err != nil {
		return Report{}, fmt.Errorf("importing subscribers: %w", err)
	}
	return report, nil
}

// plan compares a file with the list.
func (s *Service) plan(ctx context.Context, file sheet) ([]uptime.SubscriberChange, Report, error) {
	report := file.report
	report.Problems = slices.Clone(report.Problems)
	known, err := s.known(ctx)
	if err != nil {
		return nil, Report{}, err
	}
	now := s.now()
	changes := make([]uptime.SubscriberChange, 0, len(file.rows))
	for _, row := range file.rows {
		was, found := known[fold(row.address)]
		if found && was.State != uptime.SubscriberPending {
			report.tell(Problem{row.line, row.column, row.field, LineKnown, "this address is on the list already, and is left as it is"})
			continue
		}
		report.Fresh++
		changes = append(changes, s.imported(row, was, now))
	}
	slices.SortStableFunc(report.Problems, func(a, b Problem) int { return a.Line - b.Line })
	report.Problems = report.Problems[:min(len(report.Problems), ProblemsTold)]
	return changes, report, nil
}

// imported is somebody of the file as they shall be; was is what the list has
// of them, if they were asked to confirm.
func (s *Service) imported(row row, was uptime.Subscriber, now time.Time) uptime.SubscriberChange {
	change := uptime.SubscriberChange{Subscriber: was, Expect: was.State}
	if was.ID == "" {
		change.New = true
		change.Subscriber = uptime.Subscriber{ID: newID(), Kind: uptime.ToMail, Address: row.address, CreatedAt: now}
	}
	who := &change.Subscriber
	who.Components, who.News, who.Zone = row.components, row.news, cmp.Or(row.zone, who.Zone)
	who.State, who.Source, who.ConfirmedAt = uptime.SubscriberConfirmed, "import", now
	if !row.confirmedAt.IsZero() {
		who.ConfirmedAt = row.confirmedAt
	}
	return change
}

// known is the list by address: of whoever was asked to confirm all of it, of
// the others the state alone.
func (s *Service) known(ctx context.Context) (map[string]uptime.Subscriber, error) {
	known := map[string]uptime.Subscriber{}
	err := s.each(ctx, uptime.SubscriberFilter{}, func(who uptime.Subscriber) error {
		switch {
		case who.Kind != uptime.ToMail:
		case who.State == uptime.SubscriberPending:
			known[fold(who.Address)] = who
		default:
			known[fold(who.Address)] = uptime.Subscriber{State: who.State}
		}
		return nil
	})
	return known, err
}

// fold makes equal what differs in case alone.
func fold(address string) string { return strings.ToLower(address) }

// tell counts a problem, and keeps it for the report.
func (r *Report) tell(p Problem) {
	switch p.Kind {
	case LineInvalid:
		r.Invalid++
	case LineKnown:
		r.Known++
	case LineRepeated:
		r.Repeated++
	case LinePassed:
		r.Passed++
	case FileRefused: // no line
	}
	r.Problems = append(r.Problems, p)
}
