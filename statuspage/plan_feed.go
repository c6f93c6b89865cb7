package statuspage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/feeds"

	"github.com/upheld/upheld/internal/uptime"
)

// PlanEntry is a plan in a feed: everything that was announced and said of it.
type PlanEntry struct {
	Kind      string
	Affects   string // components, in a sentence
	When      PlanTime
	Kept      []KeptLine
	Override  string
	Words     Words
	Updates   []Update
	Revisions []PlanRevision
}

// planItem is a plan in a feed.
func (b *book) planItem(p uptime.Plan, title func(string) string) *feeds.Item {
	heading := planKind(p) + ": " + isolate(p.Title)
	if p.Phase == uptime.Cancelled {
		heading = "Called off: " + heading
	}
	return &feeds.Item{
		Title: title(heading), Link: &feeds.Link{Href: b.address(planAddress(p))},
		Id: b.tag("Plan", string(p.ID)), IsPermaLink: "false",
		Created: p.PublishedAt.UTC(), Updated: planNewsAt(p).UTC(), Content: b.planContent(p),
	}
}

func (b *book) planContent(p uptime.Plan) string {
	dated := *b
	dated.clock.now, dated.now = time.Time{}, time.Time{} // a feed is read on any day, so every time names its own
	names := make([]string, 0, len(p.Components))
	for _, link := range b.affected(p.Components) {
		names = append(names, link.Text)
	}
	entry := PlanEntry{
		Kind: planKind(p), Affects: list(names, manyNames), When: dated.planTime(p, p.Now()), Kept: dated.kept(p), Override: overriding(p),
		Words: b.wordsOf(p.Body, false), Revisions: dated.revisions(p),
	}
	if p.Emergency {
		entry.Kind = "Emergency " + lowerFirst(entry.Kind)
	}
	for _, u := range slices.Backward(p.Updates) {
		entry.Updates = append(entry.Updates, dated.planUpdate(u))
	}
	var out strings.Builder
	if err := planEntry(entry).Render(context.Background(), &out); err != nil {
		panic(fmt.Sprintf("statuspage: rendering into memory: %v", err))
	}
	return out.String()
}
