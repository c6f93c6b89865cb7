package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

const seriesPath = "/console/series"

// foreseen is how many occurrences are looked at beforehand.
const foreseen = 5

// seriesPage lists maintenance that recurs.
func (s *site) seriesPage(c echo.Context) error {
	v := s.visit(c)
	all, err := s.Plans.Series(v.ctx())
	if err != nil {
		return err
	}
	table := console.Table{Name: "Recurring maintenance", Heads: []string{"What", "When", "Next", "Announced", "Do"}, Empty: "Nothing recurs."}
	for _, one := range all {
		next := console.Cell{Text: "none"}
		if at, err := occurrences(one, v.now, 1); err == nil && len(at) > 0 && one.StoppedAt.IsZero() {
			next = console.Cell{Time: v.moment(at[0])}
		}
		do := console.Cell{}
		switch {
		case !one.StoppedAt.IsZero():
			do = console.Cell{Text: "stopped", Time: v.moment(one.StoppedAt)}
		case v.may(uptime.Publisher):
			do.Form = &console.Form{
				ID: "stop-" + string(one.ID), Action: seriesPath + "/" + string(one.ID) + "/stop", Heading: "Stop", Folded: true,
				Text:    "No more of it is announced. What is announced stays; call it off by itself.",
				Hidden:  []console.Hidden{onceKey(), {Name: "version", Value: strconv.FormatInt(one.Version, 10)}},
				Buttons: []console.Button{{Text: "Stop it", Plain: true}},
			}
		}
		table.Rows = append(table.Rows, []console.Cell{
			{Text: one.Title, Note: v.namesOf(one.Components)},
			{Text: one.Rule, Code: true, Note: "at " + one.Start.In(cmp.Or(one.Zone, time.UTC)).Format("15:04") + " in " + zoneText(one.Zone) + ", for " + planned.Length(one.Length)},
			next, {Text: planned.Length(one.Ahead) + " ahead"}, do,
		})
	}
	section := console.Section{Table: &table, Links: []console.Link{{Text: "All planned work", Path: plansPath}}}
	if v.may(uptime.Publisher) {
		section.Links = append(section.Links, console.Link{Text: "Let something recur", Path: seriesPath + "/new"})
	}
	show(c, http.StatusOK, console.Desk(console.DeskView{
		Frame: v.frame("Recurring maintenance", plansPath), Done: v.doneText(), Sections: []console.Section{section},
		Lede: "Each occurrence becomes a plan of its own, which is announced, moved and judged by itself.",
	}))
	return nil
}

// occurrences are the next of a series.
func occurrences(s uptime.Series, now time.Time, most int) ([]time.Time, error) {
	rule, err := calendar.NewRecurrence(s.Rule, s.Start, cmp.Or(s.Zone, time.UTC))
	if err != nil {
		return nil, err
	}
	return rule.Between(calendar.Span{From: uptime.Later(now, s.Start), To: uptime.Later(now, s.Start).AddDate(5, 0, 0)}, most), nil
}

func (s *site) newSeriesPage(c echo.Context) error {
	v := s.visit(c)
	return v.seriesForm(http.StatusOK, url.Values{
		"length": {"1 hour"}, "ahead": {"7 days"}, "zone": {v.zone.String()}, "every": {"weekly"}, onceField: {onceKey().Value},
	}, nil, nil)
}

// newSeries takes the form in: shows what would come of it, or begins it.
func (s *site) newSeries(c echo.Context) error {
	v := s.visit(c)
	sent, err := v.fields("part", "region")
	if err != nil {
		return err
	}
	series, notes, wrong := v.readSeries(sent)
	if len(wrong) > 0 {
		return v.seriesForm(http.StatusUnprocessableEntity, sent, nil, wrong)
	}
	if sent.Get("do") != "begin" {
		return v.seriesForm(http.StatusOK, sent, v.foresee(series, notes), nil)
	}
	once := Once{Key: sent.Get(onceField)}.named(v.ctx(), v.now, "console/series", sent)
	_, err = s.Planner.Repeat(v.ctx(), v.by, series, once)
	if wrong := seriesWrongs(faultsOf(err)); len(wrong) > 0 {
		return v.seriesForm(http.StatusUnprocessableEntity, sent, v.foresee(series, notes), wrong)
	}
	if err != nil {
		return err
	}
	return v.goOn(seriesPath, "recurs")
}

func (s *site) stopSeries(c echo.Context) error {
	v := s.visit(c)
	return v.simple(seriesPath, "stopped", func(sent url.Values) error {
		version, _ := strconv.ParseInt(sent.Get("version"), 10, 64)
		_, err := s.Planner.StopSeries(v.ctx(), v.by, uptime.SeriesID(c.Param("id")), version)
		return err
	})
}

// readSeries reads the form.
func (v visit) readSeries(sent url.Values) (uptime.Series, []string, wrongs) {
	w, wrong := v.readPlan(sent)
	series := uptime.Series{
		Title: w.work.Title, Body: w.work.Body, Components: w.work.Components, Regions: w.work.Regions,
		Zone: w.zone, Start: w.work.From, Length: w.work.To.Sub(w.work.From),
	}
	var err error
	if series.Ahead, err = typedLength(sent.Get("ahead")); err != nil {
		wrong.add("ahead", err.Error())
	}
	series.Rule = ruleOf(sent.Get("every"), strings.TrimSpace(sent.Get("rule")), series.Start.In(w.zone))
	if len(wrong) == 0 {
		if _, err := calendar.NewRecurrence(series.Rule, series.Start, w.zone); err != nil {
			wrong.add("rule", "cannot be read: "+err.Error())
		}
	}
	return series, w.notes, wrong
}

// ruleOf is the RRULE that a simple choice means for a first occurrence.
func ruleOf(every, rule string, first time.Time) string {
	day := strings.ToUpper(first.Weekday().String()[:2])
	switch every {
	case "weekly":
		return "FREQ=WEEKLY;BYDAY=" + day
	case "fortnightly":
		return "FREQ=WEEKLY;INTERVAL=2;BYDAY=" + day
	case "monthly":
		return fmt.Sprintf("FREQ=MONTHLY;BYDAY=%d%s", (first.Day()-1)/7+1, day)
	case "last":
		return "FREQ=MONTHLY;BYDAY=-1" + day
	}
	return strings.ToUpper(strings.TrimPrefix(rule, "RRULE:"))
}

// foresee looks at the next occurrences: what each would break, announced as
// long ahead as the form says.
func (v visit) foresee(series uptime.Series, notes []string) *console.AnswerView {
	view := &console.AnswerView{Notes: notes, Lawful: true}
	at, err := occurrences(series, v.now, foreseen)
	if err != nil {
		return nil
	}
	view.Channels = console.Table{Name: "Occurrences", Heads: []string{"Occurrence", "Announced", "Promises"}}
	rules := v.Desk.Catalogue().PlanRules(uptime.MaintenanceWork, series.Components, series.Regions, v.now)
	broken := 0
	for _, start := range at {
		announced := uptime.Later(start.Add(-series.Ahead), v.now)
		lines := planned.Broken(uptime.Plan{
			Kind: uptime.MaintenanceWork, Rules: rules, PublishedAt: announced,
			Revisions: []uptime.Revision{{At: announced, From: start, To: start.Add(series.Length)}},
		})
		verdict := console.Cell{Mark: console.Mark{Class: "up", Shape: "✓", Text: "keeps every promise"}}
		if len(lines) > 0 {
			broken++
			verdict.Mark = console.Mark{Class: "down", Shape: "■", Text: "breaks"}
			for _, b := range lines {
				verdict.Note += brokenText(b) + ". "
			}
		}
		view.Channels.Rows = append(view.Channels.Rows, []console.Cell{
			{Text: start.In(cmp.Or(series.Zone, time.UTC)).Format("Mon 2 Jan 2006 15:04 MST")}, {Time: v.moment(announced)}, verdict,
		})
	}
	view.Verdict = fmt.Sprintf("The next %s keep every promise.", uptime.Count(len(at), "occurrence"))
	if broken > 0 {
		view.Lawful, view.Verdict = false, fmt.Sprintf("%d of the next %s would break a promise.", broken, uptime.Count(len(at), "occurrence"))
	}
	if len(at) == 0 {
		view.Lawful, view.Verdict = false, "It never occurs in the next five years."
	}
	view.Notes = append(view.Notes, "The rule is "+series.Rule+", by the clocks of "+zoneText(series.Zone)+".")
	return view
}

// seriesWrongs puts the planner's names of fields into the form's.
func seriesWrongs(wrong wrongs) wrongs {
	out := planWrongs(wrong)
	if text := out["start"]; text != "" {
		delete(out, "start")
		out["from"] = strings.TrimSpace(out["from"] + " " + text)
	}
	return out
}

// seriesForm is the page.
func (v visit) seriesForm(status int, sent url.Values, answer *console.AnswerView, wrong wrongs) error {
	view := console.PlanFormView{
		Frame: v.frame("Let maintenance recur", plansPath), Action: seriesPath + "/new", Foreseen: answer,
		Hidden:  []console.Hidden{{Name: onceField, Value: sent.Get(onceField)}},
		Back:    console.Link{Text: "Back without saving", Path: seriesPath},
		Buttons: []console.Button{{Name: "do", Value: "check", Text: "Show the next five"}},
	}
	if answer != nil {
		view.Buttons = []console.Button{{Name: "do", Value: "begin", Text: "Begin the series"}, {Name: "do", Value: "check", Text: "Show them again", Plain: true}}
	}
	v.planFields(&view, sent, wrong, false)
	view.Times[0].Label = "First at"
	view.Rest = fill([]console.Field{
		{Name: "every", Label: "How often", Kind: console.Anything, Choices: choices("", "weekly", "every week, that weekday", "fortnightly", "every second week",
			"monthly", "every month, the same weekday of it (as the second Sunday)", "last", "every month, the last such weekday", "rule", "by the rule below")},
		{Name: "rule", Label: "Rule", Help: "RRULE of RFC 5545, as FREQ=MONTHLY;BYMONTHDAY=1."},
		{Name: "ahead", Label: "Announce each this long ahead", Needed: true, Help: "As 7 days, 48 h."},
	}, sent, wrong)
	if len(wrong) > 0 {
		view.Problem = "Something has to be changed first. " + wrong.rest("title", "body", "from", "length", "zone", "parts", "ids", "regions", "rule", "ahead")
	}
	show(v.c, status, console.PlanForm(view))
	return nil
}
