package statuspage

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// manyOf is how many promises of each kind a long register has: 116 in all, where
// the sample has two of availability.
var manyOf = map[uptime.CommitmentKind]int{
	uptime.OfAvailability: 2, uptime.OfMaintenanceHours: 3, uptime.OfNotice: 4, uptime.OfHeartbeat: 3, uptime.OfClock: 28,
	uptime.OfRegister: 38, uptime.OfPromise: 3, uptime.OfContact: 6, uptime.OfText: 13, uptime.NotSoftware: 14,
}

// promisedMany is n components with a year of trouble, 116 promises, and a
// service of all of them.
func promisedMany(n int) Inputs {
	in := sampleMany(n)
	for i := range in.Segments {
		if in.Segments[i].From.Equal(sampleNow.AddDate(0, 0, -200+i%7)) {
			in.Segments[i].From = sampleNow.AddDate(0, 0, -395)
		}
	}
	all := uptime.Service{ID: "platform", Name: "Platform"}
	for _, c := range in.Catalogue.Components {
		all.Components = append(all.Components, c.ID)
	}
	in.Catalogue.Services = append(in.Catalogue.Services, all)
	base := samplePromised()
	in.Catalogue.Jobs, in.Kept = base.Catalogue.Jobs, base.Kept
	policy := uptime.Policy{ID: "many", EffectiveFrom: sampleNow.AddDate(-3, 0, 0)}
	for _, c := range samplePolicy().Commitments {
		for range manyOf[c.Kind] {
			c.ID, c.Policy = uptime.CommitmentID(fmt.Sprintf("P%d", len(policy.Commitments)+1)), policy.ID
			if c.Availability != nil {
				terms := *c.Availability
				terms.Service = "platform"
				c.Availability = &terms
			}
			policy.Commitments = append(policy.Commitments, c)
		}
	}
	in.Catalogue.Policies = []uptime.Policy{policy}
	return in
}

// BenchmarkRegister reads the whole register and scorecard of 1,000 components
// and twelve months from a warm process: an edition that is a moment newer than
// the one before it.
func BenchmarkRegister(b *testing.B) {
	in := promisedMany(1000)
	w := &world{in: in}
	s := &shelf{kept: in.Kept}
	now := sampleNow
	p := NewPublisher(in.Catalogue, Options{Live: w, Source: w, Promises: s, Version: "1.0.0", Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
	p.Refresh(context.Background())
	if n := len(p.Register()); n != 116 {
		b.Fatalf("%d promises", n)
	}
	warm := p.current(context.Background()).book
	b.Run("new edition", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			b.StopTimer()
			book := open(warm.in, sampleNow.Add(time.Duration(i)*time.Second))
			b.StartTimer()
			register := book.register()
			if book.scorecard(register, true) == nil {
				b.Fatal("no scorecard")
			}
		}
	})
	b.Run("same edition", func(b *testing.B) {
		for b.Loop() {
			if len(p.Register()) != 116 {
				b.Fatal("promises are missing")
			}
		}
	})
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			if _, err := p.Document(context.Background(), "/commitments"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
