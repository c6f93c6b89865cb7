package statuspage

import (
	"slices"
	"strconv"

	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// fewScores is how many promises the short scorecard has at most.
const fewScores = 12

// scoreMark is a promise in one month, as the scorecard draws it.
func scoreMark(c uptime.Cell, strength uptime.Strength) Mark {
	switch c.Verdict {
	case uptime.Met:
		return Mark{"up", "✓", "kept"}
	case uptime.Breached, uptime.Overdue:
		m := standingMark(c.Verdict, strength)
		switch {
		case c.Verdict == uptime.Overdue:
		case m.Word == "missed":
			m.Word = "aim missed"
		default:
			m.Word = "missed"
		}
		return m
	case uptime.OnTrack, uptime.AtRisk:
		return standingMark(c.Verdict, strength)
	case uptime.InsufficientData:
		return Mark{"unk", "○", "not enough data"}
	case uptime.NotMeasured:
	}
	return Mark{"unk", "·", "nothing due"}
}

// scoreLegend explains the marks, in the order in which a reader looks for them.
func scoreLegend(rows []ScoreRow) []Mark {
	var out []Mark
	for _, word := range []string{"kept", "on track", "at risk", "missed", "aim missed", "overdue", "not enough data", "nothing due"} {
		for _, r := range rows {
			for _, c := range r.Cells {
				if c.Word == word && !slices.Contains(out, c.Mark) {
					out = append(out, c.Mark)
				}
			}
		}
	}
	return out
}

// scorecard is the last twelve months of all promises that have months: for the
// home page of availability, hours, notice and copies alone. Nil: there is none.
func (b *book) scorecard(register []uptime.Standing, all bool) *Scorecard {
	card := &Scorecard{All: all}
	var months []string
	for _, st := range register {
		for _, c := range st.Cells {
			if !slices.Contains(months, c.Month) {
				months = append(months, c.Month)
			}
		}
	}
	slices.Sort(months)
	months = months[max(0, len(months)-scoreMonths):]
	slices.Reverse(months)
	for _, st := range register {
		if len(st.Cells) == 0 || !all && (!scoredAtHome(st.Commitment.Kind) || len(card.Rows) == fewScores) {
			continue
		}
		card.Rows = append(card.Rows, b.scoreRow(st, months))
	}
	if len(card.Rows) == 0 {
		return nil
	}
	for _, m := range months {
		card.Months = append(card.Months, ScoreMonth{monthName(m, "Jan"), monthName(m, "2006"), monthName(m, "January 2006")})
	}
	card.Legend = scoreLegend(card.Rows)
	return card
}

func scoredAtHome(kind uptime.CommitmentKind) bool {
	switch kind {
	case uptime.OfAvailability, uptime.OfMaintenanceHours, uptime.OfNotice, uptime.OfHeartbeat:
		return true
	case uptime.OfClock, uptime.OfRegister, uptime.OfPromise, uptime.OfContact, uptime.OfText, uptime.NotSoftware:
	}
	return false
}

func (b *book) scoreRow(st uptime.Standing, months []string) ScoreRow {
	c := st.Commitment
	row := ScoreRow{ID: isolate(string(c.ID)), Name: b.scoreName(c), Path: commitmentPath(c.ID)}
	if c.Policy == "" {
		row.ID, row.Path = "", "/services/"+string(c.Availability.Service)
	}
	for _, month := range months {
		cell := uptime.Cell{Month: month, Verdict: uptime.NotMeasured}
		if i := slices.IndexFunc(st.Cells, func(c uptime.Cell) bool { return c.Month == month }); i >= 0 {
			cell = st.Cells[i]
		}
		if cell.Evidence.Path == "" {
			cell.Evidence.Path = row.Path + "#m" + month
		}
		row.Cells = append(row.Cells, ScoreCell{
			Mark: scoreMark(cell, c.Strength), Path: safeLink(cell.Evidence.Path), Value: isolate(cell.Value), Month: monthName(month, "January 2006"),
		})
	}
	return row
}

// scoreName is a promise in a few words.
func (b *book) scoreName(c uptime.Commitment) string {
	switch {
	case c.Availability != nil:
		name := isolate(string(c.Availability.Service))
		if s, known := b.service(c.Availability.Service); known {
			name = isolate(s.Name)
		}
		return name + ", " + c.Availability.Target.String() + " %"
	case c.Kind == uptime.OfMaintenanceHours:
		return "Hours without maintenance"
	case c.Notice != nil:
		return "Notice of " + planKinds(c.Notice.Of) + ", " + planned.Promised(c.Notice.Rule)
	case c.Heartbeat != nil && c.Heartbeat.Ask == uptime.Daily:
		return capital(isolate(c.Heartbeat.Set)) + ", every day"
	case c.Heartbeat != nil:
		return capital(isolate(c.Heartbeat.Set)) + ", in data-centres apart"
	}
	return isolate(c.Says)
}

// planKinds are kinds of plan in a sentence.
func planKinds(of []uptime.PlanKind) string {
	var out []string
	for _, k := range of {
		out = append(out, planKindWord(k))
	}
	return list(out, mostNames)
}

// planKindWord is the public's word for a kind of plan.
func planKindWord(k uptime.PlanKind) string {
	switch k {
	case uptime.MaintenanceWork:
		return "maintenance"
	case uptime.Release:
		return "releases"
	case uptime.PriceChange:
		return "prices"
	case uptime.Behaviour:
		return "changes of behaviour"
	}
	return isolate(string(k))
}

// scoreTitle is a cell in words.
func scoreTitle(c ScoreCell) string {
	text := c.Month + ": " + c.Word
	if c.Value != "" && c.Value != c.Word {
		text += ", " + c.Value
	}
	return text
}

func scoreSpan(r ScoreRow) string { return strconv.Itoa(len(r.Cells)) }
