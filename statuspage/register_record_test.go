package statuspage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/commitment"
	"github.com/upheld/upheld/internal/uptime"
)

// shelf is a PromiseSource under the test's control.
type shelf struct {
	mu       sync.Mutex
	kept     Kept
	receipts map[uptime.PlanID][]uptime.Receipt
	fault    error
	asked    []string
}

func (s *shelf) ask(what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, what)
	return s.fault
}

func (s *shelf) Evidence(context.Context) ([]uptime.Evidence, error) {
	return s.kept.Evidence, s.ask("evidence")
}

func (s *shelf) NonCompliances(context.Context) ([]uptime.NonCompliance, error) {
	return s.kept.Entries, s.ask("entries")
}

func (s *shelf) PolicyVersions(context.Context) ([]uptime.PolicyVersion, error) {
	return s.kept.Versions, s.ask("versions")
}

func (s *shelf) Receipts(_ context.Context, id uptime.PlanID) ([]uptime.Receipt, error) {
	return s.receipts[id], s.ask("receipts " + string(id))
}

func (s *shelf) SignalsOf(_ context.Context, monitors []uptime.MonitorID, from, to time.Time) ([]uptime.Signal, error) {
	var out []uptime.Signal
	for _, signal := range s.kept.Signals {
		if slices.Contains(monitors, signal.Monitor) && !signal.At.Before(from) && signal.At.Before(to) {
			out = append(out, signal)
		}
	}
	return out, s.ask(fmt.Sprintf("signals of %.0f days", to.Sub(from).Hours()/24))
}

func (s *shelf) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

// shelved is a publisher of the promised sample, whose promises are on a shelf.
func shelved() (*Publisher, *world, *shelf) {
	in := samplePromised()
	s := &shelf{kept: in.Kept}
	in.Kept = Kept{}
	w := &world{in: in}
	return NewPublisher(in.Catalogue, Options{Live: w, Source: w, Promises: s, Version: "1.0.0", Log: slog.New(slog.DiscardHandler), Now: atSample}), w, s
}

func TestThePublisherReadsWhatIsKeptOfPromises(t *testing.T) {
	p, _, s := shelved()
	p.Refresh(t.Context())
	want := open(samplePromised(), sampleNow).register()
	for i, st := range p.Register() {
		if st.Verdict != want[i].Verdict || st.Value != want[i].Value {
			t.Errorf("%s is %s %q, want %s %q", st.Commitment.ID, st.Verdict, st.Value, want[i].Verdict, want[i].Value)
		}
	}
	if len(p.Burns()) != 12 || len(p.Findings()) != 0 {
		t.Errorf("%d burn rules, findings %+v", len(p.Burns()), p.Findings())
	}
	// The settled time and the versions are not read again.
	s.take()
	p.Refresh(t.Context())
	if asked := s.take(); !slices.Equal(asked, []string{"evidence", "entries", "signals of 2 days"}) {
		t.Errorf("it asked for %q", asked)
	}
	// Another document asks for its versions, until they are there.
	catalogue := samplePromised().Catalogue
	catalogue.Policies = []uptime.Policy{samplePolicy()}
	catalogue.Policies[0].Digest = "another"
	p.SetCatalogue(catalogue)
	for range 2 {
		p.Refresh(t.Context())
		if asked := s.take(); !slices.Contains(asked, "versions") {
			t.Errorf("it asked for %q", asked)
		}
	}
}

func TestWhatIsKeptOfPromisesOutlivesAFault(t *testing.T) {
	p, _, s := shelved()
	p.Refresh(t.Context())
	before := body(t, p, "/commitments/P6")
	s.fault = errors.New("the disk is gone")
	p.Refresh(t.Context())
	if after := body(t, p, "/commitments/P6"); after != before {
		t.Error("the page is another once the record cannot be read")
	}
}

func TestTheRegisterIsWorkedOutOnceAnEdition(t *testing.T) {
	p, _, _ := shelved()
	p.Refresh(t.Context())
	first, second := p.Register(), p.Register()
	if &first[0] != &second[0] {
		t.Error("it was worked out twice")
	}
	p.Refresh(t.Context())
	if third := p.Register(); &first[0] == &third[0] {
		t.Error("another edition has the same register")
	}
}

func TestWithoutASourceOfPromisesNothingIsMadeUp(t *testing.T) {
	in := samplePromised()
	in.Kept = Kept{}
	w := &world{in: in}
	p := w.publisher(atSample)
	p.Refresh(t.Context())
	for _, st := range p.Register() {
		if st.Commitment.Kind == uptime.OfRegister && st.Verdict != uptime.InsufficientData {
			t.Errorf("%s is %s", st.Commitment.ID, st.Verdict)
		}
	}
}

// Who lives in the home zone is told, and not owed; a bounce is no notice.
func TestWhoWasOwedNoticeIsLookedUpUntilItIsSettled(t *testing.T) {
	p, w, s := shelved()
	w.in.Catalogue.Policies[0].Commitments[3].Notice.OwedTo = "+10:00"
	from := w.in.Plans[0].Now().From
	told := from.Add(-49 * time.Hour)
	s.receipts = map[uptime.PlanID][]uptime.Receipt{w.in.Plans[0].ID: {
		{Notice: "n1", Subscriber: "a", Zone: "Europe/London", State: uptime.DeliveryAccepted, Settled: told},
		{Notice: "n1", Subscriber: "b", Zone: "Australia/Brisbane", State: uptime.DeliveryBounced, Settled: told},
		{Notice: "n1", Subscriber: "c", Zone: "", State: uptime.DeliveryBounced, Settled: told},
		{Notice: "n1", Subscriber: "d", Zone: "America/New_York", State: uptime.DeliveryAccepted, Settled: from.Add(-23 * time.Hour)},
	}}
	p.SetCatalogue(w.in.Catalogue)
	p.Refresh(t.Context())
	owed := p.current(t.Context()).book.in.Kept.Owed[commitment.OwedKey{Commitment: "E8", Plan: w.in.Plans[0].ID}]
	if owed.Required != 3 || owed.Compliant != 1 || !owed.Cutoff.Equal(from.Add(-24*time.Hour)) {
		t.Errorf("%+v", owed)
	}
	for _, st := range p.Register() {
		if st.Commitment.ID == "E8" && (st.Verdict != uptime.OnTrack || !strings.Contains(st.Value, "1 of 3")) {
			t.Errorf("%s, %q", st.Verdict, st.Value)
		}
	}
	for i := range s.receipts[w.in.Plans[0].ID] {
		s.receipts[w.in.Plans[0].ID][i].State = uptime.DeliveryBounced
	}
	w.in.Plans[0].Version++ // looked up anew
	p.Refresh(t.Context())
	for _, st := range p.Register() {
		if st.Commitment.ID == "E8" && (st.Verdict != uptime.Breached || !strings.Contains(st.Value, "0 of 3")) {
			t.Errorf("nobody was told: %s, %q", st.Verdict, st.Value)
		}
	}
	s.take()
	p.Refresh(t.Context())
	if asked := s.take(); slices.ContainsFunc(asked, func(a string) bool { return strings.HasPrefix(a, "receipts") }) {
		t.Errorf("what is settled is looked up again: %q", asked)
	}
}
