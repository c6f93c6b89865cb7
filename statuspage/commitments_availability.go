package statuspage

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// availabilityWorking shows how the figures of a promised service came to be.
func (b *book) availabilityWorking(v *PromisePage, st uptime.Standing) {
	s, why := b.held(*st.Commitment.Availability)
	if why != "" {
		return
	}
	now := b.current(s)
	row := b.serviceRow(s, now, Link{Text: capital(now.name)})
	v.Sums, v.Budget = &row, b.budgetView(s, now)
	periods := b.scorePeriods(s)
	for i, cell := range slices.Backward(st.Cells) {
		v.Figures = append(v.Figures, b.figureRow(s, periods[i], cell, st.Commitment.Strength))
	}
	v.Burns = b.burns(s)
	v.Spans, v.MoreThan = newestFirst(b.serviceSpans(s, b.scoredSpan(s)))
}

// figureRow is one month of a promise, in full.
func (b *book) figureRow(s uptime.Service, p scored, cell uptime.Cell, strength uptime.Strength) FigureRow {
	link := Link{Text: monthName(p.month, "Jan 2006")}
	if month, ok := b.monthOf("/history/" + p.month); ok && !month.Empty() {
		link.Path = "/history/" + p.month
	}
	if s.Window.Kind != uptime.CalendarMonth {
		link.Text += ", " + p.name
	}
	row := FigureRow{Row: b.serviceRow(s, p.period, link), Anchor: "m" + p.month, Mark: standingMark(cell.Verdict, strength)}
	if cell.Verdict == uptime.NotMeasured {
		row.Mark.Word = notInForce
	}
	row.Counted = lost(length(b.measureOnce(s, p.elapsed).Commitment.Bad()))
	return row
}

// scoredSpan is all the time that a promise's twelve months are told of, as far
// as there is a record.
func (b *book) scoredSpan(s uptime.Service) calendar.Span {
	span := calendar.Span{From: b.scorePeriods(s)[0].span.From, To: b.now}
	if b.began.After(span.From) {
		span.From = b.began
	}
	if b.ledger.span.From.After(span.From) {
		span.From = b.ledger.span.From
	}
	if span.From.After(span.To) {
		span.From = span.To
	}
	return span
}

// The box that a budget's line is drawn in.
const (
	boxWidth  = 100
	boxHeight = 40
)

// budgetView is how the budget of a period was spent, day by day. Nil: nothing
// is allowed, so there is nothing to draw.
func (b *book) budgetView(s uptime.Service, p period) *BudgetView {
	a := b.measureOnce(s, p.elapsed)
	allowed := judge(s, p, a).budget.Allowed
	if allowed.Sign() <= 0 {
		return nil
	}
	line := burnDown{allowed: allowed, whole: p.Span}
	line.add(p.From, new(big.Rat))
	used := new(big.Rat)
	v := &BudgetView{Period: p.name}
	pieces := b.spending(s, p.elapsed)
	zone := s.Zone
	if zone == nil {
		zone = b.zone
	}
	for _, day := range calendar.Days(p.elapsed, zone) {
		before := new(big.Rat).Set(used)
		for _, piece := range pieces {
			clipped := piece.Clip(day.Span).Clip(p.elapsed)
			if clipped.Empty() {
				continue
			}
			line.add(clipped.From, used)
			used = new(big.Rat).Add(used, new(big.Rat).Mul(availability.Seconds(clipped.Duration()), piece.weight))
			line.add(clipped.To, used)
		}
		if end := p.elapsed.To; used.Cmp(before) != 0 || !day.To.Before(end) {
			v.Days = append(v.Days, line.day(day, used, new(big.Rat).Sub(used, before), end))
		}
	}
	line.add(p.elapsed.To, used)
	slices.Reverse(v.Days)
	v.Days = v.Days[:min(len(v.Days), mostSpans)]
	v.Path, v.Ideal = line.path(), "M0 "+line.height(new(big.Rat))+"L"+strconv.Itoa(boxWidth)+" "+line.height(allowed)
	v.Over = used.Cmp(allowed) > 0
	v.Summary = lost(length(used)) + " of " + tally(length(allowed)) + " spent"
	return v
}

// burnDown is a line of what is left of a budget over its period.
type burnDown struct {
	allowed *big.Rat
	whole   calendar.Span
	points  []string
}

func (l *burnDown) add(at time.Time, used *big.Rat) {
	x := float64(at.Sub(l.whole.From)) / float64(l.whole.Duration()) * boxWidth
	point := strconv.FormatFloat(x, 'f', 2, 64) + " " + l.height(used)
	if n := len(l.points); n == 0 || l.points[n-1] != point {
		l.points = append(l.points, point)
	}
}

// height is where the line stands when so much is spent: at the top with
// nothing, three quarters down when all is, at the bottom from a third more on.
func (l *burnDown) height(used *big.Rat) string {
	share, _ := new(big.Rat).Quo(used, l.allowed).Float64()
	return strconv.FormatFloat(min(1+share*boxHeight*3/4, boxHeight-1), 'f', 2, 64)
}

func (l *burnDown) path() string { return "M" + strings.Join(l.points, "L") }

// day is the account at the end of a day, or at the end of what has passed of it.
func (l *burnDown) day(day calendar.Day, used, spent *big.Rat, end time.Time) BudgetDay {
	if day.To.Before(end) {
		end = day.To
	}
	left := new(big.Rat).Sub(l.allowed, used)
	ahead := new(big.Rat).SetFrac64(int64(l.whole.To.Sub(end)), int64(l.whole.Duration()))
	date := time.Date(day.Year, day.Month, day.Date.Day, 0, 0, 0, 0, time.UTC)
	return BudgetDay{
		Day: date.Format("2 Jan"), Spent: lost(length(spent)), Left: tally(length(left)),
		Ideal: tally(length(ahead.Mul(ahead, l.allowed))), Over: left.Sign() < 0,
	}
}
