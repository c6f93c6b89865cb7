package app

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/statuspage"
)

// shelf keeps evidence, and nothing else.
type shelf struct{ evidence []uptime.Evidence }

func (s shelf) Evidence(context.Context) ([]uptime.Evidence, error) { return s.evidence, nil }

func (shelf) SignalsOf(context.Context, []uptime.MonitorID, time.Time, time.Time) ([]uptime.Signal, error) {
	return nil, nil
}

func (shelf) NonCompliances(context.Context) ([]uptime.NonCompliance, error) { return nil, nil }

func (shelf) Receipts(context.Context, uptime.PlanID) ([]uptime.Receipt, error) { return nil, nil }

func (shelf) PolicyVersions(context.Context) ([]uptime.PolicyVersion, error) { return nil, nil }

// A roadmap that was published can be read by whoever meets the page, who is
// nobody in particular: its link stands beside the promise, until it is too old to
// keep it. One that is kept for ourselves is not led to.
func TestP38TheRoadmapIsLedToForAnybody(t *testing.T) {
	const address = "https://plans.upheld-sample.dev/roadmap"
	for _, c := range []struct {
		months int
		public bool
		verdict,
		link string
	}{
		{-2, true, "✓ Met", `href="` + address + `"`},
		{-7, true, "▲ Overdue", `href="` + address + `"`},
		{-2, false, "✓ Met", ""},
	} {
		roadmap := uptime.Evidence{ID: "r1", Record: "roadmap", Title: "The roadmap of this year", URL: address, At: november.AddDate(0, c.months, 0), Public: c.public}
		page := statuspage.NewPublisher(planOf(t, promisesFile).Catalogue, statuspage.Options{
			Live: blank{}, Source: blank{}, Promises: shelf{[]uptime.Evidence{roadmap}}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return november },
		})
		doc, err := page.Document(t.Context(), "/commitments/P38")
		if err != nil {
			t.Fatal(err)
		}
		body := string(doc.Body)
		if read := words(t, body); !strings.Contains(read, c.verdict) || strings.Contains(read, roadmap.Title) != c.public {
			t.Errorf("of %d months ago, public %v: %s", -c.months, c.public, read)
		}
		if c.link != "" && !strings.Contains(body, c.link) || c.link == "" && strings.Contains(body, address) {
			t.Errorf("of %d months ago, public %v: the link %q", -c.months, c.public, c.link)
		}
	}
}
