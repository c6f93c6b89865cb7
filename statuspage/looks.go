package statuspage

import (
	"context"
	"strconv"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/uptime"
)

// lookDays is over how many days single looks are counted, today included.
const lookDays = 30

// looksOf reads what the single looks of a component came to, by days of UTC.
// Where they cannot be read, the page does without.
func (p *Publisher) looksOf(ctx context.Context, c uptime.Component, now time.Time) []uptime.Rollup {
	from := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-lookDays)
	var all []uptime.Rollup
	for _, id := range c.Monitors {
		days, err := p.source.DailyRollups(ctx, id, from, now)
		if err != nil {
			p.log.Warn("the looks of a component cannot be counted", "component", c.ID, "error", err)
			return nil
		}
		all = append(all, days...)
	}
	return all
}

// countLooks adds them up. Failing looks that were too few to be believed are
// no downtime, but they are counted here.
func (b *book) countLooks() *Looks {
	if len(b.looks) == 0 {
		return nil
	}
	var sum uptime.Rollup
	var days []availability.Requests
	for _, day := range b.looks {
		sum.Passed += day.Passed
		sum.Slow += day.Slow
		sum.Failed += day.Failed
		sum.Unseen += day.Unseen
		sum.TookSum += day.TookSum
		sum.TookMax = max(sum.TookMax, day.TookMax)
		days = append(days, availability.Requests{Bad: int64(day.Failed), Total: int64(day.Passed + day.Slow + day.Failed)})
	}
	looks := &Looks{
		Period: "the last " + uptime.Count(lookDays, "day") + ", by UTC date",
		All:    strconv.Itoa(sum.Passed + sum.Slow + sum.Failed + sum.Unseen),
		Passed: strconv.Itoa(sum.Passed), Slow: strconv.Itoa(sum.Slow),
		Failed: strconv.Itoa(sum.Failed), Not: strconv.Itoa(sum.Unseen),
	}
	if share := availability.RequestRatio(days); share != nil {
		looks.Share = percent(share, figureDecimals)
	}
	if answered := sum.Passed + sum.Slow; answered > 0 {
		looks.Mean = (sum.TookSum / time.Duration(answered)).Round(100 * time.Microsecond).String()
		looks.Longest = sum.TookMax.Round(100 * time.Microsecond).String()
	}
	return looks
}
