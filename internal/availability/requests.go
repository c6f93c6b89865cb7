package availability

import "math/big"

// Requests are the requests of one interval: all of them, and those that failed.
type Requests struct{ Bad, Total int64 }

// RequestRatio is the share of all requests that went well; nil if there were
// none.
func RequestRatio(intervals []Requests) *big.Rat {
	bad, total := zero(), zero()
	for _, i := range intervals {
		bad.Add(bad, new(big.Rat).SetInt64(i.Bad))
		total.Add(total, new(big.Rat).SetInt64(i.Total))
	}
	return rest(bad, total)
}

// IntervalAverage is 1 - the mean of the intervals' error rates, where an interval
// without requests has none (the reading of some storage agreements); nil without
// intervals. It can be far from the ratio, and no target is held against it.
func IntervalAverage(intervals []Requests) *big.Rat {
	sum := zero()
	for _, i := range intervals {
		if i.Total != 0 {
			sum.Add(sum, big.NewRat(i.Bad, i.Total))
		}
	}
	return rest(sum, new(big.Rat).SetInt64(int64(len(intervals))))
}
