package calendar

import "time"

// Queensland keeps its clocks as they are while those of its neighbours change,
// so half of the year "AEST" is read wrongly by most who read it.
const (
	standardZone = "Australia/Brisbane"
	civilZone    = "Australia/Sydney"
)

// InSydney is what clocks in Sydney show at an instant that is told in literal
// AEST, the zone Australia/Brisbane. It is false of any other zone, and where
// both clocks read the same.
func InSydney(t time.Time, zone *time.Location) (time.Time, bool) {
	if zone == nil || zone.String() != standardZone {
		return time.Time{}, false
	}
	sydney, err := time.LoadLocation(civilZone)
	if err != nil { // the program has the zones compiled in
		return time.Time{}, false
	}
	there := t.In(sydney)
	_, here := t.In(zone).Zone()
	_, offset := there.Zone()
	return there, offset != here
}
