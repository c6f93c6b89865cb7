package statuspage

import (
	"fmt"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// sampleWorked is so many components with so many plans over a year.
func sampleWorked(components, plans int) Inputs {
	in := sampleMany(components)
	for i := range plans {
		from := evening(-2*i - 1)
		p := completed(announce(uptime.PlanID(fmt.Sprintf("plan-%d", i)), fmt.Sprintf("Work %d", i), from, time.Hour, 50*time.Hour,
			in.Catalogue.Components[i%components].ID, in.Catalogue.Components[(i+1)%components].ID), from.Add(time.Hour))
		in.Plans = append(in.Plans, p)
	}
	return in
}

// Plans are many after a year and change rarely: what they exclude is worked out
// once, and an edition costs little more for them.
func TestPlansCostAnEditionLittle(t *testing.T) {
	made := func(in Inputs) float64 {
		in.memo = newMemo()
		in.agreed = agreedOf(in.Plans, nil)
		return testing.AllocsPerRun(2, func() { open(in, sampleNow).eager() })
	}
	without, with := made(sampleWorked(20, 0)), made(sampleWorked(20, 200))
	if with > 2*without {
		t.Errorf("%.0f allocations with 200 plans, %.0f without", with, without)
	}
	t.Logf("%.0f allocations with 200 plans, %.0f without", with, without)
	in := sampleWorked(100, 200)
	if again := agreedOf(in.Plans, agreedOf(in.Plans, nil)); len(again.of) != 200 {
		t.Errorf("%d plans exclude something", len(again.of))
	}
	for i := range 20 {
		in.Plans = append(in.Plans, announce(uptime.PlanID(fmt.Sprintf("soon-%d", i)), fmt.Sprintf("Work to come %d", i), evening(i+2), time.Hour, 70*24*time.Hour, in.Catalogue.Components[i].ID))
	}
	b := open(in, sampleNow)
	if v := b.home(); len(v.Upcoming) != mostUpcoming || v.Further != "12 more in the next 30 days" {
		t.Errorf("%d plans to come, and %q", len(v.Upcoming), v.Further)
	}
	if doc := b.homeDocument(); len(doc.Gzip) > 30_000 {
		t.Errorf("%d bytes compressed with 100 components, 200 plans and 20 to come", len(doc.Gzip))
	}
}
