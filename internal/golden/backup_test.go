package golden

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/commitment"
)

// backup has two kinds: daily, and freshness.
func backup(input json.RawMessage) (result, error) {
	var in struct {
		Kind, Tz   string
		Sites      map[string]string
		Days       []string
		Heartbeats []struct {
			Site string
			At   time.Time
			OK   bool
		}

		MaxAge    number   `json:"max_age_s"`
		Start     number   `json:"start_s"`
		End       number   `json:"end_s"`
		Successes []number `json:"successes_s"`
	}
	if err := decode(input, &in); err != nil {
		return nil, err
	}
	switch in.Kind {
	case "freshness":
		return freshness(append([]number{in.MaxAge, in.Start, in.End}, in.Successes...))
	case "daily":
	default:
		return nil, fmt.Errorf("unknown kind of backup %q", in.Kind)
	}
	zone, err := time.LoadLocation(in.Tz)
	if err != nil {
		return nil, err
	}
	var sites []commitment.Site
	for _, name := range slices.Sorted(maps.Keys(in.Sites)) {
		sites = append(sites, commitment.Site{Name: name, Datacentre: in.Sites[name], Zone: zone})
	}
	var days []calendar.Date
	for _, text := range in.Days {
		day, err := calendar.ParseDate(text)
		if err != nil {
			return nil, err
		}
		days = append(days, day)
	}
	var beats []commitment.Beat
	for _, h := range in.Heartbeats {
		beats = append(beats, commitment.Beat{Site: h.Site, At: h.At, OK: h.OK})
	}
	copies := commitment.Daily(sites, days, beats)
	missing := unordered{}
	for _, gap := range copies.Missing {
		missing = append(missing, []any{gap.Day.String(), gap.Site})
	}
	r := result{"compliant_days": copies.Kept, "total_days": copies.Days, "missing": missing, "attainment_pct": nil}
	if copies.Days > 0 {
		r["attainment_pct"] = percent(big.NewRat(int64(copies.Kept), int64(copies.Days)))
	}
	return r, nil
}

// freshness is handed the age, the window's start and end, and the successes.
func freshness(numbers []number) (result, error) {
	times, err := spans(numbers...)
	if err != nil {
		return nil, err
	}
	var origin time.Time
	var successes []time.Time
	for _, d := range times[3:] {
		successes = append(successes, origin.Add(d))
	}
	stale := commitment.Stale(successes, times[0], calendar.Span{From: origin.Add(times[1]), To: origin.Add(times[2])})
	return result{"stale_s": availability.Seconds(stale.Total())}, nil
}
