package calendar

import "time"

// Day is a civil day in some zone: its date and its span, which lasts 23 to 25
// hours almost always.
type Day struct {
	Date
	Span
}

// DayOn is the civil day of that date. Its span is empty where the zone skipped
// the day (Apia had no 30 December 2011).
func DayOn(d Date, zone *time.Location) Day {
	return Day{d, Span{Midnight(d, zone), Midnight(d.AddDays(1), zone)}}
}

// DayAt is the civil day that t belongs to. Where a clock is put back over
// midnight, the day that has begun goes on although the wall shows the day
// before once more; where it is put forward over midnight, the day before goes
// on for as long as Resolve says.
func DayAt(t time.Time, zone *time.Location) Day {
	day := DayOn(DateOf(t, zone), zone)
	for t.Before(day.From) {
		day = DayOn(day.AddDays(-1), zone)
	}
	for !t.Before(day.To) {
		day = DayOn(day.AddDays(1), zone)
	}
	return day
}

// Days are the whole civil days that share an instant with the span, oldest
// first, without those that the zone skipped. They follow each other without a
// hole.
func Days(within Span, zone *time.Location) []Day {
	if within.Empty() {
		return nil
	}
	var days []Day
	for day := DayAt(within.From, zone); day.From.Before(within.To); day = DayAt(day.To, zone) {
		days = append(days, day)
	}
	return days
}

// LastDays are the n civil days that end with the one that now belongs to,
// oldest first.
func LastDays(n int, now time.Time, zone *time.Location) []Day {
	if n < 1 {
		return nil
	}
	days := make([]Day, n)
	days[n-1] = DayAt(now, zone)
	for i := n - 2; i >= 0; i-- {
		days[i] = DayOn(days[i+1].AddDays(-1), zone)
		for days[i].Empty() {
			days[i] = DayOn(days[i].AddDays(-1), zone)
		}
	}
	return days
}

// Month is the calendar month in the zone, from civil midnight to civil
// midnight.
func Month(year int, month time.Month, zone *time.Location) Span {
	return Span{
		Midnight(Date{year, month, 1}, zone),
		Midnight(Date{year, month + 1, 1}, zone),
	}
}

// MonthAt is the calendar month that t belongs to.
func MonthAt(t time.Time, zone *time.Location) Span {
	d := DayAt(t, zone).Date
	return Month(d.Year, d.Month, zone)
}

// Year is the calendar year in the zone.
func Year(year int, zone *time.Location) Span {
	return Span{Midnight(Date{year, time.January, 1}, zone), Midnight(Date{year + 1, time.January, 1}, zone)}
}

// YearAt is the calendar year that t belongs to.
func YearAt(t time.Time, zone *time.Location) Span {
	return Year(DayAt(t, zone).Year, zone)
}

// Rolling is the window of so many times 86,400 s that ends at asOf. No zone has
// a say in it.
func Rolling(days int, asOf time.Time) Span {
	return Span{asOf.Add(-time.Duration(days) * 24 * time.Hour), asOf}
}
